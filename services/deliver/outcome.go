package deliver

import (
	"math/rand/v2"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// How long is waited after failures that pass.
const (
	firstBackoff = 2 * time.Second
	longBackoff  = 10 * time.Minute
	downBackoff  = 30 * time.Second
	// wantedFor is how long a delivery is tried.
	wantedFor = 72 * time.Hour
)

// outcome turns the verdict on a call into the next state of the ledger. intent is the call's. It is pure, but for the
// jitter that its caller draws.
func outcome(before *event.Delivery, intent event.Intent, v channel.Verdict, now time.Time, jitter float64) *event.Delivery {
	after := carry(before, now)
	after.Verdict, after.Reason, after.Revision = string(v.Meaning), v.Reason, intent.Revision
	switch v.Meaning {
	case channel.Delivered:
		delivered(after, intent, v.Receipt)
	case channel.NotThere:
		gone(after, intent)
	case channel.Rejected:
		settled(after)
		after.State = event.Rejected
		if intent.Action == event.Withdraw {
			after.Verdict = verdictCannotWithdraw
		}
	case channel.Retry, channel.ChannelDown:
		intent.Deadline = now // the call has ended
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
		if d.State == event.Waiting {
			d.Intent = &intent
		} else {
			d.Verdict = verdictCannotWithdraw // given up: without this it would be made again at once, for ever
		}
	case event.Edit:
		unsure(d)
		if v.Meaning == channel.Uncertain && d.State == event.Waiting {
			d.Intent = &intent // it may still happen: the next edit waits until it cannot overtake
		}
	case event.Create:
	}
}

// unsure says that what is shown may be of one revision or another: the next edit is made even if it looks needless.
func unsure(d *event.Delivery) {
	if d.Shown != nil {
		shown := *d.Shown
		shown.Fingerprint = ""
		d.Shown = &shown
	}
}

// carry copies a state without what belongs to the step that made it.
func carry(before *event.Delivery, now time.Time) *event.Delivery {
	after := &event.Delivery{}
	if before != nil {
		*after = *before
	}
	after.Time, after.Intent, after.Until, after.Reason, after.Verdict = now, nil, time.Time{}, "", ""
	return after
}

func settled(d *event.Delivery) {
	d.Attempt, d.Looks, d.WaitingSince = 0, 0, time.Time{}
}

func delivered(d *event.Delivery, intent event.Intent, r channel.Receipt) {
	settled(d)
	if intent.Action == event.Withdraw {
		d.State, d.Shown = event.DeliveryWithdrawn, nil
		return
	}
	shown := &event.Shown{IDs: r.IDs, Link: r.Link, Revision: intent.Revision, Fingerprint: intent.Fingerprint}
	if d.Shown != nil && len(shown.IDs) == 0 {
		shown.IDs = d.Shown.IDs
	}
	if d.Shown != nil && shown.Link == "" {
		shown.Link = d.Shown.Link
	}
	d.State, d.Shown = event.Delivered, shown
}

// gone is what an edit or a withdrawal found missing. What somebody deleted by hand stays deleted.
func gone(d *event.Delivery, intent event.Intent) {
	settled(d)
	d.Shown = nil
	if intent.Action == event.Withdraw {
		d.State = event.DeliveryWithdrawn
		return
	}
	d.State, d.Reason = event.Skipped, "deleted there"
}

// postpone waits, unless it has been tried for too long. A channel that is down is waited for without end, and that time
// does not count: nothing fails because of it.
func postpone(d *event.Delivery, v channel.Verdict, now time.Time, jitter float64) {
	if v.Meaning == channel.ChannelDown {
		d.State, d.Until, d.WaitingSince = event.Waiting, now.Add(backoff(d.Attempt, v, jitter)), time.Time{}
		return
	}
	if d.WaitingSince.IsZero() {
		d.WaitingSince = now
	}
	if now.Sub(d.WaitingSince) > wantedFor {
		settled(d) // a correction has its own 72 hours
		d.State, d.Reason = event.Rejected, "given up after 72 hours: "+v.Reason
		return
	}
	d.State, d.Until = event.Waiting, now.Add(backoff(d.Attempt, v, jitter))
}

// looked turns the verdict on a look into the next state.
func looked(before *event.Delivery, v channel.Verdict, now time.Time, again time.Duration, jitter float64) *event.Delivery {
	after := carry(before, now)
	intent := *before.Intent
	after.Verdict, after.Reason = string(v.Meaning), v.Reason
	switch v.Meaning {
	case channel.Delivered:
		delivered(after, intent, v.Receipt)
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
	case channel.Retry, channel.ChannelDown, channel.Uncertain:
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
	if v.Meaning == channel.ChannelDown {
		return downBackoff
	}
	ceiling := firstBackoff << min(max(attempt-1, 0), 20)
	if ceiling > longBackoff {
		ceiling = longBackoff
	}
	return max(time.Duration(jitter*float64(ceiling)), 200*time.Millisecond)
}

func jitter() float64 { return rand.Float64() }
