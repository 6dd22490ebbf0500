package carillon_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones must not depend on the machine

	"carillon.example/pkg/carillon"
)

func TestMomentsAreInstantsByTheRulesOfTheirZone(t *testing.T) {
	almaty, err := carillon.LoadZone("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ said, utc string }{
		"on the clock of the site":             {"2019-04-07T09:00", "2019-04-07T03:00:00Z"},
		"before Kazakhstan moved its clocks":   {"2024-02-29T09:00", "2024-02-29T03:00:00Z"},
		"after Kazakhstan moved its clocks":    {"2024-03-01T09:00", "2024-03-01T04:00:00Z"},
		"the hour that came twice: the first":  {"2024-02-29T23:30", "2024-02-29T17:30:00Z"},
		"with a zone":                          {"2027-07-01T09:00 Europe/Paris", "2027-07-01T07:00:00Z"},
		"the hour that comes twice in autumn":  {"2027-10-31T02:30 Europe/Paris", "2027-10-31T00:30:00Z"},
		"half an hour twice, on Lord Howe":     {"2027-04-04T01:45 Australia/Lord_Howe", "2027-04-03T14:45:00Z"},
		"a day ahead, on Kiribati":             {"2027-01-01T00:00 Pacific/Kiritimati", "2026-12-31T10:00:00Z"},
		"an instant":                           {"2019-04-07T09:00:00+05:00", "2019-04-07T04:00:00Z"},
		"an instant without seconds":           {"2019-04-07T09:00Z", "2019-04-07T09:00:00Z"},
		"an instant with fractions of seconds": {"2019-04-07T09:00:00.25Z", "2019-04-07T09:00:00.25Z"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := carillon.ParseMoment(test.said, almaty)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Instant()
			if err != nil {
				t.Fatal(err)
			}
			if s := got.UTC().Format(time.RFC3339Nano); s != test.utc {
				t.Errorf("%s is %s, want %s", test.said, s, test.utc)
			}
		})
	}
}

func TestMomentsThatAreNoneAreToldWithWhatToDo(t *testing.T) {
	paris, err := carillon.LoadZone("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ said, want string }{
		"nothing":                  {"", `"" is not a local time: write it as 2019-04-07T09:00`},
		"words":                    {"tomorrow", `"tomorrow" is not a local time: write it as 2019-04-07T09:00`},
		"a day that is not":        {"2027-02-30T09:00", `2027-02-30 is not in the calendar: check the month and the day`},
		"an hour that is left out": {"2027-03-28T02:30", `2027-03-28T02:30 does not exist in Europe/Paris: the clocks go forward past it`},
		"an unknown zone":          {"2027-03-28T09:00 Europe/Pariss", `"Europe/Pariss" is not a time zone we know: write an IANA name such as Asia/Almaty`},
		"both":                     {"2027-03-28T09:00Z Europe/Paris", `"2027-03-28T09:00Z Europe/Paris" has an offset and a zone: keep one`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := carillon.ParseMoment(test.said, paris)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}
