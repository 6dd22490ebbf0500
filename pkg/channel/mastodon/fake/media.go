package fake

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // what an image's size is read with
	_ "image/jpeg" // likewise
	_ "image/png"  // likewise
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"carillon.example/pkg/channel/fault"
)

// What an instance takes where nobody configured it otherwise: https://docs.joinmastodon.org/user/posting/#media
const (
	maxAttachments = 4
	maxImageBytes  = 16 << 20
	maxImagePixels = 33177600
	maxDescription = 1500
)

// mediaTypes are the pictures it takes. Video and sound are refused: nothing here sends them.
func mediaTypes() []string { return []string{"image/jpeg", "image/png", "image/gif", "image/webp"} }

// medium is a file that was uploaded. Its bytes are in a file beside the journal, named by its id.
type medium struct {
	ID          string  `json:"id"`
	AccountID   string  `json:"account"`
	Type        string  `json:"type"` // by content
	Size        int64   `json:"size"`
	Width       int     `json:"width,omitempty"` // 0: of a format that is not read here
	Height      int     `json:"height,omitempty"`
	Description string  `json:"description,omitempty"`
	FocusX      float64 `json:"focus_x,omitempty"`
	FocusY      float64 `json:"focus_y,omitempty"`
	StatusID    string  `json:"status,omitempty"` // empty: not attached
	Looks       int     `json:"looks,omitempty"`  // how often it is still being processed when asked for; negative: always
}

// invalid is an error that Mastodon answers with 422.
type invalid string

func (e invalid) Error() string { return string(e) }

// createMedia is https://docs.joinmastodon.org/methods/media/#v2. The file goes to the disk as it comes.
func (s *Server) createMedia(w http.ResponseWriter, r *http.Request, a account) {
	form, err := r.MultipartReader()
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, "Validation failed: File can't be blank")
		return
	}
	m := medium{AccountID: a.ID, Looks: s.options.Processing}
	if m.Looks == 0 && fault.Acts(r, fault.MediaStuck) {
		m.Looks = 1
	}
	kept, err := s.readMedia(form, &m)
	if err == nil && kept == "" {
		err = invalid("Validation failed: File can't be blank")
	}
	if err == nil {
		m, err = s.store.addMedium(m, kept)
	}
	if err != nil {
		if kept != "" {
			_ = os.Remove(kept) // nobody will ask for it
		}
		s.mediaError(w, err)
		return
	}
	code := http.StatusOK
	if m.Looks != 0 {
		code = http.StatusAccepted
	}
	answerStatus(w, code, s.mediumJSON(r, m))
}

func (s *Server) mediaError(w http.ResponseWriter, err error) {
	var wrong invalid
	switch {
	case errors.As(err, &wrong):
		fail(w, http.StatusUnprocessableEntity, wrong.Error())
	case errors.Is(err, errNotFound):
		notFound(w)
	default:
		fail(w, http.StatusInternalServerError, err.Error())
	}
}

// readMedia reads an upload and returns the path of the file it kept.
func (s *Server) readMedia(form *multipart.Reader, m *medium) (kept string, err error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return kept, nil
		}
		if err != nil {
			return kept, err
		}
		if part.FormName() == "file" && kept == "" {
			if kept, err = s.store.keep(part, m); err != nil {
				return kept, err
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField))
		if err != nil {
			return kept, err
		}
		if err := m.set(part.FormName(), string(value)); err != nil {
			return kept, err
		}
	}
}

// set changes what people may change of a medium.
func (m *medium) set(name, value string) error {
	switch name {
	case "description":
		if utf8.RuneCountInString(value) > maxDescription {
			return invalid(fmt.Sprintf("Validation failed: Description is too long (maximum is %d characters)", maxDescription))
		}
		m.Description = value
	case "focus":
		x, y, _ := strings.Cut(value, ",")
		m.FocusX, m.FocusY = focal(x), focal(y)
	}
	return nil
}

