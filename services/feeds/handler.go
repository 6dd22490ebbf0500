package feeds

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"carillon.example/pkg/wording"
)

const (
	// answerWithin is how long a client may take to receive an answer.
	answerWithin = time.Minute
	// renderWithin is how long a document may take to be rendered; nobody waits longer.
	renderWithin = 10 * time.Second
	// comeBack is when to ask again, in seconds, while the log is being read.
	comeBack = "2"
)

// How long answers may be kept elsewhere. Pages are short-lived: a withdrawal has to be seen.
const (
	pageCache = "public, max-age=60"
	fileCache = "public, max-age=86400"
	noCache   = "no-cache"
)

const (
	htmlType = "text/html; charset=utf-8"
	textType = "text/plain; charset=utf-8"
)

// contentPolicy lets a page load the style sheet and pictures, and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const robots = "User-agent: *\nDisallow:\n"

// ServeHTTP answers everything the public may ask.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, elsewhere := parse(s.withoutPrefix(r.URL.Path), s.site.Languages)
	counted := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	s.serve(counted, r, a, elsewhere)
	s.metrics.requests.WithLabelValues(string(a.kind), strconv.Itoa(counted.status)).Inc()
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request, a address, elsewhere string) {
	// A client that reads nothing must not hold the connection. Where there is no deadline to set, there is no connection.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin))
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")

	switch {
	case a.kind != kindNone && r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD")
		plainly(w, http.StatusMethodNotAllowed, "This address can only be read (GET, HEAD).")
		return
	case elsewhere != "":
		h.Set("Cache-Control", pageCache)
		http.Redirect(w, r, s.prefix+elsewhere, http.StatusMovedPermanently)
		return
	}
	if a.kind == kindFile {
		s.files[a.name].send(w, r)
		return
	}
	if s.readiness() != nil {
		unavailable(w)
		return
	}
	if a.kind == kindMedia {
		s.media(w, r, a)
		return
	}
	d, err := s.document(r.Context(), a)
	switch {
	case r.Context().Err() != nil:
		return // whoever asked has left
	case err != nil:
		s.Log.Error("a document could not be rendered", "address", a.path(), "error", err)
		unavailable(w)
		return
	}
	d.send(w, r)
}

// withoutPrefix takes the path of the site's address away, if the proxy in front has left it there.
func (s *Service) withoutPrefix(path string) string {
	if rest, ok := strings.CutPrefix(path, s.prefix); ok && s.prefix != "" && (rest == "" || rest[0] == '/') {
		return rest
	}
	return path
}

// files are the documents that do not come from the log.
func files() map[string]*document {
	style := &document{status: http.StatusOK, mimeType: "text/css; charset=utf-8", cache: fileCache, body: styleSheet}
	forRobots := &document{status: http.StatusOK, mimeType: textType, cache: fileCache, body: []byte(robots)}
	icon := &document{status: http.StatusOK, mimeType: "image/svg+xml", cache: fileCache, body: iconImage}
	return map[string]*document{styleFile: style.seal(), robotsFile: forRobots.seal(), iconFile: icon.seal()}
}

// document finds or renders what is at an address. What is not there is rendered each time: anybody can ask for as many
// addresses as they like.
func (s *Service) document(ctx context.Context, a address) (*document, error) {
	if a.kind == kindNone {
		return s.missing(a, nil)
	}
	d, err := s.shelf.get(ctx, a, func(ctx context.Context) (*document, error) {
		ctx, cancel := context.WithTimeout(ctx, renderWithin)
		defer cancel()
		began := time.Now()
		d, err := s.render(ctx, a)
		s.metrics.rendered.WithLabelValues(string(a.kind)).Observe(time.Since(began).Seconds())
		return d, err
	})
	if err != nil || d != nil {
		return d, err
	}
	return s.notThere(ctx, a)
}

// errNotThere says that a page has no edition to show.
var errNotThere = errors.New("there is no such edition")

