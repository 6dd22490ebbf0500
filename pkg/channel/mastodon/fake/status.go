package fake

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
)

const charactersPerURL = mastodon.DefaultCharactersPerURL

var languageCode = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z]{2,4})?$`)

// content are the parameters that a new status and an edit share.
type content struct {
	text, warning, language string
	sensitive               bool
	media                   []string
}

// readContent reads them and checks them as Mastodon does, or answers with its error.
func (s *Server) readContent(w http.ResponseWriter, r *http.Request) (content, values, bool) {
	p, ok := parameters(w, r)
	if !ok {
		return content{}, nil, false
	}
	c := content{text: p.get("status"), warning: p.get("spoiler_text"), language: p.get("language"), sensitive: p.is("sensitive"), media: p["media_ids[]"]}
	for _, unsupported := range []string{"poll[options][]", "scheduled_at"} {
		if p.get(unsupported) != "" {
			fail(w, http.StatusUnprocessableEntity, unsupported+" is not supported here")
			return content{}, nil, false
		}
	}
	// Without a text Mastodon shows the warning as the text.
	if strings.TrimSpace(c.text) == "" {
		c.text, c.warning = c.warning, ""
	}
	c.sensitive = c.sensitive || c.warning != ""
	if strings.TrimSpace(c.text) == "" && len(c.media) == 0 {
		fail(w, http.StatusUnprocessableEntity, "Validation failed: Text can't be blank")
		return content{}, nil, false
	}
	if mastodon.Count(c.warning, c.text, charactersPerURL) > s.options.Characters {
		fail(w, http.StatusUnprocessableEntity, fmt.Sprintf("Validation failed: Text character limit of %d exceeded", s.options.Characters))
		return content{}, nil, false
	}
	if !languageCode.MatchString(c.language) {
		c.language = "en"
	}
	return c, p, true
}

func (s *Server) createStatus(w http.ResponseWriter, r *http.Request, a account) {
	c, p, ok := s.readContent(w, r)
	if !ok {
		return
	}
	visibility := p.get("visibility")
	if visibility == "" {
		visibility = "public"
	}
	if !slices.Contains([]string{"public", "unlisted", "private", "direct"}, visibility) {
		fail(w, http.StatusUnprocessableEntity, fmt.Sprintf("'%s' is not a valid visibility", visibility))
		return
	}
	t, _ := s.store.token(bearer(r))
	key := r.Header.Get("Idempotency-Key")
	if key != "" && fault.Acts(r, fault.KeysIgnored) {
		key = ""
	}
	st, err := s.store.create(status{
		AccountID: a.ID, Text: c.text, Warning: c.warning, Sensitive: c.sensitive, Language: c.language, Visibility: visibility,
		App: t.AppName, Key: key, ReplyTo: p.get("in_reply_to_id"), Media: c.media,
	}, s.now(r), func() error { return failedReplay(r) })
	s.answerChange(w, r, st, err, false)
}

// replayError is how a server fails that knows the key: https://github.com/mastodon/mastodon/issues/40399
type replayError int

func (e replayError) Error() string { return http.StatusText(int(e)) }

func failedReplay(r *http.Request) error {
	if status, failed := fault.Replayed(r); failed {
		return replayError(status)
	}
	return nil
}

func (s *Server) editStatus(w http.ResponseWriter, r *http.Request, a account) {
	if fault.Acts(r, fault.EditsRefused) { // as Mastodon did before 3.5, which knew no such address
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	c, p, ok := s.readContent(w, r)
	if !ok {
		return
	}
	st, err := s.store.edit(a.ID, r.PathValue("id"), s.now(r), p.attributes(), func(st *status) {
		st.Text, st.Warning, st.Sensitive, st.Media = c.text, c.warning, c.sensitive, c.media
		if p.has("language") {
			st.Language = c.language
		}
	})
	s.answerChange(w, r, st, err, false)
}

func (s *Server) deleteStatus(w http.ResponseWriter, r *http.Request, a account) {
	st, err := s.store.remove(a.ID, r.PathValue("id"))
	s.answerChange(w, r, st, err, true)
}

func (s *Server) answerChange(w http.ResponseWriter, r *http.Request, st status, err error, withText bool) {
	var failed replayError
	switch {
	case errors.As(err, &failed):
		fail(w, int(failed), failed.Error())
	case errors.Is(err, errNoReply):
		fail(w, http.StatusNotFound, "The post you are trying to reply to does not appear to exist.")
	case err != nil:
		s.mediaError(w, err)
	default:
		o := s.statusJSON(r, st)
		if withText {
			o["text"] = st.Text
		}
		answer(w, o)
	}
}

// visible finds the status that a request names, if whoever asks may see it.
func (s *Server) visible(w http.ResponseWriter, r *http.Request) (status, bool) {
	st, ok := s.store.status(r.PathValue("id"))
	if ok && (st.Visibility == "private" || st.Visibility == "direct") {
		id, _ := s.whoIs(r)
		ok = id == st.AccountID
	}
	if !ok {
		notFound(w)
	}
	return st, ok
}

func (s *Server) showStatus(w http.ResponseWriter, r *http.Request) {
	if st, ok := s.visible(w, r); ok {
		answer(w, s.statusJSON(r, st))
	}
}

func (s *Server) statusContext(w http.ResponseWriter, r *http.Request) {
	st, ok := s.visible(w, r)
	if !ok {
		return
	}
	answer(w, object{"ancestors": s.statusesJSON(r, s.store.ancestors(st)), "descendants": s.statusesJSON(r, s.store.descendants(st.ID))})
}

func (s *Server) statusSource(w http.ResponseWriter, r *http.Request, a account) {
	st, ok := s.store.status(r.PathValue("id"))
	if !ok || st.AccountID != a.ID {
		notFound(w)
		return
	}
	answer(w, object{"id": st.ID, "text": st.Text, "spoiler_text": st.Warning})
}

func (s *Server) statusHistory(w http.ResponseWriter, r *http.Request) {
	st, ok := s.visible(w, r)
	if !ok {
		return
	}
	at := st.Created
	if !st.Edited.IsZero() {
		at = st.Edited
	}
	list := []object{}
	for _, v := range append(slices.Clone(st.Earlier), version{st.Text, st.Warning, st.Sensitive, at}) {
		list = append(list, object{
			"content": render(v.Text, base(r), s.store.accountByName), "spoiler_text": v.Warning, "sensitive": v.Sensitive,
			"created_at": timestamp(v.At), "account": s.accountJSON(r, s.store.accountByID(st.AccountID)),
			"media_attachments": []any{}, "emojis": []any{},
		})
	}
	answer(w, list)
}
