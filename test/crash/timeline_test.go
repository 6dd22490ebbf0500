package crash_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/services/sandbox"
	"carillon.example/test/reader"
)

// shown is one appearance of an edition on a channel: its parts, the first first.
type shown struct {
	id    string // of the first part; ids of a channel grow with time
	parts []reader.Sight
}

// edition names an edition.
type edition struct{ post, language string }

// pageOf is how many statuses or messages are asked for at a time.
const pageOf = "40"

// timelines are what readers of every channel see, the oldest appearance first. stray is what belongs to nothing: a part
// whose first is gone.
func timelines(t *testing.T, c *cast) (all map[string]map[edition][]shown, stray []string) {
	t.Helper()
	all = map[string]map[edition][]shown{}
	for i := range c.office.Channels {
		all[c.office.Channels[i].Name] = map[edition][]shown{}
	}
	accounts := map[string]string{sandbox.MastodonAccount: "mastodon-en", "languages": "mastodon-all", "newsroom": "mastodon-news"}
	roots := map[string]*shown{} // by the id of any of their parts
	names := map[string]edition{}
	byName := map[string][]*shown{}
	for _, s := range reader.Timeline(t, c.sandboxURL(), "", pageOf) {
		if s.ReplyTo != "" {
			root, ok := roots[s.ReplyTo]
			if !ok {
				stray = append(stray, "a reply to nothing: "+s.Text)
				continue
			}
			s.Post, s.Language = names[root.id].post, names[root.id].language
			root.parts = append(root.parts, s.Sight)
			roots[s.ID] = root
			continue
		}
		one := &shown{s.ID, []reader.Sight{s.Sight}}
		roots[s.ID], names[s.ID] = one, edition{s.Post, s.Language}
		name := accounts[s.Account]
		byName[name] = append(byName[name], one)
	}
	for name, list := range byName {
		if _, ok := all[name]; !ok {
			t.Fatalf("nobody configured %q", name)
		}
		for _, one := range list {
			all[name][names[one.id]] = append(all[name][names[one.id]], *one)
		}
	}
	for _, where := range []string{sandbox.PressChannel, sandbox.StaffChannel} {
		for _, m := range reader.History(t, c.sandboxURL(), where, pageOf) {
			one := shown{m.TS, []reader.Sight{m.Sight}}
			if m.Replies > 0 {
				for _, r := range reader.Replies(t, c.sandboxURL(), where, m.TS) {
					one.parts = append(one.parts, r.Sight)
				}
			}
			if _, ok := all[m.Channel]; !ok {
				stray = append(stray, "a message of no channel: "+m.Text)
				continue
			}
			name := edition{m.Post, m.Language}
			all[m.Channel][name] = append(all[m.Channel][name], one)
		}
	}
	return all, stray
}

// findings are the differences between what was wanted and what is shown.
type findings struct {
	editions, compared                        int // that were wanted, on all channels; those whose order is compared
	lost, doubled, wrong, unwanted, misplaced []string
	uncertain                                 []string
}

func (f *findings) none() bool {
	return len(f.lost)+len(f.doubled)+len(f.wrong)+len(f.unwanted)+len(f.misplaced)+len(f.uncertain) == 0
}

func (f *findings) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "of %d editions wanted: lost %d, doubled %d, not as last revised %d, not wanted %d, uncertain %d; of %d whose order is promised, out of order %d",
		f.editions, len(f.lost), len(f.doubled), len(f.wrong), len(f.unwanted), len(f.uncertain), f.compared, len(f.misplaced))
	for name, list := range map[string][]string{"lost": f.lost, "doubled": f.doubled, "wrong": f.wrong, "not wanted": f.unwanted, "uncertain": f.uncertain, "out of order": f.misplaced} {
		for _, one := range list {
			fmt.Fprintf(&b, "\n  %s: %s", name, one)
		}
	}
	return b.String()
}

