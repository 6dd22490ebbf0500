package feed_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"

	"carillon.example/pkg/feed"
)

var update = flag.Bool("update", false, "write the golden files")

// formats are the three writers by the name of their golden file.
func formats() map[string]func(*feed.Feed) ([]byte, error) {
	return map[string]func(*feed.Feed) ([]byte, error){
		"feed.atom": feed.Atom,
		"feed.rss":  feed.RSS,
		"feed.json": feed.JSON,
	}
}

func TestFeedsAreWrittenAsRead(t *testing.T) {
	for name, write := range formats() {
		t.Run(name, func(t *testing.T) { golden(t, name, written(t, write, everything())) })
	}
}

func TestFeedOfOneLanguageSaysSoAndMixedOnesDoNot(t *testing.T) {
	mixed := everything()
	english := everything()
	english.Language = "en"
	for name, language := range map[string]string{
		"feed.atom": `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">`,
		"feed.rss":  `<language>en</language>`,
		"feed.json": "\n  \"language\": \"en\"",
	} {
		write := formats()[name]
		if got := written(t, write, english); !bytes.Contains(got, []byte(language)) {
			t.Errorf("%s of one language lacks %s", name, language)
		}
		if got := written(t, write, mixed); bytes.Contains(got, []byte(language)) {
			t.Errorf("%s of several languages has %s", name, language)
		}
	}
}

func TestIndependentReaderGetsBackWhatWasWritten(t *testing.T) {
	want := everything()
	for name, write := range formats() {
		t.Run(name, func(t *testing.T) {
			got := parse(t, written(t, write, want))
			if got.Title != want.Title || got.Link != want.SiteURL || got.FeedLink != want.SelfURL {
				t.Errorf("the feed is %q at %q from %q, want %q at %q from %q",
					got.Title, got.Link, got.FeedLink, want.Title, want.SiteURL, want.SelfURL)
			}
			if len(got.Items) != len(want.Entries) {
				t.Fatalf("%d entries, want %d", len(got.Items), len(want.Entries))
			}
			for i := range want.Entries {
				if diff := cmp.Diff(asWritten(&want.Entries[i], name), asRead(got.Items[i], name)); diff != "" {
					t.Errorf("entry %d differs (-written +read):\n%s", i, diff)
				}
			}
		})
	}
}

func TestSameInputGivesSameBytes(t *testing.T) {
	for name, write := range formats() {
		f := everything()
		first := written(t, write, f)
		if diff := cmp.Diff(everything(), f); diff != "" {
			t.Errorf("%s: writing changed the input:\n%s", name, diff)
		}
		if !bytes.Equal(first, written(t, write, f)) {
			t.Errorf("%s: written twice it differs", name)
		}
	}
}

func TestTimesAreWrittenInUTCWhateverTheirZone(t *testing.T) {
	for name, write := range formats() {
		f := everything()
		first := written(t, write, f)
		zone := time.FixedZone("elsewhere", 6*60*60)
		f.Updated = f.Updated.In(zone).Add(time.Millisecond)
		for i := range f.Entries {
			f.Entries[i].Published = f.Entries[i].Published.In(zone).Add(time.Millisecond)
		}
		if diff := cmp.Diff(string(first), string(written(t, write, f))); diff != "" {
			t.Errorf("%s depends on the zone of its times:\n%s", name, diff)
		}
	}
}

func TestEmptyFeedIsWhole(t *testing.T) {
	for name, write := range formats() {
		f := everything()
		f.Entries, f.Subtitle = nil, ""
		got := written(t, write, f)
		if n := len(parse(t, got).Items); n != 0 {
			t.Errorf("%s: an empty feed has %d entries", name, n)
		}
		if name == "feed.json" && !bytes.Contains(got, []byte(`"items": []`)) {
			t.Errorf("%s: an empty feed lacks its list of items", name)
		}
	}
}

