package wording_test

import (
	"regexp"
	"testing"

	"golang.org/x/text/unicode/bidi"

	"carillon.example/pkg/wording"
)

// whole is what may stand from left to right in an Arabic line: a number, a time, an offset, or a name with all of it.
var whole = regexp.MustCompile(`^([0-9]+|[0-9]{2}:[0-9]{2}|UTC([+−][0-9]+(:[0-9]{2})?)?|St Johns|Buenos Aires|Asia/Atlantis|12 River Street|\+7 \(727\) 258-26-43)$`)

// The Unicode bidirectional algorithm shows what a reader sees: the order of the Arabic words, and what runs the other way
// between them, whole.
func TestArabicLinesReadRight(t *testing.T) {
	lines := map[string]string{
		"an hour":            say(t, "2019-03-30T20:30", "2019-03-30T21:30", "Asia/Almaty"),
		"half an hour off":   say(t, "2019-11-21T01:00", "2019-11-21T02:00", "Asia/Kolkata"),
		"west":               say(t, "2019-07-01T10:00", "", "America/St_Johns"),
		"days and clocks":    say(t, "2019-10-26T10:00", "2019-10-27T16:00", "Europe/Vienna"),
		"universal time":     say(t, "2019-06-05T12:00", "2019-06-05T13:00", "UTC"),
		"a foreign city":     say(t, "2019-06-05T12:00", "2019-06-05T13:00", "America/Argentina/Buenos_Aires"),
		"a zone that is not": say(t, "2019-06-05T12:00", "2019-06-05T13:00", "Asia/Atlantis"),
		"a deadline":         wording.Line("ar", wording.Deadline, wording.Date("ar", date(t, "2019-04-26"))),
		"a correction":       wording.CorrectedOn("ar", date(t, "2019-04-26")),
		"a size":             wording.Size("ar", 340_000),
		"a foreign place":    wording.Line("ar", wording.Where, wording.Within("ar", "12 River Street")),
		"a phone":            wording.Line("ar", wording.Phone, wording.Within("ar", "+7 (727) 258-26-43")),
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			for _, run := range leftToRight(t, line) {
				if !whole.MatchString(run) {
					t.Errorf("%q has %q from left to right", line, run)
				}
			}
		})
	}
}

// leftToRight are the stretches of a line in a paragraph from right to left that are shown the other way.
func leftToRight(t *testing.T, line string) []string {
	t.Helper()
	var p bidi.Paragraph
	if _, err := p.SetString(line, bidi.DefaultDirection(bidi.RightToLeft)); err != nil {
		t.Fatal(err)
	}
	order, err := p.Order()
	if err != nil {
		t.Fatal(err)
	}
	var runs []string
	for i := range order.NumRuns() {
		if run := order.Run(i); run.Direction() == bidi.LeftToRight {
			runs = append(runs, run.String())
		}
	}
	return runs
}

func TestOnlyWhatRunsTheOtherWayIsIsolated(t *testing.T) {
	for _, tt := range []struct{ name, language, text, want string }{
		{"nothing", "ar", "", ""},
		{"Arabic in Arabic", "ar", "قاعة البلدية", "قاعة البلدية"},
		{"Latin in Arabic", "ar", "Town hall", "\u2068Town hall\u2069"},
		{"a phone in Arabic", "ar", "+7 727", "\u2068+7 727\u2069"},
		{"Latin in Russian", "ru", "Town hall, 12", "Town hall, 12"},
		{"Arabic in Russian", "ru", "قاعة", "\u2068قاعة\u2069"},
		{"Hebrew in English", "en", "אולם 5", "\u2068אולם 5\u2069"},
		{"Chinese in Arabic", "ar", "大厅", "\u2068大厅\u2069"},
		{"an override that is not closed", "en", "a\u202eb", "ab"},
		{"an isolate that is not closed", "ar", "\u2067قاعة", "قاعة"},
		{"a mark of direction stays", "ar", "قاعة\u200f", "قاعة\u200f"},
		{"Kazakh in Arabic letters", "kk-Arab", "Almaty", "\u2068Almaty\u2069"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := wording.Within(tt.language, tt.text); got != tt.want {
				t.Errorf("Within(%s, %q) = %q, want %q", tt.language, tt.text, got, tt.want)
			}
		})
	}
}

func TestFirstLetterSaysTheDirection(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "#ماء": true, "#Water ماء": false, "2030 رؤية": true, "5": false, "\u2068שלום": true, "水": false,
	} {
		if got := wording.IsRightToLeft(text); got != want {
			t.Errorf("IsRightToLeft(%q) = %t", text, got)
		}
	}
}

func TestIsolateCannotBeLeft(t *testing.T) {
	got := wording.Isolate("a\u2069\u202e\u2067b")
	if want := "\u2068ab\u2069"; got != want {
		t.Errorf("Isolate = %q, want %q", got, want)
	}
}

func say(t *testing.T, start, end, zone string) string {
	t.Helper()
	e := event(t, start, end, zone)
	return wording.Line("ar", wording.When, wording.Event("ar", &e))
}
