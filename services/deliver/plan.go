package deliver

import (
	"time"

	"carillon.example/pkg/event"
)

// want is what a channel should show of an item.
type want struct {
	shown    bool   // false: nothing
	revision int    // the revision that last changed what the item says
	position uint64 // where its content stands in POSTS or REMINDERS
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
)

func (s step) String() string {
	return [...]string{"settle", "wait", "create", "edit", "withdraw", "look", "recreate", "forget", "release"}[s]
}

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
			return plan{step: create}
		}
		return plan{step: settle}
	case d.State == event.Uncertain, d.State == event.Skipped:
		return plan{step: settle} // only a person changes that
	case d.Intent != nil:
		return inDoubt(d, w, now, margin)
	case d.Shown != nil:
		return shown(d, w, now)
	}
	return notShown(d, w, now)
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
		case w.shown:
			return plan{step: recreate}
		}
		return plan{step: forget}
	case event.Withdraw:
		return plan{step: withdraw} // even if it is wanted again: then it is a new appearance
	case event.Edit:
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
			return plan{step: create}
		}
		return plan{step: settle}
	case event.Rejected:
		if w.shown && d.Revision >= w.revision {
			return plan{step: settle}
		}
	case event.Waiting:
		if w.shown && d.Revision >= w.revision && now.Before(d.Until) {
			return plan{wait, d.Until}
		}
	case event.Sending, event.Delivered, event.Uncertain, event.Skipped:
	}
	if w.shown {
		return plan{step: create}
	}
	return plan{step: forget}
}

// verdictCannotWithdraw marks a withdrawal that the channel refuses for good, or that was tried for too long.
const verdictCannotWithdraw = "cannot withdraw"
