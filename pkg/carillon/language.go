package carillon

import (
	"regexp"
	"strings"
)

// languageTag is the part of BCP 47 (RFC 5646, section 2.1) that sites use: language, script, region, variants.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-[a-z0-9]{5,8})*$`)

// ValidLanguage reports whether s is a well-formed language tag as the site writes it: kk, zh-Hans, pt-BR.
func ValidLanguage(s string) bool { return languageTag.MatchString(s) }

// Direction is the direction in which a language is written: "rtl" or "ltr", as HTML's dir attribute says it.
func Direction(language string) string {
	base, rest, _ := strings.Cut(language, "-")
	switch {
	case strings.HasPrefix(rest, "Arab"), strings.HasPrefix(rest, "Hebr"):
		return "rtl"
	case strings.HasPrefix(rest, "Latn"), strings.HasPrefix(rest, "Cyrl"):
		return "ltr"
	}
	switch base {
	case "ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb":
		return "rtl"
	}
	return "ltr"
}
