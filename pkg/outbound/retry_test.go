package outbound_test

import (
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
