package feeds_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"

	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/office"
	"carillon.example/services/feeds"
)

// read reads a feed with a parser that is not ours.
func (s *site) read(path string) *gofeed.Feed {
	s.t.Helper()
	a := s.get(path)
	if a.status != http.StatusOK {
		s.t.Fatalf("%s: status %d", path, a.status)
	}
	f, err := gofeed.NewParser().ParseString(a.body)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", path, err, a.body)
	}
	return f
}

func titles(f *gofeed.Feed) []string {
	all := make([]string, len(f.Items))
	for i, item := range f.Items {
		all[i] = item.Title
	}
	return all
}

var feedNames = []string{"feed.atom", "feed.rss", "feed.json"}

func TestEveryFeedCarriesTheWholeEntry(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("well", edition(1, "en", "The well"), edition(2, "ru", "Колодец"))
	post.Post.Editions[0].Updated = post.Post.Editions[0].Published.Add(90 * time.Minute)
	post.Post.Attachments = []carillon.Attachment{{File: "report.pdf", Title: "The report", Language: "en", Size: 12345}}
	post.Post.Deadline = carillon.Date{Year: 2026, Month: time.April, Day: 10}
	s.applied(publish(t, b, post))

	for _, name := range feedNames {
		t.Run(name, func(t *testing.T) {
			f := s.read("/en/" + name)
			same(t, "title", f.Title, "Lakeside Office")
			same(t, "site", f.Link, siteURL+"/en/")
			same(t, "own address", f.FeedLink, siteURL+"/en/"+name)
			same(t, "language", f.Language, map[string]string{"feed.atom": "en", "feed.rss": "en", "feed.json": "en"}[name])
			same(t, "number of entries", len(f.Items), 1)
			item := f.Items[0]
			same(t, "title", item.Title, "The well")
			same(t, "link", item.Link, siteURL+"/en/posts/well")
			same(t, "id", item.GUID, "urn:uuid:"+id(1))
			same(t, "published", item.PublishedParsed.UTC(), released.Add(time.Minute))
			same(t, "categories", item.Categories, []string{"water", "public health"})
			var authors []string
			for _, a := range item.Authors {
				authors = append(authors, a.Name)
			}
			if name == "feed.rss" { // the parser reads the first of several dc:creator
				same(t, "authors", authors, []string{"Press Service"})
			} else {
				same(t, "authors", authors, []string{"Press Service", "Water Unit"})
			}
			mustContain(
				t, "content", item.Content, "<strong>The well</strong>", `href="`+siteURL+`/en/posts/more.html"`, "<dt>Deadline</dt><dd>10 April 2026</dd>",
				"The report", "report.pdf",
			)
			if name != "feed.rss" { // it has no place for it
				same(t, "updated", item.UpdatedParsed.UTC(), released.Add(91*time.Minute))
			}
		})
	}
	mustContain(t, "the Atom feed", s.get("/en/feed.atom").body, `xml:lang="en"`, `<link href="`+siteURL+`/ru/posts/well" rel="alternate" type="text/html" hreflang="ru">`)
	mustContain(t, "the RSS feed", s.get("/en/feed.rss").body, "<dc:creator>Press Service</dc:creator>", "<dc:creator>Water Unit</dc:creator>")
	for _, name := range feedNames {
		same(t, "all languages in "+name, titles(s.read("/"+name)), []string{"Колодец", "The well"})
		same(t, "Russian in "+name, titles(s.read("/ru/"+name)), []string{"Колодец"})
		same(t, "Arabic in "+name, len(s.read("/ar/"+name).Items), 0)
	}
}

func TestFeedsAreServedAsWhatTheyAre(t *testing.T) {
	s := start(t, bustest.Start(t), t.TempDir())
	for name, want := range map[string]string{
		"feed.atom": "application/atom+xml; charset=utf-8", "feed.rss": "application/rss+xml; charset=utf-8", "feed.json": "application/feed+json",
	} {
		a := s.get("/en/" + name)
		same(t, name, a.header.Get("Content-Type"), want)
		same(t, name, a.header.Get("Cache-Control"), "public, max-age=60")
		same(t, name, a.header.Get("Access-Control-Allow-Origin"), "*")
		same(t, name, a.header.Get("X-Content-Type-Options"), "nosniff")
	}
}

