package feeds

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/feed"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/media"
)

// mediaCache lets whoever has seen a file keep it: under this address there will never be another. Proxies hand files to
// people who have not, so they ask again after ten minutes, whether it has been withdrawn.
const mediaCache = "public, max-age=31536000, s-maxage=600, immutable"

// filePolicy lets nothing that is sent as a file do anything, whatever a browser takes it for.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// slowestReader is the pace below which a reader is let go, in bytes a second, after answerWithin.
const slowestReader = 16 << 10

// mediaTable is what the public may see of the files: those that a post names of which an edition can be read.
const mediaTable = `
CREATE TABLE media (
	hash TEXT NOT NULL,
	name TEXT NOT NULL,
	slug TEXT NOT NULL,
	type TEXT NOT NULL,
	PRIMARY KEY (hash, name, slug)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_of_post ON media (slug);`

// applyMedia brings up to date which files may be seen because of a post.
func (s *Service) applyMedia(ctx context.Context, tx *sql.Tx, public *event.PublicPost) error {
	slug := public.Post.Slug
	if _, err := tx.ExecContext(ctx, "DELETE FROM media WHERE slug = ?", slug); err != nil {
		return fmt.Errorf("keep the media of %s: %w", slug, err)
	}
	if len(s.editions(public)) == 0 {
		return nil
	}
	add := func(hash, name, mimeType string) error {
		if !hashPattern.MatchString(hash) || name == "" {
			return nil
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO media (hash, name, slug, type) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", hash, name, slug, mimeType); err != nil {
			return fmt.Errorf("keep the media of %s: %w", slug, err)
		}
		return nil
	}
	for _, m := range public.Post.Media {
		if err := add(m.Hash, m.Name, m.Type); err != nil {
			return err
		}
		for _, v := range m.Variants {
			if err := add(v.Hash, m.Name, v.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

// mediaType finds out whether a file may be seen, and what it is; sql.ErrNoRows if not.
func (s *Service) mediaType(ctx context.Context, a address) (string, error) {
	var mimeType string
	err := s.projection.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT type FROM media WHERE hash = ? AND name = ? LIMIT 1", a.hash, a.name).Scan(&mimeType)
	})
	return mimeType, err
}

// media serves a file: with ranges, and with its hash as the tag.
func (s *Service) media(w http.ResponseWriter, r *http.Request, a address) {
	mimeType, err := s.mediaType(r.Context(), a)
	if errors.Is(err, sql.ErrNoRows) {
		plainly(w, http.StatusNotFound, "There is no such file here.")
		return
	}
	var content io.ReadSeekCloser
	if err == nil {
		content, err = s.cache.get(r.Context(), a.hash)
	}
	switch {
	case r.Context().Err() != nil:
		return // whoever asked has left
	case errors.Is(err, bus.ErrNotFound):
		s.Log.Error("a file that a post names is not in the log", "hash", a.hash)
		plainly(w, http.StatusNotFound, "There is no such file here.")
		return
	case err != nil:
		s.Log.Error("a file cannot be served", "hash", a.hash, "error", err)
		unavailable(w)
		return
	}
	defer func() { _ = content.Close() }() // it was only read
	size, err := content.Seek(0, io.SeekEnd)
	if err != nil {
		s.Log.Error("a file cannot be served", "hash", a.hash, "error", err)
		unavailable(w)
		return
	}
	// Where there is no deadline to set, there is no connection.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin + time.Duration(size/slowestReader)*time.Second))
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Type", contentType(mimeType))
	h.Set("Content-Disposition", disposition(mimeType, a.name))
	h.Set("Cache-Control", mediaCache)
	h.Set("ETag", `"`+a.hash+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
}

func contentType(mimeType string) string {
	if mimeType == "text/plain" { // all of it is UTF-8: nothing else was taken
		return textType
	}
	return mimeType
}

// disposition lets browsers show pictures, and save everything else under its name (RFC 6266).
func disposition(mimeType, name string) string {
	how := "attachment"
	if t, ok := media.ByMIME(mimeType); ok && t.Picture {
		how = "inline"
	}
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// largestShown is how wide a picture on a page is at most, in pixels: the text is half as wide, on a fine screen. A larger
// one is a click away.
const largestShown = 1600

// show says where the pictures of a post are, for its pages and feeds.
func (p *pages) show(post *carillon.Post) markdown.Show {
	return func(name string) (markdown.Shown, bool) {
		m, ok := post.Medium(name)
		if !ok || m.Width == 0 {
			return markdown.Shown{}, false
		}
		return p.shownSizes(m), true
	}
}

// shownSizes is a picture in the sizes that a page offers: the original only if it is not too large for that.
func (p *pages) shownSizes(m *carillon.Media) markdown.Shown {
	var sizes []carillon.Variant
	for _, v := range m.Variants {
		if v.Width <= largestShown {
			sizes = append(sizes, v)
		}
	}
	if m.Width <= largestShown || len(sizes) == 0 {
		sizes = append(sizes, carillon.Variant{Hash: m.Hash, Width: m.Width, Height: m.Height})
	}
	last := sizes[len(sizes)-1]
	shown := markdown.Shown{URL: p.site.MediaURL(last.Hash, m.Name), Width: last.Width, Height: last.Height}
	for _, v := range sizes[:len(sizes)-1] {
		shown.Smaller = append(shown.Smaller, markdown.Size{URL: p.site.MediaURL(v.Hash, m.Name), Width: v.Width})
	}
	return shown
}

// figure is the picture that stands for a post.
type figure struct {
	markdown.Shown
	Whole string // the address of the original
	Alt   string
}

// Figure is the post's picture; nil: it has none.
func (v view) Figure() *figure {
	if v.Post.Image == nil {
		return nil
	}
	m, ok := v.Post.Medium(v.Post.Image.File)
	if !ok || m.Width == 0 {
		return nil
	}
	return &figure{Shown: v.pages.shownSizes(m), Whole: v.pages.site.MediaURL(m.Hash, m.Name), Alt: v.Edition.ImageAlt}
}

// FileURL is where an attachment can be had; empty: nowhere.
func (v view) FileURL(name string) string {
	m, ok := v.Post.Medium(name)
	if !ok || m.Hash == "" {
		return ""
	}
	return v.pages.site.MediaURL(m.Hash, m.Name)
}

// FileType is the media type of an attachment, and TypeName how people call it.
func (v view) FileType(name string) string {
	if m, ok := v.Post.Medium(name); ok {
		return m.Type
	}
	return ""
}

// TypeName is how an attachment's type is called in short: by the ending of its name.
func (view) TypeName(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return ""
	}
	return strings.ToUpper(name[dot+1:])
}

// feedMedia is what a feed says of a post's picture and of its attachments.
func (s *Service) feedMedia(entry *feed.Entry, e *shown) {
	if image := e.Post.Image; image != nil {
		if m, ok := e.Post.Medium(image.File); ok && m.Width > 0 {
			entry.Image = &feed.Image{
				URL: s.site.MediaURL(m.Hash, m.Name), Type: m.Type, Size: m.Size, Width: m.Width, Height: m.Height,
				Description: e.Edition.ImageAlt,
			}
		}
	}
	for _, file := range e.Post.Attachments {
		a := feed.Attachment{Title: file.Title, Name: file.File, Language: file.Language, Size: file.Size}
		if m, ok := e.Post.Medium(file.File); ok && m.Hash != "" {
			a.URL, a.Type, a.Size = s.site.MediaURL(m.Hash, m.Name), m.Type, m.Size
		}
		entry.Attachments = append(entry.Attachments, a)
	}
}
