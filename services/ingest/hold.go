package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// maxReason is how long a reason may be, in characters.
const maxReason = 500

// change reads a post, decides what make says about it, and reads again if somebody else was first: what is decided here
// does not depend on the post's words. make returns nil if nothing is to change.
func (s *Service) change(ctx context.Context, slug, id string, make func(standing, *carillon.Post) (*event.Decision, error)) (after standing, changed bool, err error) {
	for {
		st, err := s.standing(ctx, slug)
		if err != nil {
			return standing{}, false, err
		}
		if st.decision == nil {
			return standing{}, false, notFound(slug)
		}
		public, err := s.publicPost(ctx, st)
		if err != nil {
			return standing{}, false, err
		}
		d, err := make(st, public)
		if err != nil || d == nil {
			return st, false, err
		}
		now := s.Now()
		stamp(d, now)
		after, err := s.decide(ctx, st, d, id, now)
		if !errors.Is(err, bus.ErrConflict) {
			return after, err == nil, err
		}
	}
}

// changeOnce is a call that decides about a post without its words: it is carried out once for each Idempotency-Key, and
// fill makes the answer.
func (s *Service) changeOnce(
	ctx context.Context, req, answer proto.Message, slug string,
	make func(standing, *carillon.Post) (*event.Decision, error), fill func(d *event.Decision, changed bool),
) error {
	err := s.once(ctx, req, answer, slug, func(ctx context.Context, id string) error {
		after, changed, err := s.change(ctx, slug, id, make)
		if err == nil {
			fill(after.decision, changed)
		}
		return err
	}, func(d *event.Decision) { fill(d, true) })
	if err != nil {
		return s.answer(ctx, err)
	}
	return nil
}

// ReleasePost implements the staff API.
func (s *Service) ReleasePost(ctx context.Context, req *carillonv1.ReleasePostRequest) (*carillonv1.ReleasePostResponse, error) {
	slug := req.GetSlug()
	if !carillon.ValidSlug(slug) {
		return nil, notFound(slug)
	}
	answer := &carillonv1.ReleasePostResponse{}
	err := s.changeOnce(ctx, req, answer, slug, func(st standing, public *carillon.Post) (*event.Decision, error) {
		if err := st.basedOn(int(req.GetBasedOn())); err != nil {
			return nil, err
		}
		return s.release(st, public, req.GetNow())
	}, func(d *event.Decision, changed bool) {
		answer.Post, answer.Changed, answer.Deliveries = event.PostToProto(&d.Post), changed, s.planned(&d.Post)
		answer.Links, answer.State, answer.Schedule = s.links(&d.Post), stateOf(d, nil), s.schedule(d)
	})
	return answer, err
}

// release is the decision to release what the desk has, at its time if it has one; nil: that is decided already.
func (s *Service) release(st standing, public *carillon.Post, immediately bool) (*event.Decision, error) {
	was := st.decision
	switch {
	case was.Kind == event.Scheduled && !immediately:
		return nil, nil
	case was.Kind.Public() && isPublic(public):
		return nil, nil
	case was.Kind.Public():
		return nil, precondition("%s is withdrawn: 'carillon publish' its files again to release it", was.Post.Slug)
	}
	// A hold is lifted by this; timed would keep it.
	lifted := *was
	lifted.Kind = event.Saved
	d, err := s.timed(&lifted, isPublic(public), &was.Post, intention{now: immediately}, s.Now())
	switch {
	case isMistakes(err):
		return nil, precondition("its time, %s, is past: 'carillon release %s --now' releases it, 'carillon reschedule %s --at …' gives it another", was.Release, was.Post.Slug, was.Post.Slug)
	case err != nil:
		return nil, err
	case d.Awaiting:
		return nil, precondition("%s %s: publish that, or 'carillon release %s --now' releases it without", was.Post.Slug, d.Reason, was.Post.Slug)
	}
	return d, untilAfter(d, s.Now(), isPublic(public))
}

