package feeds_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/wording"
)

// fullPost has everything a post can have.
func fullPost(t *testing.T) *carillon.Post {
	t.Helper()
	start, err := carillon.ParseLocalTime("2026-04-17T14:30")
	if err != nil {
		t.Fatal(err)
	}
	end, err := carillon.ParseLocalTime("2026-04-17T17:00")
	if err != nil {
		t.Fatal(err)
	}
	post := newPost("open-day", edition(1, "en", "Open day"), edition(2, "ru", "День открытых дверей"), edition(3, "ar", "يوم مفتوح")).Post
	post.Kind = carillon.KindEvent
	post.Editions[0].Summary = "The laboratory opens its doors."
	post.Editions[0].Updated = post.Editions[0].Published.Add(50 * time.Hour)
	post.Event = &carillon.Event{Start: start, End: end, Zone: "Asia/Almaty", Place: "Laboratory", URL: "https://example.org/open-day"}
	post.Deadline = carillon.Date{Year: 2026, Month: time.April, Day: 10}
	post.Contact = &carillon.Contact{Name: "Visitors", Phone: "+7 727 000-00-00", Email: "visit@example.org"}
	post.Attachments = []carillon.Attachment{
		{File: "programme.pdf", Title: "Programme", Language: "ru", Size: 182400}, {File: "map.png"},
	}
	post.Links = []carillon.Link{{URL: "https://example.org/lab", Title: "The laboratory"}, {URL: "https://example.org/wells"}}
	return &post
}

func TestPageSaysAllThatThePostSays(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	public := newPost("open-day", edition(1, "en", "Open day"))
	public.Post = *fullPost(t)
	s.applied(publish(t, b, public))

	english := s.get("/en/posts/open-day").body
	mustContain(
		t, "the page in English", english,
		`<html lang="en" dir="ltr">`, `<h1>Open day</h1>`, `<p class="lead">The laboratory opens its doors.</p>`,
		`<span class="kind">Event</span>`, `<time datetime="2026-03-02T14:31:00&#43;05:00">2 March 2026</time>`,
		`<dt>When</dt><dd>Friday, 17 April 2026, 14:30–17:00 (UTC&#43;5, Almaty)</dd>`, `<dt>Where</dt><dd><bdi>Laboratory</bdi></dd>`,
		`<a href="https://example.org/open-day">`, `<dt>Deadline</dt><dd>10 April 2026</dd>`, `<dd><bdi>Visitors</bdi></dd>`,
		`<a href="tel:&#43;77270000000">`, `<a href="mailto:visit@example.org">`,
		`<bdi lang="ru">Programme</bdi>`, `<bdi>programme.pdf</bdi>`, "182\u00a0kB", `<bdi>map.png</bdi>`,
		`<a href="https://example.org/lab"><bdi>The laboratory</bdi></a>`, `<a href="https://example.org/wells"><bdi>https://example.org/wells</bdi></a>`,
		`<time class="corrected" datetime="2026-03-04T16:31:00&#43;05:00">Corrected on 4 March 2026</time>`,
		`Press Service`, `Water Unit`, `<dt>Updated</dt><dd><time datetime="2026-03-04T16:31:00&#43;05:00">4 March 2026</time></dd>`, `public health`,
		`<link rel="canonical" href="`+siteURL+`/en/posts/open-day">`,
		`<link rel="alternate" hreflang="en" href="`+siteURL+`/en/posts/open-day">`,
		`<link rel="alternate" hreflang="ar" href="`+siteURL+`/ar/posts/open-day">`,
		`<link rel="alternate" type="application/atom&#43;xml" title="Lakeside Office (Atom)" href="/en/feed.atom">`,
		`<meta property="og:title" content="Open day">`, `<meta property="og:type" content="article">`,
		`<meta property="og:url" content="`+siteURL+`/en/posts/open-day">`, `<meta property="og:description" content="The laboratory opens its doors.">`,
		`<a href="/ru/posts/open-day" lang="ru" hreflang="ru" dir="ltr" rel="alternate">Русский</a>`,
	)
	mustNotContain(t, "files have no address yet: the page", english, `href="programme.pdf"`, "/media/")
	mustContain(
		t, "the page in Arabic", s.get("/ar/posts/open-day").body, `<html lang="ar" dir="rtl">`, "<h1>يوم مفتوح</h1>", "مكتب البحيرة",
		`<a href="/en/posts/open-day" lang="en" hreflang="en" dir="ltr" rel="alternate">English</a>`,
		`<dt>أين</dt><dd><bdi>Laboratory</bdi></dd>`, "182\u00a0كيلوبايت",
	)
	mustNotContain(t, "what was not corrected: the page in Arabic", s.get("/ar/posts/open-day").body, "صُحِّح")
	mustContain(t, "the page in Russian", s.get("/ru/posts/open-day").body, `<html lang="ru" dir="ltr">`, "17 апреля 2026 года", "Крайний срок")
}

