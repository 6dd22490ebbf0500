package postfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/slug"
	"carillon.example/pkg/suggest"
)

// later are the fields that a later version brings, and what to do until then. They are refused: passed over in silence
// they would make somebody believe in an embargo that is none.
var later = map[string]string{
	"correction": "shows no note about a correction: remove it, and publish the file again to correct the post",
}

// takeFront reads the front matter, without the lines around it.
func (f *file) takeFront(yaml string) {
	root := f.parseYAML(yaml)
	fields := []field{
		{"title", func(at string, n ast.Node) { f.edition.Title = f.textOf(at, n) }},
		{"language", func(at string, n ast.Node) { f.edition.Language = f.textOf(at, n) }},
		{"summary", func(at string, n ast.Node) { f.edition.Summary = f.textOf(at, n) }},
		{"channels", f.takeChannels},
		{"slug", f.takeSlug},
		{"kind", f.takeKind},
		{"date", func(at string, n ast.Node) { f.shared.Date = f.dateOf(at, n) }},
		{"authors", func(at string, n ast.Node) { f.shared.Authors = f.textsOf(at, n) }},
		{"tags", func(at string, n ast.Node) { f.shared.Tags = f.textsOf(at, n) }},
		{"observance", func(at string, n ast.Node) { f.shared.Observance = f.textOf(at, n) }},
		{"event", f.takeEvent},
		{"deadline", func(at string, n ast.Node) { f.shared.Deadline = f.dateOf(at, n) }},
		{"contact", f.takeContact},
		{"attachments", f.takeAttachments},
		{"links", f.takeLinks},
		{imageKey, f.takeImage},
		{"decorative", f.takeDecorative},
		{releaseKey, func(at string, n ast.Node) { f.release = f.momentOf(at, n) }},
		{"until", func(at string, n ast.Node) { f.shared.Until = f.momentOf(at, n) }},
		{"languages_wait", func(at string, n ast.Node) { f.shared.LanguagesWait = f.boolOf(at, n) }},
	}
	if root != nil {
		f.mapping("", root, fields, later)
	}
	switch {
	case f.wrong("title") || (root == nil && len(f.mistakes) > 0): // that is said already
	case f.lines["title"] == 0:
		f.add("title", 1, "is missing: write it in the front matter, as title: What the post is about")
	case strings.TrimSpace(f.edition.Title) == "":
		f.add("title", f.line("title"), "is empty: every edition needs a title")
	case strings.Contains(f.edition.Title, "\n"):
		f.add("title", f.line("title"), "has a line break: write it on one line")
	}
}

// field is one that a mapping may have, and what reads its value.
type field struct {
	name string
	take func(at string, n ast.Node)
}

// mapping reads the fields of a mapping. What it does not know is a mistake; what is empty, as in "summary:", is as good as
// absent.
func (f *file) mapping(at string, n ast.Node, known []field, refused map[string]string) {
	values, ok := pairs(n)
	if !ok {
		f.add(at, lineOfNode(n), "is %s, where fields are wanted: write it as {%s: …}", describe(n), known[0].name)
		return
	}
	seen := map[string]int{}
	for _, v := range values {
		key, line := keyOf(v)
		name := key
		if at != "" {
			name = at + "." + key
		}
		if before, twice := seen[key]; twice {
			f.add(clip(name), line, "stands here for the second time, first on line %d: keep one", before)
			continue
		}
		seen[key] = line
		i := slices.IndexFunc(known, func(k field) bool { return k.name == key })
		switch {
		case i >= 0 && isNull(v.Value):
		case i >= 0:
			f.lines[name] = line
			known[i].take(name, v.Value)
		case refused[key] != "":
			f.add(name, line, "is not supported by this version, which %s", refused[key])
		default:
			f.unknown(clip(name), key, line, known)
		}
	}
}

func (f *file) unknown(at, key string, line int, known []field) {
	var names []string
	for _, k := range known {
		names = append(names, k.name)
	}
	if near, ok := suggest.Nearest(key, names); ok {
		f.add(at, line, "is not a field we know; did you mean %q?", near)
		return
	}
	if len(names) > 6 {
		f.add(at, line, "is not a field we know: remove it")
		return
	}
	f.add(at, line, "is not a field we know: remove it, or write one of %s", strings.Join(names, ", "))
}

// list reads the items of a list, each by one function, at "field[0]" and so on.
func (f *file) list(at string, n ast.Node, take func(string, ast.Node)) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		if text, ok := scalar(n); ok {
			f.add(at, f.line(at), "is not a list: write it in brackets, as [%s]", clip(text))
			return
		}
		f.add(at, lineOfNode(n), "is %s, where a list is wanted: write it in brackets, as [one, two]", describe(n))
		return
	}
	for i, item := range list.Values {
		field := fmt.Sprintf("%s[%d]", at, i)
		f.lines[field] = max(lineOfNode(item), f.lines[at])
		take(field, item)
	}
}

