package deliver

import (
	"context"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// probeEvery is how often a channel that works is asked.
const probeEvery = time.Hour

// probeOften asks the channel now and then whether the credentials work and what it accepts, and notes the answer where
// the desk reads it. One that does not work is asked often, and at once when somebody resumes it or a call was refused.
func (w *worker) probeOften(ctx context.Context) error {
	w.recall(ctx)
	for first := true; ; first = false {
		works := w.probe(ctx)
		if first {
			close(w.probed)
		}
		wait := probeEvery
		if _, c := w.gate.state(); !works || c.Down {
			wait = w.config.DownAgain
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		case <-t.C:
		case <-w.nudge:
			t.Stop()
		}
	}
}

// probeNow has the channel asked at once.
func (w *worker) probeNow() {
	select {
	case w.nudge <- struct{}{}:
	default: // it has been said
	}
}

// recall takes the limits that were noted when the channel was last asked, for the case that it cannot be asked now.
func (w *worker) recall(ctx context.Context) {
	m, err := w.bus.Last(ctx, event.ConditionSubject(w.channel.LedgerName()))
	if err != nil {
		return // nobody has asked yet
	}
	c, err := event.UnmarshalCondition(m.Data)
	if err != nil {
		return
	}
	w.gate.know(*c)
	if c.Characters > 0 {
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
	works := v.Meaning == channel.Delivered
	if works {
		w.metrics.works.WithLabelValues(w.channel.Name).Set(1)
		w.limits.Store(&condition.Limits)
	} else {
		w.metrics.works.WithLabelValues(w.channel.Name).Set(0)
		w.log.Warn("the channel does not accept us", "reason", v.Reason)
	}
	w.note(ctx, func(c *event.Condition) bool {
		probed(c, condition, v, w.now())
		if l := w.limits.Load(); l != nil {
			c.Characters, c.CharactersPerURL = l.Characters, l.CharactersPerURL
			c.Media, c.MediaBytes, c.MediaPixels, c.Description = l.Media, l.MediaBytes, l.MediaPixels, l.Description
		}
		return true
	})
	return works
}
