package main

import (
	"strings"
	"testing"
	"time"
)

func noon() time.Time {
	return time.Date(2026, time.March, 2, 12, 0, 0, 0, time.FixedZone("Almaty", 5*60*60))
}

func TestExpiryIsReadAsPeopleWriteIt(t *testing.T) {
	for written, want := range map[string]string{
		"90d":                       "2026-05-31T12:00:00+05:00",
		"1h":                        "2026-03-02T13:00:00+05:00",
		"2026-03-31":                "2026-04-01T00:00:00+05:00", // the day counts
		"2027-12-31":                "2028-01-01T00:00:00+05:00",
		"2027-01-31T18:00:00Z":      "2027-01-31T18:00:00Z",
		"2027-01-31T18:00:00+03:00": "2027-01-31T18:00:00+03:00",
	} {
		got, err := parseExpiry(written, noon())
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %s, %v; want %s", written, got.Format(time.RFC3339), err, want)
		}
	}
	for written, want := range map[string]string{
		"":                 "write it as 90d",
		"d":                "write it as 90d",
		"90":               "write it as 90d",
		"90m":              "write it as 90d",
		"90 days":          "write it as 90d",
		"soon":             "write it as 90d",
		"0d":               "from one hour",
		"-3d":              "from one hour",
		"36501d":           "from one hour",
		"9999999h":         "from one hour",
		"2027-02-30":       "2027-02-30 is not in the calendar",
		"2027-2-3":         "is not a date",
		"2027-01-31T18:00": "is not a date",
	} {
		if got, err := parseExpiry(written, noon()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v; want an error that says %q", written, got, err, want)
		}
	}
}

func FuzzExpiry(f *testing.F) {
	for _, s := range []string{"90d", "12h", "2027-01-31", "2027-01-31T18:00:00+05:00", "99999999999999999999d", "--d", "٣d", "9999-12-31"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := parseExpiry(s, noon())
		if err != nil {
			if err.Error() == "" {
				t.Error("it does not say what is wrong")
			}
			return
		}
		if !strings.Contains(s, "-") && !at.After(noon()) {
			t.Errorf("%q: %s is not ahead", s, at)
		}
	})
}
