package postfile_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
)

func TestFormattedPostReadsLikeOneThatWasTyped(t *testing.T) {
	p := carillon.Post{
		Slug: "health-day", Kind: carillon.KindEvent,
		Date:        carillon.Date{Year: 2019, Month: 4, Day: 7},
		Authors:     []string{"Information Office"},
		Tags:        []string{"health", "no", "2019"},
		Event:       &carillon.Event{Start: localTime(t, "2019-04-07T09:00"), Zone: "Asia/Almaty", Place: "Hall 2, ground floor"},
		Attachments: []carillon.Attachment{{File: "report.pdf", Title: "Report", Language: "ru"}},
		Image:       &carillon.Image{File: "cover.jpg", FocusX: -0.5, FocusY: 0.25},
		Media:       []carillon.Media{{Name: "cover.jpg"}, {Name: "line.png", Decorative: true}, {Name: "other.png", Decorative: true}},
		Editions: []carillon.Edition{{
			Language: "en", Title: "Message: health", Body: "First.\n\n![](line.png)", ImageAlt: "A bridge: in fog",
			Texts: map[string]carillon.Text{"mastodon": {Text: "One\ntwo", Warning: "Care"}},
		}},
	}
	got, err := postfile.Format(&p, "en")
	if err != nil {
		t.Fatal(err)
	}
	want := `---
title: "Message: health"
kind: event
language: en
slug: health-day
date: 2019-04-07
authors: [Information Office]
tags: [health, "no", "2019"]
event:
  start: 2019-04-07T09:00
  timezone: Asia/Almaty
  place: "Hall 2, ground floor"
attachments:
  - {file: report.pdf, title: Report, language: ru}
image:
  file: cover.jpg
  alt: "A bridge: in fog"
  focus: [-0.5, 0.25]
decorative: [line.png]
channels:
  mastodon:
    cw: Care
    text: "One\ntwo"
---

First.

![](line.png)
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

func TestFormatRefusesWhatAFileCannotHold(t *testing.T) {
	p := carillon.Post{Slug: "x", Editions: []carillon.Edition{{Language: "en", Title: "T", Body: "a\x00b"}}}
	if _, err := postfile.Format(&p, "en"); err == nil {
		t.Error("a NUL in the body was written")
	}
	if _, err := postfile.Format(&p, "ru"); err == nil || !strings.Contains(err.Error(), "no edition in ru") {
		t.Errorf("Format in a language that is not there: %v", err)
	}
}

// TestParseReadsWhatFormatWrites tries posts made of whatever YAML could take for something else. The seed is fixed, so
// that a failure can be repeated.
func TestParseReadsWhatFormatWrites(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for i := range 3000 {
		p := g.post(t)
		data, err := postfile.Format(&p, p.Editions[0].Language)
		if err != nil {
			t.Fatalf("post %d: %v", i, err)
		}
		s, err := postfile.Parse("any.md", data)
		if err != nil {
			t.Fatalf("post %d: %v\n%s", i, err, data)
		}
		if diff := cmp.Diff(p, s.Post, local); diff != "" {
			t.Fatalf("post %d (-want +got):\n%s\n%s", i, diff, data)
		}
	}
}

type generator struct{ *rand.Rand }

// pieces are what text is made of: YAML's marks and words, other scripts, and what looks like a number or a time.
func pieces() []string {
	return []string{
		":", ": ", " #", "#", "-", "- ", "---", "?", "!", "&a", "*a", "*", "|", ">", ">-", "%", "@", "`", "'", "''", `"`, `\`, `\n`,
		"[", "]", "{", "}", ",", ", ", "true", "null", "~", "no", "Yes", "1", "0x1F", "012", "1.5", "1e3", ".inf", "2019-04-07",
		"12:30", "<<", "=", "a", "Word", "naïve", "День", "اليوم", "日", "e\u0301", "\u200d", "🎉", "\u00a0", "\u2028", "\ufeff",
		" ", "  ", "\t", "\n", "\n\n", "\n  ", "$", "(", ")", "/", "_", ".", "...", "\n---\n", "\n...\n", "y", "Off", "\u0301",
	}
}