func TestHomePageShowsEachPostOnceAndChoosesNoLanguage(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	publish(t, b, newPost("well", edition(1, "en", "The well"), edition(2, "ru", "Колодец")))
	s.applied(publish(t, b, newPost("spring", edition(3, "ar", "النبع"))))
	a := s.get("/", "Accept-Language", "ru")
	same(t, "status", a.status, http.StatusOK)
	mustContain(
		t, "the home page", a.body, `<a href="/en/" lang="en"`, `<a href="/ru/" lang="ru"`, `<a href="/ar/" lang="ar" hreflang="ar" dir="rtl">العربية</a>`,
		`<article lang="en" dir="ltr">`, `<article lang="ar" dir="rtl">`, `<a href="/ru/posts/well" lang="ru"`,
	)
	mustNotContain(t, "the home page", a.body, "Колодец")
	if strings.Index(a.body, "النبع") > strings.Index(a.body, "The well") {
		t.Error("the older post stands first")
	}
	russian := s.get("/ru/").body
	mustContain(t, "the Russian page", russian, "Колодец", `<html lang="ru"`)
	mustNotContain(t, "the Russian page", russian, "النبع")
}

func TestEveryLinkOfThePagesLeadsSomewhere(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	public := newPost("open-day", edition(1, "en", "Open day"))
	public.Post = *fullPost(t)
	for i := range public.Post.Editions {
		public.Post.Editions[i].Body = "No links."
	}
	publish(t, b, public)
	other := newPost("well", edition(5, "en", "The well"), edition(6, "ru", "Колодец"))
	other.Post.Editions[0].Body, other.Post.Editions[1].Body = "No links.", "Нет ссылок."
	s.applied(publish(t, b, withdraw(other, released, "ru")))

	seen := map[string]bool{}
	for next := []string{"/", "/ru/posts/well", "/en/posts/nothing"}; len(next) > 0; next = next[1:] {
		path := next[0]
		if seen[path] {
			continue
		}
		seen[path] = true
		a := s.get(path)
		if a.status != http.StatusOK && path != "/ru/posts/well" && path != "/en/posts/nothing" {
			t.Errorf("%s: %d", path, a.status)
		}
		if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, link := range linksOf(t, a.body) {
			link = strings.TrimPrefix(link, siteURL)
			if u, err := url.Parse(link); err != nil || u.IsAbs() || strings.HasPrefix(link, "#") {
				continue
			}
			next = append(next, link)
		}
	}
	for _, path := range []string{"/ar/posts/open-day", "/en/posts/well", "/ru/feed.rss", "/feed.json", "/ar/"} {
		if !seen[path] {
			t.Errorf("no link leads to %s", path)
		}
	}
}

// linksOf lists the addresses in a page, which must be well-formed.
func linksOf(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" || a.Key == "src" {
				all = append(all, a.Val)
			}
		}
	}
	return all
}

