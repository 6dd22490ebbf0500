package carillon

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a post. All editions of a post travel in one message of the log, so their text is limited together.
const (
	MaxPostBytes   = 512 << 10 // titles, summaries, bodies and texts of all editions
	MaxTitleLength = 500       // characters
	MaxListLength  = 50        // authors, tags, links, attachments
	MaxFieldLength = 2000      // characters of any other short field
)

// Rules are what the site adds to the rules every post obeys.
type Rules struct {
	Languages    []string // the site's
	ChannelTypes []string // for which texts may be written
	WarningTypes []string // those of them that can show a content warning
	ThreadTypes  []string // those of them that can show a post in several parts
	Observances  func(id string) bool
}

// Validate collects every mistake of a post that is to be released.
func Validate(p *Post, rules Rules) Mistakes {
	v := validator{rules: rules}
	v.post(p)
	return v.mistakes
}

type validator struct {
	rules    Rules
	mistakes Mistakes
}

func (v *validator) add(field, format string, args ...any) { v.mistakes.Add(field, format, args...) }

func (v *validator) post(p *Post) {
	if !ValidSlug(p.Slug) {
		v.add("slug", "%q cannot name a post: use small letters a-z, digits and single hyphens, %d at most", clip(p.Slug), MaxSlugLength)
	}
	switch {
	case p.Kind == "":
		v.add("kind", "is missing: one of %s", kindList())
	case !slices.Contains(Kinds(), p.Kind):
		v.add("kind", "%q is not a kind: one of %s", clip(string(p.Kind)), kindList())
	}
	v.list("authors", p.Authors)
	v.list("tags", p.Tags)
	if p.Observance != "" && v.rules.Observances != nil && !v.rules.Observances(p.Observance) {
		v.add("observance", "%q is not an observance we know: write its id, such as world-health-day, or remove it", clip(p.Observance))
	}
	v.event(p.Event)
	v.contact(p.Contact)
	v.attachments(p.Attachments)
	v.links(p.Links)
	v.editions(p.Editions)
}

func (v *validator) editions(editions []Edition) {
	if len(editions) == 0 {
		v.add("editions", "a post needs at least one edition")
	}
	seen := map[string]bool{}
	size := 0
	for i := range editions {
		e := &editions[i]
		if seen[e.Language] {
			v.add("editions["+clip(e.Language)+"]", "there are two editions in this language: keep one")
		}
		seen[e.Language] = true
		size += v.edition(e)
	}
	if size > MaxPostBytes {
		v.add("editions", "the text of all editions is %d KiB, the limit is %d KiB: shorten it, or attach the long part as a file", (size+1023)>>10, MaxPostBytes>>10)
	}
}

// edition checks one edition and returns the size of its text in bytes.
func (v *validator) edition(e *Edition) int {
	at := func(field string) string { return "editions[" + clip(e.Language) + "]." + field }
	switch {
	case e.Language == "":
		v.add("editions[].language", "is missing: one of %s", strings.Join(v.rules.Languages, ", "))
	case !slices.Contains(v.rules.Languages, e.Language):
		v.add(at("language"), "%q is not a language of this site: one of %s", clip(e.Language), strings.Join(v.rules.Languages, ", "))
	}
	if strings.TrimSpace(e.Title) == "" {
		v.add(at("title"), "is empty: every edition needs a title")
	}
	v.text(at("title"), e.Title, MaxTitleLength)
	if strings.ContainsAny(e.Title, "\r\n") {
		v.add(at("title"), "has a line break: write it on one line")
	}
	v.text(at("summary"), e.Summary, MaxFieldLength)
	v.text(at("body"), e.Body, MaxPostBytes)
	if strings.TrimSpace(e.Body) == "" {
		v.add(at("body"), "is empty: write what the post says")
	}
	size := len(e.Title) + len(e.Summary) + len(e.Body)
	for name, t := range e.Texts {
		if !slices.Contains(v.rules.ChannelTypes, name) {
			v.add(at("channels."+clip(name)), "is not a type of channel: one of %s", strings.Join(v.rules.ChannelTypes, ", "))
			continue
		}
		v.text(at("channels."+name+".text"), t.Text, MaxPostBytes)
		v.text(at("channels."+name+".cw"), t.Warning, MaxTitleLength)
		if t.Warning != "" && !slices.Contains(v.rules.WarningTypes, name) {
			v.add(at("channels."+name+".cw"), "this type of channel shows no content warnings: remove it, or write it into the text")
		}
		if t.Thread && !slices.Contains(v.rules.ThreadTypes, name) {
			v.add(at("channels."+name+".thread"), "this type of channel shows a post in one part only: remove it")
		}
		size += len(t.Text) + len(t.Warning)
	}
	return size
}

