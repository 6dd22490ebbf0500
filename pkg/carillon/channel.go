package carillon

import (
	"slices"
	"time"
)

// Channel is what the office decided about one destination: what goes there. How it is reached is its driver's affair.
type Channel struct {
	Name string // as people call it, now
	Was  string // the name it had first; its ledger is kept under that
	Type string // the driver's name

	Posts     bool     // carries posts at all
	Languages []string // empty: all
	Kinds     []Kind   // empty: all
	Tags      []string // empty: all; otherwise a post needs one of them
	NotTags   []string // a post with one of them stays away

	Reminders *ReminderRule // nil: none
	Notices   bool
}

// ReminderRule says when a channel wants to be reminded of observances.
type ReminderRule struct {
	Leads  []Lead
	Hour   int // local time of the office
	Minute int
	Second int
}

// LedgerName is the name under which the channel's ledger and queue are kept: renaming a channel does not change it.
func (c *Channel) LedgerName() string {
	if c.Was != "" {
		return c.Was
	}
	return c.Name
}

// Carries reports whether the channel should show a post's edition in a language.
func (c *Channel) Carries(p *Post, language string) bool {
	if !c.Posts {
		return false
	}
	if len(c.Languages) > 0 && !slices.Contains(c.Languages, language) {
		return false
	}
	if len(c.Kinds) > 0 && !slices.Contains(c.Kinds, p.Kind) {
		return false
	}
	if len(c.Tags) > 0 && !overlap(c.Tags, p.Tags) {
		return false
	}
	return !overlap(c.NotTags, p.Tags)
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Lead is how many days before an observance a reminder is due.
type Lead int

// Reminder is one occurrence of an observance at a lead time, in the words in which it is said to one channel.
type Reminder struct {
	Channel    string // its ledger name
	Observance string
	Occurrence string // observance and year: world-health-day-2027
	Date       Date
	Lead       Lead
	Due        time.Time // when it was to be said
	Language   string
	Title      string
	Body       string // Markdown
	Link       string // may be empty
	Hashtags   []string
}