func (g generator) text() string {
	var b strings.Builder
	for range 1 + g.IntN(6) {
		b.WriteString(pieces()[g.IntN(len(pieces()))])
	}
	return b.String()
}

func (g generator) maybe(s string) string {
	if g.IntN(2) == 0 {
		return ""
	}
	return s
}

func (g generator) texts() []string {
	var s []string
	for range g.IntN(4) {
		s = append(s, g.text())
	}
	return s
}

func (g generator) date() carillon.Date {
	if g.IntN(2) == 0 {
		return carillon.Date{}
	}
	return carillon.Date{Year: 2019, Month: 2, Day: 1 + g.IntN(28)}
}

func (g generator) post(t *testing.T) carillon.Post {
	t.Helper()
	p := carillon.Post{
		Slug: "any", Date: g.date(), Deadline: g.date(), Authors: g.texts(), Tags: g.texts(), Observance: g.maybe(g.text()),
	}
	if g.IntN(2) == 0 {
		p.Kind = carillon.Kinds()[g.IntN(len(carillon.Kinds()))]
	}
	if g.IntN(2) == 0 {
		p.Event = &carillon.Event{
			Start: localTime(t, "2019-04-07T09:00"), Zone: g.maybe("Asia/Almaty"), Place: g.maybe(g.text()), URL: g.maybe(g.text()),
		}
	}
	if g.IntN(2) == 0 {
		p.Contact = &carillon.Contact{Name: g.text(), Phone: g.maybe(g.text()), Email: g.maybe(g.text())}
	}
	for i := range g.IntN(3) {
		p.Attachments = append(p.Attachments, carillon.Attachment{
			File: strings.ReplaceAll(g.text(), "/", "") + strings.Repeat("x", i+1), Title: g.maybe(g.text()), Language: g.maybe("ru"),
		})
	}
	for range g.IntN(3) {
		p.Links = append(p.Links, carillon.Link{URL: g.text(), Title: g.maybe(g.text())})
	}
	e := carillon.Edition{
		Language: []string{"en", "kk", "zh-Hans"}[g.IntN(3)],
		Title:    "T" + strings.ReplaceAll(g.text(), "\n", " "),
		Summary:  g.maybe(g.text()),
		Body:     "B" + strings.ReplaceAll(g.text(), "<<", "") + "b",
	}
	for _, name := range []string{"mastodon", "slack", "1"} {
		if g.IntN(2) == 0 {
			if e.Texts == nil {
				e.Texts = map[string]carillon.Text{}
			}
			e.Texts[name] = carillon.Text{Text: g.text(), Warning: g.maybe(g.text()), Thread: g.maybe("x") != ""}
		}
	}
	for _, a := range p.Attachments {
		p.Media = append(p.Media, carillon.Media{Name: a.File})
	}
	if g.IntN(2) == 0 {
		p.Image = &carillon.Image{File: "cover.jpg", FocusX: float64(g.IntN(21)-10) / 10}
		e.ImageAlt = g.text()
		p.Media = append(p.Media, carillon.Media{Name: "cover.jpg", Decorative: strings.TrimSpace(e.ImageAlt) == ""})
	}
	if g.IntN(2) == 0 {
		e.Body += "\n\n![A bridge](folder/bridge%201.png)\n\n![](line.gif)"
		p.Media = append(p.Media, carillon.Media{Name: "bridge 1.png"}, carillon.Media{Name: "line.gif", Decorative: true})
	}
	slices.SortFunc(p.Media, func(a, b carillon.Media) int { return strings.Compare(a.Name, b.Name) })
	p.Editions = []carillon.Edition{e}
	return p
}