// compare finds every difference between what was wanted and what the timelines show. deaths are those of the log's server.
func compare(t *testing.T, c *cast, n *newsroom, l *ledger, deaths []time.Time) *findings {
	t.Helper()
	all, stray := timelines(t, c)
	f := &findings{unwanted: stray}
	for i := range c.office.Channels {
		ch := &c.office.Channels[i]
		seen := all[ch.Name]
		for _, p := range n.wanted() {
			for j := range p.Editions {
				e := &p.Editions[j]
				if !ch.Carries(p, e.Language) {
					continue
				}
				name := edition{p.Slug, e.Language}
				f.edition(t, c, ch, p, e, seen[name])
				delete(seen, name)
			}
		}
		for name, list := range seen {
			f.unwanted = append(f.unwanted, fmt.Sprintf("%s shows %v %d times", ch.Name, name, len(list)))
		}
	}
	f.order(n, l, deaths)
	for item, steps := range l.all() {
		if last := steps[len(steps)-1]; last.State == event.Uncertain {
			f.uncertain = append(f.uncertain, fmt.Sprintf("%s: %s", item, last.Reason))
		}
	}
	return f
}

func (f *findings) edition(t *testing.T, c *cast, ch *office.Channel, p *carillon.Post, e *carillon.Edition, seen []shown) {
	t.Helper()
	f.editions++
	where := fmt.Sprintf("%s in %s on %s", p.Slug, e.Language, ch.Name)
	want := reader.ComposedParts(t, ch, channel.Content{
		Post: p, Edition: e, Language: e.Language, Permalink: c.office.Site.Permalink(e.Language, p.Slug), MediaURL: c.office.Site.MediaURL,
	}, e.Revision)
	switch len(seen) {
	case 0:
		f.lost = append(f.lost, where)
	case 1:
		if diff := gocmp.Diff(unnumbered(want), unnumbered(seen[0].parts)); diff != "" {
			f.wrong = append(f.wrong, where+" (-want +got):\n"+diff)
		}
	default:
		f.doubled = append(f.doubled, fmt.Sprintf("%s: %d times", where, len(seen)))
	}
}

// unnumbered takes away what parts after the first need not say: a part that a correction leaves alone keeps the revision
// that it was written with.
func unnumbered(parts []reader.Sight) []reader.Sight {
	parts = slices.Clone(parts)
	for i := range parts {
		if i > 0 || len(parts) > 1 {
			parts[i].Revision = 0
		}
	}
	return parts
}

// order compares the order in which editions first appeared with the order of their posts' first release. It is promised
// for those that neither waited, nor were in doubt, nor were corrected or withdrawn before they appeared; and not for those
// between whose release and appearance the log's server was killed, which may lose wake-ups and their places.
func (f *findings) order(n *newsroom, l *ledger, deaths []time.Time) {
	type first struct {
		item  event.Item
		place int
		id    string
	}
	channels := map[string][]first{}
	for item, steps := range l.all() {
		id, ok := straight(steps)
		place := n.order(item.Post)
		if !ok || slices.ContainsFunc(deaths, func(at time.Time) bool {
			return at.After(n.posts[place].began) && at.Before(steps[1].Time)
		}) {
			continue
		}
		channels[item.Channel] = append(channels[item.Channel], first{item, place, id})
	}
	for _, list := range channels {
		slices.SortFunc(list, func(a, b first) int {
			return strings.Compare(fmt.Sprintf("%06d %s", a.place, a.item.Language), fmt.Sprintf("%06d %s", b.place, b.item.Language))
		})
		for i := 1; i < len(list); i++ {
			f.compared++
			if list[i].id < list[i-1].id {
				f.misplaced = append(f.misplaced, fmt.Sprintf("%s came before %s", list[i].item, list[i-1].item))
			}
		}
	}
}

// straight is what the channel called an edition whose way to its first appearance was straight: one call, and its receipt.
func straight(steps []*event.Delivery) (id string, ok bool) {
	if len(steps) < 2 || !isCall(steps[0]) || steps[0].Revision != 1 || steps[1].Shown == nil || steps[1].Verdict != string(channel.Delivered) {
		return "", false
	}
	if !steps[1].Time.Before(steps[0].Intent.Deadline.Add(lookMargin)) {
		return "", false // it was found by looking
	}
	ids := steps[1].Shown.Parts[0].IDs
	return ids[len(ids)-1], true
}
