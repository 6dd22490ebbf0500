package ingest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
)

// followDesk copies every public decision to where the public's readers look, and sets the timers of those for later.
func (s *Service) followDesk(ctx context.Context) error {
	return s.Bus.Work(ctx, event.DeskStream, bus.DeskConsumer, func(ctx context.Context, m *bus.Message) bus.Outcome {
		act := s.copyDecision
		if m.Get(event.HeaderKind) == string(event.Scheduled) {
			act = s.planTimer
		}
		if err := act(ctx, m); err != nil {
			s.Log.Error("a decision is not followed yet, trying again", "position", m.Sequence, "error", err)
			return bus.Again(time.Second)
		}
		return bus.Done
	})
}

// copyDecision makes POSTS say what a decision says, unless it says something newer.
func (s *Service) copyDecision(ctx context.Context, m *bus.Message) error {
	st, err := standingOf(m)
	if err != nil {
		// It will not become readable by trying again.
		s.Log.Error("a decision cannot be read", "position", m.Sequence, "error", err)
		return nil
	}
	d := st.decision
	if !d.Kind.Public() {
		return nil
	}
	if d.Post.Slug != event.Slug(m.Subject) {
		s.Log.Error("a decision names another post than its subject", "position", m.Sequence)
		return nil
	}
	public := &event.PublicPost{Number: d.Number, Time: d.Time, Post: d.Post}
	data, err := event.MarshalPublicPost(public)
	if err != nil {
		return err
	}
	// The first decision about a post expects nothing there, and needs no look.
	expect := uint64(0)
	if d.Number > 1 {
		there, last, err := s.publicNumber(ctx, d.Post.Slug)
		if err != nil {
			return err
		}
		if there >= d.Number {
			return nil
		}
		expect = last
	}
	_, err = s.Bus.Publish(ctx, bus.Publication{
		Subject: event.PostsSubject(d.Post.Slug), Data: data, Header: event.PublicHeader(public),
		ID: fmt.Sprintf("%s/%d", d.Post.Slug, d.Number), Expect: &expect,
	})
	if errors.Is(err, bus.ErrConflict) {
		// Another replica copied this decision or a newer one: look, and copy only if it did not.
		if there, _, err := s.publicNumber(ctx, d.Post.Slug); err != nil || there >= d.Number {
			return err
		}
		return fmt.Errorf("decision %d: %w", d.Number, err)
	}
	if err == nil {
		s.metrics.copied.Inc()
	}
	return err
}

// publicNumber is the number of the decision that POSTS follows for a post, and its position there.
func (s *Service) publicNumber(ctx context.Context, slug string) (number, position uint64, err error) {
	m, err := s.Bus.Last(ctx, event.PostsSubject(slug))
	if errors.Is(err, bus.ErrNotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	number, err = strconv.ParseUint(m.Get(event.HeaderNumber), 10, 64)
	return number, m.Sequence, err
}

// compareOften compares the desk with what is public and with the timers: at the start, on every reconnection and now and then.
func (s *Service) compareOften(ctx context.Context) error {
	return s.Bus.CompareOften(ctx, "the desk with what is public", s.compare)
}

// compare copies what is decided and not public, as when the log lost what was not synced, and sets every timer again: the
// rules of a zone may be others than when it was set. It leaves out what is still to
// be copied in its turn: ahead of its turn it would overtake what was decided before.
func (s *Service) compare(ctx context.Context) error {
	handled, err := s.Bus.Handled(ctx, event.DeskStream, bus.DeskConsumer)
	if err != nil {
		return err
	}
	public := map[string]uint64{}
	err = s.Bus.Snapshot(ctx, event.PostsStream, nil, true, func(batch []*bus.Message) error {
		for _, m := range batch {
			number, err := strconv.ParseUint(m.Get(event.HeaderNumber), 10, 64)
			if err != nil {
				return fmt.Errorf("position %d: %w", m.Sequence, err)
			}
			public[event.Slug(m.Subject)] = number
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Bus.Snapshot(ctx, event.DeskStream, nil, true, func(batch []*bus.Message) error {
		for _, m := range batch {
			decided, err := strconv.ParseUint(m.Get(event.HeaderPublic), 10, 64)
			if err != nil {
				return fmt.Errorf("position %d: %w", m.Sequence, err)
			}
			slug := event.Slug(m.Subject)
			if m.Sequence > handled {
				continue
			}
			if m.Get(event.HeaderKind) == string(event.Scheduled) {
				if err := s.planTimer(ctx, m); err != nil {
					return err
				}
			}
			if decided <= public[slug] {
				continue
			}
			if err := s.copyPost(ctx, slug, decided); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyPost copies one decision about a post.
func (s *Service) copyPost(ctx context.Context, slug string, number uint64) error {
	history, err := s.Bus.History(ctx, event.DeskSubject(slug))
	if err != nil {
		return err
	}
	for _, m := range history {
		if m.Get(event.HeaderNumber) == strconv.FormatUint(number, 10) {
			return s.copyDecision(ctx, m)
		}
	}
	return nil
}
