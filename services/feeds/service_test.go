package feeds_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/service"
	"carillon.example/services/feeds"
)

// siteURL is where the public finds the site of the tests.
const siteURL = "https://news.example.org"

var released = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

func testOffice(t testing.TB) *office.Office {
	t.Helper()
	zone, err := carillon.LoadZone("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	return &office.Office{Site: office.Site{
		Title: map[string]string{"en": "Lakeside Office", "ru": "Офис у озера", "ar": "مكتب البحيرة"}, URL: siteURL,
		Languages: []string{"en", "ru", "ar"}, Zone: zone,
	}}
}

// site is a running service.
type site struct {
	t       *testing.T
	dir     string
	url     string
	metrics *prometheus.Registry
	health  *service.Health
	log     *lines
	stop    func()
}

// newHandler runs a site on an empty log and returns what answers requests.
func newHandler(t testing.TB, b *bus.Bus) http.Handler {
	t.Helper()
	health := service.NewHealth()
	running, err := feeds.New(feeds.Config{Addr: "127.0.0.1:0", DataDir: t.TempDir()}, feeds.Deps{
		Bus: b, Office: testOffice(t), Log: slog.New(slog.DiscardHandler),
		Metrics: prometheus.NewRegistry(), Health: health, Now: func() time.Time { return released },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, "the site is ready", func() bool { return len(health.Waiting()) == 0 })
	return running
}

// lines is a log that tests read.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type option func(*feeds.Config, *office.Office)

// start runs a site on a folder and waits until it has caught up.
func start(t *testing.T, b *bus.Bus, dir string, options ...option) *site {
	t.Helper()
	s := launch(t, b, dir, options...)
	eventually(t, "the site is ready", func() bool { return len(s.health.Waiting()) == 0 })
	return s
}

// launch runs a site on a folder.
func launch(t *testing.T, b *bus.Bus, dir string, options ...option) *site {
	t.Helper()
	s := &site{t: t, dir: dir, metrics: prometheus.NewRegistry(), health: service.NewHealth(), log: &lines{}}
	config, o := feeds.Config{Addr: "127.0.0.1:0", DataDir: dir}, testOffice(t)
	for _, option := range options {
		option(&config, o)
	}
	running, err := feeds.New(config, feeds.Deps{
		Bus: b, Office: o, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Metrics: s.metrics, Health: s.health, Now: func() time.Time { return released },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.url = running.URL()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	var once sync.Once
	s.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("the site ended with: %v", err)
			}
		})
	}
	t.Cleanup(s.stop)
	return s
}

// answer is what the site said.
type answer struct {
	status int
	header http.Header
	body   string
}

func (s *site) ask(method, path string, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if r.Header.Get("Accept-Encoding") == "" {
		r.Header.Set("Accept-Encoding", "identity")
	}
	// Redirections are answers here.
	client := http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

func (s *site) get(path string, header ...string) answer {
	s.t.Helper()
	return s.ask(http.MethodGet, path, header...)
}

// applied waits until the site shows the log up to a position.
func (s *site) applied(position uint64) {
	s.t.Helper()
	eventually(s.t, "position "+strconv.FormatUint(position, 10)+" is shown", func() bool {
		return uint64(s.metric("carillon_feeds_position")) >= position
	})
}

func (s *site) metric(name string, labels ...string) float64 {
	s.t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if has(m, labels) {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return 0
}

func has(m *dto.Metric, labels []string) bool {
	for i := 0; i < len(labels); i += 2 {
		found := false
		for _, l := range m.GetLabel() {
			found = found || l.GetName() == labels[i] && l.GetValue() == labels[i+1]
		}
		if !found {
			return false
		}
	}
	return true
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("after 20 s still not: %s", what)
		case <-tick.C:
		}
	}
}

// publish puts into the log what the public may know, as ingest does, and returns the position.
func publish(t *testing.T, b *bus.Bus, p *event.PublicPost) uint64 {
	t.Helper()
	return publishAs(t, b, event.PostsSubject(p.Post.Slug), p)
}

func publishAs(t *testing.T, b *bus.Bus, subject string, p *event.PublicPost) uint64 {
	t.Helper()
	data, err := event.MarshalPublicPost(p)
	if err != nil {
		t.Fatal(err)
	}
	position, err := b.Publish(t.Context(), bus.Publication{Subject: subject, Data: data, Header: event.PublicHeader(p)})
	if err != nil {
		t.Fatal(err)
	}
	return position
}

// id makes the id of an edition.
func id(n int) string {
	return "0195f000-0000-7000-8000-" + strings.Repeat("0", 12-len(strconv.Itoa(n))) + strconv.Itoa(n)
}

