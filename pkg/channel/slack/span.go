package slack

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// ellipsis ends what was cut.
const ellipsis = "…"

// paragraph is one block of a body on its way from Markdown to mrkdwn: its lines are cut as text and formatted last, so
// that no cut can fall into a link or between two asterisks.
type paragraph struct {
	lines []line
	code  bool // a code block: its lines have one span each
}

type line struct {
	prefix string // "> ", "• ", already mrkdwn
	spans  []span
}

// span is a stretch of text with one look.
type span struct {
	text                       string // without line breaks
	bold, italic, strike, code bool
	href                       string // an absolute address, or empty
}

func (s span) sameLook(t span) bool {
	s.text, t.text = "", ""
	return s == t
}

// plain is the line without formatting.
func (l line) plain() string {
	var b strings.Builder
	for _, s := range l.spans {
		b.WriteString(s.text)
	}
	return b.String()
}

// plain is the paragraph without formatting.
func (p paragraph) plain() string {
	lines := make([]string, len(p.lines))
	for i, l := range p.lines {
		lines[i] = l.prefix + l.plain()
	}
	return strings.Join(lines, "\n")
}

// size is the length of the paragraph's plain text.
func (p paragraph) size() int { return length(p.plain()) }

// mrkdwn writes the paragraph for Slack.
func (p paragraph) mrkdwn() string {
	lines := make([]string, len(p.lines))
	for i, l := range p.lines {
		if p.code {
			lines[i] = code(l.plain())
		} else {
			lines[i] = l.prefix + l.mrkdwn()
		}
	}
	s := strings.Join(lines, "\n")
	if p.code {
		return "```\n" + s + "\n```"
	}
	return s
}

func (l line) mrkdwn() string {
	var b strings.Builder
	before := rune(0)
	if l.prefix != "" {
		before = ' '
	}
	for i, s := range l.spans {
		after := rune(0)
		for _, t := range l.spans[i+1:] {
			if t.text != "" {
				after, _ = utf8.DecodeRuneInString(t.text)
				break
			}
		}
		b.WriteString(s.mrkdwn(before, after))
		if s.text != "" {
			before, _ = utf8.DecodeLastRuneInString(s.text)
		}
	}
	return b.String()
}

// mrkdwn writes a span that stands between two characters. Slack formats only whole words: marks inside a word would be
// shown as they are, so there the look is given up and the text kept.
func (s span) mrkdwn(before, after rune) string {
	core := strings.TrimFunc(s.text, unicode.IsSpace)
	if core == "" {
		return s.text
	}
	i := strings.Index(s.text, core)
	lead, trail := s.text[:i], s.text[i+len(core):]
	if lead != "" {
		before = ' '
	}
	if trail != "" {
		after = ' '
	}
	styled := s.bold || s.italic || s.strike || s.code
	if styled && (isWord(before) || isWord(after)) {
		s.bold, s.italic, s.strike, s.code = false, false, false, false
		styled = false
	}
	if styled || s.href != "" {
		before, after = '<', '<' // the marks shield the text from its neighbours
	}
	var out string
	if s.code {
		out = code(core)
	} else {
		out = literal(core, before, after)
	}
	switch {
	case s.href == "":
	case s.href == escaper.Replace(core):
		out = "<" + s.href + ">"
	default:
		out = "<" + s.href + "|" + strings.ReplaceAll(out, "|", "¦") + ">"
	}
	for _, mark := range []struct {
		on   bool
		char string
	}{{s.code, "`"}, {s.strike, "~"}, {s.italic, "_"}, {s.bold, "*"}} {
		if mark.on {
			out = mark.char + out + mark.char
		}
	}
	return lead + out + trail
}

// cut shortens the paragraph to at most n characters of plain text, at a word, with an ellipsis; n > 0.
func (p paragraph) cut(n int) paragraph {
	if p.size() <= n {
		return p
	}
	out := paragraph{code: p.code}
	used := 0
	for i, l := range p.lines {
		start := length(l.prefix)
		if i > 0 {
			start++ // the line break
		}
		size := length(l.plain())
		if used+start+size < n { // something is cut later, and needs room for the ellipsis
			used += start + size
			out.lines = append(out.lines, l)
			continue
		}
		if room := min(n-used-start, size-1); room > 1 {
			out.lines = append(out.lines, l.cut(room))
			return out
		}
		break
	}
	if len(out.lines) == 0 {
		out.lines = []line{{}}
	}
	return out.with(ellipsis)
}

// with is the paragraph with something added at its end.
func (p paragraph) with(s string) paragraph {
	p.lines = slices.Clone(p.lines)
	last := &p.lines[len(p.lines)-1]
	last.spans = append(slices.Clip(last.spans), span{text: s})
	return p
}

// cut shortens the line to at most n characters of plain text, n > 0.
func (l line) cut(n int) line {
	whole := l.plain()
	if length(whole) <= n {
		return l
	}
	keep := len(strings.TrimSuffix(cutText(whole, n), ellipsis))
	out := line{prefix: l.prefix}
	for _, s := range l.spans {
		if keep <= 0 {
			break
		}
		if len(s.text) > keep {
			s.text = s.text[:keep]
		}
		keep -= len(s.text)
		out.spans = append(out.spans, s)
	}
	if n := len(out.spans); n > 0 && !out.spans[n-1].code && out.spans[n-1].href == "" {
		out.spans[n-1].text += ellipsis
	} else {
		out.spans = append(out.spans, span{text: ellipsis})
	}
	return out
}

// cutText shortens a text to at most n characters: after a word if there is one in its second half, else between two
// characters as people see them. The result ends with an ellipsis, n > 0.
func cutText(s string, n int) string {
	if length(s) <= n {
		return s
	}
	room := n - length(ellipsis)
	end, word := 0, 0
	g := uniseg.NewGraphemes(s)
	for g.Next() {
		cluster := g.Str()
		if room -= length(cluster); room < 0 {
			if isGap([]rune(cluster)[0]) {
				word = end
			}
			break
		}
		if isGap([]rune(cluster)[0]) {
			word = end
		}
		end += len(cluster)
	}
	if word > end/2 {
		end = word
	}
	return strings.TrimRightFunc(s[:end], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:،؛、，；：–—-(«“\"", r)
	}) + ellipsis
}
