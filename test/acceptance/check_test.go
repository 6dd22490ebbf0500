package acceptance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"carillon.example/pkg/observance"
	"carillon.example/services/sandbox"
)

// order says whether channels have to show posts in the order of publishing. They need not where calls were in doubt.
type order bool

const (
	inOrder    order = true
	inAnyOrder order = false
)

// check compares in full what subscribers, followers and readers find with what the office has made public: every edition
// once wherever it belongs, as it was last said, and nothing else. The channels are right at once; feeds may take a moment.
func (b *bureau) check(t *testing.T, o order) {
	t.Helper()
	known := whatIsKnown(t, b.staff(), b.desk)
	var options []gocmp.Option
	if o == inAnyOrder {
		options = append(options, cmpopts.SortSlices(func(a, b Sight) bool { return a.Post+a.Language < b.Post+b.Language }))
	}
	for channel, account := range map[string]string{"mastodon-en": sandbox.MastodonAccount, "mastodon-all": everybody} {
		followed := timeline(t, b.sandboxURL(), account)
		if diff := gocmp.Diff(b.desk.sights(t, channel, nil), sightsOf(followed), options...); diff != "" {
			t.Errorf("what a follower of %s sees (-want +got):\n%s", channel, diff)
		}
	}
	staff := history(t, b.sandboxURL(), sandbox.StaffChannel)
	for channel, messages := range map[string][]message{
		"slack-press": history(t, b.sandboxURL(), sandbox.PressChannel),
		"slack-news":  slices.DeleteFunc(slices.Clone(staff), func(m message) bool { return m.Channel == "slack-staff" }),
	} {
		if diff := gocmp.Diff(b.desk.sights(t, channel, revisions(known)), sightsOf(messages), options...); diff != "" {
			t.Errorf("what a reader of %s sees (-want +got):\n%s", channel, diff)
		}
		for _, m := range messages {
			if m.Channel != channel {
				t.Errorf("%s shows a message of another channel: %s", channel, m.Key)
			}
		}
	}
	await(t, "the feeds are right", func() string { return feedsDiffer(t, b.desk, known) })
	for i := range b.desk.posts {
		for _, e := range b.desk.posts[i].Editions {
			checkPage(t, b.desk.office.Site.Permalink(e.Language, b.desk.posts[i].Slug), e.Language, e.Title)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	b.checkReminders(t, of(staff, "slack-staff"))
}

// checkReminders checks that no reminder is said twice, and none that is not due.
func (b *bureau) checkReminders(t *testing.T, said []message) {
	t.Helper()
	times := map[string]int{}
	for _, m := range said {
		times[m.Key]++
	}
	for _, o := range b.plan.occurrences {
		key := b.plan.key(o)
		if times[key] > 1 {
			t.Errorf("%s is said %d times", key, times[key])
		}
		delete(times, key)
	}
	if len(times) > 0 {
		t.Errorf("nobody asked for these reminders: %v", times)
	}
}

func (p *plan) key(o observance.Occurrence) string {
	return fmt.Sprintf("carillon-slack-staff-%s-%s-1", o.ID, p.lead)
}

// awaitReminders waits until slack-staff is reminded of everything of the day, by its name.
func (b *bureau) awaitReminders(t *testing.T) {
	t.Helper()
	await(t, "the reminders are said", func() string {
		said := of(history(t, b.sandboxURL(), sandbox.StaffChannel), "slack-staff")
		for _, o := range b.plan.occurrences {
			name, _ := o.Observance.Name("en")
			if !slices.ContainsFunc(said, func(m message) bool { return m.Key == b.plan.key(o) && strings.Contains(m.Text, name) }) {
				return fmt.Sprintf("%s is not said", o.ID)
			}
		}
		return ""
	})
}

// awaitSettled waits until every delivery that is wanted is delivered, and every one that is not is withdrawn.
func awaitSettled(t *testing.T, c *commandLine, d *desk) {
	t.Helper()
	await(t, "every delivery settles", func() string {
		r := c.try(t, "status", "--json")
		if r.code != 0 {
			return fmt.Sprintf("exit code %d: %s", r.code, r.stderr)
		}
		var all []delivery
		decode(t, []byte(r.stdout), &all)
		known := map[[3]string]delivery{}
		for _, one := range all {
			known[[3]string{one.Post, one.Language, one.Channel}] = one
			if !one.Settled || one.State != "delivered" && one.State != "withdrawn" {
				return fmt.Sprintf("%+v", one)
			}
		}
		for i := range d.office.Channels {
			name := d.office.Channels[i].Name
			for _, s := range d.sights(t, name, nil) {
				if one := known[[3]string{s.Post, s.Language, name}]; one.State != "delivered" {
					return fmt.Sprintf("%s %s on %s: %+v", s.Post, s.Language, name, one)
				}
			}
		}
		return ""
	})
}

// whatIsKnown asks for every post that is public: the ids, revisions and times of its editions.
func whatIsKnown(t *testing.T, c *commandLine, d *desk) map[edition]shownEdition {
	t.Helper()
	known := map[edition]shownEdition{}
	for i := range d.posts {
		p := &d.posts[i]
		if len(p.Editions) == 0 {
			continue
		}
		s := read[shown](t, c, "show", p.Slug)
		if len(s.Editions) != len(p.Editions) {
			t.Fatalf("%s has %d editions, want %d", p.Slug, len(s.Editions), len(p.Editions))
		}
		for _, e := range s.Editions {
			known[edition{p.Slug, e.Language}] = e
		}
	}
	return known
}

func revisions(known map[edition]shownEdition) map[edition]int {
	all := map[edition]int{}
	for name, e := range known {
		all[name] = e.Revision
	}
	return all
}

// sightsOf takes the names of things away that only the other end gives.
func sightsOf[T interface{ Seen() Sight }](all []T) []Sight {
	sights := make([]Sight, len(all))
	for i := range all {
		sights[i] = all[i].Seen()
	}
	return sights
}
