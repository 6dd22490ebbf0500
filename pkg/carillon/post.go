package carillon

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Kind says what sort of thing a post is.
type Kind string

// The kinds an office publishes.
const (
	KindMessage      Kind = "message"
	KindNews         Kind = "news"
	KindPublication  Kind = "publication"
	KindCall         Kind = "call"
	KindEvent        Kind = "event"
	KindAnnouncement Kind = "announcement"
)

// Kinds lists every kind in the order people see them.
func Kinds() []Kind {
	return []Kind{KindMessage, KindNews, KindPublication, KindCall, KindEvent, KindAnnouncement}
}

// Post is what the office says: one thing, in one or more languages. What its editions share stands here.
type Post struct {
	Slug     string
	Revision int // counts from 1; 0 until ingest has accepted it

	Kind        Kind
	Date        Date // shown as the publication date; zero: the day of the release
	Authors     []string
	Tags        []string
	Observance  string // the id of an observance, or empty
	Event       *Event
	Deadline    Date
	Contact     *Contact
	Attachments []Attachment
	Links       []Link
	Media       []Media // every file the post shows or offers, in the order of their names
	Image       *Image  // the picture that stands for the post

	// Until ends the sending to channels: what a channel does not show by then it is not sent any more.
	Until Moment
	// LanguagesWait holds the release until there is an edition in every language of the site.
	LanguagesWait bool

	Editions []Edition // in the order of their languages' codes; one a language

	// Withdrawn lists the editions that were public and no longer are.
	Withdrawn []Withdrawal
}

// Edition is a post in one language.
type Edition struct {
	ID       string // UUIDv7, minted once by ingest: its entry's urn:uuid for ever
	Language string // BCP 47, as the site writes it
	Title    string
	Summary  string // plain text; may be empty
	Body     string // Markdown
	ImageAlt string // describes the post's image in the edition's language

	// Texts are the words a type of channel gets instead of what Carillon would compose, by the type's name.
	Texts map[string]Text

	Revision  int       // the post's revision that last changed this edition
	Published time.Time // its first release; survives corrections, withdrawal and a later release
	Updated   time.Time // when its content last changed
}

// Text is what staff wrote for one type of channel.
type Text struct {
	Text    string // empty: composed from the edition
	Warning string // a content warning (Mastodon's spoiler text)
	Thread  bool   // say all of it, in as many parts as it takes
}

// Event is when and where something happens.
type Event struct {
	Start LocalTime
	End   LocalTime // zero: not said
	Zone  string    // IANA name
	Place string
	URL   string
}

// Contact is whom to ask.
type Contact struct {
	Name  string
	Phone string
	Email string
}

// Attachment is a file the post offers.
type Attachment struct {
	File     string // its name, without folders: that of one of the post's media
	Title    string
	Language string // empty: not said
	Size     int64  // bytes
}

// Media is a file that a post shows or offers. Whoever sends a post says its name, hash and whether it is decorative;
// ingest fills in the rest from what it has stored.
type Media struct {
	Name          string // within the post, without folders
	Hash          string // SHA-256 of the stored content, 64 hexadecimal digits
	Type          string // media type, as image/jpeg
	Size          int64  // bytes
	Width, Height int    // pixels, as it is shown; 0: it is no picture
	Variants      []Variant
	Decorative    bool // the picture says nothing, and needs no description
}

// Variant is a smaller rendition of a picture.
type Variant struct {
	Hash          string
	Type          string
	Size          int64
	Width, Height int
}

// Image is the picture that stands for a post. What it shows is said in each edition's ImageAlt.
type Image struct {
	File string // the name of one of the post's media

	// FocusX and FocusY are the point that stays in sight when the picture is cropped, from the centre: -1 is the left
	// or lower edge, 1 the right or upper one (Mastodon's focal point).
	FocusX, FocusY float64
}

// Link is an address the post points to.
type Link struct {
	URL   string
	Title string
}

// Withdrawal is an edition that was public once. It keeps what a later release needs to be the same entry again.
type Withdrawal struct {
	EditionID string
	Language  string
	Published time.Time
	At        time.Time
	Revision  int // the post's revision that took it back
}

// Edition returns the post's edition in a language.
func (p *Post) Edition(language string) (*Edition, bool) {
	for i := range p.Editions {
		if p.Editions[i].Language == language {
			return &p.Editions[i], true
		}
	}
	return nil, false
}

// Languages lists the languages of the editions.
func (p *Post) Languages() []string {
	languages := make([]string, len(p.Editions))
	for i := range p.Editions {
		languages[i] = p.Editions[i].Language
	}
	return languages
}

// Medium returns one of the post's media by its name.
func (p *Post) Medium(name string) (*Media, bool) {
	for i := range p.Media {
		if p.Media[i].Name == name {
			return &p.Media[i], true
		}
	}
	return nil, false
}

// SameContent reports whether two posts say the same: what staff wrote, without ids, times and revisions.
func (p *Post) SameContent(q *Post) bool {
	return reflect.DeepEqual(p.content(), q.content())
}

// SameShared reports whether two posts share the same facts, whatever their editions say. When and how long a post is sent
// is no fact that readers see.
func (p *Post) SameShared(q *Post) bool {
	a, b := p.content(), q.content()
	a.Editions, b.Editions = nil, nil
	a.Until, b.Until = Moment{}, Moment{}
	a.LanguagesWait, b.LanguagesWait = false, false
	return reflect.DeepEqual(a, b)
}

// SameContent reports whether two editions say the same.
func (e *Edition) SameContent(f *Edition) bool {
	return reflect.DeepEqual(e.content(), f.content())
}

// content is the post as staff wrote it, in one canonical form.
func (p *Post) content() Post {
	c := *p
	c.Revision, c.Withdrawn = 0, nil
	c.Authors, c.Tags = emptyAsNil(c.Authors), emptyAsNil(c.Tags)
	c.Attachments, c.Links = emptyAsNil(c.Attachments), emptyAsNil(c.Links)
	c.Media = make([]Media, len(p.Media))
	for i := range p.Media {
		c.Media[i] = Media{Name: p.Media[i].Name, Hash: p.Media[i].Hash, Decorative: p.Media[i].Decorative}
	}
	slices.SortFunc(c.Media, func(a, b Media) int { return strings.Compare(a.Name, b.Name) })
	c.Media = emptyAsNil(c.Media)
	c.Editions = make([]Edition, len(p.Editions))
	for i := range p.Editions {
		c.Editions[i] = p.Editions[i].content()
	}
	slices.SortFunc(c.Editions, func(a, b Edition) int { return strings.Compare(a.Language, b.Language) })
	return c
}

func (e *Edition) content() Edition {
	c := *e
	c.ID, c.Revision, c.Published, c.Updated = "", 0, time.Time{}, time.Time{}
	if len(c.Texts) == 0 {
		c.Texts = nil
	}
	return c
}

func emptyAsNil[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}
