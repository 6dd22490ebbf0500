package observance_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/observance"
)

func TestWholeDataSetLoads(t *testing.T) {
	set := load(t)
	kinds, computed := map[observance.Kind]int{}, 0
	for _, o := range set.All() {
		kinds[o.Kind]++
		if o.Computed(2027) {
			computed++
		}
		if found, ok := set.ByID(o.ID); !ok || found != o {
			t.Errorf("%s is not found by its id", o.ID)
		}
	}
	want := map[observance.Kind]int{"day": 272, "week": 16, "year": 45, "decade": 30}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds differ from what README.md says (-want +got):\n%s", diff)
	}
	if want := 256; computed != want {
		t.Errorf("%d observances are computed for 2027, want %d", computed, want)
	}
	if _, ok := set.ByID("no-such-day"); ok {
		t.Error("an observance that does not exist is found")
	}
}

func TestEveryDetailOfAnEntryIsRead(t *testing.T) {
	o, ok := load(t).ByID("earth-hour")
	if !ok {
		t.Fatal("earth-hour is missing")
	}
	got := *o
	got.Names, got.Note = map[string]string{"en": got.Names["en"]}, ""
	want := observance.Observance{
		ID: "earth-hour", Kind: observance.KindDay, Origin: observance.OriginPartner,
		Names:     map[string]string{"en": "Earth Hour"},
		Rule:      observance.NthWeekday{Month: time.March, Weekday: time.Saturday, Nth: -1, EasterEveShift: -7},
		Overrides: map[int]carillon.Date{2025: {Year: 2025, Month: time.March, Day: 22}},
		Time:      "20:30", Since: 2008, Agency: "WWF", SDG: []int{13, 7},
		Topics: []string{"climate", "environment"}, Hashtags: []string{"#EarthHour"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("earth-hour differs (-want +got):\n%s", diff)
	}
}

func TestFixedDayComesEveryYearFromItsFirst(t *testing.T) {
	o, _ := load(t).ByID("world-braille-day") // since 2019
	if _, ok := o.In(2018); ok {
		t.Error("it takes place before it was first marked")
	}
	for year := 2019; year < 2100; year++ {
		got, ok := o.In(year)
		want := observance.Occurrence{
			ID:         "world-braille-day-" + strconv.Itoa(year),
			Observance: o,
			Date:       carillon.Date{Year: year, Month: time.January, Day: 4},
		}
		if !ok || got != want {
			t.Fatalf("In(%d) = %v, %v, want %v", year, got, ok, want)
		}
	}
}

func TestEarlierRuleHoldsUpToItsLastYear(t *testing.T) {
	set := load(t)
	for _, row := range []struct {
		id   string
		year int
		want string // empty: none
	}{
		{"south-south-cooperation-day", 2003, ""},
		{"south-south-cooperation-day", 2011, "2011-12-19"},
		{"south-south-cooperation-day", 2012, "2012-09-12"},
		{"remembrance-for-victims-of-chemical-warfare-day", 2015, "2015-04-29"},
		{"remembrance-for-victims-of-chemical-warfare-day", 2016, "2016-11-30"},
	} {
		o, _ := set.ByID(row.id)
		got, _ := o.In(row.year)
		if got.Date.String() != row.want {
			t.Errorf("%s in %d is %q, want %q", row.id, row.year, got.Date, row.want)
		}
		if !o.Computed(row.year) {
			t.Errorf("%s is not computed in %d", row.id, row.year)
		}
	}
}

func TestYearsUnderAMovingRuleAreSaidNotToBeComputed(t *testing.T) {
	o, _ := load(t).ByID("international-day-of-peace") // the third Tuesday of September up to 2001
	for year, want := range map[int]bool{1980: true, 1982: false, 2001: false, 2002: true} {
		if got := o.Computed(year); got != want {
			t.Errorf("Computed(%d) = %v, want %v", year, got, want)
		}
	}
	if c, ok := o.In(2001); ok {
		t.Errorf("In(2001) = %v although it is not computed", c)
	}
}

// The expected dates come from another method; whatever we say must agree with them, and what we do not compute we
// must not deny.
func TestNoDateContradictsTheExpectedOnes(t *testing.T) {
	text, err := os.ReadFile("testdata/expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	set := load(t)
	for _, row := range rows[1:] {
		o, ok := set.ByID(row[0])
		if !ok {
			t.Errorf("%s is expected, but not in the data set", row[0])
			continue
		}
		year, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		c, ok := o.In(year)
		switch {
		case ok && c.Date.String() != row[2]:
			t.Errorf("%s in %d is %s, expected %s", o.ID, year, c.Date, row[2])
		case !ok && o.Computed(year):
			t.Errorf("%s in %d is denied, expected %s", o.ID, year, row[2])
		}
	}
}

func TestBetweenHasBothEndsAndIsSorted(t *testing.T) {
	set := load(t)
	from, to := date(t, "2026-12-10"), date(t, "2027-01-04")
	got := set.Between(from, to)
	if len(got) == 0 {
		t.Fatal("nothing takes place")
	}
	if first := got[0]; first.ID != "human-rights-day-2026" || first.Date != from {
		t.Errorf("the first is %s on %s, want human-rights-day-2026 on %s", first.ID, first.Date, from)
	}
	if last := got[len(got)-1]; last.ID != "world-braille-day-2027" || last.Date != to {
		t.Errorf("the last is %s on %s, want world-braille-day-2027 on %s", last.ID, last.Date, to)
	}
	if !slices.IsSortedFunc(got, func(a, b observance.Occurrence) int {
		return strings.Compare(a.Date.String()+a.ID, b.Date.String()+b.ID)
	}) {
		t.Error("they are not sorted by date and id")
	}
	if got := set.Between(to, from); len(got) != 0 {
		t.Errorf("from a later day to an earlier one there are %d, want none", len(got))
	}
}

func TestYearIsTheSumOfItsDays(t *testing.T) {
	set := load(t)
	for _, year := range []int{2027, 2028} { // a common year and a leap year
		var daily []observance.Occurrence
		for d := (carillon.Date{Year: year, Month: 1, Day: 1}); d.Year == year; d = d.AddDays(1) {
			daily = append(daily, set.Between(d, d)...)
		}
		whole := set.Between(carillon.Date{Year: year, Month: 1, Day: 1}, carillon.Date{Year: year, Month: 12, Day: 31})
		if !slices.Equal(whole, daily) {
			t.Errorf("%d has %d occurrences, its days together %d", year, len(whole), len(daily))
		}
		ids := map[string]bool{}
		for _, c := range whole {
			if ids[c.ID] {
				t.Errorf("%s takes place twice", c.ID)
			}
			if !carillon.ValidSlug(c.ID) {
				t.Errorf("%s cannot stand in a subject", c.ID)
			}
			ids[c.ID] = true
		}
	}
}

func TestLeapDayIsMarkedInLeapYearsOnly(t *testing.T) {
	o := observance.Observance{ID: "leap-day", Rule: observance.Fixed{Month: time.February, Day: 29}, Until: 2032}
	for year, want := range map[int]bool{2000: true, 2023: false, 2024: true, 2100: false, 2028: true, 2036: false} {
		if _, got := o.In(year); got != want {
			t.Errorf("In(%d) = %v, want %v", year, got, want)
		}
		if !o.Computed(year) {
			t.Errorf("%d is not computed", year)
		}
	}
}

func TestOverrideBeatsAFixedRule(t *testing.T) {
	moved := carillon.Date{Year: 2027, Month: time.May, Day: 4}
	o := observance.Observance{
		ID: "moved-day", Rule: observance.Fixed{Month: time.May, Day: 3},
		Overrides: map[int]carillon.Date{2027: moved},
	}
	if got, _ := o.In(2027); got.Date != moved {
		t.Errorf("in the year of the override it is on %s, want %s", got.Date, moved)
	}
	if got, _ := o.In(2028); got.Date.String() != "2028-05-03" {
		t.Errorf("in the year after the override it is on %s, want 2028-05-03", got.Date)
	}
}

func TestNameFallsBackToEnglishAndSaysSo(t *testing.T) {
	o, _ := load(t).ByID("international-day-of-education")
	for language, want := range map[string][2]string{
		"kk":    {"Халықаралық білім күні", "kk"},
		"ru-KZ": {"Международный день образования", "ru"},
		"de":    {"International Day of Education", "en"},
	} {
		name, in := o.Name(language)
		if got := [2]string{name, in}; got != want {
			t.Errorf("Name(%q) = %q, want %q", language, got, want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := observance.Load(); err != nil {
			b.Fatal(err)
		}
	}
}

func load(t *testing.T) *observance.Set {
	t.Helper()
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func date(t *testing.T, s string) carillon.Date {
	t.Helper()
	d, err := carillon.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
