package acceptance_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/builtin"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/media"
	"carillon.example/pkg/office"
	"carillon.example/pkg/postfile"
	"carillon.example/test/reader"
)

// desk is what the office has made public, as the test knows it: what everybody outside should find.
type desk struct {
	office *office.Office
	posts  []carillon.Post // in the order of their first release
}

func newDesk(t *testing.T, config string, secrets map[string]string) *desk {
	t.Helper()
	o, err := office.Parse("carillon.yaml", []byte(config), builtin.Types(), func(name string) (string, bool) {
		s, ok := secrets[name]
		return s, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{office: o}
}

// publish notes that posts were published or corrected, with all their editions.
func (d *desk) publish(t *testing.T, sources []postfile.Source) {
	t.Helper()
	for i := range sources {
		p := sources[i].Post
		for j := range sources[i].Media {
			keep(t, &sources[i].Media[j], &p.Media[j])
		}
		if p.Event != nil && p.Event.Zone == "" {
			p.Event.Zone = d.office.Site.Zone.String()
		}
		if at := d.index(p.Slug); at >= 0 {
			d.posts[at] = p
			continue
		}
		d.posts = append(d.posts, p)
	}
}

// keep fills in what becomes of a file that is sent.
func keep(t *testing.T, from *postfile.Media, m *carillon.Media) {
	t.Helper()
	f, err := from.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := media.Detect(m.Name, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	m.Type = kind.MIME
	if kind.Picture {
		picture, err := media.Clean(kind, data)
		if err != nil {
			t.Fatal(err)
		}
		variants, err := picture.Variants()
		if err != nil {
			t.Fatal(err)
		}
		data, m.Width, m.Height = picture.Data, picture.Width, picture.Height
		for _, v := range variants {
			m.Variants = append(m.Variants, carillon.Variant{Hash: hashOf(v.Data), Type: v.Type, Size: int64(len(v.Data)), Width: v.Width, Height: v.Height})
		}
	}
	m.Hash, m.Size = hashOf(data), int64(len(data))
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// withdraw notes that a post was withdrawn, or one language of it.
func (d *desk) withdraw(slug, language string) {
	p := &d.posts[d.index(slug)]
	p.Editions = slices.DeleteFunc(slices.Clone(p.Editions), func(e carillon.Edition) bool { return language == "" || e.Language == language })
}

func (d *desk) index(slug string) int {
	return slices.IndexFunc(d.posts, func(p carillon.Post) bool { return p.Slug == slug })
}

// sights are what a channel should show, in the order of publishing.
func (d *desk) sights(t *testing.T, name string, revisions map[edition]int) []Sight {
	t.Helper()
	c, ok := d.office.Channel(name)
	if !ok {
		t.Fatalf("there is no channel %s", name)
	}
	all := []Sight{}
	for i := range d.posts {
		p := &d.posts[i]
		for j := range p.Editions {
			e := &p.Editions[j]
			if !c.Carries(p, e.Language) {
				continue
			}
			all = append(all, reader.Composed(t, c, channel.Content{
				Post: p, Edition: e, Language: e.Language, Permalink: d.office.Site.Permalink(e.Language, p.Slug), MediaURL: d.office.Site.MediaURL,
			}, revisions[edition{p.Slug, e.Language}]))
		}
	}
	return all
}

// edition names an edition.
type edition struct{ post, language string }

// entry is an edition as a subscriber gets it.
type entry struct {
	ID, Title, Link, Language string
	Content                   string
	Authors, Categories       []string
	Published, Updated        time.Time
}

// entries are what a feed should hold, the newest first, as far as the command line's answers say when and by which id. The
// language may be empty: all. What follows the body (facts, files and links) is not in Content.
func (d *desk) entries(language string, known map[edition]shownEdition) []entry {
	all := []entry{}
	for i := range d.posts {
		p := &d.posts[i]
		for j := range p.Editions {
			e := &p.Editions[j]
			if language != "" && e.Language != language {
				continue
			}
			k := known[edition{p.Slug, e.Language}]
			link := d.office.Site.Permalink(e.Language, p.Slug)
			published := k.Published
			if !p.Date.IsZero() && p.Date != carillon.DateOf(k.Published.In(d.office.Site.Zone)) {
				published = p.Date.In(d.office.Site.Zone)
			}
			all = append(all, entry{
				ID: "urn:uuid:" + k.ID, Title: e.Title, Link: link, Language: e.Language, Content: markdown.HTMLAt(e.Body, link, nil),
				Authors: p.Authors, Categories: p.Tags, Published: seconds(published), Updated: seconds(k.Updated),
			})
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(b.Published.Compare(a.Published), strings.Compare(b.ID, a.ID))
	})
	return all
}

// seconds is a time as feeds write it.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// besides is what a feed's content has to name after the body.
func (d *desk) besides(link string) []string {
	for i := range d.posts {
		p := &d.posts[i]
		for j := range p.Editions {
			if d.office.Site.Permalink(p.Editions[j].Language, p.Slug) != link {
				continue
			}
			var all []string
			if p.Event != nil && p.Event.Place != "" {
				all = append(all, p.Event.Place)
			}
			if p.Contact != nil {
				all = append(all, p.Contact.Name, p.Contact.Phone, p.Contact.Email)
			}
			for _, l := range p.Links {
				all = append(all, l.URL, l.Title)
			}
			for _, a := range p.Attachments {
				all = append(all, a.Title, a.File)
			}
			if p.Event != nil || !p.Deadline.IsZero() {
				all = append(all, "<dd>")
			}
			return slices.DeleteFunc(all, func(s string) bool { return s == "" })
		}
	}
	return nil
}
