package postfile

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/markdown"
)

// Format writes the edition of a post in a language as a file, with the fields that all editions share. Parse reads the
// same from it, but for what a file cannot say: ids, times, revisions, the sizes of attachments, and empty lines around the
// body, and what is known of its files. A post that has no such edition is an error, and so is text that Parse would refuse, such as control characters.
func Format(p *carillon.Post, language string) ([]byte, error) {
	e, ok := p.Edition(language)
	if !ok {
		return nil, fmt.Errorf("post %s has no edition in %s", p.Slug, language)
	}
	var w writer
	w.line(fence)
	w.field("title", e.Title)
	w.field("kind", string(p.Kind))
	w.field("language", e.Language)
	w.field("slug", p.Slug)
	w.field("summary", e.Summary)
	w.field("date", p.Date.String())
	w.list("authors", p.Authors)
	w.list("tags", p.Tags)
	w.field("observance", p.Observance)
	if v := p.Event; v != nil {
		w.group("event", [][2]string{
			{"start", v.Start.String()}, {"end", v.End.String()}, {"timezone", v.Zone}, {"place", v.Place}, {"url", v.URL},
		})
	}
	w.field("deadline", p.Deadline.String())
	if c := p.Contact; c != nil {
		w.group("contact", [][2]string{{"name", c.Name}, {"phone", c.Phone}, {"email", c.Email}})
	}
	if len(p.Attachments) > 0 {
		w.line("attachments:")
		for _, a := range p.Attachments {
			w.item([][2]string{{"file", a.File}, {"title", a.Title}, {"language", a.Language}})
		}
	}
	if len(p.Links) > 0 {
		w.line("links:")
		for _, l := range p.Links {
			w.item([][2]string{{"url", l.URL}, {"title", l.Title}})
		}
	}
	w.field("until", p.Until.String())
	if p.LanguagesWait {
		w.line("languages_wait: true")
	}
	w.media(p, e)
	w.texts(e.Texts)
	w.line(fence)
	w.line("")
	w.line(e.Body)
	if !utf8.ValidString(w.String()) || strings.ContainsFunc(e.Body, isControl) {
		return nil, errors.New("the text has bytes or control characters that a file cannot hold: correct the post first")
	}
	return []byte(w.String()), nil
}

// writer writes front matter. Text that YAML could take for something else is quoted.
type writer struct{ strings.Builder }

func (w *writer) line(s string) { w.WriteString(s + "\n") }

func (w *writer) field(name, value string) {
	if value != "" {
		w.line(name + ": " + quote(value))
	}
}

func (w *writer) list(name string, items []string) {
	if len(items) == 0 {
		return
	}
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = quote(s)
	}
	w.line(name + ": [" + strings.Join(quoted, ", ") + "]")
}

// group writes the fields of one thing, a line each, without those that are empty.
func (w *writer) group(name string, fields [][2]string) {
	fields = slices.DeleteFunc(fields, func(f [2]string) bool { return f[1] == "" })
	if len(fields) == 0 {
		return
	}
	w.line(name + ":")
	for _, f := range fields {
		w.field("  "+f[0], f[1])
	}
}

// item writes one of a list of things.
func (w *writer) item(fields [][2]string) {
	var parts []string
	for _, f := range fields {
		if f[1] != "" {
			parts = append(parts, f[0]+": "+quote(f[1]))
		}
	}
	w.line("  - {" + strings.Join(parts, ", ") + "}")
}

func (w *writer) texts(texts map[string]carillon.Text) {
	texts = maps.Clone(texts)
	maps.DeleteFunc(texts, func(_ string, t carillon.Text) bool { return t == carillon.Text{} })
	if len(texts) == 0 {
		return
	}
	w.line("channels:")
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		w.line("  " + quote(name) + ":")
		w.field("    cw", texts[name].Warning)
		if texts[name].Thread {
			w.line("    thread: true")
		}
		w.field("    text", texts[name].Text)
	}
}

// media writes the image, what it shows in this edition, and which of the other pictures show nothing.
func (w *writer) media(p *carillon.Post, e *carillon.Edition) {
	image := [][2]string{{"alt", e.ImageAlt}}
	var focus, decorative string
	if p.Image != nil {
		image = append([][2]string{{"file", p.Image.File}}, image...)
		if p.Image.FocusX != 0 || p.Image.FocusY != 0 {
			focus = fmt.Sprintf("[%s, %s]", number(p.Image.FocusX), number(p.Image.FocusY))
		}
		if m, ok := p.Medium(p.Image.File); ok && m.Decorative {
			decorative = "true"
		}
	}
	w.group("image", image)
	if focus != "" {
		w.line("  focus: " + focus)
	}
	if decorative != "" {
		w.line("  decorative: " + decorative)
	}
	var others []string
	for _, picture := range markdown.Pictures(e.Body) {
		m, ok := p.Medium(picture.Name())
		if ok && m.Decorative && (p.Image == nil || m.Name != p.Image.File) && !slices.Contains(others, m.Name) {
			others = append(others, m.Name)
		}
	}
	w.list("decorative", others)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// safe is text that stands for itself wherever it is written: it begins with a letter and has nothing that YAML could read
// as a mark.
var safe = regexp.MustCompile(`^\pL[\pL\pM\pN_./()-]*( [\pL\pM\pN_./()-]+)*$`)

// words that YAML reads as something else than text.
var words = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}

// dates stand without quotes, as people write them.
var plainDate = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$`)

func quote(s string) string {
	if plainDate.MatchString(s) || (safe.MatchString(s) && !slices.Contains(words, strings.ToLower(s))) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"', r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case isControl(r), r == '\u2028', r == '\u2029', r == '\ufeff':
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
