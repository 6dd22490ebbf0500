package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
)

const (
	// freshFor is how long after it happened staff are told of a thing: a channel that is to be told from today on is not told
	// of last year.
	freshFor = 24 * time.Hour
	// toldOverdue is how many deliveries that are due and not out are told one by one. Of more on one channel staff are told
	// together, once an hour: a long queue that goes on is not a hundred pieces of news.
	toldOverdue = 5
)

// A notice is a delivery like any other: its first step in the ledger is written where none may be yet, so that of all
// replicas one says it, once. Its id is made of what happened: the position of a step in the ledger, the moment a channel went
// down.

// tiding is a notice to be told by every channel that tells notices, but for the one it is about.
type tiding struct {
	id     string
	about  string // the channel's ledger name
	notice carillon.Notice
}

// report has staff told of an item's last step, if it needs them.
func (w *watch) report(item event.Item) {
	s := w.ledger[item]
	d := s.delivery
	if item.IsNotice() || w.now().Sub(d.Time) > freshFor {
		return
	}
	name := w.channelName(item.Channel)
	said := carillon.Notice{Time: d.Time, Text: d.Reason}
	switch {
	case d.Undecided:
		said.Title = "Waiting for a decision: posts for " + name
		said.Text = "What became older than a day while the channel was away is not sent without asking."
		said.Commands = []string{"carillon status --undecided", "carillon send POST --to " + name}
		w.tell(tiding{"undecided-" + item.Channel + "-" + d.Time.UTC().Format("20060102"), item.Channel, said})
		return
	case d.State == event.Rejected:
		said.Title = "Rejected: " + w.itemName(item)
		said.Commands = w.commands(item, "retry")
	case d.State == event.Uncertain:
		said.Title = "Uncertain: " + w.itemName(item)
		said.Text += ". It may be there or not: look at the channel and say what you find"
		said.Commands = w.commands(item, "resolve")
	default:
		return
	}
	w.tell(tiding{fmt.Sprintf("%s-%d", d.State, s.sequence), item.Channel, said})
}

// reportChannel has staff told that a channel is down, or back.
func (w *watch) reportChannel(ledgerName string, c event.Condition) {
	if c.Since.IsZero() || w.now().Sub(c.Since) > freshFor {
		return
	}
	name, at := w.channelName(ledgerName), c.Since.UnixMilli()
	if c.Down {
		w.tell(tiding{fmt.Sprintf("down-%s-%d", ledgerName, at), ledgerName, carillon.Notice{
			Time: c.Since, Title: name + " is down", Text: c.Reason + ". Nothing fails: what is due waits, in order, and goes on by itself once the channel works.",
			Commands: []string{"carillon channels", "carillon resume " + name},
		}})
		return
	}
	w.tell(tiding{fmt.Sprintf("back-%s-%d", ledgerName, at), ledgerName, carillon.Notice{
		Time: c.Since, Title: name + " is back", Text: "What waited goes out now, in order.", Commands: []string{"carillon status"},
	}})
}

// findOverdue has staff told of what is due and not out. Of a channel that is down or paused they know.
func (w *watch) findOverdue() {
	late := map[string][]event.Item{}
	for item, due := range w.open {
		if paused, c := w.channel(item.Channel); !paused && !c.Down && w.now().Sub(due) >= w.overdue && w.now().Sub(due) < freshFor {
			late[item.Channel] = append(late[item.Channel], item)
		}
	}
	for name, items := range late {
		slices.SortFunc(items, func(a, b event.Item) int {
			return cmp.Or(w.open[a].Compare(w.open[b]), strings.Compare(a.String(), b.String()))
		})
		if len(items) > toldOverdue {
			now := w.now()
			w.tell(tiding{"overdue-" + name + "-" + now.UTC().Format("2006010215"), name, carillon.Notice{
				Time: now, Title: fmt.Sprintf("Not out yet: %d deliveries on %s", len(items), w.channelName(name)),
				Text:     fmt.Sprintf("The first is %s, due since %s.", w.itemName(items[0]), w.open[items[0]].UTC().Format("15:04:05 UTC")),
				Commands: []string{"carillon status", "carillon channels"},
			}})
			continue
		}
		for _, item := range items {
			due := w.open[item]
			said := carillon.Notice{
				Time: w.now(), Title: "Not out yet: " + w.itemName(item),
				Text: "It is due since " + due.UTC().Format("15:04:05 UTC") + ".", Commands: w.commands(item, "retry"),
			}
			if s := w.ledger[item]; s != nil && s.delivery.Reason != "" {
				said.Text += " " + s.delivery.Reason
			}
			id := fmt.Sprintf("overdue-%d-%s", due.UnixMilli(), strings.ReplaceAll(item.String(), ".", "-"))
			w.tell(tiding{id, item.Channel, said})
		}
	}
}

