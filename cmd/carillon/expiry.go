package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
)

// longestExpiry is how many days ahead an expiry may be: a hundred years.
const longestExpiry = 36_500

// parseExpiry reads when a token shall expire: after some days (90d) or hours (12h), at the end of a day on the clock of
// this machine (2027-01-31), or at an instant (2027-01-31T18:00:00+05:00).
func parseExpiry(s string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	if len(s) > 2 && strings.Count(s, "-") == 2 {
		day, err := carillon.ParseDate(s)
		if err != nil {
			return time.Time{}, err
		}
		return time.Date(day.Year, day.Month, day.Day+1, 0, 0, 0, 0, now.Location()), nil
	}
	number, unit := s[:max(0, len(s)-1)], s[max(0, len(s)-1):]
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || unit != "d" && unit != "h":
		return time.Time{}, errors.New("write it as 90d, 12h, 2027-01-31 or 2027-01-31T18:00:00+05:00")
	case n < 1 || unit == "d" && n > longestExpiry || unit == "h" && n > 24*longestExpiry:
		return time.Time{}, fmt.Errorf("it can be from one hour (1h) to %d days (%[1]dd) ahead; leave it out for never", longestExpiry)
	case unit == "d":
		return now.AddDate(0, 0, n), nil
	}
	return now.Add(time.Duration(n) * time.Hour), nil
}
