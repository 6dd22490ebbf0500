package deliver

import (
	"math/rand/v2"
	"slices"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// How long is waited after failures that pass.
const (
	firstBackoff = 2 * time.Second
	longBackoff  = 10 * time.Minute
	// wantedFor is how long a delivery is tried.
	wantedFor = 72 * time.Hour

	// A picture that the other end works on is asked for soon at first.
	firstPending = 500 * time.Millisecond
	longPending  = time.Minute
)

// outcome turns the verdict on a call into the next state of the ledger. intent is the call's, parts are those of the
// appearance it belongs to, none for a withdrawal. It is pure, but for the jitter that its caller draws.
func outcome(before *event.Delivery, intent event.Intent, parts []channel.Part, v channel.Verdict, now time.Time, jitter float64) *event.Delivery {
	after := carry(before, now)
	after.Verdict, after.Reason, after.Revision = string(v.Meaning), v.Reason, intent.Revision
	switch v.Meaning {
	case channel.Delivered:
		delivered(after, intent, parts, v.Receipt, now)
	case channel.Pending:
		hand(after, intent, parts, v, now)
		postpone(after, v, now, jitter)
	case channel.NotThere:
		if intent.Action == event.Upload { // nothing was named that could be missing
			tryLater(after, intent, v, now, jitter)
			break
		}
		gone(after, intent, parts, now)
	case channel.Rejected:
		settled(after)
		after.State, after.Uploads = event.Rejected, nil // a correction hands its pictures over anew
		if whole(intent) {
			after.Verdict = verdictCannotWithdraw
		}
	case channel.Retry, channel.ChannelDown:
		if !mayStillHappen(intent, v) {
			intent.Deadline = now // the call has ended
		}
		if v.Meaning == channel.ChannelDown {
			after.Attempt = max(after.Attempt-1, 0) // it is not this delivery that fails
		}
		tryLater(after, intent, v, now, jitter)
	case channel.Uncertain:
		if intent.Action == event.Create {
			after.State, after.Intent = event.Sending, &intent // to be looked for
			break
		}
		tryLater(after, intent, v, now, jitter)
	}
	return after
}

// tryLater waits before a call is made again. A withdrawal that has begun stays on record, to be finished whatever is
// wanted by then: its answer may have been lost. After an edit nobody knows which words are shown.
func tryLater(d *event.Delivery, intent event.Intent, v channel.Verdict, now time.Time, jitter float64) {
	postpone(d, v, now, jitter)
	switch intent.Action {
	case event.Withdraw:
		switch {
		case d.State == event.Waiting:
			d.Intent = &intent
		case whole(intent):
			d.Verdict = verdictCannotWithdraw // given up: without this it would be made again at once, for ever
		}
	case event.Edit:
		unsure(d, intent.Part)
		if d.State == event.Waiting && mayStillHappen(intent, v) {
			d.Intent = &intent // the next edit waits until it cannot be overtaken
		}
	case event.Create, event.Upload:
	}
}

// mayStillHappen reports whether an edit may yet take effect at the other end although it was given up: a driver says Retry
// of one whose answer was lost, because it can simply be made again. If the newer words were sent before the older ones
// arrive, the older ones would stay.
func mayStillHappen(intent event.Intent, v channel.Verdict) bool {
	return intent.Action == event.Edit && (v.Meaning == channel.Uncertain || v.Meaning == channel.Retry && v.After == 0)
}

// whole reports whether a withdrawal is part of taking everything back. One that shortens a thread belongs to a content.
func whole(intent event.Intent) bool { return intent.Action == event.Withdraw && intent.Position == 0 }

// carry copies a state without what belongs to the step that made it.
func carry(before *event.Delivery, now time.Time) *event.Delivery {
	after := &event.Delivery{}
	if before != nil {
		*after = *before
	}
	after.Time, after.Intent, after.Until, after.Reason, after.Verdict, after.Undecided = now, nil, time.Time{}, "", "", false
	return after
}

func settled(d *event.Delivery) {
	d.Attempt, d.Looks, d.WaitingSince = 0, 0, time.Time{}
}

// delivered records what a call that was answered as wished has done.
func delivered(d *event.Delivery, intent event.Intent, parts []channel.Part, r channel.Receipt, now time.Time) {
	switch intent.Action {
	case event.Create, event.Edit:
		p := event.Part{IDs: r.IDs, Link: r.Link, Fingerprint: intent.Fingerprint}
		if intent.Part < len(parts) {
			p.Media, _ = mediaOf(d, intent.Part, &parts[intent.Part], now)
		}
		put(d, intent.Part, p)
	case event.Withdraw:
		drop(d, intent.Part)
		d.Dropped++
	case event.Upload:
		hand(d, intent, parts, channel.Verdict{Meaning: channel.Delivered, Receipt: r}, now)
	}
	conclude(d, intent.Revision, parts, now)
}

// conclude says where a delivery is after a step towards an appearance: at its end, or on its way.
func conclude(d *event.Delivery, revision int, parts []channel.Part, now time.Time) {
	settled(d)
	switch {
	case advance(d, parts, now).step != settle:
		d.State = event.Sending
	case d.Shown == nil:
		d.State, d.Uploads, d.Dropped = event.DeliveryWithdrawn, nil, 0
	default:
		shown := *d.Shown
		shown.Revision = revision
		d.State, d.Shown, d.Uploads = event.Delivered, &shown, nil
	}
}

// hand records a picture that the channel has now.
func hand(d *event.Delivery, intent event.Intent, parts []channel.Part, v channel.Verdict, now time.Time) {
	if intent.Part >= len(parts) || len(v.Receipt.IDs) == 0 {
		return
	}
	for _, m := range parts[intent.Part].Media {
		if m.Hash == intent.Medium {
			d.Uploads = append(slices.Clone(d.Uploads), event.Medium{
				ID: v.Receipt.IDs[0], Hash: m.Hash, Alt: m.Alt, FocusX: m.FocusX, FocusY: m.FocusY, Pending: v.Meaning == channel.Pending, Time: now,
			})
			return
		}
	}
}

// asked turns the answer to whether a picture can be shown into the next state.
func asked(before *event.Delivery, h event.Medium, revision int, v channel.Verdict, now time.Time, jitter float64) *event.Delivery {
	after := carry(before, now)
	after.Verdict, after.Reason, after.Revision = string(v.Meaning), v.Reason, revision
	after.Uploads = slices.DeleteFunc(slices.Clone(after.Uploads), func(u event.Medium) bool { return u.ID == h.ID })
	switch v.Meaning {
	case channel.Delivered:
		settled(after)
		h.Pending = false
		after.State, after.Uploads = event.Sending, append(after.Uploads, h)
	case channel.Rejected:
		settled(after)
		after.State = event.Rejected
	case channel.NotThere: // it is handed over again
		after.Attempt++
		postpone(after, v, now, jitter)
	case channel.Pending, channel.Retry, channel.ChannelDown, channel.Uncertain:
		after.Uploads = before.Uploads
		if v.Meaning != channel.ChannelDown {
			after.Attempt++
		}
		postpone(after, v, now, jitter)
	}
	return after
}

// gone is what an edit or a withdrawal found missing, or what a create was to reply to. What somebody deleted by hand stays
// deleted, and nothing is added to what is left.
func gone(d *event.Delivery, intent event.Intent, parts []channel.Part, now time.Time) {
	switch intent.Action {
	case event.Withdraw:
		drop(d, intent.Part)
		d.Dropped++
		conclude(d, intent.Revision, parts, now)
		return
	case event.Edit:
		drop(d, intent.Part)
	case event.Create, event.Upload:
	}
	settled(d)
	d.State, d.Reason, d.Uploads = event.Skipped, "deleted there", nil
}

// postpone waits, unless it has been tried for too long: for 72 hours, or for as long as the post says. A channel that is down is waited for without end, and that time
// does not count: nothing fails because of it.
func postpone(d *event.Delivery, v channel.Verdict, now time.Time, jitter float64) {
	if v.Meaning == channel.ChannelDown {
		d.State, d.Until, d.WaitingSince = event.Waiting, now.Add(v.After), time.Time{}
		return
	}
	if d.WaitingSince.IsZero() {
		d.WaitingSince = now
	}
	if now.Sub(d.WaitingSince) > wantedFor && !now.Before(d.WantedUntil) {
		settled(d) // a correction has its own 72 hours
		d.State, d.Reason = event.Rejected, "given up after 72 hours: "+v.Reason
		return
	}
	d.State, d.Until = event.Waiting, now.Add(backoff(d.Attempt, v, jitter))
}

// looked turns the verdict on a look into the next state.
//
// parts are those of the appearance that was looked for; none if it cannot be composed any more. Then it is compared anew.
func looked(before *event.Delivery, parts []channel.Part, v channel.Verdict, now time.Time, again time.Duration, jitter float64) *event.Delivery {
	after := carry(before, now)
	intent := *before.Intent
	after.Verdict, after.Reason = string(v.Meaning), v.Reason
	switch v.Meaning {
	case channel.Delivered:
		delivered(after, intent, parts, v.Receipt, now)
		after.Revision = intent.Revision
	case channel.NotThere:
		after.Intent, after.Looks = &intent, before.Looks+1
		after.State, after.Until = event.Waiting, now.Add(again)
		after.Reason = "the answer was lost, and it is not there; looking once more"
		if after.Looks > 1 {
			after.Until = now
		}
	case channel.Rejected:
		after.Intent, after.State = &intent, event.Uncertain
	case channel.Retry, channel.ChannelDown, channel.Uncertain, channel.Pending:
		after.Intent, after.State = &intent, event.Waiting
		after.Attempt++ // so that a channel that cannot be looked at is asked less and less often
		after.Until = now.Add(backoff(after.Attempt, v, jitter))
	}
	return after
}

// backoff is how long is waited: what the other end asks for, else doubling with full jitter up to a cap.
func backoff(attempt int, v channel.Verdict, jitter float64) time.Duration {
	if v.After > 0 {
		return v.After
	}
	if v.Meaning == channel.Pending {
		return min(firstPending<<min(max(attempt-1, 0), 20), longPending)
	}
	ceiling := firstBackoff << min(max(attempt-1, 0), 20)
	if ceiling > longBackoff {
		ceiling = longBackoff
	}
	return max(time.Duration(jitter*float64(ceiling)), 200*time.Millisecond)
}

func jitter() float64 { return rand.Float64() }