func TestEntryWithoutAuthorsHasTheFeeds(t *testing.T) {
	f := everything()
	f.Author, f.Entries[1].Authors = "The Office", nil
	for name, write := range formats() {
		got := parse(t, written(t, write, f))
		if a := got.Items[1].Authors; len(a) != 1 || a[0].Name != "The Office" {
			t.Errorf("%s: the authors are %v, want the feed's", name, a)
		}
		if name == "feed.rss" {
			continue // its channel has no such word
		}
		if a := got.Authors; len(a) != 1 || a[0].Name != "The Office" {
			t.Errorf("%s: the feed's authors are %v", name, a)
		}
	}
}

func TestAttachmentsWithAnAddressAreEnclosures(t *testing.T) {
	f := everything()
	file := &f.Entries[0].Attachments[0]
	file.URL, file.Type, file.Size = "https://news.example.org/media/ab12/report.pdf?a=1&b=2", "application/pdf", 3<<30
	for name, write := range formats() {
		got := parse(t, written(t, write, f))
		want := []*gofeed.Enclosure{{URL: file.URL, Type: file.Type, Length: "3221225472"}}
		if diff := cmp.Diff(want, got.Items[0].Enclosures); diff != "" {
			t.Errorf("%s: enclosures differ (-want +got):\n%s", name, diff)
		}
		if !strings.Contains(got.Items[0].Content, `<a href="https://news.example.org/media/ab12/report.pdf?a=1&amp;b=2">`) {
			t.Errorf("%s: the content does not link the attachment:\n%s", name, got.Items[0].Content)
		}
	}
}

func TestWhatAFeedCannotDoWithoutIsNamed(t *testing.T) {
	for _, row := range []struct {
		name string
		take func(*feed.Feed)
		want string
	}{
		{"feed id", func(f *feed.Feed) { f.ID = "" }, "it has no id"},
		{"feed title", func(f *feed.Feed) { f.Title = "\x00" }, "it has no title"},
		{"site address", func(f *feed.Feed) { f.SiteURL = "" }, "it has no site address"},
		{"own address", func(f *feed.Feed) { f.SelfURL = "" }, "it has no own address"},
		{"feed time", func(f *feed.Feed) { f.Updated = time.Time{} }, "updated: it is missing"},
		{"a time nobody can write", func(f *feed.Feed) { f.Updated = time.Unix(1<<40, 0) }, "updated: the year 36812"},
		{"entry id", func(f *feed.Feed) { f.Entries[1].ID = "" }, "needs an id and a link"},
		{"entry link", func(f *feed.Feed) { f.Entries[1].Link = "" }, "needs an id and a link"},
		{"entry time", func(f *feed.Feed) { f.Entries[1].Published = time.Time{} }, "published: it is missing"},
	} {
		for name, write := range formats() {
			f := everything()
			row.take(f)
			if _, err := write(f); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s without its %s: error is %v, want %q", name, row.name, err, row.want)
			}
		}
	}
}

func FuzzWhateverComesInIsWellFormed(f *testing.F) {
	for _, s := range hostile() {
		if len(s) < 1<<10 { // the long one tells nothing more, and slows the search
			f.Add(s, s, s)
		}
	}
	f.Fuzz(func(t *testing.T, a, b, c string) { checkWellFormed(t, a, b, c) })
}

func TestHostileTextIsWellFormed(t *testing.T) {
	for _, s := range hostile() {
		checkWellFormed(t, s, s, s)
	}
}

// hostile is text that breaks careless writers.
func hostile() []string {
	return []string{
		"", "]]>", "]]]]>><![CDATA[", "<script>alert(1)</script>", "</title></item>", "<!--", "-->", "&", "&amp;", "&#0;", "&#x1F;",
		"\x00\x01\x08\x0b\x0c\x0e\x1f\x7f", "\u0085\u2028\u2029", "\ufffe\uffff", "\U0001fffe\U0010ffff",
		"\xed\xa0\x80", "\xed\xa0\xbd\xed\xb8\x80", "\xff\xfe", "\xc0\x80", "\xf4\x90\x80\x80", "a\xe2\x82",
		"\u202eolleh\u202c", "\u2066\u2067\u2068", "שלום مرحبا 123", "e\u0301\u0302\u0303", "👩‍👩‍👧‍👦🇰🇿",
		"\r\n\r\t\n", "'\"<>&`", "{{.}} ${x} %s %n", strings.Repeat("ж]]>", 25<<10), "\ufeffBOM",
	}
}

