package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"time"

	"github.com/gorilla/feeds"
)

const atomNamespace = "http://www.w3.org/2005/Atom"

// atomFeed is gorilla's, with a language, a generator and more than one link.
type atomFeed struct {
	feeds.AtomFeed
	Language  string       `xml:"xml:lang,attr,omitempty"` // RFC 4287, section 2
	Generator string       `xml:"generator,omitempty"`
	Links     []atomLink   `xml:"link"`
	Entries   []*atomEntry `xml:"entry"`
}

// atomEntry is gorilla's, with a language and lists of authors, categories and links in several languages.
type atomEntry struct {
	feeds.AtomEntry
	Language   string             `xml:"xml:lang,attr,omitempty"`
	Authors    []feeds.AtomAuthor `xml:"author"`
	Categories []atomCategory     `xml:"category"`
	Links      []atomLink         `xml:"link"`
}

// atomLink is gorilla's, with the language and the title of what it points to (RFC 4287, section 4.2.7).
type atomLink struct {
	feeds.AtomLink
	Hreflang string `xml:"hreflang,attr,omitempty"`
	Title    string `xml:"title,attr,omitempty"`
}

// atomCategory is RFC 4287, section 4.2.2.
type atomCategory struct {
	Term string `xml:"term,attr"`
}

// Atom writes the feed as RFC 4287 says. The error names what the feed lacks.
func Atom(f *Feed) ([]byte, error) {
	f, err := prepare(f)
	if err != nil {
		return nil, err
	}
	a := atomFeed{
		AtomFeed: feeds.AtomFeed{
			Xmlns:    atomNamespace,
			Title:    f.Title,
			Id:       f.ID,
			Updated:  f.Updated.Format(time.RFC3339),
			Subtitle: f.Subtitle,
			Author:   &feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: f.Author}},
		},
		Language:  f.Language,
		Generator: f.Generator,
		Links: []atomLink{
			{AtomLink: feeds.AtomLink{Rel: "self", Type: "application/atom+xml", Href: f.SelfURL}, Hreflang: f.Language},
			{AtomLink: feeds.AtomLink{Rel: "alternate", Type: "text/html", Href: f.SiteURL}, Hreflang: f.Language},
		},
	}
	for i := range f.Entries {
		a.Entries = append(a.Entries, newAtomEntry(&f.Entries[i]))
	}
	return encodeXML(&a)
}

func newAtomEntry(e *Entry) *atomEntry {
	a := &atomEntry{
		AtomEntry: feeds.AtomEntry{
			Title:     e.Title,
			Id:        e.ID,
			Published: e.Published.Format(time.RFC3339),
			Updated:   e.Updated.Format(time.RFC3339),
			Content:   &feeds.AtomContent{Type: "html", Content: e.HTML},
		},
		Language: e.Language,
		Links: []atomLink{
			{AtomLink: feeds.AtomLink{Rel: "alternate", Type: "text/html", Href: e.Link}, Hreflang: e.Language},
		},
	}
	if e.Summary != "" {
		a.Summary = &feeds.AtomSummary{Type: "text", Content: e.Summary}
	}
	for _, name := range e.Authors {
		a.Authors = append(a.Authors, feeds.AtomAuthor{AtomPerson: feeds.AtomPerson{Name: name}})
	}
	for _, term := range e.Categories {
		a.Categories = append(a.Categories, atomCategory{term})
	}
	for _, o := range e.Alternates {
		link := feeds.AtomLink{Rel: "alternate", Type: "text/html", Href: o.URL}
		a.Links = append(a.Links, atomLink{AtomLink: link, Hreflang: o.Language})
	}
	for _, o := range e.enclosures() {
		link := feeds.AtomLink{Rel: "enclosure", Type: o.Type, Href: o.URL}
		if o.Size > 0 {
			link.Length = strconv.FormatInt(o.Size, 10)
		}
		a.Links = append(a.Links, atomLink{AtomLink: link, Hreflang: o.Language, Title: o.Title})
	}
	return a
}

func encodeXML(v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("feed: writing XML: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