func edition(n int, language, title string) carillon.Edition {
	at := released.Add(time.Duration(n) * time.Minute)
	return carillon.Edition{
		ID: id(n), Language: language, Title: title, Body: "What **" + title + "** says.\n\nAnd [more](more.html).",
		Revision: 1, Published: at, Updated: at,
	}
}

// newPost is a released post whose editions were released one after the other.
func newPost(slug string, editions ...carillon.Edition) *event.PublicPost {
	return &event.PublicPost{
		Number: 1, Time: editions[0].Published,
		Post: carillon.Post{
			Slug: slug, Revision: 1, Kind: carillon.KindNews, Authors: []string{"Press Service", "Water Unit"},
			Tags: []string{"water", "public health"}, Editions: editions,
		},
	}
}

// withdraw takes editions back; none means all.
func withdraw(p *event.PublicPost, at time.Time, languages ...string) *event.PublicPost {
	w := &event.PublicPost{Number: p.Number + 1, Time: at, Post: p.Post}
	w.Post.Revision++
	w.Post.Editions = nil
	for _, e := range p.Post.Editions {
		if len(languages) > 0 && !contains(languages, e.Language) {
			w.Post.Editions = append(w.Post.Editions, e)
			continue
		}
		w.Post.Withdrawn = append(w.Post.Withdrawn, carillon.Withdrawal{
			EditionID: e.ID, Language: e.Language, Published: e.Published, At: at, Revision: w.Post.Revision,
		})
	}
	return w
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

func mustContain(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}

func mustNotContain(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%s contains %q:\n%s", what, part, text)
		}
	}
}

// lists are the addresses of every feed, and of the pages of languages.
func lists() []string {
	var all []string
	for _, l := range []string{"/", "/en/", "/ru/", "/ar/"} {
		all = append(all, l, l+"feed.atom", l+"feed.rss", l+"feed.json")
	}
	return all
}

// everything asks for all lists and some pages, with their tags.
func everything(s *site, pages ...string) map[string][2]string {
	s.t.Helper()
	all := map[string][2]string{}
	for _, path := range append(lists(), pages...) {
		a := s.get(path)
		all[path] = [2]string{a.header.Get("ETag") + " " + a.header.Get("Last-Modified"), a.body}
	}
	return all
}

func TestSiteAsksForPatienceUntilItHasReadTheLog(t *testing.T) {
	b := bustest.NewServer(t).Connect(t) // a log that nobody has made yet
	s := launch(t, b, t.TempDir())
	for _, path := range append(lists(), "/en/posts/a-post") {
		a := s.get(path)
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, headers %v", path, a.status, a.header)
		}
	}
	mustContain(t, "what the service waits for", strings.Join(s.health.Waiting(), "\n"), "feeds: is reading the log")
	bustest.Ensure(t, b)
	eventually(t, "the site is ready", func() bool { return len(s.health.Waiting()) == 0 })
	same(t, "status", s.get("/").status, http.StatusOK)
}

func TestPageIsThereAsSoonAsTheEditionIsProjected(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	same(t, "before", s.get("/en/posts/well").status, http.StatusNotFound)
	s.applied(publish(t, b, newPost("well", edition(1, "en", "A well"))))
	a := s.get("/en/posts/well")
	same(t, "after", a.status, http.StatusOK)
	mustContain(t, "the page", a.body, "<h1>A well</h1>")
	mustContain(t, "the list", s.get("/en/").body, `<a href="/en/posts/well">A well</a>`)
	mustContain(t, "the home page", s.get("/").body, `<a href="/en/posts/well">A well</a>`)
}

func TestRestartGoesOnWhereItStopped(t *testing.T) {
	b := bustest.Start(t)
	dir := t.TempDir()
	publish(t, b, newPost("one", edition(1, "en", "One")))
	last := publish(t, b, newPost("two", edition(2, "en", "Two")))
	s := start(t, b, dir)
	s.applied(last)
	s.stop()

	// A message that cannot be read is counted whenever it is read. The first run sees it, the second does not.
	position, err := b.Publish(t.Context(), bus.Publication{Subject: event.PostsSubject("broken"), Data: []byte{0xff}})
	if err != nil {
		t.Fatal(err)
	}
	s = start(t, b, dir)
	s.applied(position)
	same(t, "messages passed over", s.metric("carillon_feeds_ignored_messages_total", "reason", "unreadable"), 1)
	before := everything(s, "/en/posts/one", "/en/posts/two")
	s.stop()

	s = start(t, b, dir)
	same(t, "messages passed over again", s.metric("carillon_feeds_ignored_messages_total", "reason", "unreadable"), 0)
	same(t, "documents", everything(s, "/en/posts/one", "/en/posts/two"), before)
}

