package deliver

import (
	"context"
	"sync"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
)

// tryAnyway is how many probes a channel that is down may fail before one call is tried all the same: a token that may post
// and may not be asked who it is would else never be used again.
const tryAnyway = 10

// gate says whether calls may be made to a channel: not while it is paused, and not while it is down and its credentials are
// refused when they are tried out. Every replica has one, and all follow the same log.
type gate struct {
	again time.Duration // how often a channel that is down is tried
	now   func() time.Time
	ask   func() // has the channel probed; nil: another process drives it

	mu        sync.Mutex
	paused    bool
	condition event.Condition
	reopened  time.Time // when it was last resumed, or came back, as this process saw it
	tried     time.Time // when a call was last made
	changed   chan struct{}
}

func newGate(again time.Duration, now func() time.Time) *gate {
	return &gate{again: again, now: now, changed: make(chan struct{})}
}

// pause takes over what OFFICE says. A resumption counts even if there was no pause: whoever resumes wants it tried now.
func (g *gate) pause(p bus.Pause, resumed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.paused = p.Paused
	if !p.Paused && resumed {
		g.reopened = g.now()
		if g.ask != nil {
			g.ask()
		}
	}
	g.tell()
}

// know takes over what the log says of the channel's condition.
func (g *gate) know(c event.Condition) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.condition.Down && !c.Down {
		g.reopened = g.now()
	}
	moved := g.condition.Down != c.Down || g.condition.Works != c.Works
	g.condition = c
	if moved {
		g.tell()
	}
}

// tell wakes whoever waits; the caller holds the lock.
func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// pass asks for a call. Otherwise it says when to ask again at the latest; zero: not before something changes.
func (g *gate) pass() (ok bool, again time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.paused {
		return false, time.Time{}
	}
	if g.condition.Down && !g.condition.Works && !g.reopened.After(g.tried) {
		if again := g.tried.Add(tryAnyway * g.again); g.now().Before(again) {
			return false, again
		}
	}
	return true, time.Time{}
}

// called notes that a call is made.
func (g *gate) called() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried = g.now()
}

// since is when the channel was resumed or came back: what waited for it before is due.
func (g *gate) since() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.reopened
}

// state is whether the channel is paused, and what is known of it.
func (g *gate) state() (paused bool, c event.Condition) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.paused, g.condition
}

// signal is closed at the next change.
func (g *gate) signal() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.changed
}

// wait waits for a change, or until a time (zero: none). It returns false if the process is to stop first.
func (g *gate) wait(ctx context.Context, stopping, changed <-chan struct{}, until time.Time) bool {
	var due <-chan time.Time
	if !until.IsZero() {
		t := time.NewTimer(until.Sub(g.now()))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-changed:
		return true
	case <-due:
		return true
	case <-stopping:
	case <-ctx.Done():
	}
	return false
}