func (v *validator) event(e *Event) {
	if e == nil {
		return
	}
	v.text("event.place", e.Place, MaxFieldLength)
	v.url("event.url", e.URL)
	zone, err := LoadZone(e.Zone)
	if err != nil {
		v.add("event.timezone", "%s", err)
	}
	if e.Start.IsZero() {
		v.add("event.start", "is missing: when does it begin?")
	}
	if err != nil || e.Start.IsZero() {
		return
	}
	start, err := e.Start.In(zone)
	if err != nil {
		v.add("event.start", "%s", err)
		return
	}
	if e.End.IsZero() {
		return
	}
	end, err := e.End.In(zone)
	switch {
	case err != nil:
		v.add("event.end", "%s", err)
	case end.Before(start):
		v.add("event.end", "%s is before the start, %s", e.End, e.Start)
	}
}

func (v *validator) contact(c *Contact) {
	if c == nil {
		return
	}
	v.text("contact.name", c.Name, MaxFieldLength)
	v.text("contact.phone", c.Phone, MaxFieldLength)
	if c.Email == "" {
		return
	}
	if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
		v.add("contact.email", "%q is not an e-mail address: write it as press@example.org", clip(c.Email))
	}
}

func (v *validator) attachments(attachments []Attachment) {
	v.count("attachments", len(attachments))
	for i, a := range attachments {
		at := fmt.Sprintf("attachments[%d]", i)
		if strings.TrimSpace(a.File) == "" {
			v.add(at+".file", "is missing: name the file")
		}
		v.text(at+".file", a.File, MaxTitleLength)
		v.text(at+".title", a.Title, MaxFieldLength)
		if a.Language != "" && !ValidLanguage(a.Language) {
			v.add(at+".language", "%q is not a language: write a code such as en", clip(a.Language))
		}
	}
}

func (v *validator) links(links []Link) {
	v.count("links", len(links))
	for i, l := range links {
		at := fmt.Sprintf("links[%d]", i)
		if l.URL == "" {
			v.add(at+".url", "is missing")
		}
		v.url(at+".url", l.URL)
		v.text(at+".title", l.Title, MaxFieldLength)
	}
}

func (v *validator) list(field string, items []string) {
	v.count(field, len(items))
	for i, s := range items {
		at := fmt.Sprintf("%s[%d]", field, i)
		if strings.TrimSpace(s) == "" {
			v.add(at, "is empty: remove it")
		}
		v.text(at, s, 200)
	}
}

func (v *validator) count(field string, n int) {
	if n > MaxListLength {
		v.add(field, "there are %d, the limit is %d", n, MaxListLength)
	}
}

// text refuses what no reader can show: invalid UTF-8, control characters, and more than limit characters.
func (v *validator) text(field, s string, limit int) {
	if !utf8.ValidString(s) {
		v.add(field, "is not valid UTF-8: save the file as UTF-8")
		return
	}
	if r := strings.IndexFunc(s, isControl); r >= 0 {
		v.add(field, "contains the control character %U: remove it", []rune(s[r:])[0])
	}
	if n := utf8.RuneCountInString(s); n > limit {
		v.add(field, "has %d characters, the limit is %d", n, limit)
	}
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' }

func (v *validator) url(field, s string) {
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		v.add(field, "%q is not a web address: write it whole, with https://", clip(s))
	}
}

// LoadZone finds a time zone by its IANA name. Names that depend on the machine ("", "Local") are errors.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone: write an IANA name such as Asia/Almaty", clip(name))
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not a time zone we know: write an IANA name such as Asia/Almaty", clip(name))
	}
	return zone, nil
}

func kindList() string {
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// clip shortens what somebody wrote, so that an error stays a sentence.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= 60 {
		return s
	}
	return string([]rune(s)[:60]) + "…"
}
