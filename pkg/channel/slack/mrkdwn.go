package slack

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Slack's mrkdwn has three characters that must be escaped and none to escape formatting with:
// https://docs.slack.dev/messaging/formatting-message-text. So a character that would format where nobody asked for it is
// written as one that looks the same and means nothing to Slack.

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// lookalike are the characters that format a pair of which encloses text.
var lookalike = map[rune]rune{
	'*': '∗', // U+2217 asterisk operator
	'_': 'ˍ', // U+02CD modifier letter low macron
	'~': '∼', // U+223C tilde operator
	'`': 'ˋ', // U+02CB modifier letter grave accent
}

// zeroWidth is put where only the place of a character makes it formatting.
const zeroWidth = "\u200b"

// emojiName is what Slack turns into an emoji. Without a letter it is a time or a ratio, save for two that exist.
var emojiName = regexp.MustCompile(`:([a-z0-9_+'-]*[a-z][a-z0-9_+'-]*|100|1234):`)

// clean makes any text valid UTF-8 without control characters; tabs become spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', r == '\u2028', r == '\u2029', r == '\u0085':
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// literal writes text so that Slack shows it as it is: no formatting, no link, no mention, no emoji. before and after are
// the characters around it, 0 at the ends of a line.
func literal(s string, before, after rune) string {
	s = neutral(s, before, after)
	if (before == 0 || before == '\n') && strings.HasPrefix(s, ">") {
		s = zeroWidth + s // &gt; begins a quotation, too
	}
	s = strings.ReplaceAll(s, "\n>", "\n"+zeroWidth+">")
	s = emojiName.ReplaceAllString(s, ":"+zeroWidth+"$1:")
	return escaper.Replace(s)
}

// neutral replaces the formatting characters of a text that could have an effect: those inside a word or between spaces
// have none and stay, as in first_name@example.org or 3 * 4.
func neutral(s string, before, after rune) string {
	if !strings.ContainsAny(s, "*_~`") {
		return s
	}
	var b strings.Builder
	prev := before
	for i, r := range s {
		next := after
		if rest := s[i+utf8.RuneLen(r):]; rest != "" {
			next, _ = utf8.DecodeRuneInString(rest)
		}
		look, formats := lookalike[r]
		switch {
		case !formats:
			b.WriteRune(r)
		case r != '`' && (isWord(prev) && isWord(next) || isGap(prev) && isGap(next)):
			b.WriteRune(r)
		default:
			b.WriteRune(look)
		}
		prev = r
	}
	return b.String()
}

// code writes text that stands in backticks.
func code(s string) string {
	return escaper.Replace(strings.ReplaceAll(s, "`", string(lookalike['`'])))
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
func isGap(r rune) bool  { return r == 0 || unicode.IsSpace(r) }
