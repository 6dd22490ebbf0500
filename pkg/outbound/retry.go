package outbound

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter is the longest wait that an answer can ask for.
const MaxRetryAfter = 24 * time.Hour

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
