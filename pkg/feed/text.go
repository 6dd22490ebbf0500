package feed

import (
	"fmt"
	"html"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/wording"
)

// clean makes text that XML 1.0 (section 2.2, Char) and JSON can hold alike: bytes that are no UTF-8 are replaced by
// U+FFFD, characters that XML does not know are removed, and lines end as XML parsers read them (section 2.11).
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = lineEnds.Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
			return r
		}
		return -1
	}, s)
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// cleanAll cleans a list and leaves out what is empty.
func cleanAll(list []string) []string {
	var cleaned []string
	for _, s := range list {
		if s = strings.TrimSpace(clean(s)); s != "" {
			cleaned = append(cleaned, s)
		}
	}
	return cleaned
}

// textAsHTML writes plain text as HTML, and quotes as they are: some readers show RSS descriptions as text.
func textAsHTML(s string) string { return textEscapes.Replace(s) }

var textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// directed says the direction of a content that is written from right to left: the formats have no word for it, and
// readers put contents into pages of their own.
func directed(language, content string) string {
	direction := carillon.Direction(language)
	if content == "" || direction == "ltr" {
		return content
	}
	return fmt.Sprintf("<div lang=\"%s\" dir=\"%s\">\n%s\n</div>", html.EscapeString(language), direction, strings.TrimSpace(content))
}

// attachmentsHTML names the entry's attachments. A name is set apart (bdi), for it may run in another direction.
func attachmentsHTML(e *Entry) string {
	if len(e.Attachments) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n<p>%s</p>\n<ul>\n", textAsHTML(wording.Label(e.Language, wording.Attachments)))
	for _, a := range e.Attachments {
		lang := ""
		if a.Language != "" {
			lang = fmt.Sprintf(` lang="%s"`, html.EscapeString(a.Language))
		}
		name := fmt.Sprintf("<bdi%s>%s</bdi>", lang, textAsHTML(a.Title))
		if a.URL != "" {
			name = fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(a.URL), name)
		}
		if a.Name != "" && a.Name != a.Title {
			name += fmt.Sprintf(" (<bdi>%s</bdi>)", textAsHTML(a.Name))
		}
		fmt.Fprintf(&b, "<li>%s</li>\n", name)
	}
	b.WriteString("</ul>\n")
	return b.String()
}
