package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/media"
)

// What the store of files knows of one, by the names of its facts. Nothing of it says to which post a file belongs.
const (
	factMedia = "media" // what it is: storedMedia as JSON
	factMeant = "meant" // instead: the hash of what became of it when it was cleaned
)

// storedMedia is what is known of a file.
type storedMedia struct {
	hash string
	size int64

	Type     string             `json:"type"`
	Width    int                `json:"width,omitempty"`
	Height   int                `json:"height,omitempty"`
	Variants []carillon.Variant `json:"variants,omitempty"`
}

func (m *storedMedia) media(name string) *carillon.Media {
	return &carillon.Media{Name: name, Hash: m.hash, Type: m.Type, Size: m.size, Width: m.Width, Height: m.Height, Variants: m.Variants}
}

// fits refuses a name that says something else than the file is.
func (m *storedMedia) fits(name string) error {
	said, err := media.Named(name)
	if err != nil {
		return err
	}
	if is, ok := media.ByMIME(m.Type); ok && said.MIME != m.Type {
		return media.Refusal("is " + is.OneOf() + ", not " + said.OneOf() + " as its name says: rename it")
	}
	return nil
}

var errUnknownHash = errors.New("there is no file with this hash: send it first, with POST /v1/media?name=FILE")

// mediaFacts is what is known of a file, by the hash of what is stored or of what was sent.
func (s *Service) mediaFacts(ctx context.Context, hash string) (*storedMedia, error) {
	for range 2 { // what was sent is not stored under its own name more than once
		facts, err := s.media.Facts(ctx, hash)
		switch {
		case errors.Is(err, bus.ErrNotFound):
			return nil, errUnknownHash
		case err != nil:
			return nil, err
		}
		if meant := facts[factMeant]; meant != "" {
			hash = meant
			continue
		}
		m := &storedMedia{hash: hash}
		if err := json.Unmarshal([]byte(facts[factMedia]), m); err != nil {
			return nil, fmt.Errorf("read what is known of a file: %w", err)
		}
		if _, err := fmt.Sscan(facts["size"], &m.size); err != nil {
			return nil, fmt.Errorf("read the size of a file: %w", err)
		}
		return m, nil
	}
	return nil, errUnknownHash
}

// storeMedia keeps a file that has arrived, unless it has been kept before. hash and size are of what was sent.
func (s *Service) storeMedia(ctx context.Context, name, hash string, size int64, file *os.File) (*storedMedia, error) {
	kind, err := media.Detect(name, file, size)
	if err != nil {
		return nil, err
	}
	known, err := s.mediaFacts(ctx, hash)
	if err == nil || !errors.Is(err, errUnknownHash) {
		return known, err
	}
	if kind.Picture {
		return s.storePicture(ctx, kind, hash, io.NewSectionReader(file, 0, size))
	}
	m := &storedMedia{hash: hash, size: size, Type: kind.MIME}
	return m, s.putMedia(ctx, m, io.NewSectionReader(file, 0, size))
}

// storePicture cleans a picture and keeps it with its variants. One picture is open at a time: they are large in memory.
func (s *Service) storePicture(ctx context.Context, kind media.Type, sent string, r io.Reader) (*storedMedia, error) {
	if err := s.pictures.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer s.pictures.Release(1)
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read an upload: %w", err)
	}
	picture, err := media.Clean(kind, data)
	if err != nil {
		return nil, err
	}
	variants, err := picture.Variants()
	if err != nil {
		return nil, err
	}
	m := &storedMedia{hash: hashOf(picture.Data), size: int64(len(picture.Data)), Type: kind.MIME, Width: picture.Width, Height: picture.Height}
	for _, v := range variants {
		small := &storedMedia{hash: hashOf(v.Data), size: int64(len(v.Data)), Type: v.Type, Width: v.Width, Height: v.Height}
		if err := s.putMedia(ctx, small, bytes.NewReader(v.Data)); err != nil {
			return nil, err
		}
		m.Variants = append(m.Variants, carillon.Variant{Hash: small.hash, Type: v.Type, Size: small.size, Width: v.Width, Height: v.Height})
	}
	// The picture after its variants: whoever finds it finds all of it.
	if err := s.putMedia(ctx, m, bytes.NewReader(picture.Data)); err != nil {
		return nil, err
	}
	if sent == m.hash {
		return m, nil
	}
	return m, s.media.Put(ctx, sent, map[string]string{factMeant: m.hash}, bytes.NewReader(nil))
}