func TestDeletedProjectionComesBackByteForByte(t *testing.T) {
	b := bustest.Start(t)
	dir := t.TempDir()
	first := newPost("one", edition(1, "en", "One"), edition(2, "ru", "Один"))
	publish(t, b, first)
	publish(t, b, newPost("two", edition(3, "ar", "اثنان")))
	last := publish(t, b, withdraw(first, released.Add(time.Hour), "ru"))
	pages := []string{"/en/posts/one", "/ru/posts/one", "/ar/posts/two"}
	s := start(t, b, dir)
	s.applied(last)
	before := everything(s, pages...)
	s.stop()

	if err := os.Remove(filepath.Join(dir, "feeds.db")); err != nil {
		t.Fatal(err)
	}
	s = start(t, b, dir)
	same(t, "documents", everything(s, pages...), before)
}

func TestReplicasServeTheSameBytesAndTags(t *testing.T) {
	server := bustest.NewServer(t)
	b := server.Connect(t)
	bustest.Ensure(t, b)
	one := start(t, b, t.TempDir())
	empty := everything(one)
	first := newPost("one", edition(1, "en", "One"), edition(2, "ru", "Один"))
	publish(t, b, first)
	publish(t, b, newPost("two", edition(3, "en", "Two")))
	last := publish(t, b, withdraw(first, released.Add(time.Hour), "en"))
	one.applied(last)
	two := start(t, server.Connect(t), t.TempDir())
	two.applied(last)
	same(t, "documents", everything(two, "/en/posts/one", "/ru/posts/one"), everything(one, "/en/posts/one", "/ru/posts/one"))

	other := start(t, bustest.Start(t), t.TempDir())
	for path, d := range everything(other) {
		if strings.HasSuffix(path, "/") && d[1] != empty[path][1] {
			t.Errorf("%s differs on two empty sites", path)
		}
	}
}

func TestOlderDecisionThatComesLateIsIgnored(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("well", edition(1, "en", "The well"))
	newer := *post
	newer.Number, newer.Post.Editions = 5, []carillon.Edition{edition(1, "en", "The well, corrected")}
	publish(t, b, &newer)
	s.applied(publish(t, b, post))
	mustContain(t, "the page", s.get("/en/posts/well").body, "The well, corrected")
	mustContain(t, "the feed", s.get("/en/feed.atom").body, "<title>The well, corrected</title>")
	mustContain(t, "the log", s.log.String(), "a later decision is shown already", "post=well", "number=1")
	same(t, "ignored", s.metric("carillon_feeds_ignored_messages_total", "reason", "older"), 1)
}

func TestMessageThatNamesAnotherPostIsIgnored(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	publish(t, b, newPost("well", edition(1, "en", "The well")))
	forged := newPost("well", edition(1, "en", "Forged"))
	forged.Number = 9
	s.applied(publishAs(t, b, event.PostsSubject("other"), forged))
	mustContain(t, "the page", s.get("/en/posts/well").body, "The well")
	same(t, "the other page", s.get("/en/posts/other").status, http.StatusNotFound)
	mustContain(t, "the log", s.log.String(), "names another post than its subject", "post=other", "named=well")
}

func TestEditionThatCannotBeShownLeavesTheOthersAlone(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("well", edition(1, "en", "The well"), edition(2, "ru", "Без времени"), edition(3, "../x", "No language"), edition(4, "ar", "بلا معرّف"))
	post.Post.Editions[1].Published, post.Post.Editions[1].Updated = time.Time{}, time.Time{}
	post.Post.Editions[3].ID = "4"
	s.applied(publish(t, b, post))
	for _, path := range lists() {
		same(t, path, s.get(path).status, http.StatusOK)
	}
	mustContain(t, "the page", s.get("/en/posts/well").body, "The well")
	same(t, "without a time", s.get("/ru/posts/well").status, http.StatusNotFound)
	same(t, "without an id", s.get("/ar/posts/well").status, http.StatusNotFound)
	mustContain(t, "the log", s.log.String(), "it has no time of publication", "its language is not one", "its id is not a UUID")
}

func TestDamagedProjectionIsReplacedWhileServing(t *testing.T) {
	b := bustest.Start(t)
	dir := t.TempDir()
	s := start(t, b, dir)
	s.applied(publish(t, b, newPost("well", edition(1, "en", "The well"))))
	s.stop()
	if err := os.WriteFile(filepath.Join(dir, "feeds.db"), []byte(strings.Repeat("damaged ", 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	s = start(t, b, dir)
	mustContain(t, "the page", s.get("/en/posts/well").body, "The well")
	mustContain(t, "the log", s.log.String(), "projection removed, it comes back from the log")
}
