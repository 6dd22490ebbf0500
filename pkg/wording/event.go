package wording

import (
	"fmt"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
)

// Event says when an event takes place, with its zone: "Saturday, 30 March 2019, 20:30–21:30 (UTC+6, Almaty)". An
// event without an end says when it begins; one that ends on another day says both days; where the clocks change in
// between, each time has its own offset. The Arabic sentence is built so that it reads right in a paragraph of its own
// direction; only a city's name in other letters is isolated in it. An event without a start is ""; a zone that is not known is named as it
// was written.
func Event(language string, e *carillon.Event) string {
	if e == nil || e.Start.IsZero() {
		return ""
	}
	zone, err := carillon.LoadZone(e.Zone)
	known := err == nil
	if !known {
		zone = time.UTC
	}
	start, err := e.Start.In(zone)
	if err != nil {
		return ""
	}
	end, err := e.End.In(zone)
	if e.End.IsZero() || err != nil || end.Before(start) {
		end = start
	}

	s := sentencesOf(language)
	from, to := weekdayDate(language, carillon.DateOf(start)), weekdayDate(language, carillon.DateOf(end))
	begins, ends := clock(language, start), clock(language, end)
	startOffset, endOffset, place := offset(start), offset(end), City(language, e.Zone)
	if !known {
		startOffset, endOffset, place = "", "", e.Zone
	}

	template := s.days
	switch {
	case start.Equal(end):
		template = s.once
	case from == to:
		template = s.hours
	}
	if startOffset != endOffset {
		begins += s.zone(startOffset, "")
		template = strings.Replace(template, "{begins}–{ends}", "{begins}"+s.dash+"{ends}", 1)
	}
	return strings.NewReplacer(
		"{from}", from, "{begins}", begins, "{to}", to, "{ends}", ends, "{zone}", s.zone(endOffset, place),
	).Replace(template)
}

// sentences are the ways in which a language says when something happens.
type sentences struct {
	once  string // a beginning only
	hours string // from an hour to an hour of the same day
	dash  string // what replaces the dash between hours if the first has its own offset
	days  string // from a day to a day
	zone  func(offset, city string) string
}

func sentencesOf(language string) sentences {
	switch spoken(language) {
	case french:
		return sentences{
			once:  "{from}, à {begins}{zone}",
			hours: "{from}, de {begins} à {ends}{zone}",
			days:  "du {from}, {begins}, au {to}, {ends}{zone}",
			zone:  bracketZone,
		}
	case spanish:
		return sentences{
			once:  "{from}, {begins}{zone}",
			hours: "{from}, de {begins} a {ends}{zone}",
			days:  "del {from}, {begins}, al {to}, {ends}{zone}",
			zone:  bracketZone,
		}
	case arabic:
		return sentences{
			once:  "{from}، الساعة {begins}{zone}",
			hours: "{from}، من الساعة {begins} إلى الساعة {ends}{zone}",
			days:  "من {from}، الساعة {begins}، إلى {to}، الساعة {ends}{zone}",
			zone:  arabicZone,
		}
	case chinese:
		return sentences{
			once:  "{from} {begins}{zone}",
			hours: "{from} {begins}–{ends}{zone}",
			days:  "{from} {begins}至{to} {ends}{zone}",
			dash:  "至",
			zone:  chineseZone,
		}
	case russian, kazakh:
		return sentences{
			once:  "{from}, {begins}{zone}",
			hours: "{from}, {begins}–{ends}{zone}",
			dash:  " — ",
			days:  "{from}, {begins} — {to}, {ends}{zone}",
			zone:  bracketZone,
		}
	}
	return sentences{
		once:  "{from}, {begins}{zone}",
		hours: "{from}, {begins}–{ends}{zone}",
		dash:  " – ",
		days:  "{from}, {begins} – {to}, {ends}{zone}",
		zone:  bracketZone,
	}
}

func bracketZone(offset, city string) string {
	switch {
	case offset == "" && city == "":
		return ""
	case offset == "":
		return " (" + city + ")"
	case city == "":
		return " (" + offset + ")"
	}
	return " (" + offset + ", " + city + ")"
}

// arabicZone keeps the Latin letters of the offset alone inside the bracket: mixed with Arabic ones, where the bracket
// goes would depend on the paragraph.
func arabicZone(offset, city string) string {
	s := ""
	if city != "" {
		s = " بتوقيت " + Within(arabic, city)
	}
	if offset != "" {
		s += " (" + offset + ")"
	}
	return s
}

func chineseZone(offset, city string) string {
	switch {
	case offset == "" && city == "":
		return ""
	case offset == "" || city == "":
		return "（" + offset + city + "）"
	}
	return "（" + offset + "，" + city + "）"
}

// offset writes how far the clocks stand from universal time at an instant: "UTC+6", "UTC+5:30", "UTC−3", "UTC".
func offset(t time.Time) string {
	_, seconds := t.Zone()
	if seconds == 0 {
		return "UTC"
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "−", -seconds
	}
	hours, minutes := seconds/3600, seconds/60%60
	if minutes == 0 {
		return fmt.Sprintf("UTC%s%d", sign, hours)
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, hours, minutes)
}