func (s *Service) render(ctx context.Context, a address) (*document, error) {
	switch a.kind {
	case kindFeed:
		return s.feed(ctx, a)
	case kindHome, kindLanguage:
		return s.listPage(ctx, a)
	case kindPost:
		d, err := s.postPage(ctx, a)
		if errors.Is(err, errNotThere) {
			return nil, nil
		}
		return d, err
	case kindFile, kindMedia, kindNone: // they need no rendering
	}
	return nil, nil
}

// listPage renders the page of a language, or of all of them.
func (s *Service) listPage(ctx context.Context, a address) (*document, error) {
	var l list
	if err := s.projection.Read(ctx, func(tx *sql.Tx) (err error) {
		if a.language == "" {
			l, err = s.newestPosts(ctx, tx)
		} else {
			l, err = s.newest(ctx, tx, a.language)
		}
		return err
	}); err != nil {
		return nil, err
	}
	language := a.language
	if language == "" {
		language = s.site.Languages[0]
	}
	data := page{
		speaking: speaking{language}, Title: s.site.TitleIn(language), Canonical: s.site.URL + a.path(), List: a.language,
	}
	if a.language != "" {
		data.Languages = s.site.Languages
	}
	for i := range l.entries {
		v, err := s.pages.view(&l.entries[i])
		if err != nil {
			return nil, err
		}
		data.Entries = append(data.Entries, v)
	}
	return s.html(pageList, data, http.StatusOK, latest(l.decided, l.changed))
}

// postPage renders the page of an edition: errNotThere if there never was one.
func (s *Service) postPage(ctx context.Context, a address) (*document, error) {
	f, err := s.find(ctx, a)
	if err != nil {
		return nil, err
	}
	data := page{speaking: speaking{a.language}, List: a.language, Languages: f.languages, Slug: a.slug}
	if !s.pages.has(a.language) {
		data.List = ""
	}
	switch {
	case f.edition != nil:
		if data.Entry, err = s.pages.whole(f.edition); err != nil {
			return nil, err
		}
		data.Title = f.edition.Edition.Title + " – " + s.site.TitleIn(a.language)
		data.Description = data.Entry.Summary
		data.Canonical = s.site.URL + a.path()
		return s.html(pagePost, data, http.StatusOK, f.decided)
	case f.withdrawn:
		data.Heading = wording.Label(a.language, wording.Withdrawn)
		data.Statement = wording.Label(a.language, wording.WithdrawnText)
		data.Title = data.Heading + " – " + s.site.TitleIn(a.language)
		return s.html(pageMissing, data, http.StatusGone, f.decided)
	}
	return nil, errNotThere
}

func (s *Service) find(ctx context.Context, a address) (f found, err error) {
	err = s.projection.Read(ctx, func(tx *sql.Tx) (err error) {
		f, err = s.page(ctx, tx, a.language, a.slug)
		return err
	})
	return f, err
}

// notThere renders the page of an edition that never was, naming the languages in which the post can be read.
func (s *Service) notThere(ctx context.Context, a address) (*document, error) {
	f, err := s.find(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.missing(a, f.languages)
}

// missing renders the page for an address that names nothing, in its language if it has one of ours.
func (s *Service) missing(a address, languages []string) (*document, error) {
	language, list := a.language, a.language
	if !s.pages.has(language) {
		language, list = s.site.Languages[0], ""
	}
	heading := wording.Label(language, wording.NotFound)
	return s.html(pageMissing, page{
		speaking: speaking{language}, List: list, Languages: languages, Slug: a.slug, Heading: heading,
		Title: heading + " – " + s.site.TitleIn(language), Statement: wording.Label(language, wording.NotFoundText),
	}, http.StatusNotFound, time.Time{})
}

func (s *Service) html(name string, data page, status int, modified time.Time) (*document, error) {
	body, err := s.pages.render(name, data)
	if err != nil {
		return nil, err
	}
	d := &document{status: status, mimeType: htmlType, cache: pageCache, language: data.Language, modified: modified, body: body}
	if status != http.StatusOK {
		d.cache = noCache
	}
	return d.seal(), nil
}

func unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", comeBack)
	plainly(w, http.StatusServiceUnavailable, "The site is getting ready. Please try again in a few seconds.")
}

func plainly(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, sentence, status)
}

// statusWriter remembers the status for the metrics.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what is beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
