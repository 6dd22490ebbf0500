package wording

import (
	"strings"

	"golang.org/x/text/unicode/bidi"

	"carillon.example/pkg/carillon"
)

// The characters that keep the direction of a text to itself (Unicode Annex 9, section 2.4). In HTML, the elements and
// their dir attribute do that; these are for plain text.
const (
	firstStrongIsolate    = "\u2068"
	popDirectionalIsolate = "\u2069"
)

// Isolate keeps the direction of a text to itself, wherever it is put: a link, a phone number or a name in another
// script. Characters in it that change the direction are taken out, since one that is not closed would reach further.
func Isolate(s string) string {
	return firstStrongIsolate + withoutDirections(s) + popDirectionalIsolate
}

// Within makes a text fit to stand in a line of a language: isolated if any of it runs the other way, or if it begins or
// ends with what takes the direction of its surroundings. What needs nothing stays as it is.
func Within(language, s string) string {
	if s == "" {
		return ""
	}
	s = withoutDirections(s)
	left, right := false, false
	for _, r := range s {
		switch class(r) {
		case bidi.L:
			left = true
		case bidi.R, bidi.AL:
			right = true
		case bidi.EN, bidi.AN: // a number has its own direction, and gives it to the signs around it
			left = true
		default:
		}
	}
	if carillon.Direction(language) == "rtl" && left || carillon.Direction(language) == "ltr" && right {
		return firstStrongIsolate + s + popDirectionalIsolate
	}
	return s
}

// IsRightToLeft reports whether a text is written from right to left by itself: its first letter says so.
func IsRightToLeft(s string) bool {
	for _, r := range s {
		switch class(r) {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		default:
		}
	}
	return false
}

func class(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

// withoutDirections takes embeddings, overrides and isolates out of a text. Marks of direction may stay: they have no
// end that could be missing.
func withoutDirections(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, s)
}