// focal reads a coordinate as Mastodon does: what is no number is 0, and what is too much is cut.
func focal(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return 0
	}
	return max(-1, min(1, f))
}

// ownMedium is a medium of an account that is not attached to a status: others cannot be asked for.
func (s *Server) ownMedium(r *http.Request, a account) (medium, error) {
	m, ok := s.store.medium(r.PathValue("id"))
	if !ok || m.AccountID != a.ID || m.StatusID != "" {
		return medium{}, errNotFound
	}
	return m, nil
}

// showMedium is https://docs.joinmastodon.org/methods/media/#get: 206 while it is being processed.
func (s *Server) showMedium(w http.ResponseWriter, r *http.Request, a account) {
	m, err := s.ownMedium(r, a)
	if err != nil {
		s.mediaError(w, err)
		return
	}
	code := http.StatusOK
	if m.Looks != 0 {
		code = http.StatusPartialContent
		if m.Looks > 0 && !fault.Acts(r, fault.MediaStuck) {
			if err := s.store.changeMedium(m.ID, func(m *medium) error { m.Looks = max(m.Looks-1, 0); return nil }); err != nil {
				s.mediaError(w, err)
				return
			}
		}
	}
	answerStatus(w, code, s.mediumJSON(r, m))
}

// editMedium is https://docs.joinmastodon.org/methods/media/#update, for what no status shows yet.
func (s *Server) editMedium(w http.ResponseWriter, r *http.Request, a account) {
	p, ok := parameters(w, r)
	if !ok {
		return
	}
	m, err := s.ownMedium(r, a)
	if err == nil {
		err = s.store.changeMedium(m.ID, func(m *medium) error {
			for _, name := range []string{"description", "focus"} {
				if p.has(name) {
					if err := m.set(name, p.get(name)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err != nil {
		s.mediaError(w, err)
		return
	}
	m, _ = s.store.medium(m.ID)
	answer(w, s.mediumJSON(r, m))
}

// mediumJSON is https://docs.joinmastodon.org/entities/MediaAttachment/.
func (s *Server) mediumJSON(r *http.Request, m medium) object {
	address := any(nil)
	if m.Looks == 0 {
		address = base(r) + mediumPath(m)
	}
	kind := "image"
	if m.Type == "image/gif" {
		kind = "gifv"
	}
	size := object{}
	if m.Height > 0 {
		size = object{
			"width": m.Width, "height": m.Height, "size": fmt.Sprintf("%dx%d", m.Width, m.Height),
			"aspect": float64(m.Width) / float64(m.Height),
		}
	}
	description := any(nil)
	if m.Description != "" {
		description = m.Description
	}
	return object{
		"id": m.ID, "type": kind, "url": address, "preview_url": base(r) + mediumPath(m), "remote_url": nil, "text_url": nil,
		"meta":        object{"original": size, "small": size, "focus": object{"x": m.FocusX, "y": m.FocusY}},
		"description": description, "blurhash": nil,
	}
}

func mediumPath(m medium) string { return "/system/media_attachments/" + m.ID }

// serveMedium serves what was uploaded.
func (s *Server) serveMedium(w http.ResponseWriter, r *http.Request) {
	m, ok := s.store.medium(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.Type)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeFile(w, r, s.store.mediumFile(m.ID))
}

// attribute is what an edit of a status says of one of its media.
type attribute struct {
	ID          string  `json:"id"`
	Description *string `json:"description"`
	Focus       *string `json:"focus"`
}

// keep writes a file to the disk, and finds out what it is.
func (s *store) keep(r io.Reader, m *medium) (path string, err error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, "media"), "upload-*")
	if err != nil {
		return "", err
	}
	m.Size, err = io.Copy(f, io.LimitReader(r, maxImageBytes+1))
	if err == nil && m.Size > maxImageBytes {
		err = invalid(fmt.Sprintf("Validation failed: File file size must be less than %d MB", maxImageBytes>>20))
	}
	if err == nil {
		err = recognise(f, m)
	}
	return f.Name(), errors.Join(err, f.Close())
}

func recognise(f *os.File, m *medium) error {
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	m.Type = http.DetectContentType(head[:n])
	if !slices.Contains(mediaTypes(), m.Type) {
		return invalid("Validation failed: File content type is invalid, File is invalid")
	}
	if m.Type == "image/webp" {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		return invalid("Validation failed: File is invalid")
	}
	if m.Width, m.Height = c.Width, c.Height; m.Width*m.Height > maxImagePixels {
		return invalid(fmt.Sprintf("Validation failed: File %dx%d images are not supported", m.Width, m.Height))
	}
	return nil
}

func (s *store) mediumFile(id string) string {
	return filepath.Join(s.dir, "media", filepath.Base(id))
}

// addMedium gives a kept file its id.
func (s *store) addMedium(m medium, kept string) (medium, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID = s.nextID()
	if err := os.Rename(kept, s.mediumFile(m.ID)); err != nil {
		return medium{}, err
	}
	return m, s.write(record{Medium: &m})
}

func (s *store) medium(id string) (medium, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.media[id]
	return m, ok
}

func (s *store) changeMedium(id string, change func(*medium) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.media[id]
	if err := change(&m); err != nil {
		return err
	}
	return s.write(record{Medium: &m})
}

// mediaOf are the media of a status, in its order.
func (s *store) mediaOf(ids []string) []medium {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []medium
	for _, id := range ids {
		if m, ok := s.media[id]; ok {
			list = append(list, m)
		}
	}
	return list
}

// attachable checks the media that a status is to show. It is called with the lock held. A status that
// is new has no id yet.
func (s *store) attachable(st *status) error {
	if len(st.Media) > maxAttachments {
		return invalid("Validation failed: Cannot attach more than 4 files")
	}
	var missing []string
	for _, id := range st.Media {
		m, ok := s.media[id]
		switch {
		case !ok || m.AccountID != st.AccountID || m.StatusID != "" && m.StatusID != st.ID:
			missing = append(missing, id)
		case m.Looks != 0:
			return invalid("Validation failed: Cannot attach files that have not finished processing. Try again in a moment!")
		}
	}
	if len(missing) > 0 {
		return invalid("Validation failed: Media " + strings.Join(missing, ", ") + " not found or already attached to another post")
	}
	return nil
}

// attach makes media a status' own, with what an edit says of them.
func (s *store) attach(st *status, attributes []attribute) (changed bool, err error) {
	for _, id := range st.Media {
		m := s.media[id]
		before := m
		m.StatusID = st.ID
		for _, a := range attributes {
			if a.ID != id {
				continue
			}
			for name, value := range map[string]*string{"description": a.Description, "focus": a.Focus} {
				if value == nil {
					continue
				}
				if err := m.set(name, *value); err != nil {
					return false, err
				}
			}
		}
		if m == before {
			continue
		}
		changed = changed || before.StatusID != ""
		if err := s.write(record{Medium: &m}); err != nil {
			return false, err
		}
	}
	return changed, nil
}

// orderedAttributes reads the attributes of a form, where each of them begins with its first key that comes again:
// media_attributes[][id]=1&media_attributes[][description]=…&media_attributes[][id]=2.
func orderedAttributes(form []byte) ([]attribute, error) {
	var list []attribute
	var seen map[string]bool
	for pair := range bytes.SplitSeq(form, []byte("&")) {
		name, value, err := unescapePair(string(pair))
		if err != nil {
			return nil, err
		}
		key, ok := strings.CutPrefix(name, "media_attributes[][")
		if !ok {
			continue
		}
		key = strings.TrimSuffix(key, "]")
		if seen == nil || seen[key] {
			list, seen = append(list, attribute{}), map[string]bool{}
		}
		seen[key] = true
		switch a := &list[len(list)-1]; key {
		case "id":
			a.ID = value
		case "description":
			a.Description = &value
		case "focus":
			a.Focus = &value
		}
	}
	return list, nil
}