// textOf reads text. Numbers and the like are taken as they were typed, so that a phone number keeps its zeros.
func (f *file) textOf(at string, n ast.Node) string {
	text, ok := scalar(n)
	switch {
	case isNull(n):
		f.add(at, f.line(at), "is empty: remove it, or write something")
	case !ok:
		f.add(at, lineOfNode(n), "is %s, where text is wanted: if it is meant as text, put it in quotes", describe(n))
	}
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		f.add(at, f.line(at), "contains the control character %U: remove it", []rune(text[i:])[0])
	}
	return text
}

func (f *file) textsOf(at string, n ast.Node) []string {
	var texts []string
	f.list(at, n, func(at string, n ast.Node) { texts = append(texts, f.textOf(at, n)) })
	return texts
}

// looksLikeDate tells a day that does not exist from what is no date at all.
var looksLikeDate = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

func (f *file) dateOf(at string, n ast.Node) carillon.Date {
	text := f.textOf(at, n)
	if text == "" {
		return carillon.Date{}
	}
	date, err := carillon.ParseDate(text)
	switch {
	case err == nil:
	case looksLikeDate.MatchString(text):
		f.add(at, f.line(at), "%s is not in the calendar: check the month and the day", text)
	default:
		f.add(at, f.line(at), "%q is not a date: write it as 2019-04-07", clip(text))
	}
	return date
}

func (f *file) localTimeOf(at string, n ast.Node) carillon.LocalTime {
	text := f.textOf(at, n)
	if text == "" {
		return carillon.LocalTime{}
	}
	local, err := carillon.ParseLocalTime(text)
	day, _, _ := strings.Cut(text, "T")
	_, dayErr := carillon.ParseDate(day)
	switch {
	case err == nil:
	case dayErr != nil && looksLikeDate.MatchString(day):
		f.add(at, f.line(at), "%s is not in the calendar: check the month and the day", day)
	default:
		f.add(at, f.line(at), "%q is not a local time: write it as 2019-04-07T09:00, and the zone in event.timezone", clip(text))
	}
	return local
}

// momentOf reads a time that the server puts on the site's clocks, unless it says its zone or its offset.
func (f *file) momentOf(at string, n ast.Node) carillon.Moment {
	text := f.textOf(at, n)
	if text == "" {
		return carillon.Moment{}
	}
	moment, err := carillon.ParseMoment(text, time.UTC)
	if err != nil {
		f.add(at, f.line(at), "%s", err)
		return carillon.Moment{}
	}
	if !strings.Contains(strings.TrimSpace(text), " ") {
		moment.Zone = "" // which clocks those are, the server knows
	}
	return moment
}

func (f *file) boolOf(at string, n ast.Node) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		f.add(at, f.line(at), "is %s, where true or false is wanted", describe(n))
		return false
	}
	return b.Value
}

func (f *file) takeSlug(at string, n ast.Node) {
	written := f.textOf(at, n)
	f.shared.Slug = written
	if written == "" || carillon.ValidSlug(written) {
		return
	}
	hint := ""
	if better, err := slug.Of(written); err == nil {
		hint = ", such as " + better.Slug
	}
	f.add(at, f.line(at), "%q cannot name a post: write small letters a-z, digits and single hyphens, %d at most%s",
		clip(written), carillon.MaxSlugLength, clip(hint))
}

func (f *file) takeKind(at string, n ast.Node) {
	kind := carillon.Kind(f.textOf(at, n))
	f.shared.Kind = kind
	if kind == "" || slices.Contains(carillon.Kinds(), kind) {
		return
	}
	var kinds []string
	for _, k := range carillon.Kinds() {
		kinds = append(kinds, string(k))
	}
	if near, ok := suggest.Nearest(string(kind), kinds); ok {
		f.add(at, f.line(at), "%q is not a kind; did you mean %q?", clip(string(kind)), near)
		return
	}
	f.add(at, f.line(at), "%q is not a kind: write one of %s", clip(string(kind)), strings.Join(kinds, ", "))
}

func (f *file) takeEvent(at string, n ast.Node) {
	e := &carillon.Event{}
	f.shared.Event = e
	f.mapping(at, n, []field{
		{"start", func(at string, n ast.Node) { e.Start = f.localTimeOf(at, n) }},
		{"end", func(at string, n ast.Node) { e.End = f.localTimeOf(at, n) }},
		{"timezone", func(at string, n ast.Node) { e.Zone = f.textOf(at, n) }},
		{"place", func(at string, n ast.Node) { e.Place = f.textOf(at, n) }},
		{"url", func(at string, n ast.Node) { e.URL = f.textOf(at, n) }},
	}, nil)
	if f.wrong(at) {
		return
	}
	if e.Start.IsZero() {
		f.add(at+".start", f.line(at), "is missing: write when it begins, as start: 2019-04-07T09:00")
		return
	}
	if e.Zone != "" {
		f.checkTimes(at, e)
		return
	}
	// The server fills in the site's zone and checks again. Times on one clock that run backwards by a day are wrong in any.
	if !e.End.IsZero() && e.End.String() < e.Start.String() {
		f.add(at+".end", f.line(at+".end"), "%s is before the start, %s: check both", e.End, e.Start)
	}
}

