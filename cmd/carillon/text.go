package main

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// clean makes text from elsewhere safe to print: a title or a channel's error may hold control characters, which a
// terminal would obey, or show letters in another order than they have. Line breaks and tabs stay.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return -1
		case unicode.IsControl(r), r == '\u202d', r == '\u202e': // the last two override the direction of letters
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// oneLine is clean text with its line breaks and tabs made spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// width is how many columns a terminal takes for s.
func width(s string) int { return uniseg.StringWidth(s) }

// pad fills s with spaces to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-width(s))) }

// clip cuts s to n columns, with an ellipsis for what is lost.
func clip(s string, n int) string {
	if width(s) <= n {
		return s
	}
	var b strings.Builder
	left, state := n-1, -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if w > left {
			break
		}
		b.WriteString(cluster)
		left -= w
	}
	return b.String() + "…"
}

// wrap breaks text into lines of at most n columns, at spaces; a word that is longer, such as an address, stays whole so
// that it can be copied. 0 columns do not limit.
func wrap(s string, n int) []string {
	if n <= 0 {
		return []string{s}
	}
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(s) {
		w := width(word)
		switch {
		case line == "":
			line, used = word, w
		case used+1+w <= n:
			line, used = line+" "+word, used+1+w
		default:
			lines = append(lines, line)
			line, used = word, w
		}
	}
	return append(lines, line)
}
