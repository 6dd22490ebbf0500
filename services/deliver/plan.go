package deliver

import (
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// want is what a channel should show of an item.
type want struct {
	shown    bool      // false: nothing
	revision int       // the revision that last changed what the item says
	position uint64    // where its content stands in POSTS or REMINDERS
	until    time.Time // what is not shown by then is not sent any more; zero: no such time
	since    time.Time // when it was first wanted; zero: it does not grow old
	changed  time.Time // when what it says last changed; zero: never
}

// over reports whether the time to begin showing it has passed, and nobody has asked for it since.
func (w want) over(d *event.Delivery, now time.Time) bool {
	return !w.until.IsZero() && !now.Before(w.until) && (d == nil || d.Asked.Before(w.until))
}

// oldAfter is how old what was not begun may become while its channel is away: older, a person decides.
const oldAfter = 24 * time.Hour

// old reports whether something became too old to be sent without asking, and not by failing: nobody tried, or the channel
// was down. What fails by itself is tried for longer than that.
func (w want) old(d *event.Delivery, now time.Time) bool {
	since := w.since
	if since.IsZero() {
		return false
	}
	if d != nil {
		if d.Verdict != string(channel.ChannelDown) {
			return false
		}
		since = latest(since, w.changed, d.Asked)
	}
	return now.Sub(since) > oldAfter
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// step is the next thing to do about an item.
type step int

const (
	// settle: nothing is to be done.
	settle step = iota
	// wait: nothing yet; look again at the plan's time.
	wait
	// create, edit and withdraw are calls that are recorded first.
	create
	edit
	withdraw
	// look finds out what a call did whose answer was lost.
	look
	// recreate repeats a create that looking did not find, with the key and the revision of its intent.
	recreate
	// forget: it was never shown and is not wanted any more.
	forget
	// release takes an interrupted edit or an intent that came to nothing off the record, and plans again.
	release
	// expire: the time to send it has passed.
	expire
	// shelve: it became too old while the channel was away.
	shelve
	// upload hands over a picture, and ready asks whether one that was handed over can be shown. They are moves of a create
	// or an edit.
	upload
	ready
)

func (s step) String() string {
	return [...]string{"settle", "wait", "create", "edit", "withdraw", "look", "recreate", "forget", "release", "expire", "shelve", "upload", "ready"}[s]
}

// calls reports whether a step calls the channel.
func (s step) calls() bool { return s.shows() || s == look }

// shows reports whether a step may change what the channel shows.
func (s step) shows() bool { return s == create || s == edit || s == withdraw || s == recreate }

// plan is a step and, for wait, until when.
type plan struct {
	step  step
	until time.Time
}

// next decides what to do about an item, from what is wanted and what the ledger says; nil is an item without a ledger.
// What is in doubt is finished first, and not before its deadline has passed with a margin. It is pure.
func next(d *event.Delivery, w want, now time.Time, margin time.Duration) plan {
	switch {
	case d == nil:
		if w.shown {
			return begin(d, w, now)
		}
		return plan{step: settle}
	case d.Undecided && w.shown:
		return plan{step: settle} // only a person changes that, too
	case d.State == event.Uncertain:
		return plan{step: settle} // only a person changes that
	case d.State == event.Skipped:
		if d.Shown != nil && !w.shown {
			return plan{step: withdraw} // what somebody left of a thread
		}
		return plan{step: settle}
	case d.Intent != nil:
		return inDoubt(d, w, now, margin)
	case d.Shown != nil:
		return shown(d, w, now)
	}
	return notShown(d, w, now)
}

// begin plans for what is wanted and was never shown.
func begin(d *event.Delivery, w want, now time.Time) plan {
	switch {
	case w.over(d, now):
		return plan{step: expire}
	case w.old(d, now):
		return plan{step: shelve}
	}
	return plan{step: create}
}

// inDoubt plans for a call that has begun and whose end is not recorded.
func inDoubt(d *event.Delivery, w want, now time.Time, margin time.Duration) plan {
	if over := d.Intent.Deadline.Add(margin); now.Before(over) {
		return plan{wait, over}
	}
	if d.State == event.Waiting && now.Before(d.Until) {
		return plan{wait, d.Until}
	}
	switch d.Intent.Action {
	case event.Create:
		switch {
		case d.Looks < 2:
			return plan{step: look}
		case w.shown && d.Intent.Part == 0 && w.over(d, now):
			return plan{step: expire}
		case w.shown:
			return plan{step: recreate}
		case d.Shown != nil:
			return plan{step: release} // the parts before it are still there
		}
		return plan{step: forget}
	case event.Withdraw:
		return plan{step: withdraw} // even if it is wanted again: then it is a new appearance
	case event.Edit, event.Upload:
		return plan{step: release}
	}
	return plan{step: release}
}

// shown plans for an item that the channel shows.
func shown(d *event.Delivery, w want, now time.Time) plan {
	switch {
	case !w.shown && d.State == event.Rejected && d.Verdict == verdictCannotWithdraw:
		return plan{step: settle}
	case w.shown && d.Shown.Revision >= w.revision:
		return plan{step: settle}
	case w.shown && d.State == event.Rejected && d.Revision >= w.revision:
		return plan{step: settle}
	case d.State == event.Waiting && d.Revision >= w.revision && now.Before(d.Until):
		return plan{wait, d.Until}
	case w.shown:
		return plan{step: edit}
	}
	return plan{step: withdraw}
}

// notShown plans for an item that the channel does not show, as far as anybody knows.
func notShown(d *event.Delivery, w want, now time.Time) plan {
	switch d.State {
	case event.DeliveryWithdrawn:
		if w.shown {
			return begin(d, w, now)
		}
		return plan{step: settle}
	case event.Rejected:
		if w.shown && d.Revision >= w.revision && (d.Verdict != verdictOver || w.over(d, now)) {
			return plan{step: settle}
		}
	case event.Waiting:
		if w.shown && d.Revision >= w.revision && now.Before(d.Until) {
			return plan{wait, d.Until}
		}
	case event.Sending, event.Delivered, event.Uncertain, event.Skipped:
	}
	if w.shown {
		return begin(d, w, now)
	}
	return plan{step: forget}
}

// verdictCannotWithdraw marks a withdrawal that the channel refuses for good, or that was tried for too long.
const verdictCannotWithdraw = "cannot withdraw"

// verdictOver marks what was not sent because its time had passed. A correction that sets another time is sent.
const verdictOver = "too late"
