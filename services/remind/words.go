package remind

import (
	"fmt"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/wording"
)

// compose writes a reminder in the channel's language. today is the office's day: a reminder that is said late counts the
// days that are left, not those of its lead.
func compose(r reminder, siteLanguage string, today carillon.Date) *carillon.Reminder {
	language := siteLanguage
	if len(r.channel.Languages) > 0 {
		language = r.channel.Languages[0]
	}
	o := r.occurrence.Observance
	name, _ := o.Name(language)
	lines := []string{fmt.Sprintf("**%s** — %s", wording.Date(language, r.occurrence.Date), wording.InDays(language, daysUntil(today, r.occurrence.Date)))}
	if facts := strings.Join(nonEmpty(o.Agency, o.Resolution), " · "); facts != "" {
		lines = append(lines, facts)
	}
	return &carillon.Reminder{
		Channel: r.channel.LedgerName(), Observance: o.ID, Occurrence: r.occurrence.ID, Date: r.occurrence.Date, Lead: r.lead,
		Due: r.due, Language: language, Title: name, Body: strings.Join(lines, "\n\n"), Link: o.URL, Hashtags: o.Hashtags,
	}
}

func daysUntil(today, day carillon.Date) int {
	return int(day.In(time.UTC).Sub(today.In(time.UTC)) / (24 * time.Hour))
}

func nonEmpty(all ...string) []string {
	var some []string
	for _, s := range all {
		if s != "" {
			some = append(some, s)
		}
	}
	return some
}
