package ingest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
)

// standing is a post as its last decision left it; the zero standing is a slug that nobody has claimed.
type standing struct {
	decision *event.Decision
	sequence uint64 // of the decision: the lock
	public   uint64 // the number of the last public decision
}

func (s *Service) standing(ctx context.Context, slug string) (standing, error) {
	m, err := s.Bus.Last(ctx, event.DeskSubject(slug))
	if errors.Is(err, bus.ErrNotFound) {
		return standing{}, nil
	}
	if err != nil {
		return standing{}, err
	}
	return standingOf(m)
}

func standingOf(m *bus.Message) (standing, error) {
	d, err := event.UnmarshalDecision(m.Data)
	if err != nil {
		return standing{}, fmt.Errorf("read decision %d of the desk: %w", m.Sequence, err)
	}
	public, err := strconv.ParseUint(m.Get(event.HeaderPublic), 10, 64)
	if err != nil {
		return standing{}, fmt.Errorf("read decision %d of the desk: %w", m.Sequence, err)
	}
	return standing{decision: d, sequence: m.Sequence, public: public}, nil
}

// next is a decision about a post, with what follows from the one before: its revision and what it was based on.
func (st standing) next(kind event.DecisionKind, post *carillon.Post) *event.Decision {
	d := &event.Decision{Kind: kind, Post: *post}
	if st.decision != nil {
		d.BasedOn = st.decision.Post.Revision
	}
	return d
}

// decide writes a decision against the lock of what was read. bus.ErrConflict: somebody else decided first.
func (s *Service) decide(ctx context.Context, from standing, d *event.Decision, id string, now time.Time) (standing, error) {
	d.Number, d.Time, d.By, d.ByID = 1, now, caller(ctx).Name, caller(ctx).ID
	if from.decision != nil {
		d.Number = from.decision.Number + 1
	}
	public := from.public
	if d.Kind.Public() {
		public = d.Number
	}
	data, err := event.MarshalDecision(d)
	if err != nil {
		return standing{}, err
	}
	sequence, err := s.Bus.Publish(ctx, bus.Publication{
		Subject: event.DeskSubject(d.Post.Slug), Data: data, ID: id, Expect: bus.Expecting(from.sequence),
		Header: event.DecisionHeader(d, public),
	})
	if err != nil {
		return standing{}, err
	}
	s.metrics.decisions.WithLabelValues(string(d.Kind)).Inc()
	return standing{decision: d, sequence: sequence, public: public}, nil
}

// publicPost is what the public knows of a post, whatever was saved since; nil: nothing was ever public.
func (s *Service) publicPost(ctx context.Context, st standing) (*carillon.Post, error) {
	switch {
	case st.public == 0:
		return nil, nil
	case st.decision.Kind.Public():
		return &st.decision.Post, nil
	}
	history, err := s.Bus.History(ctx, event.DeskSubject(st.decision.Post.Slug))
	if err != nil {
		return nil, err
	}
	for _, m := range history {
		if m.Get(event.HeaderNumber) == strconv.FormatUint(st.public, 10) {
			d, err := event.UnmarshalDecision(m.Data)
			if err != nil {
				return nil, fmt.Errorf("read decision %d of the desk: %w", m.Sequence, err)
			}
			return &d.Post, nil
		}
	}
	return nil, fmt.Errorf("the desk has no decision %d that its last one names as public", st.public)
}

// decided finds the decision that a repeated request wrote the first time, by its message id.
func (s *Service) decided(ctx context.Context, slug, id string) (*event.Decision, error) {
	history, err := s.Bus.History(ctx, event.DeskSubject(slug))
	if err != nil {
		return nil, err
	}
	for _, m := range history {
		if m.ID() == id {
			return event.UnmarshalDecision(m.Data)
		}
	}
	return nil, bus.ErrNotFound
}

// revision finds a revision of a post.
func (s *Service) revision(ctx context.Context, slug string, revision int) (*event.Decision, error) {
	history, err := s.Bus.History(ctx, event.DeskSubject(slug))
	if err != nil {
		return nil, err
	}
	for _, m := range history {
		d, err := event.UnmarshalDecision(m.Data)
		if err != nil {
			return nil, err
		}
		if d.Post.Revision == revision {
			return d, nil
		}
	}
	return nil, bus.ErrNotFound
}