// checkWellFormed writes a feed made of the three strings in every format, and reads it with strict parsers.
func checkWellFormed(t *testing.T, a, b, c string) {
	t.Helper()
	f := everything()
	f.Title, f.Subtitle, f.Author, f.Generator = "T"+a, b, c, a
	e := &f.Entries[0]
	e.Title, e.Summary, e.HTML = a, b, c
	e.ID, e.Link, e.Language = "urn:x:"+b, "https://example.org/"+c, a
	e.Authors, e.Categories = []string{a, b}, []string{b, c}
	e.Alternates = []feed.Alternate{{Language: b, URL: c}, {Language: c, URL: a}}
	e.Attachments = []feed.Attachment{{Title: a, Name: b, Language: c, URL: a, Type: b, Size: int64(len(c))}}
	for name, write := range formats() {
		got := written(t, write, f)
		if !utf8.Valid(got) {
			t.Fatalf("%s is not UTF-8", name)
		}
		if name == "feed.json" {
			var document map[string]any
			if err := json.Unmarshal(got, &document); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			continue
		}
		checkXML(t, name, got)
		if n := len(parse(t, got).Items); n != len(f.Entries) {
			t.Fatalf("%s: %d entries are read, want %d", name, n, len(f.Entries))
		}
	}
}

func checkXML(t *testing.T, name string, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = true
	for {
		switch _, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// facts are what a reader of any format should know of an entry.
type facts struct {
	ID, Title, Link, Language, Summary, HTML string
	Authors, Categories                      []string
	Published, Updated                       time.Time
	Alternates                               []string
}

func asWritten(e *feed.Entry, format string) facts {
	f := facts{
		ID: e.ID, Title: e.Title, Link: e.Link, Language: e.Language, Summary: e.Summary, HTML: e.HTML,
		Authors: e.Authors, Categories: e.Categories, Published: e.Published, Updated: e.Updated,
	}
	if f.Updated.IsZero() {
		f.Updated = f.Published
	}
	if e.Language == "ar" {
		f.HTML = "<div lang=\"ar\" dir=\"rtl\">\n" + f.HTML + "\n</div>"
	}
	if format != "feed.json" { // of JSON Feed this reader does not tell extensions
		for _, a := range e.Alternates {
			f.Alternates = append(f.Alternates, a.URL)
		}
	}
	switch format {
	case "feed.json": // nor an item's language
		f.Language = ""
	case "feed.atom": // nor xml:lang
		f.Language = ""
	case "feed.rss":
		f.Summary = strings.ReplaceAll(f.Summary, "&", "&amp;") // a description is HTML
	}
	return f
}

func asRead(i *gofeed.Item, format string) facts {
	content, _, _ := strings.Cut(i.Content, "\n<p>Attachments</p>")
	f := facts{
		ID: i.GUID, Title: i.Title, Link: i.Link, Summary: i.Description, HTML: content,
		Categories: i.Categories, Published: *i.PublishedParsed,
	}
	for _, a := range i.Authors {
		f.Authors = append(f.Authors, a.Name)
	}
	if i.UpdatedParsed != nil {
		f.Updated = *i.UpdatedParsed
	}
	if dc := i.DublinCoreExt; dc != nil { // of several creators this reader makes the first alone an author
		f.Language, f.Authors = dc.Language[0], dc.Creator
	}
	for _, link := range i.Links {
		if link != i.Link {
			f.Alternates = append(f.Alternates, link)
		}
	}
	if format == "feed.rss" {
		atom := i.Extensions["atom"]
		if u := atom["updated"]; len(u) > 0 {
			f.Updated, _ = time.Parse(time.RFC3339, u[0].Value)
		}
		f.Alternates = nil
		for _, link := range atom["link"] {
			f.Alternates = append(f.Alternates, link.Attrs["href"])
		}
	}
	return f
}

func parse(t *testing.T, text []byte) *gofeed.Feed {
	t.Helper()
	f, err := gofeed.NewParser().Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("an independent reader refuses the feed: %v", err)
	}
	return f
}

func written(t *testing.T, write func(*feed.Feed) ([]byte, error), f *feed.Feed) []byte {
	t.Helper()
	text, err := write(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// everything is a made-up feed that uses all there is: three languages, one of them from right to left, an entry with
// attachments and a correction.
func everything() *feed.Feed {
	pages := []feed.Alternate{
		{Language: "ar", URL: "https://news.example.org/ar/posts/orchard-day"},
		{Language: "en", URL: "https://news.example.org/en/posts/orchard-day"},
		{Language: "ru", URL: "https://news.example.org/ru/posts/orchard-day"},
	}
	without := func(language string) []feed.Alternate {
		return slices.DeleteFunc(slices.Clone(pages), func(a feed.Alternate) bool { return a.Language == language })
	}
	return &feed.Feed{
		ID:        "https://news.example.org/feed",
		Title:     "Orchard Office & Friends",
		Subtitle:  "What the orchards <of the valley> say",
		SiteURL:   "https://news.example.org/",
		SelfURL:   "https://news.example.org/feed?all=1&new=1",
		Updated:   time.Date(2027, time.April, 3, 9, 30, 0, 0, time.UTC),
		Generator: "Carillon",
		Entries: []feed.Entry{
			{
				ID:         "urn:uuid:0195f3a0-0000-7000-8000-000000000001",
				Title:      "Apples & pears: the <b>first</b> harvest",
				Link:       "https://news.example.org/en/posts/orchard-day",
				Language:   "en",
				Summary:    "The valley's harvest, in one & a half sentences.",
				HTML:       "<p>The harvest is <strong>in</strong>: see <a href=\"https://example.org/?a=1&amp;b=2\">the table</a>.</p>\n<p>An end of data, ]]&gt; or ]]>, ends nothing.</p>",
				Authors:    []string{"Orchard Office", "Valley Council"},
				Categories: []string{"harvest", "food & farming"},
				Published:  time.Date(2027, time.April, 2, 3, 0, 0, 0, time.UTC),
				Updated:    time.Date(2027, time.April, 3, 9, 30, 0, 0, time.UTC),
				Alternates: without("en"),
				Attachments: []feed.Attachment{
					{Title: "The harvest in figures", Name: "harvest-2027.pdf", Language: "en"},
					{Name: "таблица.xlsx"},
				},
			},
			{
				ID:         "urn:uuid:0195f3a0-0000-7000-8000-000000000002",
				Title:      "Яблоки и груши: первый урожай",
				Link:       "https://news.example.org/ru/posts/orchard-day",
				Language:   "ru",
				Summary:    "Урожай долины в полутора предложениях.",
				HTML:       "<p>Урожай собран.</p>",
				Authors:    []string{"Управление садов"},
				Categories: []string{"harvest"},
				Published:  time.Date(2027, time.April, 2, 3, 0, 0, 0, time.UTC),
				Alternates: without("ru"),
				Image: &feed.Image{
					URL: "https://news.example.org/media/cd34/orchard.jpg", Type: "image/jpeg", Size: 153193, Width: 1600, Height: 900,
					Description: "Ящики с яблоками & грушами",
				},
			},
			{
				ID:         "urn:uuid:0195f3a0-0000-7000-8000-000000000003",
				Title:      "التفاح والإجاص: الحصاد الأول",
				Link:       "https://news.example.org/ar/posts/orchard-day",
				Language:   "ar",
				HTML:       "<p>تم جمع الحصاد.</p>",
				Authors:    []string{"مكتب البساتين"},
				Published:  time.Date(2027, time.April, 2, 3, 0, 0, 0, time.UTC),
				Updated:    time.Date(2027, time.April, 2, 3, 0, 0, 0, time.UTC),
				Alternates: without("ar"),
			},
		},
	}
}
