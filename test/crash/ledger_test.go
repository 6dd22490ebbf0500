package crash_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
	"carillon.example/test/process"
)

// ledger is every step of every delivery, read as it was written.
type ledger struct {
	bus   *bus.Bus
	began chan struct{} // receives when a call has been recorded

	mu    sync.Mutex
	last  uint64
	items map[event.Item][]*event.Delivery
	works map[string]bool // the ledger names of channels whose credentials were accepted
}

// followLedger reads the ledger until the test ends, through the deaths of the server.
func followLedger(t *testing.T, c *cast) *ledger {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	b, err := bus.Connect(ctx, bus.Options{URL: "nats://" + c.log, Name: "crash test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	l := &ledger{bus: b, began: make(chan struct{}, 1), items: map[event.Item][]*event.Delivery{}, works: map[string]bool{}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_ = b.Follow(ctx, bus.Following{Stream: event.DeliveriesStream, From: l.position() + 1, Handle: l.note})
		}
	}()
	t.Cleanup(func() { cancel(); <-ended; b.Close() })
	return l
}

func (l *ledger) position() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *ledger) note(batch []*bus.Message, _ uint64) error {
	for _, m := range batch {
		l.mu.Lock()
		l.last = m.Sequence
		l.mu.Unlock()
		item, err := event.ParseItem(m.Subject)
		if err != nil { // the condition of a channel
			l.condition(m)
			continue
		}
		d, err := event.UnmarshalDelivery(m.Data)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.items[item] = append(l.items[item], d)
		l.mu.Unlock()
		if isCall(d) {
			select {
			case l.began <- struct{}{}:
			default:
			}
		}
	}
	return nil
}

func (l *ledger) condition(m *bus.Message) {
	c, err := event.UnmarshalCondition(m.Data)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, rest, _ := strings.Cut(m.Subject, ".")
	l.works[strings.TrimSuffix(rest, ".condition")] = c.Works
}

// unprobed names a channel whose credentials have not been accepted yet.
func (l *ledger) unprobed(c *cast) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range c.office.LedgerNames() {
		if !l.works[name] {
			return name
		}
	}
	return ""
}

// isCall reports whether a step records a call that is about to be made.
func isCall(d *event.Delivery) bool {
	return d.State == event.Sending && d.Intent != nil && d.Verdict == "" && d.Looks == 0
}

func (l *ledger) all() map[event.Item][]*event.Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := map[event.Item][]*event.Delivery{}
	for item, steps := range l.items {
		all[item] = slices.Clone(steps)
	}
	return all
}

// interruptions are what the ledger says of calls whose end their process never recorded: the step after the intent came
// only when the call's deadline and the margin had passed.
type interruptions struct {
	calls, steps, interrupted int
	kills                     int // of deliver, that interrupted a call
	amid                      int // kills of any process while a call was on record without its receipt
}

func (l *ledger) interruptions(kills []kill) interruptions {
	var found interruptions
	hit, amid := map[int]bool{}, map[int]bool{}
	for _, steps := range l.all() {
		found.steps += len(steps)
		for i, d := range steps {
			if !isCall(d) {
				continue
			}
			found.calls++
			end := time.Now()
			if i+1 < len(steps) {
				end = steps[i+1].Time
			}
			lost := !end.Before(d.Intent.Deadline.Add(lookMargin))
			if lost {
				found.interrupted++
			}
			if end.After(d.Intent.Deadline) {
				end = d.Intent.Deadline
			}
			for k, one := range kills {
				if one.at.Before(d.Time) || one.at.After(end) {
					continue
				}
				amid[k] = true
				if lost && (one.victim == "deliver-1" || one.victim == "deliver-2") {
					hit[k] = true
					lost = false // one kill interrupted it
				}
			}
		}
	}
	found.kills, found.amid = len(hit), len(amid)
	return found
}

// queue is what waits in the queue and in the timers, for people who look for what got stuck.
func (l *ledger) queue(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), process.Patience)
	defer cancel()
	left, err := l.bus.LastOfEach(ctx, event.QueueStream, "queue.>", "timers.>")
	if err != nil {
		t.Error(err)
	}
	for _, m := range left {
		fmt.Fprintf(&b, "  %d %s since %s\n", m.Sequence, m.Subject, m.Time.Format(time.TimeOnly))
	}
	for _, channel := range l.channels() {
		handled, err := l.bus.Handled(ctx, event.QueueStream, bus.QueueConsumer(channel))
		fmt.Fprintf(&b, "  %s has handled everything up to %d (%v)\n", channel, handled, err)
	}
	return b.String()
}

func (l *ledger) channels() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.works))
}
