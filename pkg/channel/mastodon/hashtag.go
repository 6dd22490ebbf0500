package mastodon

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/wording"
)

// Hashtag makes a hashtag of a tag in any script. It keeps what Mastodon allows in one (HASHTAG_NAME_PAT in its
// app/models/tag.rb): letters, marks and digits, the underscore, and between letters the middle dots and the zero-width
// non-joiner. Words in scripts that have capitals are put together in CamelCase, which screen readers read word by word:
// "universal-health-coverage" becomes "#UniversalHealthCoverage". Other words keep an underscore between them, as their
// readers do, but for scripts that are written without spaces. A tag without a letter has none: "".
func Hashtag(tag string) string {
	var b strings.Builder
	b.WriteByte('#')
	letters, last := false, rune(0)
	for _, word := range tagWords(tag) {
		word[0] = unicode.ToTitle(word[0])
		if needsUnderscore(last, word[0]) {
			b.WriteByte('_')
		}
		for _, r := range word {
			b.WriteRune(r)
			if !unicode.Is(unicode.Mark, r) {
				last = r
			}
			letters = letters || unicode.IsLetter(r)
		}
	}
	if !letters {
		return ""
	}
	return b.String()
}

// tagWords takes a tag apart at all that may not stand in a hashtag.
func tagWords(tag string) [][]rune {
	var words [][]rune
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, word)
			word = nil
		}
	}
	runes := []rune(norm.NFC.String(tag))
	for i, r := range runes {
		inside := len(word) > 0 && i+1 < len(runes) && unicode.IsLetter(runes[i+1]) && isPartOfLetter(runes[i-1])
		switch {
		case unicode.IsLetter(r), unicode.Is(unicode.Nd, r), r == '_':
			word = append(word, r)
		case unicode.Is(unicode.Mark, r):
			if len(word) > 0 { // else it has nothing to stand on
				word = append(word, r)
			}
		case strings.ContainsRune(innerSeparators, r) && inside:
			word = append(word, r)
		case strings.ContainsRune(apostrophes, r) && inside && !elided(word):
		case unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner: // a soft hyphen, a mark of direction: it parts nothing
		default:
			end()
		}
	}
	end()
	return words
}

const (
	zeroWidthNonJoiner = '\u200c'
	// The middle dots of Catalan and of Japanese, and the zero-width non-joiner.
	innerSeparators = "\u00b7\u30fb\u200c"
	apostrophes     = "'’ʼ"
)

func isPartOfLetter(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Mark) }

// elided reports whether an apostrophe behind a word ends it, as in l'eau and o'clock, but not in women's.
func elided(word []rune) bool {
	return len(word) <= 2 && unicode.Is(unicode.Latin, word[0])
}

// needsUnderscore reports whether two words would run into one without a sign between them, given the last character
// of the one and the first of the other, which is a capital if it can be; 0 is nothing.
func needsUnderscore(last, first rune) bool {
	switch {
	case last == 0, last == '_', first == '_':
		return false
	case isSpaceless(last) || isSpaceless(first):
		return false
	case unicode.IsLetter(first) && !unicode.In(first, unicode.Lu, unicode.Lt): // no capitals there
		return true
	case unicode.Is(unicode.Nd, first) && unicode.Is(unicode.Nd, last):
		return true
	}
	return unicode.IsLetter(last) && !unicode.In(last, unicode.Lu, unicode.Lt, unicode.Ll)
}

// isSpaceless reports whether a character belongs to a script that is written without spaces between words.
func isSpaceless(r rune) bool {
	return unicode.In(
		r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
	)
}

// hashtags makes the hashtags of some tags, each once, for a line of a text in a language. If some are written from right
// to left and others are not, those that run against the language are isolated: otherwise their # would seem to belong to
// a neighbour.
func hashtags(language string, tags []string) []string {
	var list []string
	seen := map[string]bool{}
	rtl := 0
	for _, tag := range tags {
		h := Hashtag(tag)
		if key := strings.ToLower(h); h != "" && !seen[key] {
			seen[key] = true
			list = append(list, h)
			if wording.IsRightToLeft(h) {
				rtl++
			}
		}
	}
	if rtl == 0 || rtl == len(list) {
		return list
	}
	for i, h := range list {
		if wording.IsRightToLeft(h) != (carillon.Direction(language) == "rtl") {
			list[i] = wording.Isolate(h)
		}
	}
	return list
}
