package wording

import "strings"

// The languages in which the package speaks, by their primary subtags.
const (
	arabic  = "ar"
	chinese = "zh"
	english = "en"
	french  = "fr"
	kazakh  = "kk"
	russian = "ru"
	spanish = "es"
)

// spoken is the language in which an edition's own words are matched: its primary subtag if we speak that, otherwise
// English. Another script than the usual one (kk-Latn, zh-Hant) is another way of writing, which we do not know.
func spoken(language string) string {
	primary, rest, _ := strings.Cut(language, "-")
	switch primary {
	case chinese:
		switch first, _, _ := strings.Cut(rest, "-"); first {
		case "Hant", "TW", "HK", "MO":
			return english
		}
		return chinese
	case kazakh:
		if strings.HasPrefix(rest, "Latn") || strings.HasPrefix(rest, "Arab") {
			return english
		}
		return kazakh
	case arabic, french, russian, spanish:
		return primary
	}
	return english
}

// words is one thing said in each language.
type words struct{ en, ru, kk, fr, es, ar, zh string }

// in picks the language; what is not known there is said in English.
func (w words) in(language string) string {
	var s string
	switch spoken(language) {
	case russian:
		s = w.ru
	case kazakh:
		s = w.kk
	case french:
		s = w.fr
	case spanish:
		s = w.es
	case arabic:
		s = w.ar
	case chinese:
		s = w.zh
	}
	if s == "" {
		return w.en
	}
	return s
}
