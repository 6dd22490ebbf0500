package observance

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/observance/internal/record"
)

//go:embed observances.json
var data []byte

// Set is the data set, checked. It does not change and may be shared.
type Set struct {
	all  []*Observance
	byID map[string]*Observance
}

// Load reads the embedded data set. It takes some milliseconds: do it once. An error means that the data set itself is
// wrong, and names the entry.
func Load() (*Set, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var file record.File
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("observances: %w", err)
	}
	return newSet(file)
}

func newSet(file record.File) (*Set, error) {
	if file.Version != record.Version {
		return nil, fmt.Errorf("observances: version %d, want %d", file.Version, record.Version)
	}
	s := &Set{
		all:  make([]*Observance, 0, len(file.Observances)),
		byID: make(map[string]*Observance, len(file.Observances)),
	}
	for i := range file.Observances {
		o, err := fromRecord(&file.Observances[i])
		if err != nil {
			return nil, fmt.Errorf("observance %s: %w", file.Observances[i].ID, err)
		}
		if s.byID[o.ID] != nil {
			return nil, fmt.Errorf("observance %s: there are two", o.ID)
		}
		s.all = append(s.all, o)
		s.byID[o.ID] = o
	}
	return s, nil
}

// All lists every observance in the order of the data set. The list is the caller's.
func (s *Set) All() []*Observance { return slices.Clone(s.all) }

// ByID finds an observance.
func (s *Set) ByID(id string) (*Observance, bool) {
	o, ok := s.byID[id]
	return o, ok
}

// Between lists the occurrences from a day to a day, both included, by date and then by id. Years that are not computed
// are left out (see Observance.Computed).
func (s *Set) Between(from, to carillon.Date) []Occurrence {
	var found []Occurrence
	for _, o := range s.all {
		for year := from.Year; year <= to.Year; year++ {
			c, ok := o.In(year)
			if ok && compareDates(from, c.Date) <= 0 && compareDates(c.Date, to) <= 0 {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b Occurrence) int {
		if c := compareDates(a.Date, b.Date); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return found
}

func compareDates(a, b carillon.Date) int {
	if a.Year != b.Year {
		return a.Year - b.Year
	}
	if a.Month != b.Month {
		return int(a.Month - b.Month)
	}
	return a.Day - b.Day
}