// HoldPost implements the staff API.
func (s *Service) HoldPost(ctx context.Context, req *carillonv1.HoldPostRequest) (*carillonv1.HoldPostResponse, error) {
	slug, reason := req.GetSlug(), strings.TrimSpace(req.GetReason())
	if !carillon.ValidSlug(slug) {
		return nil, notFound(slug)
	}
	if n := utf8.RuneCountInString(reason); n > maxReason || strings.ContainsAny(reason, "\r\n") {
		return nil, s.answer(ctx, invalid("reason", fmt.Sprintf("is longer than %d characters or not on one line: shorten it", maxReason)))
	}
	answer := &carillonv1.HoldPostResponse{}
	err := s.changeOnce(ctx, req, answer, slug, func(st standing, public *carillon.Post) (*event.Decision, error) {
		return hold(st, public, reason)
	}, func(d *event.Decision, changed bool) {
		answer.Post, answer.Changed, answer.Schedule = event.PostToProto(&d.Post), changed, s.schedule(d)
	})
	return answer, err
}

// hold is the decision to stop a release; nil: it is stopped already.
func hold(st standing, public *carillon.Post, reason string) (*event.Decision, error) {
	was := st.decision
	if err := notYetPublic(was, public); err != nil {
		return nil, err
	}
	switch {
	case was.Kind == event.Saved:
		return nil, precondition("%s is a draft: nothing releases it by itself", was.Post.Slug)
	case was.Kind == event.Held && !was.Awaiting && (reason == "" || reason == was.Reason):
		return nil, nil
	}
	d := st.next(event.Held, &was.Post)
	d.Release, d.Reason = was.Release, reason
	return d, nil
}

// ReschedulePost implements the staff API.
func (s *Service) ReschedulePost(ctx context.Context, req *carillonv1.ReschedulePostRequest) (*carillonv1.ReschedulePostResponse, error) {
	slug := req.GetSlug()
	if !carillon.ValidSlug(slug) {
		return nil, notFound(slug)
	}
	say, err := s.intention(req.GetRelease(), false)
	if err == nil && say.release.IsZero() {
		err = invalid("release", "is missing: say when, as 2019-04-07T09:00")
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer := &carillonv1.ReschedulePostResponse{}
	err = s.changeOnce(ctx, req, answer, slug, func(st standing, public *carillon.Post) (*event.Decision, error) {
		return s.reschedule(st, public, say)
	}, func(d *event.Decision, changed bool) {
		answer.Post, answer.Changed, answer.Schedule = event.PostToProto(&d.Post), changed, s.schedule(d)
		answer.Deliveries = s.planned(&d.Post)
	})
	return answer, err
}

// reschedule is the decision to release a post at another time, which lifts a hold; nil: that is its time already.
func (s *Service) reschedule(st standing, public *carillon.Post, say intention) (*event.Decision, error) {
	was := st.decision
	if err := notYetPublic(was, public); err != nil {
		return nil, err
	}
	if was.Kind == event.Scheduled && was.Release == say.release {
		return nil, nil
	}
	lifted := *was
	lifted.Kind = event.Saved
	d, err := s.timed(&lifted, false, &was.Post, say, s.Now())
	if err != nil {
		return nil, err
	}
	return d, untilAfter(d, s.Now(), false)
}

// notYetPublic is the error of a hold, or of another time, that comes too late: the release won.
func notYetPublic(was *event.Decision, public *carillon.Post) error {
	switch {
	case isPublic(public) && was.Kind == event.Released:
		return precondition("%s was released at %s: the release won; 'carillon withdraw %s' takes it back, and publishing it again corrects it",
			was.Post.Slug, was.Time.UTC().Format("2006-01-02 15:04:05.000 UTC"), was.Post.Slug)
	case isPublic(public):
		return precondition("%s is public already: 'carillon withdraw %s' takes it back", was.Post.Slug, was.Post.Slug)
	case was.Kind == event.Withdrawn:
		return precondition("%s is withdrawn: there is no release to stop or move", was.Post.Slug)
	}
	return nil
}

func precondition(format string, args ...any) error {
	return connect.NewError(connect.CodeFailedPrecondition, fmt.Errorf(format, args...))
}
