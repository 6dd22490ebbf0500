package carillon

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Date is a day of the calendar, without a time or a zone. The zero Date means none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads a date as 2019-04-07. A day that the month does not have is an error.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil && outOfCalendar(err, s) {
		return Date{}, fmt.Errorf("%s is not in the calendar: check the month and the day", s)
	}
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: write it as 2019-04-07", s)
	}
	return DateOf(t), nil
}

// outOfCalendar tells a day that does not exist from what is no date at all.
func outOfCalendar(err error, s string) bool {
	var parse *time.ParseError
	return len(s) == len(time.DateOnly) && errors.As(err, &parse) && strings.HasSuffix(parse.Message, "out of range")
}

// DateOf is the day of t in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String writes the date as 2019-04-07, or nothing for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// In is midnight of the day in a zone.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// AddDays is the date n days later.
func (d Date) AddDays(n int) Date { return DateOf(d.In(time.UTC).AddDate(0, 0, n)) }

// localLayout is a time as people write it in a file: no zone, to the minute.
const localLayout = "2006-01-02T15:04"

// LocalTime is the time on a wall clock, kept as written: what instant it is depends on the zone's rules, which change.
// The zero LocalTime means none.
type LocalTime struct{ wall string }

// ParseLocalTime reads a time as 2019-04-07T09:00.
func ParseLocalTime(s string) (LocalTime, error) {
	if _, err := time.Parse(localLayout, s); err != nil {
		day, _, _ := strings.Cut(s, "T")
		if _, dayErr := time.Parse(time.DateOnly, day); dayErr != nil && outOfCalendar(dayErr, day) {
			return LocalTime{}, fmt.Errorf("%s is not in the calendar: check the month and the day", day)
		}
		return LocalTime{}, fmt.Errorf("%q is not a local time: write it as 2019-04-07T09:00", s)
	}
	return LocalTime{s}, nil
}

// IsZero reports whether there is no time.
func (l LocalTime) IsZero() bool { return l.wall == "" }

// String writes the time as 2019-04-07T09:00, or nothing for none.
func (l LocalTime) String() string { return l.wall }

// In is the instant at which a clock in the zone shows the time. A time that the clocks skip (the hour a change to
// summer time leaves out) is an error; of a time that comes twice it is the first.
func (l LocalTime) In(zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation(localLayout, l.wall, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a local time: write it as 2019-04-07T09:00", l.wall)
	}
	if t.Format(localLayout) != l.wall {
		return time.Time{}, fmt.Errorf("%s does not exist in %s: the clocks go forward past it", l.wall, zone)
	}
	for _, earlier := range []time.Duration{2 * time.Hour, time.Hour, 30 * time.Minute} {
		if u := t.Add(-earlier); u.Format(localLayout) == l.wall {
			return u, nil
		}
	}
	return t, nil
}