func TestFeedHoldsTheNewestFiftyByPublicationDate(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	var last uint64
	for i := 1; i <= 55; i++ {
		last = publish(t, b, newPost(fmt.Sprintf("post-%d", i), edition(i, "en", fmt.Sprintf("Post %d", i))))
	}
	s.applied(last)
	var want []string
	for i := 55; i > 5; i-- {
		want = append(want, fmt.Sprintf("Post %d", i))
	}
	for _, name := range feedNames {
		same(t, name, titles(s.read("/"+name)), want)
	}
}

func TestDateOfTheOfficeDecidesThePlace(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	publish(t, b, newPost("now", edition(1, "en", "Now")))
	old := newPost("old", edition(2, "en", "Old"))
	old.Post.Date = carillon.Date{Year: 2019, Month: time.April, Day: 7}
	publish(t, b, old)
	today := newPost("today", edition(3, "en", "Today"))
	today.Post.Date = carillon.Date{Year: 2026, Month: time.March, Day: 2} // the day of the release: its hour counts
	s.applied(publish(t, b, today))

	f := s.read("/en/feed.atom")
	same(t, "order", titles(f), []string{"Today", "Now", "Old"})
	zone, err := carillon.LoadZone("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "published", f.Items[2].PublishedParsed.UTC(), time.Date(2019, 4, 7, 0, 0, 0, 0, zone).UTC())
	same(t, "published today", f.Items[0].PublishedParsed.UTC(), released.Add(3*time.Minute))
	page := s.get("/en/posts/old").body
	mustContain(t, "the page", page, `<time datetime="2019-04-07">7 April 2019</time>`)
	mustNotContain(t, "the page of a post that was not corrected", page, "Updated")
}

func TestEditionsOfOneMomentAreOrderedByTheirIDs(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	var last uint64
	for _, n := range []int{2, 3, 1} {
		e := edition(n, "en", fmt.Sprintf("Post %d", n))
		e.Published, e.Updated = released, released
		last = publish(t, b, newPost(fmt.Sprintf("post-%d", n), e))
	}
	s.applied(last)
	same(t, "order", titles(s.read("/en/feed.json")), []string{"Post 3", "Post 2", "Post 1"})
}

func TestCorrectionKeepsIDAndPlaceAndChangesUpdated(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("first", edition(1, "en", "First"))
	publish(t, b, post)
	s.applied(publish(t, b, newPost("second", edition(2, "en", "Second"))))
	before := s.read("/en/feed.atom")
	tag := s.get("/en/feed.atom").header.Get("ETag")

	corrected := *post
	corrected.Number, corrected.Time = 2, released.Add(48*time.Hour)
	corrected.Post.Editions = []carillon.Edition{post.Post.Editions[0]}
	corrected.Post.Editions[0].Title, corrected.Post.Editions[0].Updated = "First, corrected", released.Add(48*time.Hour)
	s.applied(publish(t, b, &corrected))

	after := s.read("/en/feed.atom")
	same(t, "order", titles(after), []string{"Second", "First, corrected"})
	same(t, "id", after.Items[1].GUID, before.Items[1].GUID)
	same(t, "published", after.Items[1].Published, before.Items[1].Published)
	same(t, "updated", after.Items[1].UpdatedParsed.UTC(), released.Add(48*time.Hour))
	same(t, "updated feed", after.UpdatedParsed.UTC(), released.Add(48*time.Hour))
	answer := s.get("/en/feed.atom", "If-None-Match", tag)
	same(t, "status for the old tag", answer.status, http.StatusOK)
	same(t, "last modified", answer.header.Get("Last-Modified"), released.Add(48*time.Hour).Format(http.TimeFormat))
	mustContain(t, "the page", s.get("/en/posts/first").body, "<h1>First, corrected</h1>", "<dt>Updated</dt>", "4 March 2026")
}

func TestWithdrawnPostIsGoneFromEveryFeed(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("well", edition(1, "en", "The well"), edition(2, "ru", "Колодец"))
	publish(t, b, post)
	s.applied(publish(t, b, newPost("other", edition(3, "en", "Other"))))
	modified := s.get("/feed.atom").header.Get("Last-Modified")

	at := released.Add(72 * time.Hour)
	s.applied(publish(t, b, withdraw(post, at)))
	for _, path := range lists() {
		a := s.get(path)
		mustNotContain(t, path, a.body, "The well", "Колодец", id(1), id(2))
		if strings.HasPrefix(path, "/ar/") {
			continue
		}
		same(t, path, a.header.Get("Last-Modified"), at.Format(http.TimeFormat))
		same(t, path+" asked again", s.get(path, "If-Modified-Since", modified).status, http.StatusOK)
	}
	for path, words := range map[string]string{
		"/en/posts/well": "This page has been withdrawn", "/ru/posts/well": "Эта страница отозвана",
	} {
		a := s.get(path)
		same(t, path, a.status, http.StatusGone)
		same(t, path, a.header.Get("Cache-Control"), "no-cache")
		mustContain(t, path, a.body, words)
		mustNotContain(t, path, a.body, "The well", "Колодец", "canonical")
	}
	same(t, "a language it never had", s.get("/ar/posts/well").status, http.StatusNotFound)
}

func TestWithdrawnEditionLeavesTheOthers(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("well", edition(1, "en", "The well"), edition(2, "ru", "Колодец"))
	s.applied(publish(t, b, withdraw(post, released.Add(time.Hour), "ru")))
	gone := s.get("/ru/posts/well")
	same(t, "Russian", gone.status, http.StatusGone)
	mustContain(t, "the page in Russian", gone.body, `<html lang="ru" dir="ltr">`, `<a href="/en/posts/well" lang="en"`)
	english := s.get("/en/posts/well")
	same(t, "English", english.status, http.StatusOK)
	mustNotContain(t, "the page in English", english.body, "/ru/posts/well")
	same(t, "feed", titles(s.read("/feed.rss")), []string{"The well"})
}

func TestPostReleasedAgainIsTheSameEntry(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	post := newPost("well", edition(1, "en", "The well"))
	publish(t, b, post)
	publish(t, b, withdraw(post, released.Add(time.Hour)))
	again := *post
	again.Number, again.Time = 3, released.Add(2*time.Hour)
	s.applied(publish(t, b, &again))
	f := s.read("/en/feed.atom")
	same(t, "id", f.Items[0].GUID, "urn:uuid:"+id(1))
	same(t, "published", f.Items[0].PublishedParsed.UTC(), released.Add(time.Minute))
	// Whoever only remembers the time of the withdrawal has to be told.
	a := s.get("/en/feed.atom", "If-Modified-Since", released.Add(time.Hour).Format(http.TimeFormat))
	same(t, "status", a.status, http.StatusOK)
}

func TestUnchangedFeedIsNotSentAgain(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	s.applied(publish(t, b, newPost("well", edition(1, "en", "The well"))))
	for _, path := range append(lists(), "/en/posts/well", "/style.css", "/robots.txt") {
		first := s.get(path)
		tag := first.header.Get("ETag")
		if tag == "" || strings.HasPrefix(tag, "W/") {
			t.Errorf("%s has no strong tag: %q", path, tag)
		}
		again := s.get(path, "If-None-Match", tag)
		same(t, path, again.status, http.StatusNotModified)
		same(t, path, again.body, "")
		same(t, path, again.header.Get("ETag"), tag)
		same(t, path, again.header.Get("Cache-Control"), first.header.Get("Cache-Control"))
		if modified := first.header.Get("Last-Modified"); modified != "" {
			same(t, path, s.get(path, "If-Modified-Since", modified).status, http.StatusNotModified)
			same(t, path+" with another tag", s.get(path, "If-Modified-Since", modified, "If-None-Match", `"other"`).status, http.StatusOK)
		}
		head := s.ask(http.MethodHead, path)
		same(t, path, head.body, "")
		same(t, path, head.header.Get("Content-Length"), fmt.Sprint(len(first.body)))
		same(t, path, head.header.Get("ETag"), tag)
	}
}

func TestEmptySiteHasValidFeeds(t *testing.T) {
	s := start(t, bustest.Start(t), t.TempDir())
	for _, name := range feedNames {
		f := s.read("/" + name)
		same(t, name, len(f.Items), 0)
		same(t, name, f.Title, "Lakeside Office")
	}
	mustContain(t, "the page", s.get("/ru/").body, "Здесь пока ничего не опубликовано.")
}

func TestHostileWordsStayWords(t *testing.T) {
	b := bustest.Start(t)
	s := start(t, b, t.TempDir())
	const hostile = `</title><script>alert("1")</script>]]><!-- & ` + "\u202e" + ` "' onload=x <img src=x onerror=alert(2)>`
	post := newPost("hostile", edition(1, "en", hostile), edition(2, "ar", "عنوان"))
	e := &post.Post.Editions[0]
	e.Summary = hostile
	e.Body = "<script>alert(3)</script>\n\n[click](javascript:alert(4))\n\n<a href=\"x\" onclick=\"alert(5)\">y</a>\n\n" + hostile
	post.Post.Authors, post.Post.Tags = []string{hostile}, []string{hostile}
	post.Post.Event = &carillon.Event{Zone: hostile, Place: hostile, URL: "javascript:alert(6)"}
	post.Post.Contact = &carillon.Contact{Name: hostile, Phone: `+7 "><script>`, Email: `"><script>@example.org`}
	post.Post.Attachments = []carillon.Attachment{{File: hostile, Title: hostile, Language: hostile, Size: -1}}
	post.Post.Links = []carillon.Link{{URL: "javascript:alert(7)", Title: hostile}, {URL: `https://example.org/"onmouseover="alert(8)`}}
	s.applied(publish(t, b, post))
	for _, path := range []string{"/", "/en/", "/en/posts/hostile"} {
		a := s.get(path)
		same(t, path, a.status, http.StatusOK)
		mustNotContain(t, path, a.body, "<script", "<img src=x", `href="javascript`, `"onmouseover`, `" onload`, `<a href="x" onclick`, "ZgotmplZ")
	}
	for _, name := range feedNames {
		item := s.read("/en/" + name).Items[0]
		mustNotContain(t, name, item.Content, "<script", "<img", `href="javascript`, "onclick", `"onmouseover`, "ZgotmplZ")
	}
}

func TestAddressOfTheEnvironmentBeatsTheOffices(t *testing.T) {
	b := bustest.Start(t)
	publish(t, b, newPost("well", edition(1, "en", "The well")))
	s := start(t, b, t.TempDir(), func(c *feeds.Config, _ *office.Office) { c.PublicURL = "https://other.example.org/news/" })
	f := s.read("/en/feed.atom")
	same(t, "link", f.Items[0].Link, "https://other.example.org/news/en/posts/well")
	page := s.get("/news/en/posts/well") // the proxy in front may leave the path as it is, or not
	same(t, "page", page.body, s.get("/en/posts/well").body)
	mustContain(t, "page", page.body, `href="/news/en/"`, `href="/news/style.css?v=`, `<link rel="canonical" href="https://other.example.org/news/en/posts/well">`)
	same(t, "redirection", s.get("/en").header.Get("Location"), "/news/en/")
}

func TestSiteWithoutAnAddressUsesItsOwn(t *testing.T) {
	b := bustest.Start(t)
	publish(t, b, newPost("well", edition(1, "en", "The well")))
	s := start(t, b, t.TempDir(), func(_ *feeds.Config, o *office.Office) { o.Site.URL = "" })
	same(t, "link", s.read("/en/feed.atom").Items[0].Link, s.url+"/en/posts/well")
}