func TestPagesDoWithoutScriptsAndForeignOnesCannotRun(t *testing.T) {
	s := start(t, bustest.Start(t), t.TempDir())
	for _, path := range []string{"/", "/en/", "/en/posts/nothing", "/nothing"} {
		a := s.get(path)
		policy := a.header.Get("Content-Security-Policy")
		mustContain(t, "the policy of "+path, policy, "default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'")
		mustNotContain(t, "the policy of "+path, policy, "unsafe", "script-src")
		same(t, path, a.header.Get("X-Content-Type-Options"), "nosniff")
		same(t, path, a.header.Get("Referrer-Policy"), "strict-origin-when-cross-origin")
		mustNotContain(t, path, a.body, "<script", "style=")
	}
}

func TestAnswersFitWhatIsAsked(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	s.applied(publish(t, b, newPost("well", edition(1, "en", "The well"))))
	for _, tt := range []struct {
		name, method, path string
		status             int
		header, value      string
	}{
		{"language without a slash", "GET", "/en", 301, "Location", "/en/"},
		{"page with a slash", "GET", "/en/posts/well/", 301, "Location", "/en/posts/well"},
		{"post to a feed", "POST", "/en/feed.atom", 405, "Allow", "GET, HEAD"},
		{"delete a page", "DELETE", "/en/posts/well", 405, "Allow", "GET, HEAD"},
		{"put the home page", "PUT", "/", 405, "Allow", "GET, HEAD"},
		{"options", "OPTIONS", "/", 405, "Allow", "GET, HEAD"},
		{"a method of somebody's own", "BREW", "/style.css", 405, "Allow", "GET, HEAD"},
		{"post to nothing", "POST", "/nothing", 404, "", ""},
		{"unknown post", "GET", "/en/posts/nothing", 404, "Content-Language", "en"},
		{"unknown post in Russian", "GET", "/ru/posts/nothing", 404, "Content-Language", "ru"},
		{"post in another language", "GET", "/ru/posts/well", 404, "Content-Language", "ru"},
		{"unknown language", "GET", "/xx/", 404, "Content-Language", "en"},
		{"unknown language's feed", "GET", "/xx/feed.atom", 404, "", ""},
		{"language in capitals", "GET", "/EN/", 404, "", ""},
		{"unknown feed", "GET", "/en/feed.xml", 404, "Content-Language", "en"},
		{"two slashes", "GET", "//example.org/", 404, "", ""},
		{"two slashes and a language", "GET", "//en/", 404, "", ""},
		{"dots", "GET", "/en/../en/", 404, "", ""},
		{"encoded dots", "GET", "/%2e%2e/%2e%2e/etc/passwd", 404, "", ""},
		{"encoded slash", "GET", "/en%2Fposts%2Fwell", 200, "", ""},
		{"control characters", "GET", "/en/posts/%00%0d%0a", 404, "", ""},
		{"invalid UTF-8", "GET", "/%ff%fe/posts/%c0%af", 404, "", ""},
		{"wildcards", "GET", "/en/posts/%25", 404, "", ""},
		{"long slug", "GET", "/en/posts/" + strings.Repeat("a", 5000), 404, "", ""},
		{"posts of a language", "GET", "/en/posts/", 404, "", ""},
		{"what comes later", "GET", "/en/tags/water", 404, "", ""},
		{"query", "GET", "/en/posts/well?a=b&c=%zz", 200, "", ""},
		{"robots", "GET", "/robots.txt", 200, "Content-Type", "text/plain; charset=utf-8"},
		{"style", "GET", "/style.css?v=old", 200, "Content-Type", "text/css; charset=utf-8"},
		{"page", "GET", "/en/posts/well", 200, "Content-Type", "text/html; charset=utf-8"},
		{"range", "GET", "/en/posts/well", 200, "Accept-Ranges", "bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.ask(tt.method, tt.path)
			same(t, "status", a.status, tt.status)
			if tt.header != "" {
				same(t, tt.header, a.header.Get(tt.header), tt.value)
			}
			mustNotContain(t, "the answer", a.body, "goroutine", "panic")
		})
	}
	mustContain(t, "the page of a post in another language", s.get("/ru/posts/well").body, `<a href="/en/posts/well" lang="en"`, "Страница не найдена")
	same(t, "counted", s.metric("carillon_feeds_requests_total", "document", "feed", "status", "405"), 1)
}

