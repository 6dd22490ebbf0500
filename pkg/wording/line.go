package wording

import (
	"fmt"

	"carillon.example/pkg/carillon"
)

// Line puts a label before a value, in plain text: "Where: Town hall". The value is taken as it is; one that somebody
// else wrote goes through Within first.
func Line(language string, label LabelKey, value string) string {
	return Label(language, label) + colon(language) + value
}

// colon stands between a label and what it labels.
func colon(language string) string {
	switch spoken(language) {
	case french:
		return "\u00a0: "
	case chinese:
		return "："
	}
	return ": "
}

// CorrectedOn says when something was corrected: "Corrected on 26 April 2019". The zero date is "".
func CorrectedOn(language string, d carillon.Date) string {
	if d.IsZero() {
		return ""
	}
	switch spoken(language) {
	case russian:
		return "Исправлено " + Date(language, d)
	case kazakh:
		return fmt.Sprintf("%d жылғы %d %s түзетілді", d.Year, d.Day, kazakhInMonth(monthName(language, d.Month)))
	case french:
		return "Corrigé le " + Date(language, d)
	case spanish:
		return "Corregido el " + Date(language, d)
	case arabic:
		return "صُحِّح في " + Date(language, d)
	case chinese:
		return Date(language, d) + "更正"
	}
	return "Corrected on " + Date(language, d)
}

// kazakhInMonth is the name of a month in the locative, as a sentence with a verb wants it: сәуірде.
func kazakhInMonth(month string) string {
	switch month {
	case "сәуір", "шілде":
		return month + "де"
	case "қыркүйек":
		return month + "те"
	}
	return month + "да"
}
