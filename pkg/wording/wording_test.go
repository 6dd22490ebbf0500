package wording_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata" // the zones must not depend on the machine
	"unicode"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/wording"
)

var update = flag.Bool("update", false, "write the golden files")

var languages = []string{"en", "ru", "kk", "fr", "es", "ar", "zh"}

func TestEventsAreSaidForPeople(t *testing.T) {
	events := []struct {
		name  string
		event carillon.Event
	}{
		{"an hour in the evening", event(t, "2019-03-30T20:30", "2019-03-30T21:30", "Asia/Almaty")},
		{"after the country moved to one zone", event(t, "2026-03-28T20:30", "2026-03-28T21:30", "Asia/Almaty")},
		{"no end", event(t, "2019-03-27T14:00", "", "Asia/Almaty")},
		{"an end that is the start", event(t, "2019-03-27T14:00", "2019-03-27T14:00", "Asia/Almaty")},
		{"two days", event(t, "2019-05-01T09:05", "2019-05-02T18:00", "Europe/Zurich")},
		{"over midnight and the new year", event(t, "2019-12-31T23:00", "2020-01-01T00:30", "America/New_York")},
		{"half an hour off", event(t, "2019-11-21T01:00", "2019-11-21T02:00", "Asia/Kolkata")},
		{"west by half an hour", event(t, "2019-07-01T10:00", "", "America/St_Johns")},
		{"the clocks change in between", event(t, "2019-03-31T01:30", "2019-03-31T04:30", "Europe/Vienna")},
		{"the clocks change between two days", event(t, "2019-10-26T10:00", "2019-10-27T16:00", "Europe/Vienna")},
		{"universal time", event(t, "2019-06-05T12:00", "2019-06-05T13:00", "UTC")},
		{"a city we have no word for", event(t, "2019-06-05T12:00", "2019-06-05T13:00", "America/Argentina/Buenos_Aires")},
		{"a zone nobody knows", event(t, "2019-06-05T12:00", "2019-06-05T13:00", "Asia/Atlantis")},
	}
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "# %s\n", e.name)
		for _, language := range languages {
			fmt.Fprintf(&b, "%s: %s\n", language, wording.Event(language, &e.event))
		}
		b.WriteByte('\n')
	}
	golden(t, "events.txt", b.String())
}

func TestDatesFollowEachLanguagesGrammar(t *testing.T) {
	var b strings.Builder
	for _, language := range languages {
		fmt.Fprintf(&b, "# %s\n", language)
		for month := 1; month <= 12; month++ {
			fmt.Fprintln(&b, wording.Date(language, date(t, fmt.Sprintf("2019-%02d-%02d", month, month))))
		}
		for month := 1; month <= 12; month++ {
			fmt.Fprintln(&b, wording.CorrectedOn(language, date(t, fmt.Sprintf("2019-%02d-01", month))))
		}
		// A week of single hours, for the names of the days.
		for day := 6; day <= 12; day++ {
			e := event(t, fmt.Sprintf("2019-05-%02dT13:05", day), "", "UTC")
			fmt.Fprintln(&b, wording.Event(language, &e))
		}
		b.WriteByte('\n')
	}
	golden(t, "dates.txt", b.String())
}

func TestDaysAwayAreCountedAsEachLanguageCounts(t *testing.T) {
	var b strings.Builder
	for _, language := range languages {
		fmt.Fprintf(&b, "# %s\n", language)
		for _, days := range []int{0, 1, 2, 3, 5, 10, 11, 12, 14, 21, 22, 25, 30, 100, 101, 102, 103, 111, 112, 121, 366} {
			fmt.Fprintln(&b, wording.InDays(language, days))
		}
		b.WriteByte('\n')
	}
	golden(t, "days.txt", b.String())
	if got := wording.InDays("en", -1); got != "" {
		t.Errorf("a day in the past is said as %q, want nothing", got)
	}
}

func TestSizesAreSaidInEveryLanguage(t *testing.T) {
	var b strings.Builder
	for _, language := range languages {
		fmt.Fprintf(&b, "%s:", language)
		for _, size := range []int64{1, 999, 1000, 340_400, 999_499, 999_500, 1_249_000, 12_000_000, 999_949_999, 999_950_000, 4_500_000_000} {
			fmt.Fprintf(&b, " | %s", wording.Size(language, size))
		}
		b.WriteByte('\n')
	}
	golden(t, "sizes.txt", b.String())
}

func TestLinesStandInEveryLanguage(t *testing.T) {
	var b strings.Builder
	for _, language := range languages {
		fmt.Fprintln(&b, wording.Line(language, wording.Deadline, wording.Date(language, date(t, "2019-04-26"))))
		fmt.Fprintln(&b, wording.Line(language, wording.Where, wording.Within(language, "12 River Street")))
		fmt.Fprintln(&b, wording.Line(language, wording.Where, wording.Within(language, "12 شارع النهر")))
		fmt.Fprintln(&b, wording.Line(language, wording.Phone, wording.Within(language, "+7 (727) 258-26-43")))
	}
	golden(t, "lines.txt", b.String())
}