// checkTimes checks what the zone's clocks say.
func (f *file) checkTimes(at string, e *carillon.Event) {
	zone, err := carillon.LoadZone(e.Zone)
	if err != nil {
		f.add(at+".timezone", f.line(at+".timezone"), "%s", err)
		return
	}
	start, err := e.Start.In(zone)
	if err != nil {
		f.add(at+".start", f.line(at+".start"), "%s", err)
	}
	if e.End.IsZero() {
		return
	}
	end, endErr := e.End.In(zone)
	switch {
	case endErr != nil:
		f.add(at+".end", f.line(at+".end"), "%s", endErr)
	case err == nil && end.Before(start):
		f.add(at+".end", f.line(at+".end"), "%s is before the start, %s: check both", e.End, e.Start)
	}
}

func (f *file) takeContact(at string, n ast.Node) {
	c := &carillon.Contact{}
	f.mapping(at, n, []field{
		{"name", func(at string, n ast.Node) { c.Name = f.textOf(at, n) }},
		{"phone", func(at string, n ast.Node) { c.Phone = f.textOf(at, n) }},
		{"email", func(at string, n ast.Node) { c.Email = f.textOf(at, n) }},
	}, nil)
	if *c != (carillon.Contact{}) {
		f.shared.Contact = c
	}
}

func (f *file) takeAttachments(at string, n ast.Node) {
	names := map[string]string{}
	f.list(at, n, func(at string, n ast.Node) {
		var a carillon.Attachment
		var path string
		f.mapping(at, n, []field{
			{"file", func(at string, n ast.Node) { path = f.textOf(at, n) }},
			{"title", func(at string, n ast.Node) { a.Title = f.textOf(at, n) }},
			{"language", func(at string, n ast.Node) { a.Language = f.textOf(at, n) }},
		}, nil)
		a.File = path[strings.LastIndex(path, "/")+1:]
		switch other, taken := names[a.File]; {
		case f.wrong(at):
		case path == "":
			f.add(at+".file", f.line(at), "is missing: write the path of the file, as file: report.pdf")
		case a.File == "" || a.File == "." || a.File == "..":
			f.add(at+".file", f.line(at+".file"), "%s is a folder: name a file", clip(path))
			path = ""
		case taken:
			f.add(at+".file", f.line(at+".file"), "%s has the same name as %s: readers could not tell them apart, rename one", clip(path), clip(other))
		}
		names[a.File] = path
		if a.Language != "" && !carillon.ValidLanguage(a.Language) {
			f.add(at+".language", f.line(at+".language"), "%q is not a language: write a code such as en, ru or zh-Hans", clip(a.Language))
		}
		f.shared.Attachments = append(f.shared.Attachments, a)
		f.written, f.attached = append(f.written, path), append(f.attached, path)
	})
}

func (f *file) takeLinks(at string, n ast.Node) {
	f.list(at, n, func(at string, n ast.Node) {
		var l carillon.Link
		f.mapping(at, n, []field{
			{"url", func(at string, n ast.Node) { l.URL = f.textOf(at, n) }},
			{"title", func(at string, n ast.Node) { l.Title = f.textOf(at, n) }},
		}, nil)
		f.shared.Links = append(f.shared.Links, l)
	})
}

// takeChannels reads the texts for types of channels. Which types there are the server knows.
func (f *file) takeChannels(at string, n ast.Node) {
	values, ok := pairs(n)
	if !ok {
		f.add(at, lineOfNode(n), "is %s, where fields are wanted: write it as channels: {mastodon: {text: …}}", describe(n))
		return
	}
	var known []field
	texts := map[string]carillon.Text{}
	for _, v := range values {
		name, _ := keyOf(v)
		known = append(known, field{name, func(at string, n ast.Node) {
			var t carillon.Text
			f.mapping(at, n, []field{
				{"text", func(at string, n ast.Node) { t.Text = f.textOf(at, n) }},
				{"cw", func(at string, n ast.Node) { t.Warning = f.textOf(at, n) }},
				{"thread", func(at string, n ast.Node) { t.Thread = f.boolOf(at, n) }},
			}, nil)
			if t != (carillon.Text{}) {
				texts[name] = t
			}
		}})
	}
	f.mapping(at, n, known, nil)
	if len(texts) > 0 {
		f.edition.Texts = texts
	}
}