func TestCompressedAnswerIsTheSameDocument(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	s.applied(publish(t, b, newPost("well", edition(1, "en", "The well"))))
	for _, path := range []string{"/en/feed.atom", "/en/posts/well", "/en/posts/nothing"} {
		plain, packed := s.get(path), s.get(path, "Accept-Encoding", "br;q=1, gzip;q=0.8")
		same(t, path, packed.header.Get("Content-Encoding"), "gzip")
		same(t, path, packed.header.Get("Vary"), "Accept-Encoding")
		same(t, path, plain.header.Get("Vary"), "Accept-Encoding")
		r, err := gzip.NewReader(strings.NewReader(packed.body))
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		same(t, path, string(unpacked), plain.body)
		if tag := packed.header.Get("ETag"); tag != "" {
			if tag == plain.header.Get("ETag") {
				t.Errorf("%s: one strong tag for two encodings", path)
			}
			same(t, path, s.get(path, "Accept-Encoding", "gzip", "If-None-Match", tag).status, http.StatusNotModified)
		}
	}
	same(t, "refused", s.get("/en/feed.atom", "Accept-Encoding", "gzip;q=0.0").header.Get("Content-Encoding"), "")
}

func TestDocumentIsRenderedOnceHoweverManyAsk(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	s.applied(publish(t, b, newPost("well", edition(1, "en", "The well"))))
	ask := func() {
		var group sync.WaitGroup
		for range 40 {
			group.Go(func() {
				if a := s.get("/en/feed.atom"); a.status != http.StatusOK {
					t.Errorf("status %d", a.status)
				}
			})
		}
		group.Wait()
	}
	rendered := func() float64 { return s.metric("carillon_feeds_render_seconds", "document", "feed") }
	ask()
	same(t, "rendered", rendered(), 1)
	s.applied(publish(t, b, newPost("other", edition(2, "en", "Other"))))
	eventually(t, "the new post is served", func() bool { return strings.Contains(s.get("/en/feed.atom").body, "Other") })
	before := rendered()
	ask()
	same(t, "rendered again", rendered(), before)
	if before > 3 { // once more if it was asked for between the rows and the news of them
		t.Errorf("rendered %v times for two states", before)
	}
}

func TestEveryLanguageHasAllTheWordsOfThePages(t *testing.T) {
	for _, language := range []string{"en", "ru", "kk", "fr", "es", "ar", "zh", "de"} {
		for _, l := range wording.Labels() {
			if wording.Label(language, l) == "" {
				t.Errorf("%s has no %q", language, l)
			}
		}
	}
}

func FuzzNoAddressIsTooOdd(f *testing.F) {
	for _, path := range []string{"/", "/en", "/en/", "/en/posts/a", "/en/posts/a/", "/feed.atom", "//", "/en//", "/%", "/en/posts//", "*"} {
		f.Add("GET", path)
	}
	b := bustest.Start(f)
	handler := newHandler(f, b)
	f.Fuzz(func(t *testing.T, method, path string) {
		r := &http.Request{Method: method, URL: &url.URL{Path: path}, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(t.Context()))
		switch w.Code {
		case 200, 301, 404, 405:
		default:
			t.Errorf("%s %q: %d", method, path, w.Code)
		}
		if location := w.Header().Get("Location"); strings.HasPrefix(location, "//") || strings.Contains(location, ":") {
			t.Errorf("%q leads to %q", path, location)
		}
		if bytes.Contains(w.Body.Bytes(), []byte("<script")) {
			t.Errorf("%q comes back in the page", path)
		}
	})
}

func TestTimesOfRenderingAreMeasuredByDocument(t *testing.T) {
	s := start(t, bustest.Start(t), t.TempDir())
	s.get("/en/")
	same(t, "rendered", fmt.Sprint(s.metric("carillon_feeds_render_seconds", "document", "language")), "1")
}
