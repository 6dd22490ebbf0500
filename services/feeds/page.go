package feeds

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/office"
	"carillon.example/pkg/wording"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/style.css
var styleSheet []byte

//go:embed static/icon.svg
var iconImage []byte

// pages writes HTML.
type pages struct {
	site     office.Site
	prefix   string
	styleTag string // names the style sheet's content, so that browsers may keep it
	sets     map[string]*template.Template
	memory   *memory
}

// The pages there are, by the template that fills the frame.
const (
	pageList    = "list"
	pagePost    = "post"
	pageMissing = "missing"
)

func newPages(site office.Site, prefix string) (*pages, error) {
	style := (&document{body: styleSheet}).seal()
	p := &pages{
		site: site, prefix: prefix, styleTag: style.tag[:8], sets: map[string]*template.Template{}, memory: newMemory(),
	}
	for _, name := range []string{pageList, pagePost, pageMissing} {
		set, err := template.ParseFS(templateFiles, "templates/frame.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("the templates of the public site: %w", err)
		}
		p.sets[name] = set
	}
	return p, nil
}

// page is what every page shows. Templates ask it for words in its language.
type page struct {
	*pages
	speaking
	Title       string // of the document
	Description string
	Canonical   string   // empty: it has no address of its own
	List        string   // the language whose feeds are named; empty: all
	Languages   []string // in which the same can be read, this one included; empty: that is not said
	Slug        string   // of the post, on its page

	Entries []*view // of a list
	Entry   *view   // on its page

	Heading   string // of a page that is missing
	Statement string
}

// speaking is a language and its words.
type speaking struct{ Language string }

// Dir is the direction of the language.
func (s speaking) Dir() string { return carillon.Direction(s.Language) }

// Label says a label. One that there is not is a mistake in a template.
func (s speaking) Label(key string) (string, error) {
	if label := wording.Label(s.Language, wording.LabelKey(key)); label != "" {
		return label, nil
	}
	return "", fmt.Errorf("there is no label %q", key)
}

// Autonym names a language in itself.
func (speaking) Autonym(language string) string { return wording.Language(language) }

// DirOf is the direction of another language.
func (speaking) DirOf(language string) string { return carillon.Direction(language) }

// SiteTitle is what the office is called in the page's language.
func (p page) SiteTitle() string { return p.site.TitleIn(p.Language) }

// SiteLanguages are the languages of the site.
func (p page) SiteLanguages() []string { return p.site.Languages }

// Ours reports whether a language has a page of its own.
func (p page) Ours(language string) bool { return p.has(language) }

// item is an edition on a list's page.
type item struct {
	Page  page
	Entry *view
}

// Item gives the template of an item what it needs.
func (p page) Item(v *view) item { return item{p, v} }

// Path is the path of a list's page, or of a post's.
func (p page) Path(language, slug string) string {
	return p.prefix + listOrPost(language, slug).path()
}

// URL is Path with the site's name.
func (p page) URL(language, slug string) string {
	return p.site.URL + listOrPost(language, slug).path()
}

func listOrPost(language, slug string) address {
	if slug == "" {
		return address{kind: kindLanguage, language: language}
	}
	return address{kind: kindPost, language: language, slug: slug}
}

// Icon is the address of the site's icon.
func (p page) Icon() string { return p.prefix + "/" + iconFile }

// Style is the address of the style sheet.
func (p page) Style() string { return p.prefix + "/" + styleFile + "?v=" + p.styleTag }

// feedLink names a feed.
type feedLink struct{ Type, Title, Name, Path string }

// FeedLinks are the feeds of the page's list.
func (p page) FeedLinks() []feedLink {
	links := make([]feedLink, 0, len(formats()))
	for _, f := range formats() {
		mimeType, _, _ := strings.Cut(f.mimeType, ";")
		a := address{kind: kindFeed, language: p.List, name: f.name}
		links = append(links, feedLink{Type: mimeType, Title: p.site.TitleIn(p.List) + " (" + f.title + ")", Name: f.title, Path: p.prefix + a.path()})
	}
	return links
}

// summaryLength is how much of a body stands for it in lists, in characters, where staff wrote no summary.
const summaryLength = 280

// view is an edition as the templates see it.
type view struct {
	speaking
	Post      *carillon.Post
	Edition   *carillon.Edition
	Summary   string
	Body      template.HTML // sanitised
	Published time.Time
	Updated   time.Time
	Languages []string
	zone      *time.Location
	pages     *pages
}