func TestWordsStandInEveryLanguage(t *testing.T) {
	var b strings.Builder
	say := func(key string, word func(language string) string) {
		fmt.Fprintf(&b, "# %s\n", key)
		for _, language := range languages {
			w := word(language)
			// What is missing is said in English: in these languages that shows.
			foreign := strings.Contains("ru kk ar zh", language)
			if w == "" || foreign && strings.ContainsFunc(w, func(r rune) bool { return r < 'z' && unicode.IsLetter(r) }) {
				t.Errorf("%s is not said in %s, but as %q", key, language, w)
			}
			fmt.Fprintf(&b, "%s: %s\n", language, w)
		}
		b.WriteByte('\n')
	}
	for _, k := range carillon.Kinds() {
		say("kind "+string(k), func(language string) string { return wording.Kind(language, k) })
	}
	for _, l := range wording.Labels() {
		say(string(l), func(language string) string { return wording.Label(language, l) })
	}
	golden(t, "words.txt", b.String())
}

func TestCitiesStandInEveryLanguage(t *testing.T) {
	zones := []string{
		"Asia/Almaty", "Asia/Qyzylorda", "Asia/Qostanay", "Asia/Aqtobe", "Asia/Aqtau", "Asia/Atyrau", "Asia/Oral",
		"Asia/Bishkek", "Asia/Tashkent", "Asia/Samarkand", "Asia/Dushanbe", "Asia/Ashgabat", "Asia/Ulaanbaatar",
		"Asia/Kabul", "Asia/Tehran", "Asia/Baku", "Asia/Kolkata", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo",
		"Asia/Dubai", "Asia/Beirut", "Europe/Moscow", "Europe/Istanbul", "Europe/Zurich", "Europe/Vienna",
		"Europe/Paris", "Europe/Rome", "Europe/London", "Europe/Brussels", "Europe/Berlin", "America/New_York",
		"America/Santiago", "Africa/Nairobi", "Africa/Addis_Ababa",
	}
	var b strings.Builder
	for _, zone := range zones {
		if _, err := carillon.LoadZone(zone); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&b, "%s:", zone)
		for _, language := range languages {
			fmt.Fprintf(&b, " %s", wording.City(language, zone))
		}
		b.WriteByte('\n')
	}
	golden(t, "cities.txt", b.String())
}

func TestZonesNotNamedAfterACityHaveNone(t *testing.T) {
	for _, zone := range []string{"", "UTC", "Etc/GMT-5", "EST", "US/Eastern", "GMT"} {
		if got := wording.City("ru", zone); got != "" {
			t.Errorf("City(%q) = %q, want none", zone, got)
		}
	}
}

func TestLanguageIsNamedInItself(t *testing.T) {
	for tag, want := range map[string]string{
		"ru": "Русский", "kk": "Қазақша", "zh-Hans": "简体中文", "pt-BR": "Português (BR)", "tlh": "tlh", "": "",
	} {
		if got := wording.Language(tag); got != want {
			t.Errorf("Language(%q) = %q, want %q", tag, got, want)
		}
	}
}

func TestLanguagesWeDoNotSpeakGetEnglish(t *testing.T) {
	for tag, want := range map[string]string{
		"ru-KZ": "26 апреля 2019 года", "zh-Hans": "2019年4月26日", "zh-Hans-CN": "2019年4月26日",
		"zh-Hant": "26 April 2019", "zh-TW": "26 April 2019", "kk-Latn": "26 April 2019", "de": "26 April 2019", "": "26 April 2019",
	} {
		if got := wording.Date(tag, date(t, "2019-04-26")); got != want {
			t.Errorf("Date(%q) = %q, want %q", tag, got, want)
		}
	}
}

func TestNothingIsSaidOfNothing(t *testing.T) {
	for name, got := range map[string]string{
		"no event":             wording.Event("en", nil),
		"event without start":  wording.Event("en", &carillon.Event{Zone: "UTC"}),
		"no date":              wording.Date("en", carillon.Date{}),
		"no correction":        wording.CorrectedOn("ar", carillon.Date{}),
		"no size":              wording.Size("ru", 0),
		"no kind":              wording.Kind("en", "parade"),
		"a label there is not": wording.Label("en", "colour"),
	} {
		if got != "" {
			t.Errorf("%s is said as %q, want nothing", name, got)
		}
	}
}

func event(t *testing.T, start, end, zone string) carillon.Event {
	t.Helper()
	e := carillon.Event{Zone: zone}
	var err error
	if e.Start, err = carillon.ParseLocalTime(start); err != nil {
		t.Fatal(err)
	}
	if end == "" {
		return e
	}
	if e.End, err = carillon.ParseLocalTime(end); err != nil {
		t.Fatal(err)
	}
	return e
}

func date(t *testing.T, s string) carillon.Date {
	t.Helper()
	d, err := carillon.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// golden compares with a file that people have read. They see what is invisible: the no-break space is written as ~ there,
// and an isolate stands in ⟨ and ⟩.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got = strings.NewReplacer("\u00a0", "~", "\u2068", "⟨", "\u2069", "⟩").Replace(got)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
