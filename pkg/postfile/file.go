package postfile

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/slug"
)

// file is one file, read: an edition, and what it says of the fields it shares with others.
type file struct {
	name    string // as it was named
	stem    string
	edition carillon.Edition
	shared  carillon.Post // the shared fields only
	release carillon.Moment

	image      string   // the image's path, as written
	written    []string // the attachments' paths, as written
	attached   []string // the same and, once looked for, the paths on the disk
	pictures   []markdown.Picture
	decorative []reference
	named      []reference // the files it names, once they have been looked for

	lines    map[string]int // of the fields it has, as "event.end"
	bodyLine int
	mistakes carillon.Mistakes
}

// add notes a mistake on a line of the file.
func (f *file) add(field string, line int, format string, args ...any) {
	f.mistakes = append(f.mistakes, carillon.Mistake{
		Field: field, File: f.name, Line: line, Message: fmt.Sprintf(format, args...),
	})
}

// line is where a field stands; the first line if it stands nowhere.
func (f *file) line(field string) int { return max(1, f.lines[field]) }

// wrong reports whether there is a mistake in a field or in what belongs to it.
func (f *file) wrong(key string) bool {
	for _, m := range f.mistakes {
		if m.Field == key || strings.HasPrefix(m.Field, key+".") || strings.HasPrefix(m.Field, key+"[") {
			return true
		}
	}
	return false
}

// size is how much text the edition has, in bytes, as carillon.Validate counts it.
func (f *file) size() int {
	n := len(f.edition.Title) + len(f.edition.Summary) + len(f.edition.Body)
	for _, t := range f.edition.Texts {
		n += len(t.Text) + len(t.Warning)
	}
	return n
}

const fence = "---"

// parse reads a file. It always returns one; what is wrong is in its mistakes.
func parse(name string, data []byte) *file {
	f := &file{name: name, lines: map[string]int{}, bodyLine: 1}
	named := f.takeName()
	text, ok := f.text(data)
	if !ok {
		return f
	}
	lines := strings.Split(text, "\n")
	if !isFence(lines[0]) {
		f.add("", 1, "has no front matter: begin the file with a line %s, the title and other fields, and a second line %s", fence, fence)
		return f
	}
	end := 1
	for end < len(lines) && !isFence(lines[end]) {
		end++
	}
	if end == len(lines) {
		f.add("", 1, "the front matter that begins here is not closed: write a line %s after its last field", fence)
		return f
	}
	f.takeFront(strings.Join(lines[1:end], "\n"))
	f.takeLanguage(named)
	f.takeBody(lines, end+1)
	return f
}

func isFence(line string) bool { return strings.TrimRight(line, " \t") == fence }

// takeName finds the stem and returns the language that the name says.
func (f *file) takeName() (language string) {
	// Some systems take letters apart when they store a name (й as и and a sign above it): it is the same name.
	base := norm.NFC.String(path.Base(filepath.ToSlash(f.name)))
	stem, ok := strings.CutSuffix(base, ".md")
	if !ok {
		stem = strings.TrimSuffix(base, path.Ext(base))
		f.add("", 1, "is not called like a post: name it STEM.LANGUAGE.md, such as world-health-day.en.md")
	}
	f.stem = stem
	dot := strings.LastIndex(stem, ".")
	if dot < 0 {
		return ""
	}
	if tag := stem[dot+1:]; carillon.ValidLanguage(canonical(tag)) {
		f.stem, language = stem[:dot], tag
	}
	return language
}

// canonical writes a language tag with the capitals it should have: zh-Hans, pt-BR.
func canonical(tag string) string {
	parts := strings.Split(tag, "-")
	for i, p := range parts {
		switch {
		case i > 0 && len(p) == 4:
			parts[i] = strings.ToUpper(p[:1]) + strings.ToLower(p[1:])
		case i > 0 && len(p) == 2:
			parts[i] = strings.ToUpper(p)
		default:
			parts[i] = strings.ToLower(p)
		}
	}
	return strings.Join(parts, "-")
}

// takeLanguage settles the language between the front matter and the name.
func (f *file) takeLanguage(named string) {
	written := f.edition.Language
	line := f.line("language")
	switch {
	case f.wrong("language"):
	case written == "" && named == "":
		f.add("language", line, "is missing: write it as language: en, or name the file %s.en.md", clip(f.stem))
	case written == "" && named != canonical(named):
		f.add("language", line, "%q in the file's name is not a language: write it as %s", clip(named), canonical(named))
	case written == "":
		f.edition.Language = named
	case !carillon.ValidLanguage(written) && carillon.ValidLanguage(canonical(written)):
		f.add("language", line, "%q is not a language: write it as %s", clip(written), canonical(written))
	case !carillon.ValidLanguage(written):
		f.add("language", line, "%q is not a language: write a code such as en, ru or zh-Hans", clip(written))
	case named != "" && named != written:
		f.add("language", line, "is %s, but the file's name says %s: make them agree", written, clip(named))
	}
}

// takeBody takes what follows the front matter, from a line that counts from 0, without the empty lines around it.
func (f *file) takeBody(lines []string, from int) {
	f.bodyLine = from + 1
	for from < len(lines) && strings.Trim(lines[from], " \t") == "" {
		from++
	}
	body := strings.TrimRight(strings.Join(lines[min(from, len(lines)):], "\n"), " \t\n")
	if body == "" {
		f.bodyLine = min(f.bodyLine, len(lines))
		f.add("body", f.bodyLine, "is empty: write what the post says below the front matter")
		return
	}
	f.bodyLine = from + 1
	f.edition.Body = body
	for _, finding := range markdown.Check(body) {
		f.add("body", f.bodyLine+finding.Line-1, "%s", finding.Message)
	}
	f.takePictures()
}

// byteOrderMark may begin a file that was saved as UTF-8; it means nothing there.
const byteOrderMark = "\xef\xbb\xbf"

// text makes one kind of line break of all, and refuses what is no text.
func (f *file) text(data []byte) (string, bool) {
	if len(data) > carillon.MaxPostBytes {
		f.add("", 1, "is longer than %d KiB, the limit: shorten it, or attach the long part as a file", carillon.MaxPostBytes>>10)
		return "", false
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !utf8.Valid(data) {
		f.add("", lineOf(data, invalidAt(data)), "is not valid UTF-8 from here on: save the file as UTF-8")
		return "", false
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		f.add("", 1+strings.Count(text[:i], "\n"), "contains the control character %U: remove it", r)
		return "", false
	}
	return text, true
}

func isControl(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

func invalidAt(data []byte) int {
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

func lineOf(data []byte, at int) int {
	before := data[:at]
	return 1 + bytes.Count(before, []byte("\n")) + bytes.Count(before, []byte("\r")) - bytes.Count(before, []byte("\r\n"))
}

// slugOf makes a slug of a stem, and a note if that could surprise. It refuses a stem of which letters would be lost,
// because then two posts could become one.
func slugOf(stem string) (made, note string, err error) {
	m, err := slug.Of(stem)
	if err != nil {
		return "", "", fmt.Errorf("cannot be made from the file's name %q, which %w: write one, as slug: health-day", clip(stem), err)
	}
	switch {
	case m.Cut:
		note = fmt.Sprintf("is %s, made from the file's name and cut: to have another, write one, as slug: health-day", m.Slug)
	case m.Written:
		note = fmt.Sprintf("is %s, made from the file's name: to have another, write one, as slug: health-day", m.Slug)
	}
	return m.Slug, note, nil
}

// clip shortens what somebody wrote, so that a message stays a sentence.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= 60 {
		return s
	}
	return string([]rune(s)[:60]) + "…"
}
