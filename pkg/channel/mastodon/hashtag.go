package mastodon

import (
	"strings"
	"unicode"
)

// Hashtag makes a hashtag of a tag, in CamelCase, which screen readers read word by word: "universal-health-coverage"
// becomes "#UniversalHealthCoverage". It keeps what Mastodon allows in one: letters, marks and digits of any script, the
// underscore, and the zero-width non-joiner between letters. A tag without a letter has none: "".
func Hashtag(tag string) string {
	var b strings.Builder
	b.WriteByte('#')
	begin, letters := true, false
	runes := []rune(tag)
	for i, r := range runes {
		switch {
		case unicode.IsLetter(r):
			letters = true
			if begin {
				r = unicode.ToTitle(r)
			}
		case unicode.Is(unicode.Mark, r), r == zeroWidthNonJoiner && i+1 < len(runes) && unicode.IsLetter(runes[i+1]):
			if begin {
				continue // it has nothing to stand on
			}
		case unicode.Is(unicode.Nd, r), r == '_':
		default:
			begin = true
			continue
		}
		begin = false
		b.WriteRune(r)
	}
	if !letters {
		return ""
	}
	return b.String()
}

const zeroWidthNonJoiner = '\u200c'

// hashtags makes the hashtags of some tags, each once.
func hashtags(tags []string) []string {
	var list []string
	seen := map[string]bool{}
	for _, tag := range tags {
		h := Hashtag(tag)
		if key := strings.ToLower(h); h != "" && !seen[key] {
			seen[key] = true
			list = append(list, h)
		}
	}
	return list
}
