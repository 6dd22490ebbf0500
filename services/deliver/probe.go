package deliver

import (
	"context"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

const (
	probeEvery = time.Hour
	// probeAgain is how soon a channel that does not work is asked again.
	probeAgain = 30 * time.Second
)

// probeOften asks the channel now and then whether the credentials work and what it accepts, and notes the answer where
// the desk reads it.
func (w *worker) probeOften(ctx context.Context) error {
	w.recall(ctx)
	for first := true; ; first = false {
		works := w.probe(ctx)
		if first {
			close(w.probed)
		}
		wait := probeEvery
		if !works {
			wait = probeAgain
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		case <-t.C:
		}
	}
}

// recall takes the limits that were noted when the channel was last asked, for the case that it cannot be asked now.
func (w *worker) recall(ctx context.Context) {
	m, err := w.bus.Last(ctx, event.ConditionSubject(w.channel.LedgerName()))
	if err != nil {
		return // nobody has asked yet
	}
	if c, err := event.UnmarshalCondition(m.Data); err == nil && c.Characters > 0 {
		w.limits.Store(&channel.Limits{
			Characters: c.Characters, CharactersPerURL: c.CharactersPerURL,
			Media: c.Media, MediaBytes: c.MediaBytes, MediaPixels: c.MediaPixels, Description: c.Description,
		})
	}
}

func (w *worker) probe(ctx context.Context) bool {
	call, cancel := context.WithTimeout(ctx, w.config.CallTimeout)
	defer cancel()
	condition, v := w.driver.Probe(call)
	if ctx.Err() != nil {
		return false
	}
	c := &event.Condition{Time: w.now(), Works: v.Meaning == channel.Delivered, Reason: v.Reason, Account: condition.Account}
	if c.Works {
		w.metrics.works.WithLabelValues(w.channel.Name).Set(1)
		w.limits.Store(&condition.Limits)
	} else {
		w.metrics.works.WithLabelValues(w.channel.Name).Set(0)
		w.log.Warn("the channel does not accept us", "reason", v.Reason)
	}
	if l := w.limits.Load(); l != nil {
		c.Characters, c.CharactersPerURL = l.Characters, l.CharactersPerURL
		c.Media, c.MediaBytes, c.MediaPixels, c.Description = l.Media, l.MediaBytes, l.MediaPixels, l.Description
	}
	data, err := event.MarshalCondition(c)
	if err == nil {
		_, err = w.bus.Publish(ctx, bus.Publication{Subject: event.ConditionSubject(w.channel.LedgerName()), Data: data})
	}
	if err != nil && ctx.Err() == nil {
		w.log.Error("the channel's condition is not noted", "error", err)
	}
	return c.Works
}
