package carillon

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxLead is the longest lead, in days.
const MaxLead = 366

// ParseLead reads a lead as 14d.
func ParseLead(s string) (Lead, error) {
	days, err := strconv.Atoi(strings.TrimSuffix(s, "d"))
	if err != nil || !strings.HasSuffix(s, "d") || days < 0 || days > MaxLead {
		return 0, fmt.Errorf("%q is not a lead: write a number of days from 0d to %dd, such as 14d", s, MaxLead)
	}
	return Lead(days), nil
}

// String writes the lead as 14d.
func (l Lead) String() string { return strconv.Itoa(int(l)) + "d" }
