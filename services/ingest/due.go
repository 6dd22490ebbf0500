package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
)

// followTimers releases what is due. A timer only wakes: what is decided, is decided against the lock of the post, by what
// the desk says then.
func (s *Service) followTimers(ctx context.Context) error {
	return s.Bus.WorkMany(ctx, event.QueueStream, bus.QueueConsumer(event.Ingest), bus.ReleasesInHand, func(ctx context.Context, m *bus.Message) bus.Outcome {
		position, err := event.ReleasePosition(m.Subject)
		if err != nil {
			s.Log.Error("a wake-up that names nothing", "error", err)
			return bus.Done
		}
		if err := s.wake(ctx, position); err != nil {
			s.Log.Error("a post that may be due is not decided yet, trying again", "position", position, "error", err)
			return bus.Again(time.Second)
		}
		return bus.Done
	})
}

// setTimer sets the timer of a scheduled decision. It is set again whenever somebody is in doubt: there is one a decision.
func (s *Service) setTimer(ctx context.Context, position uint64, at time.Time) error {
	return s.Bus.WakeAt(ctx, event.ReleaseQueueSubject(position), at)
}

// wake looks at the post about which a decision stands at a position of the desk, and releases it if it is due.
func (s *Service) wake(ctx context.Context, position uint64) error {
	m, err := s.Bus.At(ctx, event.DeskStream, position)
	if errors.Is(err, bus.ErrNotFound) { // a timer of another log
		return nil
	}
	if err != nil {
		return err
	}
	for {
		st, err := s.standing(ctx, event.Slug(m.Subject))
		if err != nil {
			return err
		}
		if st.decision == nil || st.decision.Kind != event.Scheduled {
			return nil // somebody else decided
		}
		// Another replica may do the same: the id is the same, and so is what it decides.
		err = s.decideDue(ctx, st, fmt.Sprintf("due/%d", st.sequence))
		if !errors.Is(err, bus.ErrConflict) {
			return err
		}
	}
}

// decideDue releases a scheduled post if its time has come, and sets its timer again if not: a timer that was replaced may
// fire, and the clocks of a zone may have changed.
func (s *Service) decideDue(ctx context.Context, st standing, id string) error {
	now := s.Now()
	at, err := st.decision.Release.Instant()
	if err != nil {
		s.Log.Error("a scheduled post has a time that cannot be read", "position", st.sequence, "error", err)
		return nil
	}
	if now.Before(at) {
		return s.setTimer(ctx, st.sequence, at)
	}
	d := &event.Decision{Kind: event.Released, Post: st.decision.Post, BasedOn: st.decision.Post.Revision, Release: st.decision.Release}
	s.await(d)
	if late := now.Sub(at); late > lateAtMost {
		d.Kind, d.Awaiting = event.Held, false
		d.Reason = fmt.Sprintf("was due at %s and is %s late: Carillon was not running", st.decision.Release, days(late))
	}
	stamp(d, now)
	_, err = s.decide(ctx, st, d, id, now)
	if err == nil && d.Kind == event.Released {
		s.metrics.late.Observe(now.Sub(at).Seconds())
	}
	return err
}

func days(d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n > 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "more than a day"
}

// planTimer sets the timer of a scheduled decision, which its header tells. If a later decision stands about the post, the
// timer wakes for nothing.
func (s *Service) planTimer(ctx context.Context, m *bus.Message) error {
	release := carillon.Moment{Time: m.Get(event.HeaderRelease), Zone: m.Get(event.HeaderZone)}
	at, err := release.Instant()
	if err != nil {
		s.Log.Error("a scheduled post has a time that cannot be read", "position", m.Sequence, "error", err)
		return nil
	}
	return s.setTimer(ctx, m.Sequence, at)
}
