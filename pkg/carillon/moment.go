package carillon

import (
	"fmt"
	"strings"
	"time"
)

// Moment is a time as staff said it: on the clock of a place, whose rules may change before it comes, or as an instant.
// What is kept is what was said; which instant it is, is asked each time. The zero Moment means none.
type Moment struct {
	Time string // 2019-04-07T09:00, or an instant as RFC 3339 writes it: 2019-04-07T09:00:00+05:00
	Zone string // the IANA time zone of a local time; empty with an instant
}

// IsZero reports whether there is no time.
func (m Moment) IsZero() bool { return m.Time == "" }

// String is the time for people, with its zone.
func (m Moment) String() string { return strings.TrimSpace(m.Time + " " + m.Zone) }

// ParseMoment reads a time: a local one as 2019-04-07T09:00, with a zone behind it (2019-04-07T09:00 Asia/Almaty) or on
// the clock of the given zone, or an instant with its offset, as RFC 3339 writes it (seconds may be left out). A local time
// that the clocks skip is an error; of one that comes twice, the first is meant.
func ParseMoment(s string, zone *time.Location) (Moment, error) {
	wall, name, named := strings.Cut(strings.TrimSpace(s), " ")
	if named {
		var err error
		if zone, err = LoadZone(strings.TrimSpace(name)); err != nil {
			return Moment{}, err
		}
	}
	m := Moment{Time: wall}
	if _, instant := parseInstant(wall); !instant {
		m.Zone = zone.String()
	} else if named {
		return Moment{}, fmt.Errorf("%q has an offset and a zone: keep one", clip(s))
	}
	if _, err := m.Instant(); err != nil {
		return Moment{}, err
	}
	return m, nil
}

// At is the moment that is an instant, to the nanosecond.
func At(t time.Time) Moment { return Moment{Time: t.UTC().Format(time.RFC3339Nano)} }

// Instant is when it is, by the rules that the zone has now.
func (m Moment) Instant() (time.Time, error) {
	if t, ok := parseInstant(m.Time); ok {
		return t, nil
	}
	local, err := ParseLocalTime(m.Time)
	if err != nil {
		return time.Time{}, err
	}
	zone, err := LoadZone(m.Zone)
	if err != nil {
		return time.Time{}, err
	}
	return local.In(zone)
}

func parseInstant(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
