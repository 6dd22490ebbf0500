package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
)

const (
	// maxSteps is how many steps one wake-up may take: a lost create that is found, then edited, takes four.
	maxSteps = 8
	// holdAttempts is how often a delivery that fails holds its channel's queue; after that it waits aside, and the
	// others pass.
	holdAttempts = 5
	// contested is how long a replica stands back from an item that another one has in hand.
	contested = time.Second
	// unreadableAgain is how long an item waits aside whose message cannot be read.
	unreadableAgain = 10 * time.Minute
)

// worker drives one channel.
type worker struct {
	channel   *office.Channel
	driver    channel.Driver
	bus       *bus.Bus
	ledger    ledger
	reader    reader
	pages     pages
	firstSeen time.Time
	config    Config
	metrics   *metrics
	log       *slog.Logger
	now       func() time.Time

	limits atomic.Pointer[channel.Limits] // as the last probe that was answered learnt them
	probed chan struct{}                  // closed after the first probe
}

// run takes the channel's wake-ups, one at a time, once it knows what the channel accepts, or that it cannot be asked.
func (w *worker) run(ctx context.Context) error {
	select {
	case <-w.probed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return w.bus.Work(ctx, event.QueueStream, bus.QueueConsumer(w.channel.LedgerName()), func(ctx context.Context, m *bus.Message) bus.Outcome {
		item, err := event.ParseItem(m.Subject)
		if err != nil {
			w.log.Error("a wake-up that names nothing", "subject", m.Subject, "error", err)
			return bus.Done
		}
		outcome, err := w.attend(ctx, item)
		switch {
		case errors.Is(err, bus.ErrConflict):
			return bus.Again(contested)
		case err != nil:
			w.log.Error("a delivery is interrupted, trying again", "post", item.Post, "language", item.Language, "error", err)
			if errors.Is(err, errUnreadable) && w.bus.WakeAt(ctx, item.QueueSubject(), w.now().Add(unreadableAgain)) == nil {
				return bus.Done // it waits aside, and the others pass
			}
			return bus.Again(contested)
		}
		return outcome
	})
}

// attend makes the channel show what is wanted of an item, as far as that is possible now.
func (w *worker) attend(ctx context.Context, item event.Item) (bus.Outcome, error) {
	at, err := w.ledger.read(ctx, item)
	if err != nil {
		return bus.Done, err
	}
	for range maxSteps {
		wanted, content, err := w.reader.wanted(ctx, item, w.channel, w.firstSeen, at.delivery)
		if err != nil {
			return bus.Done, err
		}
		p := next(at.delivery, wanted, w.now(), w.config.LookMargin)
		w.log.Debug("planned", "post", item.Post, "language", item.Language, "step", p.step.String())
		switch p.step {
		case settle:
			return bus.Done, nil
		case wait:
			if holds(at.delivery) {
				return bus.Again(p.until.Sub(w.now())), nil
			}
			return bus.Done, w.bus.WakeAt(ctx, item.QueueSubject(), p.until)
		default:
		}
		if at, err = w.take(ctx, item, at, p.step, wanted, content); err != nil {
			return bus.Done, err
		}
	}
	return bus.Again(contested), nil
}

// holds reports whether a delivery that waits keeps its channel's queue in order behind it, because it is the channel that
// is away. One that goes on failing by itself waits aside, and so does one whose answer was lost.
func holds(d *event.Delivery) bool {
	if d == nil || d.State != event.Waiting || d.Intent != nil && d.Intent.Action == event.Create {
		return false
	}
	return d.Verdict == string(channel.ChannelDown) || d.Attempt <= holdAttempts
}

// take carries one step out and records it.
func (w *worker) take(ctx context.Context, item event.Item, at page, s step, wanted want, content channel.Content) (page, error) {
	switch s {
	case create, edit:
		return w.show(ctx, item, at, wanted, content)
	case recreate:
		old, err := w.reader.content(ctx, item, at.delivery.Intent.Position)
		if err != nil {
			return at, err
		}
		return w.recreate(ctx, item, at, old)
	case withdraw:
		return w.call(ctx, item, at, event.Intent{Action: event.Withdraw, Revision: at.delivery.Shown.Revision}, channel.Attempt{})
	case look:
		return w.look(ctx, item, at)
	case forget:
		d := carry(at.delivery, w.now())
		settled(d)
		d.State, d.Reason = event.DeliveryWithdrawn, "not wanted any more before it was shown"
		return w.ledger.write(ctx, item, at, d)
	case release:
		d := carry(at.delivery, w.now())
		d.State, d.Until = event.Waiting, w.now()
		unsure(d) // the interrupted edit may have happened
		return w.ledger.write(ctx, item, at, d)
	case settle, wait:
	}
	return at, fmt.Errorf("no such step: %s", s)
}

// show composes what is wanted and creates it, or edits what is there if it looks different.
func (w *worker) show(ctx context.Context, item event.Item, at page, wanted want, content channel.Content) (page, error) {
	appearance, err := w.compose(content)
	if err != nil {
		return w.reject(ctx, item, at, wanted.revision, err)
	}
	intent := event.Intent{Action: event.Create, Revision: wanted.revision, Position: wanted.position, Fingerprint: appearance.Fingerprint()}
	if at.delivery != nil && at.delivery.Shown != nil {
		if at.delivery.Shown.Fingerprint == intent.Fingerprint {
			return w.sameLook(ctx, item, at, wanted.revision)
		}
		intent.Action = event.Edit
	} else if content.Post != nil { // a reminder links to somebody else's page, which is not ours to wait for
		if v := w.pages.served(ctx, content.Permalink); v.Meaning == channel.Retry {
			d := carry(at.delivery, w.now())
			d.Attempt++
			d.Verdict, d.Reason, d.Revision = string(v.Meaning), v.Reason, wanted.revision
			d.Appearances = appearances(at.delivery, event.Create) // the key that comes must not be the withdrawn status's
			postpone(d, v, w.now(), jitter())
			return w.ledger.write(ctx, item, at, d)
		}
	}
	intent.Key = w.key(item, content, appearances(at.delivery, intent.Action))
	return w.call(ctx, item, at, intent, w.attempt(item, content, appearance, intent))
}

// reject records that the channel can never show a revision.
func (w *worker) reject(ctx context.Context, item event.Item, at page, revision int, reason error) (page, error) {
	d := carry(at.delivery, w.now())
	settled(d)
	if d.Shown == nil {
		d.Appearances = appearances(at.delivery, event.Create) // a correction must not come with the withdrawn status's key
	}
	d.State, d.Reason, d.Revision, d.Verdict = event.Rejected, reason.Error(), revision, string(channel.Rejected)
	return w.ledger.write(ctx, item, at, d)
}

// sameLook records that a correction changes nothing this channel shows.
func (w *worker) sameLook(ctx context.Context, item event.Item, at page, revision int) (page, error) {
	d := carry(at.delivery, w.now())
	settled(d)
	shown := *d.Shown
	shown.Revision = revision
	d.State, d.Shown, d.Revision = event.Delivered, &shown, revision
	return w.ledger.write(ctx, item, at, d)
}

// recreate repeats a create that was looked for twice and not found, with the same key and the same words.
func (w *worker) recreate(ctx context.Context, item event.Item, at page, content channel.Content) (page, error) {
	intent := *at.delivery.Intent
	appearance, err := w.compose(content)
	if err != nil { // what the channel accepts has changed since
		return w.reject(ctx, item, at, intent.Revision, err)
	}
	return w.call(ctx, item, at, intent, w.attempt(item, content, appearance, intent))
}

// call records the intent, makes the call, and records what came of it.
func (w *worker) call(ctx context.Context, item event.Item, at page, intent event.Intent, attempt channel.Attempt) (page, error) {
	began := w.now()
	intent.Deadline = began.Add(w.config.CallTimeout)
	if intent.Began.IsZero() { // a call that is repeated is looked for from its first try on
		intent.Began = began
	}
	d := carry(at.delivery, began)
	d.State, d.Intent, d.Looks = event.Sending, &intent, 0
	d.Revision = intent.Revision
	d.Attempt++
	d.Appearances = appearances(at.delivery, intent.Action)
	at, err := w.ledger.write(ctx, item, at, d)
	if err != nil {
		return at, err
	}
	call, cancel := context.WithDeadline(ctx, intent.Deadline)
	defer cancel()
	v := w.dial(call, intent.Action, d, attempt)
	w.metrics.calls.WithLabelValues(w.channel.Name, string(v.Meaning)).Inc()
	if v.Meaning != channel.Delivered {
		w.log.Warn("a call was not answered as wished", "post", item.Post, "language", item.Language,
			"action", string(intent.Action), "verdict", string(v.Meaning), "reason", v.Reason, "attempt", d.Attempt)
	}
	return w.ledger.write(ctx, item, at, outcome(d, intent, v, w.now(), jitter()))
}

func (w *worker) dial(ctx context.Context, action event.Action, d *event.Delivery, attempt channel.Attempt) channel.Verdict {
	if ctx.Err() != nil {
		return channel.Verdict{Meaning: channel.Retry, Reason: "recording the intent took too long; nothing was sent"}
	}
	var receipt channel.Receipt
	if d.Shown != nil {
		receipt = channel.Receipt{IDs: d.Shown.IDs, Link: d.Shown.Link}
	}
	switch action {
	case event.Create:
		return w.driver.Create(ctx, attempt)
	case event.Edit:
		return w.driver.Edit(ctx, receipt, attempt)
	case event.Withdraw:
		return w.driver.Withdraw(ctx, receipt)
	}
	return channel.Verdict{Meaning: channel.Rejected, Reason: "no such action"}
}

// look finds out what a create did whose answer was lost.
func (w *worker) look(ctx context.Context, item event.Item, at page) (page, error) {
	intent := at.delivery.Intent
	content, err := w.reader.content(ctx, item, intent.Position)
	if err != nil {
		return at, err
	}
	appearance, err := w.compose(content)
	if err != nil {
		w.log.Warn("what was sent cannot be composed any more; it is looked for by its key and link", "post", item.Post, "error", err)
	}
	attempt := w.attempt(item, content, appearance, *intent)
	call, cancel := context.WithTimeout(ctx, w.config.CallTimeout)
	defer cancel()
	v := w.driver.Find(call, attempt, intent.Began)
	w.metrics.looks.WithLabelValues(w.channel.Name, string(v.Meaning)).Inc()
	return w.ledger.write(ctx, item, at, looked(at.delivery, v, w.now(), w.config.LookAgain, jitter()))
}

func (w *worker) compose(content channel.Content) (channel.Appearance, error) {
	var limits channel.Limits
	if l := w.limits.Load(); l != nil {
		limits = *l
	}
	return w.channel.Driver.Compose(w.channel.Settings, limits, content)
}

func (w *worker) attempt(item event.Item, content channel.Content, a channel.Appearance, intent event.Intent) channel.Attempt {
	post := item.Post
	if item.IsReminder() {
		post = item.Occurrence
	}
	return channel.Attempt{
		Key: intent.Key, Appearance: a, Post: post, Language: content.Language, Revision: intent.Revision, Permalink: content.Permalink,
	}
}

// appearances counts how often an item has been shown anew, the action included. A create after a withdrawal is another
// appearance; one that is tried again is the same.
func appearances(d *event.Delivery, action event.Action) int {
	switch {
	case d == nil:
		return 1
	case action == event.Create && d.State == event.DeliveryWithdrawn:
		return d.Appearances + 1
	}
	return max(d.Appearances, 1)
}

// key makes an appearance recognisable at the other end. It counts appearances: a post released again after a withdrawal
// is a new status.
func (w *worker) key(item event.Item, content channel.Content, appearance int) string {
	if item.IsReminder() {
		return fmt.Sprintf("carillon-%s-%s-%s-%d", item.Channel, item.Occurrence, item.Lead, appearance)
	}
	return fmt.Sprintf("carillon-%s-%s-%d", item.Channel, content.Edition.ID, appearance)
}
