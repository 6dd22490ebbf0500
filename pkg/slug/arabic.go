package slug

import (
	"slices"
	"strings"
	"unicode"
)

// Arabic letters have their sound by their neighbours, and most vowels are not written. What is made here can be read
// aloud by who knows the word: al-almi for العالمي.

func isArabic(r rune) bool {
	return unicode.Is(unicode.Arabic, r) && unicode.In(r, unicode.Letter) || r >= fathatan && r <= sukun || r == tatweel ||
		r == superscriptAlef
}

const (
	tatweel         = 'ـ'      // stretches a word
	fathatan        = '\u064b' // the first of the vowel signs
	kasra           = '\u0650'
	damma           = '\u064f'
	fatha           = '\u064e'
	shadda          = '\u0651' // doubles a consonant
	sukun           = '\u0652' // the last: no vowel
	superscriptAlef = '\u0670'
)

// arabic writes a word of Arabic letters.
func (w *writer) arabic(word []rune) {
	word = slices.DeleteFunc(slices.Clone(word), func(r rune) bool { return r == tatweel })
	for i := 1; i < len(word); i++ { // normalised text has the vowel first, but the consonant is what is doubled
		if word[i] == shadda && word[i-1] >= fathatan && word[i-1] <= kasra {
			word[i-1], word[i] = word[i], word[i-1]
		}
	}
	if rest, ok := withoutArticle(word); ok {
		w.add("al")
		w.gap = true
		word = rest
	}
	for i, r := range word {
		before, after := rune(0), rune(0)
		if i > 0 {
			before = word[i-1]
		}
		if i+1 < len(word) {
			after = word[i+1]
		}
		switch latin, ok := arabicSound(r, before, after); {
		case !ok:
			w.foreign(r)
		case r == shadda:
			if before != 0 {
				w.add(doubled(before))
			}
		default:
			w.add(latin)
		}
	}
}

// withoutArticle takes 'al' off a word that is long enough to have one.
func withoutArticle(word []rune) ([]rune, bool) {
	letters := 0
	for _, r := range word {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters < 4 || word[0] != 'ا' || word[1] != 'ل' {
		return word, false
	}
	return word[2:], true
}

// doubled is what a doubled consonant adds: the digraphs are not repeated.
func doubled(r rune) string {
	if latin := arabicLetters[r]; len(latin) == 1 {
		return latin
	}
	return ""
}

// arabicSound is a letter in its place; before and after are 0 at the ends of the word.
func arabicSound(r, before, after rune) (string, bool) {
	switch r {
	case 'و':
		return glide("w", "u", damma, before, after), true
	case 'ي', 'ی':
		return glide("y", "i", kasra, before, after), true
	case 'ع': // not heard by most ears, but where it bears the only vowel
		if isVowel(after) {
			return "", true
		}
		return "a", true
	case 'ئ':
		if after == 'ي' {
			return "", true
		}
		return "i", true
	case 'ؤ':
		if after == 'و' {
			return "", true
		}
		return "u", true
	case 'ة':
		if before == 'ا' {
			return "t", true
		}
		return "a", true
	case 'ا', 'ى':
		if before == fatha {
			return "", true // said by the sign
		}
		return "a", true
	}
	latin, ok := arabicLetters[r]
	return latin, ok
}

// glide is a letter that is a consonant beside a vowel and at the beginning of a word, and a long vowel elsewhere.
func glide(consonant, vowel string, own, before, after rune) string {
	switch {
	case before == own && !isVowel(after):
		return "" // the vowel is said by the sign
	case before == 0, isVowel(before), isVowel(after), after == shadda:
		return consonant
	}
	return vowel
}

func isVowel(r rune) bool {
	return r != 0 && (strings.ContainsRune("اأإآىة", r) || r >= fathatan && r <= kasra)
}

// arabicLetters are the letters and signs that sound the same everywhere, those of Persian and Urdu among them.
var arabicLetters = map[rune]string{
	'ء': "", 'آ': "a", 'أ': "a", 'إ': "i", 'ٱ': "a", 'ب': "b", 'ت': "t", 'ث': "th", 'ج': "j", 'ح': "h", 'خ': "kh", 'د': "d",
	'ذ': "dh", 'ر': "r", 'ز': "z", 'س': "s", 'ش': "sh", 'ص': "s", 'ض': "d", 'ط': "t", 'ظ': "z", 'غ': "gh", 'ف': "f",
	'ق': "q", 'ك': "k", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h",
	'پ': "p", 'چ': "ch", 'ژ': "zh", 'گ': "g", 'ک': "k", 'ہ': "h", 'ھ': "h", 'ے': "e", 'ں': "n", 'ٹ': "t", 'ڈ': "d", 'ڑ': "r",
	fathatan: "an", '\u064c': "un", '\u064d': "in", fatha: "a", damma: "u", kasra: "i", shadda: "", sukun: "",
	superscriptAlef: "a",
}
