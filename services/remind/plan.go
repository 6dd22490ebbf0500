package remind

import (
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/observance"
	"carillon.example/pkg/office"
)

// horizon is how far ahead timers are set.
const horizon = 14 * 24 * time.Hour

// reminder is one occurrence at a lead time, for one channel.
type reminder struct {
	channel    *office.Channel
	occurrence observance.Occurrence
	lead       carillon.Lead
	due        time.Time
}

// planner lists what is to be said. It is pure.
type planner struct {
	office *office.Office
	set    *observance.Set
}

// upcoming lists the reminders that are due from a moment to another, the first included and the last not.
func (p *planner) upcoming(from, to time.Time) []reminder {
	var list []reminder
	zone := p.office.Site.Zone
	for i := range p.office.Channels {
		c := &p.office.Channels[i]
		if c.Reminders == nil {
			continue
		}
		for _, lead := range c.Reminders.Leads {
			first := carillon.DateOf(from.In(zone)).AddDays(int(lead))
			last := carillon.DateOf(to.In(zone)).AddDays(int(lead))
			for _, occurrence := range p.set.Between(first, last) {
				r := reminder{channel: c, occurrence: occurrence, lead: lead, due: due(occurrence.Date, lead, c.Reminders, zone)}
				if !r.due.Before(from) && r.due.Before(to) {
					list = append(list, r)
				}
			}
		}
	}
	return list
}

// named finds a reminder by the names in its subject: the channel's ledger name, the occurrence and the lead. What the
// configuration does not ask for any more is not found.
func (p *planner) named(channelName, occurrence, leadName string) (reminder, bool) {
	c, ok := p.office.Channel(channelName)
	if !ok || c.Reminders == nil {
		return reminder{}, false
	}
	lead, err := carillon.ParseLead(leadName)
	if err != nil {
		return reminder{}, false
	}
	for _, asked := range c.Reminders.Leads {
		if asked != lead {
			continue
		}
		if o, ok := p.set.Occurrence(occurrence); ok {
			return reminder{channel: c, occurrence: o, lead: lead, due: due(o.Date, lead, c.Reminders, p.office.Site.Zone)}, true
		}
	}
	return reminder{}, false
}

// due is when a reminder is to be said: at the channel's time of day, in the office's zone. A time that the clocks skip is
// moved on with them.
func due(date carillon.Date, lead carillon.Lead, rule *carillon.ReminderRule, zone *time.Location) time.Time {
	day := date.AddDays(-int(lead))
	return time.Date(day.Year, day.Month, day.Day, rule.Hour, rule.Minute, rule.Second, 0, zone)
}
