package outbound

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter is the longest wait that an answer can ask for. The longest window of a limit that is known is Mastodon's, of
// three hours; who asks for more is wrong, or has a wrong clock, and is asked again.
const MaxRetryAfter = 6 * time.Hour

// Pause says how long an answer asks to be left alone: by its Retry-After, else by its X-RateLimit-Reset, which is an instant
// (Mastodon, RFC 3339: https://docs.joinmastodon.org/api/rate-limits/) or, elsewhere, seconds since 1970 or from now on. 0: it
// did not say; never more than MaxRetryAfter.
func Pause(h http.Header, now time.Time) time.Duration {
	if after := RetryAfter(h, now); after > 0 {
		return after
	}
	s := strings.TrimSpace(h.Get("X-RateLimit-Reset"))
	if reset, err := time.Parse(time.RFC3339, s); err == nil {
		return Until(h, reset, now)
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || seconds <= 0:
		return 0
	case seconds > longAgo:
		return Until(h, time.Unix(seconds, 0), now)
	}
	return min(time.Duration(seconds)*time.Second, MaxRetryAfter)
}

// longAgo is more seconds than anybody waits, and a time (2001) before any server of today.
const longAgo = 1_000_000_000

// RetryAfter says how long an answer asks to be left alone, by its Retry-After header (RFC 9110, section 10.2.3), which
// is a number of seconds or a date. A date is compared with the answer's own Date, so that wrong clocks do no harm, and
// with now where it has none. 0: it did not say, or said a time that has passed; never more than MaxRetryAfter.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(seconds) {
		if seconds > MaxRetryAfter.Seconds() {
			return MaxRetryAfter
		}
		return max(0, time.Duration(seconds*float64(time.Second)))
	}
	until, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return Until(h, until, now)
}

// Until is the wait until an instant that an answer names, by the answer's own clock if it shows it, within 0 and
// MaxRetryAfter.
func Until(h http.Header, instant, now time.Time) time.Duration {
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		now = d
	}
	return min(max(0, instant.Sub(now)), MaxRetryAfter)
}
