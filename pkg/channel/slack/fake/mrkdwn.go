package fake

import (
	"html"
	"html/template"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mrkdwn renders a text object of type mrkdwn as Slack's clients do: https://docs.slack.dev/messaging/formatting-message-text.
// Whatever is in it comes out as text, links and the few tags made here.
func mrkdwn(s string, verbatim bool) template.HTML {
	r := renderer{autolink: !verbatim}
	var b strings.Builder
	for i, part := range strings.Split(s, "```") {
		if i%2 == 0 {
			r.lines(&b, part)
		} else {
			b.WriteString("<pre dir=auto>" + entities(strings.Trim(part, "\n")) + "</pre>")
		}
	}
	return template.HTML(b.String()) // built of escaped pieces only
}

type renderer struct{ autolink bool }

// lines renders what is not a code block: lines, and quotations of consecutive lines.
func (r renderer) lines(b *strings.Builder, s string) {
	s = strings.Trim(s, "\n")
	if s == "" {
		return
	}
	quoted := false
	for i, line := range strings.Split(s, "\n") {
		rest, quote := strings.CutPrefix(line, ">")
		if !quote {
			rest, quote = strings.CutPrefix(line, "&gt;")
		}
		switch {
		case quote && !quoted:
			b.WriteString("<blockquote dir=auto>")
		case !quote && quoted:
			b.WriteString("</blockquote>")
		case i > 0:
			b.WriteString("<br>")
		}
		quoted = quote
		if trimmed := strings.TrimLeft(rest, " "); !quote && trimmed != rest {
			b.WriteString(strings.Repeat("&nbsp;", len(rest)-len(trimmed)))
			rest = trimmed
		}
		b.WriteString(r.inline(strings.TrimLeft(rest, " "), 0))
	}
	if quoted {
		b.WriteString("</blockquote>")
	}
}

var marks = map[byte]string{'*': "strong", '_': "em", '~': "s"}

// maxDepth is how deep formatting nests before it is shown as it is.
const maxDepth = 8

func (r renderer) inline(s string, depth int) string {
	var b strings.Builder
	prev := rune(0)
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '<':
			if end := strings.IndexByte(s[i:], '>'); end > 0 {
				b.WriteString(r.angle(s[i+1:i+end], depth))
				i += end + 1
				prev = '>'
				continue
			}
		case c == '`':
			if end := strings.IndexByte(s[i+1:], '`'); end > 0 {
				b.WriteString("<code>" + entities(s[i+1:i+1+end]) + "</code>")
				i += end + 2
				prev = '`'
				continue
			}
		case marks[c] != "" && depth < maxDepth && !isWord(prev):
			if end := closing(s[i:], c); end > 0 {
				b.WriteString("<" + marks[c] + ">" + r.inline(s[i+1:i+end], depth+1) + "</" + marks[c] + ">")
				i += end + 1
				prev = rune(c)
				continue
			}
		case c == 'h' && r.autolink && !isWord(prev) && (strings.HasPrefix(s[i:], "https://") || strings.HasPrefix(s[i:], "http://")):
			end := strings.IndexFunc(s[i:], func(r rune) bool { return unicode.IsSpace(r) || r == '<' || r == '|' })
			if end < 0 {
				end = len(s) - i
			}
			address := strings.TrimRight(s[i:i+end], ".,;:!?)")
			b.WriteString(link(address, entities(address)))
			i += len(address)
			prev = '/'
			continue
		}
		char, size := utf8.DecodeRuneInString(s[i:])
		end := i + size
		if char == '&' { // an entity is one character
			for _, e := range []string{"&amp;", "&lt;", "&gt;"} {
				if strings.HasPrefix(s[i:], e) {
					end = i + len(e)
				}
			}
		}
		b.WriteString(entities(s[i:end]))
		prev, i = char, end
	}
	return b.String()
}

// closing finds the mark that ends what s begins, outside of links, or 0.
func closing(s string, mark byte) int {
	for j := 1; j < len(s); j++ {
		switch s[j] {
		case '<':
			if end := strings.IndexByte(s[j:], '>'); end > 0 {
				j += end
			}
		case mark:
			first, _ := utf8.DecodeRuneInString(s[1:])
			before, _ := utf8.DecodeLastRuneInString(s[:j])
			after, _ := utf8.DecodeRuneInString(s[j+1:])
			if j > 1 && !unicode.IsSpace(first) && !unicode.IsSpace(before) && !isWord(after) {
				return j
			}
		}
	}
	return 0
}

// angle renders what stands between < and >.
func (r renderer) angle(s string, depth int) string {
	target, label, labelled := strings.Cut(s, "|")
	switch {
	case strings.HasPrefix(target, "!"), strings.HasPrefix(target, "@"), strings.HasPrefix(target, "#"):
		if !labelled {
			label = strings.TrimLeft(target, "!@#")
		}
		sign := "@"
		if target[0] == '#' {
			sign = "#"
		}
		return `<span class="slack-mention">` + sign + entities(strings.TrimLeft(label, "@#")) + "</span>"
	case !labelled:
		label = entities(target)
	case depth < maxDepth:
		label = renderer{}.inline(label, maxDepth) // Slack formats nothing within a link
	}
	return link(target, label)
}

// link writes an anchor if the address is one that is safe to click on.
func link(address, labelHTML string) string {
	address = html.UnescapeString(address)
	u, err := url.Parse(address)
	if err != nil {
		return labelHTML
	}
	web := (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
	if !web && u.Scheme != "mailto" && u.Scheme != "tel" {
		return labelHTML
	}
	return `<a href="` + html.EscapeString(u.String()) + `" rel="noopener noreferrer nofollow">` + labelHTML + "</a>"
}

// entities escapes text in which &amp;, &lt; and &gt; are escaped already.
func entities(s string) string { return html.EscapeString(html.UnescapeString(s)) }

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
