package observance

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/observance/internal/record"
)

func TestGeneratedDataIsTheSource(t *testing.T) {
	text, err := os.ReadFile("observances.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var source, generated record.File
	if err := yaml.UnmarshalWithOptions(text, &source, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &generated); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(source, generated); diff != "" {
		t.Errorf("observances.json is not observances.yaml: run 'go generate ./pkg/observance' (-yaml +json):\n%s", diff)
	}
}

func TestMistakesInTheDataAreNamed(t *testing.T) {
	const rule = `rule: {fixed: {month: 1, day: 4}}`
	for _, row := range []struct{ name, entry, want string }{
		{"no rule", `rule: {}`, "0 forms"},
		{"two rules", `rule: {fixed: {month: 1, day: 4}, full_moon: {month: 5, pick: first}}`, "2 forms"},
		{"30 February", `rule: {fixed: {month: 2, day: 30}}`, "no day 30 of month 2"},
		{"month 13", `rule: {fixed: {month: 13, day: 1}}`, "no day 1 of month 13"},
		{"day 0", `rule: {fixed: {month: 1, day: 0}}`, "no day 0 of month 1"},
		{"sixth weekday", `rule: {nth_weekday: {month: 1, weekday: monday, nth: 6}}`, "nth: 6"},
		{"unknown weekday", `rule: {weekday_after: {month: 1, day: 1, weekday: Monday}}`, `weekday: "Monday"`},
		{"unknown weekday before", `rule: {weekday_before: {month: 1, day: 1, weekday: moonday}}`, `weekday: "moonday"`},
		{"unknown Easter", `rule: {easter_offset: {calendar: julian, days: 1}}`, `calendar: "julian"`},
		{"unknown moon", `rule: {full_moon: {month: 5, pick: second}}`, `pick: "second"`},
		{"empty range", `rule: {range: {month: 5, day: 1, days: 0}}`, "days: 0"},
		{"backward span", `rule: {span: {from: "2011-01-01", to: "2010-01-01"}}`, "is before"},
		{"span of a day", `rule: {span: {from: "2010-01-01", to: "2010-01-01"}}`, "only they, have a span"},
		{"date outside its year", `rule: {explicit: {2010: "2011-10-20"}}`, "not in 2010"},
		{"date that does not exist", `rule: {explicit: {2010: "2010-02-30"}}`, "not in the calendar"},
		{"override outside its year", rule + "\noverrides: {2010: \"2011-10-20\"}", "overrides: 2011-10-20 is not in 2010"},
		{"earlier rules out of order", rule + "\nearlier: [{until: 2010, " + rule + "}, {until: 2009, " + rule + "}]", "do not follow"},
		{"unknown kind", rule + "\nkind: month", "kind"},
		{"unknown origin", rule + "\norigin: city", "origin"},
		{"unknown certainty", rule + "\ncertainty: maybe", "certainty"},
		{"no English name", rule + "\nnames: {ru: День}", "English"},
		{"not a language", rule + "\nnames: {en: Day, Russian: День}", "Russian"},
		{"not a slug", rule + "\nid: A day", "slug"},
		{"ends before it begins", rule + "\nsince: 2010\nuntil: 2009", "since, until"},
		{"goal 18", rule + "\nsdg: [18]", "goal 18"},
		{"hashtag without its sign", rule + "\nhashtags: [Day]", "does not begin with #"},
		{"not an hour", rule + "\ntime: \"24:30\"", "24:30"},
		{"not a secure address", rule + "\nurl: http://example.org", "https://"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := record.Observance{ID: "a-day", Kind: "day", Origin: "un", Names: map[string]string{"en": "A day"}}
			if err := yaml.UnmarshalWithOptions([]byte(row.entry), &r, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(row.entry, "names:") && !strings.Contains(row.entry, "en:") {
				delete(r.Names, "en")
			}
			_, err := newSet(record.File{Version: record.Version, Observances: []record.Observance{r}})
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), r.ID) {
				t.Errorf("error is %v, want the entry and %q named", err, row.want)
			}
		})
	}
}

func TestTwoEntriesOfOneIDAreRefused(t *testing.T) {
	r := record.Observance{
		ID: "a-day", Kind: "day", Origin: "un", Names: map[string]string{"en": "A day"},
		Rule: record.Rule{Fixed: &record.Fixed{Month: 1, Day: 4}},
	}
	_, err := newSet(record.File{Version: record.Version, Observances: []record.Observance{r, r}})
	if err == nil || !strings.Contains(err.Error(), "there are two") {
		t.Errorf("error is %v, want it to say that there are two", err)
	}
	if _, err := newSet(record.File{Version: 2}); err == nil {
		t.Error("a data file of another version is taken")
	}
}
