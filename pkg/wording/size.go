package wording

import (
	"fmt"
	"strings"
)

// Size says how big a file is: "340 kB", "1,2 Mo". The units are those of the International System, a thousand bytes
// and a million, and the space before them does not break. A size that is not known, 0, is "".
func Size(language string, bytes int64) string {
	const kilo, mega, giga = 1e3, 1e6, 1e9
	if bytes <= 0 {
		return ""
	}
	n := float64(bytes)
	// What would be rounded up to a thousand is said in the next unit.
	switch {
	case bytes < kilo:
		return fmt.Sprintf("%d\u00a0%s", bytes, words{"B", "Б", "Б", "o", "B", "بايت", "B"}.in(language))
	case n < mega-kilo/2:
		return fmt.Sprintf("%.0f\u00a0%s", n/kilo, words{"kB", "кБ", "кБ", "ko", "kB", "كيلوبايت", "kB"}.in(language))
	case n < giga-mega/20:
		return decimal(language, n/mega) + "\u00a0" + words{"MB", "МБ", "МБ", "Mo", "MB", "ميغابايت", "MB"}.in(language)
	}
	return decimal(language, n/giga) + "\u00a0" + words{"GB", "ГБ", "ГБ", "Go", "GB", "غيغابايت", "GB"}.in(language)
}

// decimal writes a number with one decimal if that is not 0, and the sign that the language puts before it.
func decimal(language string, n float64) string {
	s := strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
	switch spoken(language) {
	case french, spanish, russian, kazakh:
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
