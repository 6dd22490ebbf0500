package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel/fault"
	mastodon "carillon.example/pkg/channel/mastodon/fake"
	slack "carillon.example/pkg/channel/slack/fake"
)

// shown is how many statuses, and messages a channel, a page shows; the rest is in the API.
const shown = 100

//go:embed templates/page.html
var pageHTML string

//go:embed static/style.css
var styleCSS []byte

var page = template.Must(template.New("page").Funcs(template.FuncMap{"when": when}).Parse(pageHTML))

// pageView is what the page shows.
type pageView struct {
	Title    string
	Filter   string // what the statuses were chosen by; empty: all, and Slack beside them
	Statuses []statusView
	More     bool // there are older statuses
	Channels []channelView
	Faults   []faultView
	Pending  int // requests that suffer a fault right now
	URL      string
	SlackAPI string
}

type statusView struct {
	mastodon.Status
	Initial   string
	Content   template.HTML
	Direction string
}

// faultView is a fault in words.
type faultView struct {
	Effect, Does, Match, Left string
}

type channelView struct {
	ID, Name string
	Messages []template.HTML // the newest first, as beside it
	More     bool
}

// timelines shows everything.
func (s *Service) timelines(w http.ResponseWriter, r *http.Request) {
	view := pageView{Title: instanceTitle, SlackAPI: SlackAPI}
	view.Statuses, view.More = s.views(func(mastodon.Status) bool { return true })
	messages := s.slack.Messages()
	for _, c := range s.slack.Channels() {
		channel, err := s.channel(c, messages)
		if err != nil {
			s.broken(w, err)
			return
		}
		view.Channels = append(view.Channels, channel)
	}
	s.show(w, r, http.StatusOK, view)
}

// statuses shows a part of the instance: /@name, /@name/id, /tags/tag.
func (s *Service) statuses(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, "/")
	choose := func(st mastodon.Status) bool { return st.Path == path || "/@"+st.Account == path }
	if tag, ok := strings.CutPrefix(path, "/tags/"); ok {
		choose = func(st mastodon.Status) bool {
			return strings.Contains(strings.ToLower(st.Text), "#"+strings.ToLower(tag))
		}
	}
	view := pageView{Title: strings.TrimPrefix(path, "/"), Filter: strings.TrimPrefix(path, "/")}
	view.Statuses, view.More = s.views(choose)
	code := http.StatusOK
	if len(view.Statuses) == 0 && path != "/@"+MastodonAccount {
		code = http.StatusNotFound
	}
	s.show(w, r, code, view)
}

func (s *Service) views(choose func(mastodon.Status) bool) (views []statusView, more bool) {
	for _, st := range s.mastodon.Statuses() {
		if !choose(st) {
			continue
		}
		if len(views) == shown {
			return views, true
		}
		direction := "auto"
		if st.Language != "" {
			direction = carillon.Direction(st.Language)
		}
		first, _ := utf8.DecodeRuneInString(st.Display)
		views = append(views, statusView{
			Status: st, Initial: string(first), Direction: direction,
			Content: template.HTML(st.HTML), // the instance escapes what it renders
		})
	}
	return views, false
}

func (s *Service) channel(c slack.Channel, messages []slack.Message) (channelView, error) {
	view := channelView{ID: c.ID, Name: c.Name}
	for i := len(messages) - 1; i >= 0; i-- {
		m := &messages[i]
		if m.Channel != c.ID {
			continue
		}
		if len(view.Messages) == shown {
			view.More = true
			break
		}
		h, err := s.slack.MessageHTML(m)
		if err != nil {
			return view, err
		}
		view.Messages = append(view.Messages, h)
	}
	return view, nil
}

func (s *Service) show(w http.ResponseWriter, r *http.Request, code int, view pageView) {
	view.Faults, view.Pending = faultViews(s.faults.List()), s.faults.Pending()
	view.URL = "http://" + r.Host
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		s.broken(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// What is posted is anybody's; nothing of it may run or send anything. Pictures may be loaded: Slack shows those of the
	// public site by their addresses.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes())
}

// faultViews says what each fault does, to which requests and how often.
func faultViews(faults []fault.Fault) []faultView {
	views := make([]faultView, len(faults))
	for i, f := range faults {
		v := faultView{Effect: f.Name(), Does: f.Says(), Match: f.Match, Left: "until it is cleared"}
		if v.Match == "" {
			v.Match = "every request"
		}
		switch {
		case f.Times == 1:
			v.Left = "once"
		case f.Times > 1:
			v.Left = fmt.Sprintf("%d times", f.Times)
		}
		views[i] = v
	}
	return views
}

func (s *Service) broken(w http.ResponseWriter, err error) {
	s.log.Error("sandbox page cannot be shown", "error", err)
	http.Error(w, "The page cannot be shown: the log says why.", http.StatusInternalServerError)
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(styleCSS)
	_, _ = w.Write([]byte(slack.Stylesheet))
}

func when(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04") + " UTC" }
