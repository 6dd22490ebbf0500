package ingest

import (
	"context"
	"errors"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// SavePost implements the staff API.
func (s *Service) SavePost(ctx context.Context, req *carillonv1.SavePostRequest) (*carillonv1.SavePostResponse, error) {
	given, err := s.given(ctx, req.GetPost())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if !carillon.ValidSlug(given.Slug) {
		return nil, s.answer(ctx, s.validate(given))
	}
	say, err := s.intention(req.GetRelease(), false)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer := &carillonv1.SavePostResponse{}
	fill := func(d *event.Decision, changed bool) {
		answer.Post, answer.Changed, answer.Schedule = event.PostToProto(&d.Post), changed, s.schedule(d)
	}
	err = s.once(ctx, req, answer, given.Slug, func(ctx context.Context, id string) error {
		d, changed, err := s.save(ctx, given, int(req.GetBasedOn()), say, id)
		if err == nil {
			fill(d, changed)
		}
		return err
	}, func(d *event.Decision) { fill(d, true) })
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

// save keeps a draft. A time of release is kept with it, and decides nothing.
func (s *Service) save(ctx context.Context, given *carillon.Post, basedOn int, say intention, id string) (*event.Decision, bool, error) {
	before, err := s.standing(ctx, given.Slug)
	if err != nil {
		return nil, false, err
	}
	if err := before.basedOn(basedOn); err != nil {
		return nil, false, err
	}
	was := before.decision
	if was != nil && was.Kind == event.Scheduled {
		return nil, false, precondition(
			"%s is scheduled for %s: a draft would take the place of what was approved; hold it first ('carillon hold %s'), or publish the correction",
			given.Slug, was.Release, given.Slug)
	}
	post := merge(was, given)
	if err := s.validate(post).Err(); err != nil {
		return nil, false, err
	}
	public, err := s.publicPost(ctx, before)
	if err != nil {
		return nil, false, err
	}
	d := before.next(event.Saved, post)
	if was != nil && was.Kind == event.Held && !was.Awaiting {
		d.Kind, d.Reason = event.Held, was.Reason // or publishing it would lift somebody else's hold
	}
	switch {
	case isPublic(public): // a correction has no time of its own
	case say.release.IsZero() && was != nil:
		d.Release = was.Release
	default:
		d.Release = say.release
	}
	if was != nil && post.SameContent(&was.Post) && d.Release == was.Release {
		return was, false, nil
	}
	after, err := s.decide(ctx, before, d, id, s.Now())
	if errors.Is(err, bus.ErrConflict) {
		return nil, false, s.overtaken(ctx, before, given.Slug)
	}
	return after.decision, err == nil, err
}
