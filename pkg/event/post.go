package event

import (
	"fmt"
	"slices"
	"strings"

	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// PostToProto writes a post.
func PostToProto(p *carillon.Post) *carillonv1.Post {
	m := &carillonv1.Post{
		Slug: p.Slug, Revision: uint32(p.Revision), Kind: string(p.Kind), Date: p.Date.String(),
		Authors: p.Authors, Tags: p.Tags, Observance: p.Observance, Deadline: p.Deadline.String(),
	}
	if e := p.Event; e != nil {
		m.Event = &carillonv1.Event{Start: e.Start.String(), End: e.End.String(), Zone: e.Zone, Place: e.Place, Url: e.URL}
	}
	if c := p.Contact; c != nil {
		m.Contact = &carillonv1.Contact{Name: c.Name, Phone: c.Phone, Email: c.Email}
	}
	for _, a := range p.Attachments {
		m.Attachments = append(m.Attachments, &carillonv1.Attachment{File: a.File, Title: a.Title, Language: a.Language, Size: a.Size})
	}
	for _, l := range p.Links {
		m.Links = append(m.Links, &carillonv1.Link{Url: l.URL, Title: l.Title})
	}
	for i := range p.Media {
		m.Media = append(m.Media, MediaToProto(&p.Media[i]))
	}
	if i := p.Image; i != nil {
		m.Image = &carillonv1.Image{File: i.File, FocusX: i.FocusX, FocusY: i.FocusY}
	}
	m.Until, m.LanguagesWait = MomentToProto(p.Until), p.LanguagesWait
	for i := range p.Editions {
		m.Editions = append(m.Editions, editionToProto(&p.Editions[i]))
	}
	for _, w := range p.Withdrawn {
		m.Withdrawn = append(m.Withdrawn, &carillonv1.Withdrawal{
			EditionId: w.EditionID, Language: w.Language, Published: timestamp(w.Published), At: timestamp(w.At), Revision: uint32(w.Revision),
		})
	}
	return m
}

// MediaToProto writes what is known of a file.
func MediaToProto(f *carillon.Media) *carillonv1.Media {
	m := &carillonv1.Media{
		Name: f.Name, Hash: f.Hash, Type: f.Type, Size: f.Size, Width: uint32(f.Width), Height: uint32(f.Height), Decorative: f.Decorative,
	}
	for _, v := range f.Variants {
		m.Variants = append(m.Variants, &carillonv1.Variant{Hash: v.Hash, Type: v.Type, Size: v.Size, Width: uint32(v.Width), Height: uint32(v.Height)})
	}
	return m
}

func mediaFromProto(m *carillonv1.Media) carillon.Media {
	f := carillon.Media{
		Name: m.GetName(), Hash: m.GetHash(), Type: m.GetType(), Size: m.GetSize(),
		Width: int(m.GetWidth()), Height: int(m.GetHeight()), Decorative: m.GetDecorative(),
	}
	for _, v := range m.GetVariants() {
		f.Variants = append(f.Variants, carillon.Variant{
			Hash: v.GetHash(), Type: v.GetType(), Size: v.GetSize(), Width: int(v.GetWidth()), Height: int(v.GetHeight()),
		})
	}
	return f
}

// MomentToProto writes a time as staff said it; nil is none.
func MomentToProto(t carillon.Moment) *carillonv1.Moment {
	if t.IsZero() {
		return nil
	}
	return &carillonv1.Moment{Time: t.Time, Zone: t.Zone}
}

// MomentFromProto reads a time as staff said it. It is not checked.
func MomentFromProto(m *carillonv1.Moment) carillon.Moment {
	return carillon.Moment{Time: m.GetTime(), Zone: m.GetZone()}
}

func editionToProto(e *carillon.Edition) *carillonv1.Edition {
	m := &carillonv1.Edition{
		Id: e.ID, Language: e.Language, Title: e.Title, Summary: e.Summary, Body: e.Body,
		Revision: uint32(e.Revision), Published: timestamp(e.Published), Updated: timestamp(e.Updated), ImageAlt: e.ImageAlt,
	}
	if len(e.Texts) > 0 {
		m.Texts = make(map[string]*carillonv1.Text, len(e.Texts))
		for name, t := range e.Texts {
			m.Texts[name] = &carillonv1.Text{Text: t.Text, Warning: t.Warning, Thread: t.Thread}
		}
	}
	return m
}

// PostFromProto reads a post. What cannot be a date or a time is named as mistakes, all of them; a nil post is empty.
func PostFromProto(m *carillonv1.Post) (*carillon.Post, error) {
	var mistakes carillon.Mistakes
	p := &carillon.Post{
		Slug: m.GetSlug(), Revision: int(m.GetRevision()), Kind: carillon.Kind(m.GetKind()),
		Authors: m.GetAuthors(), Tags: m.GetTags(), Observance: m.GetObservance(),
		Date:     date(&mistakes, "date", m.GetDate()),
		Deadline: date(&mistakes, "deadline", m.GetDeadline()),
	}
	if e := m.GetEvent(); e != nil {
		p.Event = &carillon.Event{
			Start: localTime(&mistakes, "event.start", e.GetStart()), End: localTime(&mistakes, "event.end", e.GetEnd()),
			Zone: e.GetZone(), Place: e.GetPlace(), URL: e.GetUrl(),
		}
	}
	if c := m.GetContact(); c != nil {
		p.Contact = &carillon.Contact{Name: c.GetName(), Phone: c.GetPhone(), Email: c.GetEmail()}
	}
	for _, a := range m.GetAttachments() {
		p.Attachments = append(p.Attachments, carillon.Attachment{File: a.GetFile(), Title: a.GetTitle(), Language: a.GetLanguage(), Size: a.GetSize()})
	}
	for _, l := range m.GetLinks() {
		p.Links = append(p.Links, carillon.Link{URL: l.GetUrl(), Title: l.GetTitle()})
	}
	for _, f := range m.GetMedia() {
		p.Media = append(p.Media, mediaFromProto(f))
	}
	slices.SortStableFunc(p.Media, func(a, b carillon.Media) int { return strings.Compare(a.Name, b.Name) })
	if i := m.GetImage(); i != nil {
		p.Image = &carillon.Image{File: i.GetFile(), FocusX: i.GetFocusX(), FocusY: i.GetFocusY()}
	}
	p.Until, p.LanguagesWait = MomentFromProto(m.GetUntil()), m.GetLanguagesWait()
	for _, e := range m.GetEditions() {
		p.Editions = append(p.Editions, editionFromProto(e))
	}
	slices.SortStableFunc(p.Editions, func(a, b carillon.Edition) int { return strings.Compare(a.Language, b.Language) })
	for _, w := range m.GetWithdrawn() {
		p.Withdrawn = append(p.Withdrawn, carillon.Withdrawal{
			EditionID: w.GetEditionId(), Language: w.GetLanguage(), Published: instant(w.GetPublished()), At: instant(w.GetAt()), Revision: int(w.GetRevision()),
		})
	}
	return p, mistakes.Err()
}

func editionFromProto(m *carillonv1.Edition) carillon.Edition {
	e := carillon.Edition{
		ID: m.GetId(), Language: m.GetLanguage(), Title: m.GetTitle(), Summary: m.GetSummary(), Body: m.GetBody(),
		Revision: int(m.GetRevision()), Published: instant(m.GetPublished()), Updated: instant(m.GetUpdated()),
		ImageAlt: m.GetImageAlt(),
	}
	if len(m.GetTexts()) > 0 {
		e.Texts = make(map[string]carillon.Text, len(m.GetTexts()))
		for name, t := range m.GetTexts() {
			e.Texts[name] = carillon.Text{Text: t.GetText(), Warning: t.GetWarning(), Thread: t.GetThread()}
		}
	}
	return e
}

func date(mistakes *carillon.Mistakes, field, s string) carillon.Date {
	if s == "" {
		return carillon.Date{}
	}
	d, err := carillon.ParseDate(s)
	if err != nil {
		mistakes.Add(field, "%s", err)
	}
	return d
}

func localTime(mistakes *carillon.Mistakes, field, s string) carillon.LocalTime {
	if s == "" {
		return carillon.LocalTime{}
	}
	t, err := carillon.ParseLocalTime(s)
	if err != nil {
		mistakes.Add(field, "%s", fmt.Sprint(err))
	}
	return t
}
