package observance

import (
	"strconv"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
)

// Occurrence is an observance in one year.
type Occurrence struct {
	ID         string // the observance and the year: world-health-day-2027
	Observance *Observance
	Date       carillon.Date
}

// Computed reports whether we can say when, or that not, the observance takes place in a year. Where it is false,
// In and Between leave the year out although the observance may take place.
func (o *Observance) Computed(year int) bool {
	if !o.marked(year) {
		return true
	}
	_, ok := o.ruleIn(year).(Fixed)
	return ok
}

// In is the observance's occurrence in a year. There is none before it was first marked, after it was last marked, on
// 29 February of a common year, and where Computed(year) is false.
func (o *Observance) In(year int) (Occurrence, bool) {
	if !o.marked(year) {
		return Occurrence{}, false
	}
	rule, ok := o.ruleIn(year).(Fixed)
	if !ok {
		return Occurrence{}, false
	}
	date, ok := o.Overrides[year]
	if !ok {
		date = carillon.Date{Year: year, Month: rule.Month, Day: rule.Day}
		if date != carillon.DateOf(date.In(time.UTC)) { // 29 February, which time rolls over to 1 March
			return Occurrence{}, false
		}
	}
	return Occurrence{ID: o.ID + "-" + strconv.Itoa(year), Observance: o, Date: date}, true
}

func (o *Observance) marked(year int) bool {
	return year >= o.Since && (o.Until == 0 || year <= o.Until)
}

// ruleIn is the rule that holds in a year.
func (o *Observance) ruleIn(year int) Rule {
	for _, e := range o.Earlier {
		if year <= e.Until {
			return e.Rule
		}
	}
	return o.Rule
}

// Occurrence finds an occurrence by its ID.
func (s *Set) Occurrence(id string) (Occurrence, bool) {
	cut := strings.LastIndexByte(id, '-')
	if cut < 0 {
		return Occurrence{}, false
	}
	year, err := strconv.Atoi(id[cut+1:])
	o, ok := s.ByID(id[:cut])
	if err != nil || !ok {
		return Occurrence{}, false
	}
	return o.In(year)
}
