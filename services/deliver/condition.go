package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// probed is a channel's condition after it was asked who we are. That is told apart from whether it is down: a token that
// may post need not be allowed to ask. So a probe that fails takes the channel down only if the one before was answered, and
// one that is answered brings it back only if the one before failed; the rest is said by calls.
func probed(c *event.Condition, learnt channel.Condition, v channel.Verdict, now time.Time) {
	first, worked := c.Time.IsZero(), c.Works
	c.Time, c.Works = now, v.Meaning == channel.Delivered
	switch {
	case c.Works:
		c.Account = learnt.Account
		if c.Down && !worked {
			c.Down, c.Since = false, now
		}
		if !c.Down {
			c.Reason = ""
		}
		return
	case v.Meaning == channel.ChannelDown && (first || worked) && !c.Down:
		c.Down, c.Since = true, now
	}
	c.Reason = v.Reason
}

// heard takes from the verdict on a call what it says of the channel, and says how long one that is down is left alone.
func (w *worker) heard(ctx context.Context, v channel.Verdict) channel.Verdict {
	_, known := w.gate.state()
	switch v.Meaning {
	case channel.ChannelDown:
		if v.After == 0 {
			v.After = w.config.DownAgain
		}
		w.note(ctx, func(c *event.Condition) bool {
			if c.Down {
				return false
			}
			c.Down, c.Since, c.Reason = true, w.now(), v.Reason
			return true
		})
		w.probeNow()
	case channel.Delivered, channel.Pending, channel.Rejected, channel.NotThere:
		if !known.Down {
			break
		}
		w.note(ctx, func(c *event.Condition) bool {
			if !c.Down {
				return false
			}
			c.Down, c.Since = false, w.now()
			return true
		})
	case channel.Retry, channel.Uncertain:
	}
	return v
}

// note changes the channel's condition, against the lock of what was read. change returns false if nothing is to change.
func (w *worker) note(ctx context.Context, change func(*event.Condition) bool) {
	subject := event.ConditionSubject(w.channel.LedgerName())
	for {
		c, sequence, err := w.conditionNow(ctx)
		if err == nil && !change(c) {
			w.gate.know(*c)
			return
		}
		var data []byte
		if err == nil {
			data, err = event.MarshalCondition(c)
		}
		if err == nil {
			_, err = w.bus.Publish(ctx, bus.Publication{Subject: subject, Data: data, ID: uuid.Must(uuid.NewV7()).String(), Expect: &sequence})
		}
		switch {
		case err == nil:
			w.gate.know(*c)
		case errors.Is(err, bus.ErrConflict) && ctx.Err() == nil:
			continue // another replica learnt something: it is taken into account
		case ctx.Err() == nil:
			w.log.Error("the channel's condition is not noted", "error", err)
		}
		return
	}
}

func (w *worker) conditionNow(ctx context.Context) (*event.Condition, uint64, error) {
	m, err := w.bus.Last(ctx, event.ConditionSubject(w.channel.LedgerName()))
	if errors.Is(err, bus.ErrNotFound) {
		return &event.Condition{}, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	c, err := event.UnmarshalCondition(m.Data)
	if err != nil {
		return &event.Condition{}, m.Sequence, nil //nolint:nilerr // of a later version: it is written anew
	}
	return c, m.Sequence, nil
}
