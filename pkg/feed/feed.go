package feed

import (
	"fmt"
	"slices"
	"time"
)

// The media types under which the formats are served.
const (
	AtomType = "application/atom+xml; charset=utf-8"
	RSSType  = "application/rss+xml; charset=utf-8"
	JSONType = "application/feed+json"
)

// Feed is a public list, whatever the format.
type Feed struct {
	ID       string // an IRI that stays the same for ever
	Title    string // plain text
	Subtitle string // plain text; may be empty
	Author   string // who answers for entries without authors; empty: the title
	Language string // BCP 47; empty if the entries' languages differ
	SiteURL  string // the page that shows the same
	SelfURL  string // where this feed is, in this format

	// Updated is when anything in the feed last changed. An empty feed has one too: the caller's choice, and always the
	// same, so that its bytes do not change.
	Updated time.Time

	Generator string // the program's name; may be empty
	Entries   []Entry
}

// Entry is a post's edition in a feed.
type Entry struct {
	ID         string   // urn:uuid:… of the edition, for ever
	Title      string   // plain text
	Link       string   // the edition's page
	Language   string   // BCP 47
	Summary    string   // plain text; may be empty
	HTML       string   // sanitised, with absolute addresses
	Authors    []string // empty: the feed's
	Categories []string
	Published  time.Time
	Updated    time.Time // zero: since it was published

	// Alternates are the pages of the post's other editions.
	Alternates []Alternate

	// Image stands for the entry; nil: it has none. RSS has it as an enclosure where there is no attachment.
	Image *Image

	// Attachments are named at the end of the content. Those with an address are enclosures besides; RSS has room for
	// the first only.
	Attachments []Attachment
}

// Alternate is a page with the same post in another language.
type Alternate struct {
	Language string
	URL      string
}

// Image is a picture that stands for an entry. The content shows it already.
type Image struct {
	URL           string
	Type          string // media type
	Size          int64  // bytes; 0: not known
	Width, Height int    // pixels; 0: not known
	Description   string // what it shows; empty: nothing
}

// Attachment is a file that the post offers.
type Attachment struct {
	Title    string // empty: its name
	Name     string // the file's, without folders
	Language string // empty: not said
	URL      string // empty: it has no address
	Type     string // media type; empty: not known
	Size     int64  // bytes; 0: not known
}

// prepare checks that what every format needs is there, and returns a copy that any of them can hold: text that is
// valid, times in UTC to the second, no two links of one language.
func prepare(f *Feed) (*Feed, error) {
	for _, need := range []struct{ name, value string }{
		{"id", f.ID}, {"title", f.Title}, {"site address", f.SiteURL}, {"own address", f.SelfURL},
	} {
		if clean(need.value) == "" {
			return nil, fmt.Errorf("feed %s: it has no %s", f.SelfURL, need.name)
		}
	}
	if err := checkTime(f.Updated); err != nil {
		return nil, fmt.Errorf("feed %s: updated: %w", f.SelfURL, err)
	}
	p := &Feed{
		ID: clean(f.ID), Title: clean(f.Title), Subtitle: clean(f.Subtitle), Author: clean(f.Author),
		Language: clean(f.Language), SiteURL: clean(f.SiteURL), SelfURL: clean(f.SelfURL),
		Updated: inSeconds(f.Updated), Generator: clean(f.Generator), Entries: make([]Entry, 0, len(f.Entries)),
	}
	if p.Author == "" {
		p.Author = p.Title
	}
	for i := range f.Entries {
		e, err := prepareEntry(&f.Entries[i])
		if err != nil {
			return nil, fmt.Errorf("feed %s: entry %s: %w", f.SelfURL, f.Entries[i].ID, err)
		}
		if len(e.Authors) == 0 { // said at each entry: many readers do not look for it at the feed
			e.Authors = []string{p.Author}
		}
		p.Entries = append(p.Entries, e)
	}
	return p, nil
}

func prepareEntry(e *Entry) (Entry, error) {
	p := Entry{
		ID: clean(e.ID), Title: clean(e.Title), Link: clean(e.Link), Language: clean(e.Language),
		Summary: clean(e.Summary), Authors: cleanAll(e.Authors), Categories: cleanAll(e.Categories),
		Published: inSeconds(e.Published), Updated: inSeconds(e.Updated),
	}
	if p.ID == "" || p.Link == "" {
		return Entry{}, fmt.Errorf("it needs an id and a link, and has %q and %q", p.ID, p.Link)
	}
	if err := checkTime(e.Published); err != nil {
		return Entry{}, fmt.Errorf("published: %w", err)
	}
	if e.Updated.IsZero() {
		p.Updated = p.Published
	}
	if err := checkTime(p.Updated); err != nil {
		return Entry{}, fmt.Errorf("updated: %w", err)
	}
	// RFC 4287, section 4.1.2: no two alternates with the same type and hreflang; the entry's own is one of them.
	seen := map[string]bool{p.Language: true}
	for _, a := range e.Alternates {
		a = Alternate{Language: clean(a.Language), URL: clean(a.URL)}
		if a.URL == "" || seen[a.Language] {
			continue
		}
		seen[a.Language] = true
		p.Alternates = append(p.Alternates, a)
	}
	for _, a := range e.Attachments {
		a = Attachment{
			Title: clean(a.Title), Name: clean(a.Name), Language: clean(a.Language), URL: clean(a.URL),
			Type: clean(a.Type), Size: a.Size,
		}
		if a.Title == "" {
			a.Title = a.Name
		}
		if a.Type == "" {
			a.Type = "application/octet-stream" // the formats demand one
		}
		p.Attachments = append(p.Attachments, a)
	}
	if i := e.Image; i != nil && clean(i.URL) != "" {
		p.Image = &Image{
			URL: clean(i.URL), Type: clean(i.Type), Size: max(i.Size, 0), Width: i.Width, Height: i.Height, Description: clean(i.Description),
		}
		if p.Image.Type == "" {
			p.Image.Type = "application/octet-stream"
		}
	}
	p.HTML = directed(p.Language, clean(e.HTML)+attachmentsHTML(&p))
	return p, nil
}

// enclosures are the attachments that have an address, and then the image.
func (e *Entry) enclosures() []Attachment {
	var found []Attachment
	for _, a := range e.Attachments {
		if a.URL != "" {
			found = append(found, a)
		}
	}
	if i := e.Image; i != nil && !slices.ContainsFunc(found, func(a Attachment) bool { return a.URL == i.URL }) {
		found = append(found, Attachment{Title: i.Description, URL: i.URL, Type: i.Type, Size: i.Size})
	}
	return found
}

// checkTime refuses what RFC 3339 cannot write, and no time at all.
func checkTime(t time.Time) error {
	if t.IsZero() {
		return fmt.Errorf("it is missing")
	}
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return fmt.Errorf("the year %d cannot be written", year)
	}
	return nil
}

func inSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