func (s *Service) putMedia(ctx context.Context, m *storedMedia, r io.Reader) error {
	facts, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.media.Put(ctx, m.hash, map[string]string{factMedia: string(facts)}, r)
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// fillMedia fills in what is known of the files of a post, and collects those that we do not have or that are called
// something else than they are.
func (s *Service) fillMedia(ctx context.Context, post *carillon.Post) (carillon.Mistakes, error) {
	var mistakes carillon.Mistakes
	if len(post.Media) > carillon.MaxListLength {
		mistakes.Add("media", "there are %d files, the limit is %d", len(post.Media), carillon.MaxListLength)
		return mistakes, nil
	}
	for i := range post.Media {
		f := &post.Media[i]
		at := "media[" + f.Name + "]"
		if i > 0 && post.Media[i-1].Name == f.Name {
			mistakes.Add(at, "there are two files of this name: rename one")
			continue
		}
		if _, err := media.Named(f.Name); err != nil {
			mistakes.Add(at, "%s", err)
			continue
		}
		if !hashPattern.MatchString(f.Hash) {
			mistakes.Add(at+".hash", "is not a hash: send the file with POST /v1/media?name=%s, and take the hash from the answer", f.Name)
			continue
		}
		known, err := s.mediaFacts(ctx, f.Hash)
		switch {
		case errors.Is(err, errUnknownHash):
			mistakes.Add(at+".hash", "%s", err)
			continue
		case err != nil:
			return nil, err
		}
		if err := known.fits(f.Name); err != nil {
			mistakes.Add(at, "%s", err)
			continue
		}
		decorative := f.Decorative
		*f = *known.media(f.Name)
		f.Decorative = decorative
	}
	for i := range post.Attachments {
		if f, ok := post.Medium(post.Attachments[i].File); ok {
			post.Attachments[i].Size = f.Size
		}
	}
	return mistakes, nil
}

// keepUsed leaves out the files that a post neither shows nor offers: they would be public with it.
func keepUsed(post *carillon.Post) {
	used := map[string]bool{}
	if post.Image != nil {
		used[post.Image.File] = true
	}
	for _, a := range post.Attachments {
		used[a.File] = true
	}
	for i := range post.Editions {
		for _, p := range markdown.Pictures(post.Editions[i].Body) {
			used[p.Name()] = true
		}
	}
	post.Media = slices.DeleteFunc(slices.Clone(post.Media), func(f carillon.Media) bool { return !used[f.Name] })
}

// maxAltLength is the longest description of a picture, in characters: Mastodon takes no longer one.
const maxAltLength = 1500

// mediaMistakes collects what is wrong with what a post shows and offers.
func mediaMistakes(post *carillon.Post) carillon.Mistakes {
	c := mediaChecker{post: post}
	c.image()
	for i, a := range post.Attachments {
		if _, ok := post.Medium(a.File); !ok && strings.TrimSpace(a.File) != "" {
			c.mistakes.Add(fmt.Sprintf("attachments[%d].file", i), "%s is not sent along: send it with POST /v1/media first, and name its hash in media", a.File)
		}
	}
	for i := range post.Editions {
		c.edition(&post.Editions[i])
	}
	return c.mistakes
}

type mediaChecker struct {
	post     *carillon.Post
	mistakes carillon.Mistakes
}

func (c *mediaChecker) image() {
	image := c.post.Image
	if image == nil {
		return
	}
	if f, ok := c.post.Medium(image.File); !ok {
		c.mistakes.Add("image.file", "%s is not sent along: send it with POST /v1/media first, and name its hash in media", image.File)
	} else if !isPicture(f) {
		c.mistakes.Add("image.file", "%s is not a picture: use a JPEG, PNG, WebP or GIF, or list it under attachments", image.File)
	}
	for _, focus := range []float64{image.FocusX, image.FocusY} {
		if math.IsNaN(focus) || math.Abs(focus) > 1 {
			c.mistakes.Add("image.focus", "has a number that is not between -1 and 1: [0, 0] is the middle, [-1, 1] the left upper corner")
			break
		}
	}
}

// isPicture is true of a file whose type is not known, too: what is wrong with that is said already.
func isPicture(f *carillon.Media) bool {
	t, ok := media.ByMIME(f.Type)
	return f.Type == "" || ok && t.Picture
}

func (c *mediaChecker) edition(e *carillon.Edition) {
	at := "editions[" + e.Language + "]."
	switch image := c.post.Image; {
	case image == nil && e.ImageAlt != "":
		c.mistakes.Add(at+"image.alt", "describes an image, but the post has none: name the file as image: {file: …}, or remove this")
	case image != nil && strings.TrimSpace(e.ImageAlt) == "" && !c.decorative(image.File):
		c.mistakes.Add(at+"image.alt", "is missing: say what %s shows, for those who do not see it, or set decorative: true if it shows nothing", image.File)
	}
	if n := utf8.RuneCountInString(e.ImageAlt); n > maxAltLength {
		c.mistakes.Add(at+"image.alt", "has %d characters, the limit is %d: shorten it", n, maxAltLength)
	}
	if len(e.Body) > carillon.MaxPostBytes { // refused already
		return
	}
	for _, p := range markdown.Pictures(e.Body) {
		message := ""
		f, ok := c.post.Medium(p.Name())
		switch n := utf8.RuneCountInString(p.Alt); {
		case !ok:
			message = fmt.Sprintf("the picture %s is not sent along: send it with POST /v1/media first, and name its hash in media", p.Name())
		case !isPicture(f):
			message = fmt.Sprintf("%s is not a picture: write a link, or list it under attachments", p.Name())
		case strings.TrimSpace(p.Alt) == "" && !f.Decorative:
			message = fmt.Sprintf("the picture %s has no words for those who do not see it: write ![what it shows](%s), or list it under decorative if it shows nothing", p.Name(), p.Path)
		case n > maxAltLength:
			message = fmt.Sprintf("the words of the picture %s have %d characters, the limit is %d: shorten them", p.Name(), n, maxAltLength)
		default:
			continue
		}
		c.mistakes = append(c.mistakes, carillon.Mistake{Field: at + "body", Line: p.Line, Message: message})
	}
}

func (c *mediaChecker) decorative(name string) bool {
	f, ok := c.post.Medium(name)
	return ok && f.Decorative
}
