package observance

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/observance/internal/record"
)

// fromRecord checks an entry of the data set and gives it types.
func fromRecord(r *record.Observance) (*Observance, error) {
	o := &Observance{
		ID:         r.ID,
		Kind:       Kind(r.Kind),
		Origin:     Origin(r.Origin),
		Listed:     r.Listed == nil || *r.Listed,
		Names:      r.Names,
		Days:       r.Days,
		Time:       r.Time,
		Since:      r.Since,
		Until:      r.Until,
		Resolution: r.Resolution,
		Agency:     r.Agency,
		SDG:        r.SDG,
		Topics:     r.Topics,
		Hashtags:   r.Hashtags,
		URL:        r.URL,
		Certainty:  Certainty(r.Certainty),
		Note:       r.Note,
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	var err error
	if o.Rule, err = ruleFrom(&r.Rule); err != nil {
		return nil, err
	}
	_, span := o.Rule.(Span)
	if long := o.Kind == KindYear || o.Kind == KindDecade; span != long {
		return nil, errors.New("rule: years and decades, and only they, have a span")
	}
	if o.Overrides, err = datesFrom(r.Overrides); err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	for i := range r.Earlier {
		e := Earlier{Until: r.Earlier[i].Until}
		if e.Rule, err = ruleFrom(&r.Earlier[i].Rule); err != nil {
			return nil, fmt.Errorf("earlier: %w", err)
		}
		if e.Until <= 0 || i > 0 && e.Until <= o.Earlier[i-1].Until {
			return nil, errors.New("earlier: the rules do not follow each other by their last year")
		}
		o.Earlier = append(o.Earlier, e)
	}
	return o, nil
}

// check looks at everything but the rules.
func (o *Observance) check() error {
	if !carillon.ValidSlug(o.ID) {
		return errors.New("id: not a slug")
	}
	switch o.Kind {
	case KindDay, KindWeek, KindYear, KindDecade:
	default:
		return fmt.Errorf("kind: %q is none", o.Kind)
	}
	switch o.Origin {
	case OriginUN, OriginAgency, OriginPartner, OriginHoliday:
	default:
		return fmt.Errorf("origin: %q is none", o.Origin)
	}
	switch o.Certainty {
	case Confident, Reported, Estimated:
	default:
		return fmt.Errorf("certainty: %q is none", o.Certainty)
	}
	if o.Names["en"] == "" {
		return errors.New("names: the English one is missing")
	}
	for language, name := range o.Names {
		if !carillon.ValidLanguage(language) || strings.TrimSpace(name) == "" {
			return fmt.Errorf("names: %q: %q is no name in a language", language, name)
		}
	}
	if o.Time != "" {
		if _, err := time.Parse("15:04", o.Time); err != nil {
			return fmt.Errorf("time: %q is not a time such as 20:30", o.Time)
		}
	}
	if o.Since < 0 || o.Until < 0 || o.Until != 0 && o.Until < o.Since {
		return fmt.Errorf("since, until: %d to %d are not years", o.Since, o.Until)
	}
	if o.Days < 0 {
		return fmt.Errorf("days: %d is no length", o.Days)
	}
	for _, goal := range o.SDG {
		if goal < 1 || goal > 17 {
			return fmt.Errorf("sdg: there is no goal %d", goal)
		}
	}
	for _, tag := range o.Hashtags {
		if !strings.HasPrefix(tag, "#") || len(tag) == 1 {
			return fmt.Errorf("hashtags: %q does not begin with #", tag)
		}
	}
	if o.URL != "" && !strings.HasPrefix(o.URL, "https://") {
		return fmt.Errorf("url: %q does not begin with https://", o.URL)
	}
	return nil
}

// ruleFrom finds the one form that is used.
func ruleFrom(r *record.Rule) (Rule, error) {
	var forms []Rule
	var errs []error
	add := func(rule Rule, err error) {
		forms = append(forms, rule)
		errs = append(errs, err)
	}
	if f := r.Fixed; f != nil {
		add(Fixed{time.Month(f.Month), f.Day}, checkDay(f.Month, f.Day))
	}
	if n := r.NthWeekday; n != nil {
		weekday, err := weekdayFrom(n.Weekday)
		if n.Nth != -1 && (n.Nth < 1 || n.Nth > 5) {
			err = fmt.Errorf("nth: %d is neither 1 to 5 nor -1", n.Nth)
		}
		add(NthWeekday{time.Month(n.Month), weekday, n.Nth, n.EasterEveShift}, errors.Join(err, checkDay(n.Month, 1)))
	}
	if n := r.WeekdayBefore; n != nil {
		weekday, err := weekdayFrom(n.Weekday)
		add(WeekdayBefore{time.Month(n.Month), n.Day, weekday}, errors.Join(err, checkDay(n.Month, n.Day)))
	}
	if n := r.WeekdayAfter; n != nil {
		weekday, err := weekdayFrom(n.Weekday)
		add(WeekdayAfter{time.Month(n.Month), n.Day, weekday}, errors.Join(err, checkDay(n.Month, n.Day)))
	}
	if e := r.EasterOffset; e != nil {
		var err error
		if c := Calendar(e.Calendar); c != Western && c != Orthodox {
			err = fmt.Errorf("calendar: %q is neither western nor orthodox", c)
		}
		add(EasterOffset{Calendar(e.Calendar), e.Days}, err)
	}
	if m := r.FullMoon; m != nil {
		err := checkDay(m.Month, 1)
		if m.Pick != "first" && m.Pick != "last" {
			err = fmt.Errorf("pick: %q is neither first nor last", m.Pick)
		}
		add(FullMoon{time.Month(m.Month), m.Pick == "last"}, err)
	}
	if r.Explicit != nil {
		dates, err := datesFrom(r.Explicit)
		add(Explicit{dates}, err)
	}
	if n := r.Range; n != nil {
		err := checkDay(n.Month, n.Day)
		if n.Days < 1 {
			err = fmt.Errorf("days: %d is no length", n.Days)
		}
		add(Range{time.Month(n.Month), n.Day, n.Days}, err)
	}
	if s := r.Span; s != nil {
		add(spanFrom(s))
	}
	if len(forms) != 1 {
		return nil, fmt.Errorf("rule: it has %d forms, it needs exactly one", len(forms))
	}
	if errs[0] != nil {
		return nil, fmt.Errorf("rule: %w", errs[0])
	}
	return forms[0], nil
}

func spanFrom(s *record.Span) (Rule, error) {
	from, err := carillon.ParseDate(s.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	to, err := carillon.ParseDate(s.To)
	if err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	if compareDates(to, from) < 0 {
		return nil, fmt.Errorf("%s is before %s", to, from)
	}
	return Span{from, to}, nil
}

// checkDay refuses a day that no year has.
func checkDay(month, day int) error {
	const leap = 2024
	d := carillon.Date{Year: leap, Month: time.Month(month), Day: day}
	if d != carillon.DateOf(d.In(time.UTC)) {
		return fmt.Errorf("there is no day %d of month %d", day, month)
	}
	return nil
}

// datesFrom reads dates by year; each must lie in its year.
func datesFrom(r map[int]string) (map[int]carillon.Date, error) {
	if len(r) == 0 {
		return nil, nil
	}
	dates := make(map[int]carillon.Date, len(r))
	for year, s := range r {
		d, err := carillon.ParseDate(s)
		if err != nil {
			return nil, err
		}
		if d.Year != year {
			return nil, fmt.Errorf("%s is not in %d", d, year)
		}
		dates[year] = d
	}
	return dates, nil
}

func weekdayFrom(s string) (time.Weekday, error) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToLower(d.String()) == s {
			return d, nil
		}
	}
	return 0, fmt.Errorf("weekday: %q is none", s)
}
