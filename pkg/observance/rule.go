package observance

import (
	"time"

	"carillon.example/pkg/carillon"
)

// Rule is one of the forms below: Fixed, NthWeekday, WeekdayBefore, WeekdayAfter, EasterOffset, FullMoon, Explicit,
// Range or Span. Of them only Fixed is computed so far.
type Rule interface{ rule() }

// Fixed is the same day of every year. 29 February is marked in leap years only.
type Fixed struct {
	Month time.Month
	Day   int
}

// NthWeekday is the nth weekday of a month.
type NthWeekday struct {
	Month          time.Month
	Weekday        time.Weekday
	Nth            int // 1 to 5, or -1 for the last
	EasterEveShift int // days to move if that is the eve of Western Easter
}

// WeekdayBefore is the last such weekday up to a day, which itself counts.
type WeekdayBefore struct {
	Month   time.Month
	Day     int
	Weekday time.Weekday
}

// WeekdayAfter is the first such weekday from a day, which itself counts.
type WeekdayAfter struct {
	Month   time.Month
	Day     int
	Weekday time.Weekday
}

// EasterOffset is a number of days from Easter, negative before it.
type EasterOffset struct {
	Calendar Calendar
	Days     int
}

// Calendar says whose Easter.
type Calendar string

// The calendars.
const (
	Western  Calendar = "western"
	Orthodox Calendar = "orthodox"
)

// FullMoon is the day of a month's full moon by universal time: its first, or its last where there are two.
type FullMoon struct {
	Month time.Month
	Last  bool
}

// Explicit lists the dates by year; in a year without one it does not take place.
type Explicit struct {
	Dates map[int]carillon.Date
}

// Range is a number of days from the same day of every year.
type Range struct {
	Month time.Month
	Day   int
	Days  int
}

// Span lasts from a day to a day, years later: years and decades.
type Span struct {
	From, To carillon.Date // both included
}

func (Fixed) rule()         {}
func (NthWeekday) rule()    {}
func (WeekdayBefore) rule() {}
func (WeekdayAfter) rule()  {}
func (EasterOffset) rule()  {}
func (FullMoon) rule()      {}
func (Explicit) rule()      {}
func (Range) rule()         {}
func (Span) rule()          {}
