package acceptance_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"carillon.example/pkg/carillon"
)

// formats are the files of every list of the site.
func formats() []string { return []string{"feed.atom", "feed.rss", "feed.json"} }

// figure is the picture that stands for a post, before its body.
var figure = regexp.MustCompile(`^<figure class="image">.*</figure>`)

// subscribe reads a feed as a subscriber does, by somebody else's parser. The error is for a feed that is not one.
func subscribe(t *testing.T, address string) ([]entry, error) {
	t.Helper()
	a := ask(t, http.MethodGet, address, nil, nil)
	if a.status != http.StatusOK {
		return nil, errors.New(a.String())
	}
	languages, err := entryLanguages(t, address, a.body)
	if err != nil {
		return nil, err
	}
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(a.body))
	if err != nil {
		return nil, err
	}
	all := []entry{}
	for _, item := range feed.Items {
		one := entry{ID: item.GUID, Title: item.Title, Link: item.Link, Content: item.Content, Categories: item.Categories, Language: languages[item.GUID]}
		one.Content = figure.ReplaceAllString(one.Content, "")
		for _, author := range item.Authors {
			one.Authors = append(one.Authors, author.Name)
		}
		if dc := item.DublinCoreExt; dc != nil && len(dc.Creator) > 0 { // RSS: the parser takes the first only
			one.Authors = dc.Creator
		}
		if item.PublishedParsed != nil {
			one.Published = seconds(*item.PublishedParsed)
		}
		if item.UpdatedParsed != nil {
			one.Updated = seconds(*item.UpdatedParsed)
		} else if updated := item.Extensions["atom"]["updated"]; len(updated) == 1 { // where RSS has no word of its own
			if at, err := time.Parse(time.RFC3339, updated[0].Value); err == nil {
				one.Updated = seconds(at)
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// atomDocument is RFC 4287, as far as it says what must be there.
type atomDocument struct {
	XMLName xml.Name   `xml:"http://www.w3.org/2005/Atom feed"`
	ID      []string   `xml:"http://www.w3.org/2005/Atom id"`
	Title   []string   `xml:"http://www.w3.org/2005/Atom title"`
	Updated []string   `xml:"http://www.w3.org/2005/Atom updated"`
	Author  []string   `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []atomLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		Language string     `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID       []string   `xml:"http://www.w3.org/2005/Atom id"`
		Title    []string   `xml:"http://www.w3.org/2005/Atom title"`
		Updated  []string   `xml:"http://www.w3.org/2005/Atom updated"`
		Links    []atomLink `xml:"http://www.w3.org/2005/Atom link"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

// entryLanguages reads the language of every entry, by its id, and checks what the parser is too kind to mind.
func entryLanguages(t *testing.T, address string, body []byte) (map[string]string, error) {
	t.Helper()
	languages := map[string]string{}
	switch {
	case strings.HasSuffix(address, ".json"):
		var doc struct {
			Version string
			FeedURL string `json:"feed_url"`
			Items   []struct{ ID, Language string }
		}
		decode(t, body, &doc)
		if doc.Version != "https://jsonfeed.org/version/1.1" || doc.FeedURL != address {
			return nil, fmt.Errorf("version %q, feed_url %q", doc.Version, doc.FeedURL)
		}
		for _, item := range doc.Items {
			languages[item.ID] = item.Language
		}
	case strings.HasSuffix(address, ".rss"):
		if err := wellFormed(body); err != nil {
			return nil, err
		}
		var doc struct {
			Version string `xml:"version,attr"`
			Items   []struct {
				ID       string `xml:"guid"`
				Language string `xml:"http://purl.org/dc/elements/1.1/ language"`
			} `xml:"channel>item"`
		}
		if err := xml.Unmarshal(body, &doc); err != nil {
			return nil, err
		}
		for _, item := range doc.Items {
			languages[item.ID] = item.Language
		}
	default:
		if err := wellFormed(body); err != nil {
			return nil, err
		}
		var doc atomDocument
		if err := xml.Unmarshal(body, &doc); err != nil {
			return nil, err
		}
		if len(doc.ID) != 1 || len(doc.Title) != 1 || len(doc.Updated) != 1 || len(doc.Author) == 0 || linked(doc.Links, "self") != address {
			return nil, fmt.Errorf("the feed lacks something, or has it twice: id %q, title %q, updated %q, author %q, self %q", doc.ID, doc.Title, doc.Updated, doc.Author, linked(doc.Links, "self"))
		}
		for _, e := range doc.Entries {
			if len(e.ID) != 1 || len(e.Title) != 1 || len(e.Updated) != 1 || linked(e.Links, "alternate") == "" {
				return nil, fmt.Errorf("the entry %q lacks something, or has it twice", e.ID)
			}
			if _, twice := languages[e.ID[0]]; twice {
				return nil, fmt.Errorf("the entry %s is there twice", e.ID[0])
			}
			languages[e.ID[0]] = e.Language
		}
	}
	return languages, nil
}

func linked(links []atomLink, rel string) string {
	for _, l := range links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

// wellFormed reads XML to its end, as strictly as the standard has it.
func wellFormed(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("not well-formed XML: %w", err)
		}
	}
}

// feedsDiffer says where the feeds are not what they should be: of each language and of all, in every format.
func feedsDiffer(t *testing.T, d *desk, known map[edition]shownEdition) string {
	t.Helper()
	for _, language := range append([]string{""}, d.office.Site.Languages...) {
		list := d.office.Site.URL + "/"
		if language != "" {
			list += language + "/"
		}
		want := d.entries(language, known)
		for _, format := range formats() {
			got, err := subscribe(t, list+format)
			if err != nil {
				return fmt.Sprintf("%s%s: %v", list, format, err)
			}
			for i := range got {
				if i >= len(want) {
					break
				}
				content, ok := undirected(got[i].Content, want[i].Language)
				if !ok {
					return fmt.Sprintf("%s%s: the content of %s does not say its direction: %s", list, format, want[i].Link, got[i].Content)
				}
				rest, ok := strings.CutPrefix(content, want[i].Content)
				if !ok {
					continue // the comparison below says it
				}
				got[i].Content = want[i].Content
				said, missing := html.UnescapeString(rest), d.besides(want[i].Link)
				for _, s := range missing {
					if !strings.Contains(said, s) {
						return fmt.Sprintf("%s%s: %s does not say %q after its body: %s", list, format, want[i].Link, s, rest)
					}
				}
				if len(missing) == 0 && strings.TrimSpace(rest) != "" {
					return fmt.Sprintf("%s%s: %s says more than its body: %s", list, format, want[i].Link, rest)
				}
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				return fmt.Sprintf("%s%s (-want +got):\n%s", list, format, diff)
			}
		}
	}
	return ""
}

// undirected is a content without the element that says its direction, which one from right to left has to have.
func undirected(content, language string) (string, bool) {
	if carillon.Direction(language) == "ltr" {
		return content, true
	}
	content, begins := strings.CutPrefix(content, `<div lang="`+language+`" dir="rtl">`+"\n")
	content, ends := strings.CutSuffix(content, "\n</div>")
	return content, begins && ends
}
