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

// decide writes a decision against the lock of what was read. bus.ErrConflict: somebody else decided first.
func (s *Service) decide(ctx context.Context, from standing, kind event.DecisionKind, post *carillon.Post, id string, now time.Time) (standing, error) {
	d := &event.Decision{Number: 1, Kind: kind, Time: now, By: caller(ctx).Name, ByID: caller(ctx).ID, Post: *post}
	if from.decision != nil {
		d.Number, d.BasedOn = from.decision.Number+1, from.decision.Post.Revision
	}
	public := from.public
	if kind.Public() {
		public = d.Number
	}
	data, err := event.MarshalDecision(d)
	if err != nil {
		return standing{}, err
	}
	sequence, err := s.Bus.Publish(ctx, bus.Publication{
		Subject: event.DeskSubject(post.Slug), Data: data, ID: id, Expect: bus.Expecting(from.sequence),
		Header: event.DecisionHeader(d, public),
	})
	if err != nil {
		return standing{}, err
	}
	s.metrics.decisions.WithLabelValues(string(kind)).Inc()
	return standing{decision: d, sequence: sequence, public: public}, nil
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

// revision finds a released revision of a post.
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