// tell puts a notice on the list of those that every telling channel is to have; what is in the ledger already is left out.
func (w *watch) tell(t tiding) {
	for i := range w.office.Channels {
		if c := &w.office.Channels[i]; c.Notices && c.LedgerName() != t.about && !w.told[event.Item{Channel: c.LedgerName(), Notice: t.id}] {
			w.tidings = append(w.tidings, t)
			return
		}
	}
}

// tellAll writes the notices that are to be told, and wakes their channels.
func (w *watch) tellAll(ctx context.Context) error {
	w.mu.Lock()
	tidings := w.tidings
	w.tidings = nil
	w.mu.Unlock()
	for _, t := range tidings {
		for i := range w.office.Channels {
			c := &w.office.Channels[i]
			if !c.Notices || c.LedgerName() == t.about {
				continue
			}
			if err := w.say(ctx, event.Item{Channel: c.LedgerName(), Notice: t.id}, t.notice); err != nil {
				return err
			}
		}
	}
	return nil
}

// say writes a notice, if nobody has.
func (w *watch) say(ctx context.Context, item event.Item, notice carillon.Notice) error {
	w.mu.Lock()
	told := w.told[item]
	w.told[item] = true
	w.mu.Unlock()
	if told {
		return nil
	}
	now := w.now()
	data, err := event.MarshalDelivery(&event.Delivery{State: event.Waiting, Time: now, Until: now, Revision: 1, Notice: &notice, Reason: "in the channel's queue"})
	if err != nil {
		return err
	}
	_, err = w.bus.Publish(ctx, bus.Publication{
		Subject: item.LedgerSubject(), Data: data, ID: uuid.Must(uuid.NewV7()).String(), Expect: bus.Expecting(0),
	})
	if errors.Is(err, bus.ErrConflict) {
		return nil // another replica said it
	}
	if err == nil {
		w.metrics.notices.Inc()
		err = w.bus.Wake(ctx, item.QueueSubject())
	}
	if err != nil {
		w.mu.Lock()
		delete(w.told, item)
		w.mu.Unlock()
	}
	return err
}

func (w *watch) channelName(ledgerName string) string {
	if c, ok := w.office.Channel(ledgerName); ok {
		return c.Name
	}
	return ledgerName
}

// itemName is an item as people call it.
func (w *watch) itemName(item event.Item) string {
	if item.IsReminder() {
		return fmt.Sprintf("the reminder of %s (%s) on %s", item.Occurrence, item.Lead, w.channelName(item.Channel))
	}
	return fmt.Sprintf("%s (%s) on %s", item.Post, item.Language, w.channelName(item.Channel))
}

// commands are those that help with an item.
func (w *watch) commands(item event.Item, verb string) []string {
	if item.IsReminder() {
		return []string{"carillon channels"}
	}
	what := fmt.Sprintf("carillon %s %s --channel %s --language %s", verb, item.Post, w.channelName(item.Channel), item.Language)
	status := "carillon status " + item.Post
	if verb == "resolve" {
		return []string{status, what + " --there URL", what + " --not-there"}
	}
	return []string{status, what}
}
