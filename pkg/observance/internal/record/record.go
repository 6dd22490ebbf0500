// Package record holds an observance as the data files write it, in YAML and in JSON alike: README.md in the folder of
// package observance explains the keys. It checks nothing; package observance does.
package record

// Version is the version of the files' form.
const Version = 1

// File is a whole data file.
type File struct {
	Version     int          `json:"version" yaml:"version"`
	Observances []Observance `json:"observances" yaml:"observances"`
}

// Observance is one entry.
type Observance struct {
	ID         string            `json:"id" yaml:"id"`
	Kind       string            `json:"kind" yaml:"kind"`
	Origin     string            `json:"origin" yaml:"origin"`
	Listed     *bool             `json:"listed,omitempty" yaml:"listed"`
	Names      map[string]string `json:"names" yaml:"names"`
	Rule       Rule              `json:"rule" yaml:"rule"`
	Days       int               `json:"days,omitempty" yaml:"days"`
	Overrides  map[int]string    `json:"overrides,omitempty" yaml:"overrides"`
	Earlier    []Earlier         `json:"earlier,omitempty" yaml:"earlier"`
	Time       string            `json:"time,omitempty" yaml:"time"`
	Since      int               `json:"since,omitempty" yaml:"since"`
	Until      int               `json:"until,omitempty" yaml:"until"`
	Resolution string            `json:"resolution,omitempty" yaml:"resolution"`
	Agency     string            `json:"agency,omitempty" yaml:"agency"`
	SDG        []int             `json:"sdg,omitempty" yaml:"sdg"`
	Topics     []string          `json:"topics,omitempty" yaml:"topics"`
	Hashtags   []string          `json:"hashtags,omitempty" yaml:"hashtags"`
	URL        string            `json:"url,omitempty" yaml:"url"`
	Certainty  string            `json:"certainty,omitempty" yaml:"certainty"`
	Note       string            `json:"note,omitempty" yaml:"note"`
}

// Earlier is a rule that held up to and including a year.
type Earlier struct {
	Until int  `json:"until" yaml:"until"`
	Rule  Rule `json:"rule" yaml:"rule"`
}

// Rule is exactly one of the forms.
type Rule struct {
	Fixed         *Fixed         `json:"fixed,omitempty" yaml:"fixed"`
	NthWeekday    *NthWeekday    `json:"nth_weekday,omitempty" yaml:"nth_weekday"`
	WeekdayBefore *WeekdayNear   `json:"weekday_before,omitempty" yaml:"weekday_before"`
	WeekdayAfter  *WeekdayNear   `json:"weekday_after,omitempty" yaml:"weekday_after"`
	EasterOffset  *EasterOffset  `json:"easter_offset,omitempty" yaml:"easter_offset"`
	FullMoon      *FullMoon      `json:"full_moon,omitempty" yaml:"full_moon"`
	Explicit      map[int]string `json:"explicit,omitempty" yaml:"explicit"`
	Range         *Range         `json:"range,omitempty" yaml:"range"`
	Span          *Span          `json:"span,omitempty" yaml:"span"`
}

// Fixed is the rule fixed.
type Fixed struct {
	Month int `json:"month" yaml:"month"`
	Day   int `json:"day" yaml:"day"`
}

// NthWeekday is the rule nth_weekday.
type NthWeekday struct {
	Month          int    `json:"month" yaml:"month"`
	Weekday        string `json:"weekday" yaml:"weekday"`
	Nth            int    `json:"nth" yaml:"nth"`
	EasterEveShift int    `json:"easter_eve_shift,omitempty" yaml:"easter_eve_shift"`
}

// WeekdayNear is the rules weekday_before and weekday_after.
type WeekdayNear struct {
	Month   int    `json:"month" yaml:"month"`
	Day     int    `json:"day" yaml:"day"`
	Weekday string `json:"weekday" yaml:"weekday"`
}

// EasterOffset is the rule easter_offset.
type EasterOffset struct {
	Calendar string `json:"calendar" yaml:"calendar"`
	Days     int    `json:"days" yaml:"days"`
}

// FullMoon is the rule full_moon.
type FullMoon struct {
	Month int    `json:"month" yaml:"month"`
	Pick  string `json:"pick" yaml:"pick"`
}

// Range is the rule range.
type Range struct {
	Month int `json:"month" yaml:"month"`
	Day   int `json:"day" yaml:"day"`
	Days  int `json:"days" yaml:"days"`
}

// Span is the rule span.
type Span struct {
	From string `json:"from" yaml:"from"`
	To   string `json:"to" yaml:"to"`
}