// view is an edition as a list shows it.
func (p *pages) view(e *shown) (*view, error) {
	t, err := p.texts(e)
	if err != nil {
		return nil, err
	}
	v := p.bare(e)
	v.Summary = t.summary
	return v, nil
}

// whole is an edition with its body.
func (p *pages) whole(e *shown) (*view, error) {
	v, err := p.view(e)
	if err != nil {
		return nil, err
	}
	v.Body = sanitised(markdown.HTML(e.Edition.Body, p.show(e.Post)))
	return v, nil
}

func (p *pages) bare(e *shown) *view {
	return &view{
		speaking: speaking{e.Edition.Language}, Post: e.Post, Edition: e.Edition,
		Published: e.Published, Updated: e.Updated, Languages: e.Languages, zone: p.site.Zone, pages: p,
	}
}

// texts are what lists show of an edition: in feeds the body, then what the post says besides.
func (p *pages) texts(e *shown) (texts, error) {
	return p.memory.get(textsKey{e.Post.Slug, e.Edition.Language, e.number, e.decided.UnixNano()}, func() (texts, error) {
		v := p.bare(e)
		v.Body = sanitised(markdown.HTMLAt(e.Edition.Body, p.site.Permalink(e.Edition.Language, e.Post.Slug), p.show(e.Post)))
		var b bytes.Buffer
		if err := p.sets[pagePost].ExecuteTemplate(&b, "content", v); err != nil {
			return texts{}, fmt.Errorf("write the content of %s in %s: %w", e.Post.Slug, e.Edition.Language, err)
		}
		summary := e.Edition.Summary
		if summary == "" {
			summary = markdown.Summary(e.Edition.Body, summaryLength)
		}
		return texts{content: strings.TrimSpace(b.String()), summary: summary}, nil
	})
}

// sanitised marks what package markdown has made: the only words of others that go into a page as HTML.
func sanitised(s string) template.HTML {
	return template.HTML(s) //nolint:gosec // sanitised, as it says
}

// Kind names the post's kind.
func (v view) Kind() string { return wording.Kind(v.Language, v.Post.Kind) }

// Date writes the publication date.
func (v view) Date() string { return v.day(v.Published) }

// Machine writes the publication date for machines: the day alone if that is all staff said.
func (v view) Machine() string {
	if t := v.Published.In(v.zone); !v.Post.Date.IsZero() && t.Equal(v.Post.Date.In(v.zone)) {
		return v.Post.Date.String()
	}
	return v.stamp(v.Published)
}

// Corrected reports whether the edition has changed since its first release.
func (v view) Corrected() bool { return v.Edition.Updated.After(v.Edition.Published) }

// CorrectedOn says when that was, in a sentence.
func (v view) CorrectedOn() string {
	return wording.CorrectedOn(v.Language, carillon.DateOf(v.Updated.In(v.zone)))
}

// UpdatedDate writes when the edition last changed.
func (v view) UpdatedDate() string { return v.day(v.Updated) }

// UpdatedMachine writes the same for machines.
func (v view) UpdatedMachine() string { return v.stamp(v.Updated) }

func (v view) day(t time.Time) string { return wording.Date(v.Language, carillon.DateOf(t.In(v.zone))) }

func (v view) stamp(t time.Time) string {
	return t.In(v.zone).Truncate(time.Second).Format(time.RFC3339)
}

// When says when the event takes place.
func (v view) When() string { return wording.Event(v.Language, v.Post.Event) }

// Deadline says the deadline.
func (v view) Deadline() string { return wording.Date(v.Language, v.Post.Deadline) }

// HasFacts reports whether there is anything to say besides the body.
func (v view) HasFacts() bool {
	return v.Post.Event != nil || !v.Post.Deadline.IsZero() || v.Post.Contact != nil
}

// Call is the address by which a telephone number is called; html/template knows no telephones.
func (v view) Call() template.URL {
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, v.Post.Contact.Phone)
	if len(number) < 5 {
		return ""
	}
	return template.URL("tel:" + number) //nolint:gosec // digits and plus signs
}

// Host is the name of the place a web address leads to; empty: it leads nowhere a reader could follow.
func (view) Host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Host
}

// Size writes the size of a file for people.
func (v view) Size(bytes int64) string { return wording.Size(v.Language, bytes) }

// render fills a page.
func (p *pages) render(name string, data page) ([]byte, error) {
	data.pages = p
	var b bytes.Buffer
	if err := p.sets[name].ExecuteTemplate(&b, "frame", data); err != nil {
		return nil, fmt.Errorf("write the page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// has reports whether the site has a language.
func (p *pages) has(language string) bool { return slices.Contains(p.site.Languages, language) }
