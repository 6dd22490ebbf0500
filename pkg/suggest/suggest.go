// Package suggest finds the word somebody probably meant. It serves every 'did you mean' of the project, so that all of
// them guess alike. It holds no words of its own, and it refuses to guess when nothing is near.
package suggest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// maxWord is the longest word, in bytes, for which a neighbour is looked for: the search takes time in the square of the
// length, and the words come from files that anybody wrote.
const maxWord = 64

// Nearest is the known word that looks most like word, and whether there is one: a third of its letters may be wrong,
// missing or too many, three at most, none in a word of one or two. Capitals do not count, nor does a hyphen or a space
// for an underscore. Of two that are as near it is the first in alphabetical order, whatever the order of known.
func Nearest(word string, known []string) (string, bool) {
	if word == "" || len(word) > maxWord {
		return "", false
	}
	best, distance := "", -1
	for _, k := range slices.Sorted(slices.Values(known)) {
		d := levenshtein.ComputeDistance(plain(word), plain(k))
		if distance < 0 || d < distance {
			best, distance = k, d
		}
	}
	if distance < 0 || distance > allowed(word, best) {
		return "", false
	}
	return best, true
}

// allowed is how many letters may differ, by the longer of the two words.
func allowed(word, known string) int {
	letters := max(utf8.RuneCountInString(word), utf8.RuneCountInString(known))
	if letters < 3 {
		return 0
	}
	return min(3, (letters+1)/3)
}

// plain is a word without what does not count.
func plain(s string) string {
	return strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(s))
}
