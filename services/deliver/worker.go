package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
)

const (
	// maxSteps is how many steps one wake-up may take: a thread takes one for each part and picture, and a lost create that is
	// found, then edited, four.
	maxSteps = 200
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
	nudge  chan struct{}                  // holds one value: probe now
	pauses <-chan struct{}                // closed when it is known whether the channel is paused
	gate   *gate
	pace   time.Duration // how long two calls that show something are apart
	last   time.Time     // when the last one ended; only the worker's own goroutine uses it
}

// run takes the channel's wake-ups, one at a time, once it knows what the channel accepts, or that it cannot be asked.
func (w *worker) run(ctx context.Context) error {
	for _, known := range []<-chan struct{}{w.probed, w.pauses} {
		select {
		case <-known:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	stopping := ctx.Done()
	return w.bus.Work(ctx, event.QueueStream, bus.QueueConsumer(w.channel.LedgerName()), func(ctx context.Context, m *bus.Message) bus.Outcome {
		item, err := event.ParseItem(m.Subject)
		if err != nil {
			w.log.Error("a wake-up that names nothing", "subject", m.Subject, "error", err)
			return bus.Done
		}
		outcome, err := w.attend(ctx, stopping, item)
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

// attend makes the channel show what is wanted of an item, as far as that is possible now. When the process is to stop, it
// ends between two steps: the ledger knows where to go on.
func (w *worker) attend(ctx context.Context, stopping <-chan struct{}, item event.Item) (bus.Outcome, error) {
	at, err := w.ledger.read(ctx, item)
	if err != nil {
		return bus.Done, err
	}
	for range maxSteps {
		wanted, content, err := w.reader.wanted(ctx, item, w.channel, w.firstSeen, at.delivery)
		if err != nil {
			return bus.Done, err
		}
		changed := w.gate.signal()
		p := next(w.since(at.delivery), wanted, w.now(), w.config.LookMargin)
		w.log.Debug("planned", "post", item.Post, "language", item.Language, "step", p.step.String())
		switch {
		case p.step == settle:
			return bus.Done, nil
		case p.step == wait && down(at.delivery): // in hand, so that it goes on at once when the channel is back
		case p.step == wait && holds(at.delivery):
			return bus.Again(p.until.Sub(w.now())), nil
		case p.step == wait:
			return bus.Done, w.bus.WakeAt(ctx, item.QueueSubject(), p.until)
		case p.step.calls():
			var open bool
			if open, p.until = w.gate.pass(); !open {
				p.step = wait
			} else if paced := w.last.Add(w.pace); p.step.shows() && w.now().Before(paced) {
				p = plan{wait, paced}
			}
		}
		if p.step == wait {
			if !w.gate.wait(ctx, stopping, changed, p.until) {
				return bus.Again(0), nil
			}
			if at, err = w.ledger.read(ctx, item); err != nil {
				return bus.Done, err
			}
			continue
		}
		select {
		case <-stopping:
			return bus.Again(0), nil
		default:
		}
		if at, err = w.take(ctx, item, at, p.step, wanted, content); err != nil {
			return bus.Done, err
		}
	}
	return bus.Again(contested), nil
}

// down reports whether a delivery waits for its channel.
func down(d *event.Delivery) bool {
	return d != nil && d.State == event.Waiting && d.Verdict == string(channel.ChannelDown) && (d.Intent == nil || d.Intent.Action == event.Withdraw)
}

// since is a delivery as it is to be planned: one that waited for its channel is due once that is back, or somebody resumed it.
func (w *worker) since(d *event.Delivery) *event.Delivery {
	if d == nil || d.State != event.Waiting || d.Verdict != string(channel.ChannelDown) || !d.Time.Before(w.gate.since()) {
		return d
	}
	due := *d
	due.Until = time.Time{}
	return &due
}

// holds reports whether a delivery that waits keeps its channel's queue in order behind it, because it may be the
// channel that is away. One that goes on failing by itself waits aside, and so does one whose answer was lost.
func holds(d *event.Delivery) bool {
	if d == nil || d.State != event.Waiting || d.Intent != nil && d.Intent.Action != event.Withdraw {
		return false
	}
	return d.Attempt <= holdAttempts
}

// take carries one step out and records it.
func (w *worker) take(ctx context.Context, item event.Item, at page, s step, wanted want, content channel.Content) (page, error) {
	switch s {
	case create, edit:
		return w.show(ctx, item, at, wanted, content)
	case recreate:
		old, err := w.reader.content(ctx, item, at.delivery)
		if err != nil {
			return at, err
		}
		return w.recreate(ctx, item, at, old)
	case withdraw:
		return w.withdraw(ctx, item, at)
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
		if i := at.delivery.Intent; i.Action == event.Edit {
			unsure(d, i.Part) // it may have happened
		}
		return w.ledger.write(ctx, item, at, d)
	case expire:
		return w.reject(ctx, item, at, wanted.revision, verdictOver, "its time to be sent ended at "+content.Post.Until.String())
	case shelve:
		return w.shelve(ctx, item, at, wanted.revision)
	case settle, wait, upload, ready:
	}
	return at, fmt.Errorf("no such step: %s", s)
}

// show composes what is wanted and takes the next step towards it.
func (w *worker) show(ctx context.Context, item event.Item, at page, wanted want, content channel.Content) (page, error) {
	appearance, err := w.compose(content)
	if err != nil {
		return w.reject(ctx, item, at, wanted.revision, string(channel.Rejected), err.Error())
	}
	m := advance(at.delivery, appearance.Parts, w.now())
	intent := event.Intent{Part: m.part, Revision: wanted.revision, Position: wanted.position}
	at.delivery = wantedUntil(at.delivery, wanted.until)
	switch m.step {
	case ready:
		return w.ready(ctx, item, at, m.handed, wanted.revision)
	case upload:
		intent.Action, intent.Medium = event.Upload, m.medium.Hash
	case withdraw:
		intent.Action = event.Withdraw
	case create, edit:
		intent.Action, intent.Fingerprint = event.Create, appearance.Parts[m.part].Fingerprint()
		if m.step == edit {
			intent.Action = event.Edit
		}
		if v := w.reachable(ctx, content, &appearance, m); v.Meaning == channel.Retry {
			return w.unreachable(ctx, item, at, v, wanted.revision)
		}
	default:
		return w.sameLook(ctx, item, at, wanted.revision)
	}
	intent.Key = w.key(item, content, at.delivery, intent)
	return w.call(ctx, item, at, intent, w.attempt(item, content, at.delivery, appearance.Parts, intent), appearance.Parts)
}

// wantedUntil notes until when an item is wanted: for so long it is tried.
func wantedUntil(d *event.Delivery, until time.Time) *event.Delivery {
	if d == nil && until.IsZero() {
		return nil
	}
	noted := &event.Delivery{}
	if d != nil {
		*noted = *d
	}
	noted.WantedUntil = until
	return noted
}

// shelve records that an item became too old while the channel was away. Staff decide about a post; a reminder or a notice
// is of no use any more.
func (w *worker) shelve(ctx context.Context, item event.Item, at page, revision int) (page, error) {
	d := carry(at.delivery, w.now())
	settled(d)
	d.State, d.Undecided, d.Revision, d.Reason = event.Waiting, true, revision, shelved
	if !item.IsPost() {
		d.State, d.Undecided, d.Reason = event.Skipped, false, "older than a day when the channel came back"
	}
	d.Appearances = appearances(at.delivery, event.Create)
	return w.ledger.write(ctx, item, at, d)
}

const shelved = "older than a day when the channel came back: 'carillon send' sends it all the same"

// reachable asks for what the first part makes others ask for: the page it links to, and files of ours that it shows.
func (w *worker) reachable(ctx context.Context, content channel.Content, a *channel.Appearance, m move) channel.Verdict {
	if m.part > 0 || content.Post == nil { // a reminder links to somebody else's page, which is not ours to wait for
		return channel.Verdict{Meaning: channel.Delivered}
	}
	addresses := a.Addresses
	if m.step == create {
		addresses = append([]string{content.Permalink}, addresses...)
	}
	for _, address := range addresses {
		if v := w.pages.served(ctx, address); v.Meaning == channel.Retry {
			return v
		}
	}
	return channel.Verdict{Meaning: channel.Delivered}
}

// unreachable waits for a page or a file of ours.
func (w *worker) unreachable(ctx context.Context, item event.Item, at page, v channel.Verdict, revision int) (page, error) {
	d := carry(at.delivery, w.now())
	d.Attempt++
	d.Verdict, d.Reason, d.Revision = string(v.Meaning), v.Reason, revision
	d.Appearances = appearances(at.delivery, event.Create) // the key that comes must not be the withdrawn status's
	postpone(d, v, w.now(), jitter())
	return w.ledger.write(ctx, item, at, d)
}

// ready asks for a picture that was handed over. Asking changes nothing, so it needs no intent.
func (w *worker) ready(ctx context.Context, item event.Item, at page, h event.Medium, revision int) (page, error) {
	call, cancel := context.WithTimeout(ctx, w.config.CallTimeout)
	defer cancel()
	v := channel.Verdict{Meaning: channel.Rejected, Reason: noUploads}
	if u, ok := w.driver.(channel.Uploader); ok {
		v = u.Ready(call, channel.Receipt{IDs: []string{h.ID}})
	}
	w.metrics.calls.WithLabelValues(w.channel.Name, string(v.Meaning)).Inc()
	v = w.heard(ctx, v)
	return w.ledger.write(ctx, item, at, asked(at.delivery, h, revision, v, w.now(), jitter()))
}

const noUploads = "this type of channel takes no pictures"

// withdraw takes back the last part that is shown, or makes an interrupted withdrawal again.
func (w *worker) withdraw(ctx context.Context, item event.Item, at page) (page, error) {
	shown := at.delivery.Shown
	intent := event.Intent{Action: event.Withdraw, Revision: max(shown.Revision, at.delivery.Revision), Part: len(shown.Parts) - 1}
	if i := at.delivery.Intent; i != nil {
		intent = *i
		intent.Began = time.Time{}
	}
	return w.call(ctx, item, at, intent, channel.Attempt{}, nil)
}

// reject records that the channel does not show a revision, and will not.
func (w *worker) reject(ctx context.Context, item event.Item, at page, revision int, verdict, reason string) (page, error) {
	d := carry(at.delivery, w.now())
	settled(d)
	if d.Shown == nil {
		d.Appearances = appearances(at.delivery, event.Create) // a correction must not come with the withdrawn status's key
	}
	d.State, d.Reason, d.Revision, d.Verdict, d.Uploads = event.Rejected, reason, revision, verdict, nil
	return w.ledger.write(ctx, item, at, d)
}

// sameLook records that a correction changes nothing this channel shows.
func (w *worker) sameLook(ctx context.Context, item event.Item, at page, revision int) (page, error) {
	d := carry(at.delivery, w.now())
	settled(d)
	shown := *d.Shown
	shown.Revision = revision
	d.State, d.Shown, d.Revision, d.Uploads = event.Delivered, &shown, revision, nil
	return w.ledger.write(ctx, item, at, d)
}

// recreate repeats a create that was looked for twice and not found, with the same key and the same words.
func (w *worker) recreate(ctx context.Context, item event.Item, at page, content channel.Content) (page, error) {
	intent := *at.delivery.Intent
	appearance, err := w.compose(content)
	if err == nil && intent.Part >= len(appearance.Parts) {
		err = fmt.Errorf("part %d of it was to be sent, and now it has %d", intent.Part+1, len(appearance.Parts))
	}
	if err != nil { // what the channel accepts has changed since
		return w.reject(ctx, item, at, intent.Revision, string(channel.Rejected), err.Error())
	}
	return w.call(ctx, item, at, intent, w.attempt(item, content, at.delivery, appearance.Parts, intent), appearance.Parts)
}

// call records the intent, makes the call, and records what came of it. parts are those of the appearance it belongs to.
func (w *worker) call(ctx context.Context, item event.Item, at page, intent event.Intent, attempt channel.Attempt, parts []channel.Part) (page, error) {
	began := w.now()
	intent.Deadline = began.Add(w.config.CallTimeout)
	medium, _ := mediumOf(intent, parts)
	if intent.Action == event.Upload {
		intent.Deadline = intent.Deadline.Add(time.Duration(medium.Size) * time.Second / uploadRate)
	}
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
	w.gate.called()
	v := w.dial(call, intent, d, attempt, medium)
	w.last = w.now()
	w.metrics.calls.WithLabelValues(w.channel.Name, string(v.Meaning)).Inc()
	if v.Meaning != channel.Delivered && v.Meaning != channel.Pending {
		w.log.Warn("a call was not answered as wished", "post", item.Post, "language", item.Language,
			"action", string(intent.Action), "part", intent.Part+1, "verdict", string(v.Meaning), "reason", v.Reason, "attempt", d.Attempt)
	}
	v = w.heard(ctx, v)
	return w.ledger.write(ctx, item, at, outcome(d, intent, parts, v, w.now(), jitter()))
}

// uploadRate is how fast a picture is sent at the least, in bytes a second.
const uploadRate = 256 << 10

// mediumOf is the picture that an intent hands over.
func mediumOf(intent event.Intent, parts []channel.Part) (channel.Medium, bool) {
	if intent.Action == event.Upload && intent.Part < len(parts) {
		for _, m := range parts[intent.Part].Media {
			if m.Hash == intent.Medium {
				return m, true
			}
		}
	}
	return channel.Medium{}, false
}

func (w *worker) dial(ctx context.Context, intent event.Intent, d *event.Delivery, attempt channel.Attempt, medium channel.Medium) channel.Verdict {
	if ctx.Err() != nil {
		return channel.Verdict{Meaning: channel.Retry, Reason: "recording the intent took too long; nothing was sent"}
	}
	var receipt channel.Receipt
	if shown := receipts(d, intent.Part+1); intent.Part < len(shown) {
		receipt = shown[intent.Part]
	}
	switch intent.Action {
	case event.Create:
		return w.driver.Create(ctx, attempt)
	case event.Edit:
		return w.driver.Edit(ctx, receipt, attempt)
	case event.Withdraw:
		return w.driver.Withdraw(ctx, receipt)
	case event.Upload:
		if u, ok := w.driver.(channel.Uploader); ok {
			return u.Upload(ctx, w.upload(medium))
		}
		return channel.Verdict{Meaning: channel.Rejected, Reason: noUploads}
	}
	return channel.Verdict{Meaning: channel.Rejected, Reason: "no such action"}
}

// upload is a picture as the media store has it.
func (w *worker) upload(m channel.Medium) channel.Upload {
	return channel.Upload{Medium: m, Open: func(ctx context.Context) (io.ReadCloser, int64, error) {
		store, err := w.bus.Media(ctx)
		if err != nil {
			return nil, 0, err
		}
		return store.Open(ctx, m.Hash)
	}}
}

// look finds out what a create did whose answer was lost.
func (w *worker) look(ctx context.Context, item event.Item, at page) (page, error) {
	intent := at.delivery.Intent
	content, err := w.reader.content(ctx, item, at.delivery)
	if err != nil {
		return at, err
	}
	appearance, err := w.compose(content)
	if err != nil {
		w.log.Warn("what was sent cannot be composed any more; it is looked for by its key and link", "post", item.Post, "error", err)
	}
	attempt := w.attempt(item, content, at.delivery, appearance.Parts, *intent)
	call, cancel := context.WithTimeout(ctx, w.config.CallTimeout)
	defer cancel()
	w.gate.called()
	v := channel.Verdict{Meaning: channel.NotThere}
	if !w.config.Blind {
		v = w.driver.Find(call, attempt, intent.Began)
	}
	w.metrics.looks.WithLabelValues(w.channel.Name, string(v.Meaning)).Inc()
	v = w.heard(ctx, v)
	return w.ledger.write(ctx, item, at, looked(at.delivery, appearance.Parts, v, w.now(), w.config.LookAgain, jitter()))
}

func (w *worker) compose(content channel.Content) (channel.Appearance, error) {
	var limits channel.Limits
	if l := w.limits.Load(); l != nil {
		limits = *l
	}
	return w.channel.Driver.Compose(w.channel.Settings, limits, content)
}
