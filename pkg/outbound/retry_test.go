package outbound_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"carillon.example/pkg/outbound"
)

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name, after, date string
		want              time.Duration
	}{
		{"seconds", "120", "", 2 * time.Minute},
		{"seconds with spaces", " 7 ", "", 7 * time.Second},
		{"half a second", "0.5", "", 500 * time.Millisecond},
		{"date", date(90 * time.Second), "", 90 * time.Second},
		{"date by a server whose clock is an hour ahead", date(time.Hour + time.Minute), date(time.Hour), time.Minute},
		{"date in the past", date(-time.Minute), "", 0},
		{"negative", "-5", "", 0},
		{"a year", "31536000", "", outbound.MaxRetryAfter},
		{"more than fits", "1e300", "", outbound.MaxRetryAfter},
		{"a date far away", date(1000 * time.Hour), "", outbound.MaxRetryAfter},
		{"no number", "NaN", "", 0},
		{"nonsense", "soon", "", 0},
		{"absent", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			h.Set("Retry-After", tt.after)
			if tt.date != "" {
				h.Set("Date", tt.date)
			}
			if got := outbound.RetryAfter(h, now); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestPauseIsReadFromAResetAsWell(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	in90 := now.Add(90 * time.Second)
	for name, tt := range map[string]struct {
		after, reset, date string
		want               time.Duration
	}{
		"Mastodon's":                       {"", in90.Format("2006-01-02T15:04:05.000000Z"), "", 90 * time.Second},
		"by a clock that is an hour ahead": {"", in90.Add(time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(http.TimeFormat), 90 * time.Second},
		"seconds since 1970":               {"", fmt.Sprint(in90.Unix()), "", 90 * time.Second},
		"seconds from now on":              {"", "90", "", 90 * time.Second},
		"Retry-After beats it":             {"7", "90", "", 7 * time.Second},
		"passed":                           {"", now.Add(-time.Minute).Format(time.RFC3339), "", 0},
		"next year":                        {"", now.AddDate(1, 0, 0).Format(time.RFC3339), "", outbound.MaxRetryAfter},
		"days":                             {"", "200000", "", outbound.MaxRetryAfter},
		"negative":                         {"", "-90", "", 0},
		"nonsense":                         {"soon", "soon", "", 0},
		"absent":                           {},
	} {
		h := http.Header{}
		for key, value := range map[string]string{"Retry-After": tt.after, "X-RateLimit-Reset": tt.reset, "Date": tt.date} {
			if value != "" {
				h.Set(key, value)
			}
		}
		if got := outbound.Pause(h, now); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}
