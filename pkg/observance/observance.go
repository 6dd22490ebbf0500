package observance

import (
	"strings"

	"carillon.example/pkg/carillon"
)

// Observance is a rule for a day (or a week, a year, a decade), with what is known of it. Those of a Set are shared: do
// not change them.
type Observance struct {
	ID     string // names it for ever, as a slug
	Kind   Kind
	Origin Origin
	Listed bool              // on the United Nations' own list of days and weeks
	Names  map[string]string // by language; English always

	Rule      Rule
	Earlier   []Earlier             // rules that held before, the oldest first
	Overrides map[int]carillon.Date // dates that beat the rule, by year
	Days      int                   // how long it lasts, if its rule gives only a start; 0: not said
	Time      string                // local clock time as 20:30; empty: the whole day
	Since     int                   // the first year it is marked; 0: not known
	Until     int                   // the last year it is marked; 0: none

	Resolution string
	Agency     string // the usual lead body
	SDG        []int  // Sustainable Development Goals, 1 to 17
	Topics     []string
	Hashtags   []string // with their #
	URL        string
	Certainty  Certainty
	Note       string
}

// Kind says how long a thing an observance is.
type Kind string

// The kinds.
const (
	KindDay    Kind = "day"
	KindWeek   Kind = "week"
	KindYear   Kind = "year"
	KindDecade Kind = "decade"
)

// Origin says who proclaimed an observance.
type Origin string

// The origins.
const (
	OriginUN      Origin = "un"      // the General Assembly or the Secretariat
	OriginAgency  Origin = "agency"  // a specialised agency or a programme
	OriginPartner Origin = "partner" // not of the United Nations
	OriginHoliday Origin = "holiday" // a holiday of their staff, no day of awareness
)

// Certainty says how well an entry is known.
type Certainty string

// The certainties.
const (
	Confident Certainty = ""
	Reported  Certainty = "reported"  // known only from copies of the list
	Estimated Certainty = "estimated" // the rule is a reading of the text, not official
)

// Earlier is a rule that held up to and including a year.
type Earlier struct {
	Until int
	Rule  Rule
}

// Name is the observance's name in a language, and the language it really is in: English where there is no other.
func (o *Observance) Name(language string) (name, in string) {
	primary, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, primary} {
		if name, ok := o.Names[l]; ok {
			return name, l
		}
	}
	return o.Names["en"], "en"
}
