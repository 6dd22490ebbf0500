package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"connectrpc.com/connect"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// maxShown is how much of a changed text a conflict shows, in characters.
const maxShown = 200

// conflictError says that the post is not as the caller had read it.
type conflictError struct {
	basedOn int
	current standing
}

func (e *conflictError) Error() string {
	if e.current.decision == nil {
		return fmt.Sprintf("revision %d does not exist: the post has none yet", e.basedOn)
	}
	d := e.current.decision
	if d.By == "" && d.Kind == event.Released {
		return fmt.Sprintf("the release won, at %s: revision %d is public; publish again to correct it",
			d.Time.UTC().Format("2006-01-02 15:04:05.000 UTC"), d.Post.Revision)
	}
	return fmt.Sprintf("the post has changed since revision %d: %s decided revision %d at %s; read it and try again",
		e.basedOn, cmp.Or(d.By, "Carillon itself"), d.Post.Revision, d.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
}

func isMistakes(err error) bool {
	var mistakes carillon.Mistakes
	return errors.As(err, &mistakes)
}

// conflictAnswer adds what changed in between.
func (s *Service) conflictAnswer(ctx context.Context, conflict *conflictError) error {
	answer := connect.NewError(connect.CodeAborted, conflict)
	detail := &carillonv1.Conflict{BasedOn: uint32(conflict.basedOn)}
	if d := conflict.current.decision; d != nil {
		detail.Current = uint32(d.Post.Revision)
		read, err := s.revision(ctx, d.Post.Slug, conflict.basedOn)
		switch {
		case err == nil:
			detail.Changes = changes(&read.Post, &d.Post)
		case !errors.Is(err, bus.ErrNotFound):
			return s.answer(ctx, err)
		}
	}
	if d, err := connect.NewErrorDetail(detail); err == nil {
		answer.AddDetail(d)
	}
	return answer
}

// changes lists the fields in which two revisions differ.
func changes(a, b *carillon.Post) []*carillonv1.Change {
	var list []*carillonv1.Change
	note := func(field, before, after string) {
		if before == after {
			return
		}
		before, after = around(before, after)
		list = append(list, &carillonv1.Change{Field: field, Before: before, After: after})
	}
	note("kind", string(a.Kind), string(b.Kind))
	note("date", a.Date.String(), b.Date.String())
	note("deadline", a.Deadline.String(), b.Deadline.String())
	note("observance", a.Observance, b.Observance)
	note("authors", strings.Join(a.Authors, ", "), strings.Join(b.Authors, ", "))
	note("tags", strings.Join(a.Tags, ", "), strings.Join(b.Tags, ", "))
	note("event", describeEvent(a.Event), describeEvent(b.Event))
	note("contact", describe(a.Contact), describe(b.Contact))
	note("attachments", fmt.Sprint(a.Attachments), fmt.Sprint(b.Attachments))
	note("until", a.Until.String(), b.Until.String())
	note("image", imageOf(a), imageOf(b))
	note("media", mediaOf(a), mediaOf(b))
	note("links", fmt.Sprint(a.Links), fmt.Sprint(b.Links))
	for _, language := range union(a.Languages(), b.Languages()) {
		var before, after carillon.Edition
		if e, ok := a.Edition(language); ok {
			before = *e
		}
		if e, ok := b.Edition(language); ok {
			after = *e
		}
		at := "editions[" + language + "]."
		note(at+"title", before.Title, after.Title)
		note(at+"summary", before.Summary, after.Summary)
		note(at+"body", before.Body, after.Body)
		note(at+"image.alt", before.ImageAlt, after.ImageAlt)
		for _, name := range union(keys(before.Texts), keys(after.Texts)) {
			note(at+"channels."+name+".text", before.Texts[name].Text, after.Texts[name].Text)
			note(at+"channels."+name+".cw", before.Texts[name].Warning, after.Texts[name].Warning)
			note(at+"channels."+name+".thread", fmt.Sprint(before.Texts[name].Thread), fmt.Sprint(after.Texts[name].Thread))
		}
	}
	return list
}

func describeEvent(e *carillon.Event) string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%s – %s %s %s %s", e.Start, e.End, e.Zone, e.Place, e.URL))
}

func imageOf(p *carillon.Post) string {
	if p.Image == nil {
		return ""
	}
	return p.Image.File
}

// mediaOf names the files of a post and the beginning of their hashes: enough to see that one is another.
func mediaOf(p *carillon.Post) string {
	var names []string
	for _, m := range p.Media {
		names = append(names, fmt.Sprintf("%s (%.8s)", m.Name, m.Hash))
	}
	return strings.Join(names, ", ")
}

func describe(c *carillon.Contact) string {
	if c == nil {
		return ""
	}
	return strings.Trim(c.Name+", "+c.Phone+", "+c.Email, ", ")
}

// around cuts two texts down to where they differ.
func around(before, after string) (string, string) {
	a, b := []rune(before), []rune(after)
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	start = max(0, start-maxShown/4)
	return window(a, start), window(b, start)
}

func window(text []rune, start int) string {
	if start >= len(text) {
		start = max(0, len(text)-maxShown/4)
	}
	end := min(len(text), start+maxShown)
	s := string(text[start:end])
	if start > 0 {
		s = "…" + s
	}
	if end < len(text) {
		s += "…"
	}
	return s
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func keys(texts map[string]carillon.Text) []string {
	names := make([]string, 0, len(texts))
	for name := range texts {
		names = append(names, name)
	}
	return names
}
