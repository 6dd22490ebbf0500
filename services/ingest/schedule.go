package ingest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	// forgiven is how far a time of release may be past when it is said: longer ago is a wrong year, not a slow hand.
	forgiven = 5 * time.Minute
	// lateAtMost is how late a release may come after the system was down. Later is for a person to decide.
	lateAtMost = 24 * time.Hour
)

// intention is what a caller says about time.
type intention struct {
	release carillon.Moment
	now     bool
}

// timed is the decision that publishing a post comes to: it is released, scheduled or held. before is its last decision,
// or nil; public says that some of it is public.
func (s *Service) timed(before *event.Decision, public bool, post *carillon.Post, say intention, at time.Time) (*event.Decision, error) {
	d := &event.Decision{Kind: event.Released, Post: *post}
	if before != nil {
		d.BasedOn = before.Post.Revision
	}
	switch {
	case public, say.now:
		return d, nil
	case before != nil && before.Kind == event.Held && !before.Awaiting:
		d.Kind, d.Reason, d.Release = event.Held, before.Reason, before.Release
		if !say.release.IsZero() {
			d.Release = say.release
		}
		return d, nil
	}
	d.Release = say.release
	if d.Release.IsZero() && before != nil {
		d.Release = before.Release
	}
	waitedFor := before != nil && before.Kind != event.Saved && d.Release == before.Release
	if err := s.due(d, at, !waitedFor); err != nil {
		return nil, err
	}
	s.await(d)
	return d, nil
}

// due makes a decision one for later if its time has not come. A time that is long past is a mistake if it is fresh: said
// now, not one that is being waited for.
func (s *Service) due(d *event.Decision, at time.Time, fresh bool) error {
	if d.Release.IsZero() {
		return nil
	}
	instant, err := d.Release.Instant()
	switch {
	case err != nil:
		return invalid("release", err.Error())
	case at.Before(instant):
		d.Kind = event.Scheduled
	case fresh && at.Sub(instant) > forgiven:
		return invalid("release", fmt.Sprintf("%s is past: correct it, or give --now to release at once", d.Release))
	}
	return nil
}

// await holds a release for which not all languages are there.
func (s *Service) await(d *event.Decision) {
	if missing := s.awaited(&d.Post); d.Kind == event.Released && len(missing) > 0 {
		d.Kind, d.Awaiting, d.Reason = event.Held, true, "waits for "+strings.Join(missing, ", ")
	}
}

// awaited lists the languages without which a post is not released.
func (s *Service) awaited(post *carillon.Post) []string {
	if !post.LanguagesWait {
		return nil
	}
	return s.missing(post)
}

// missing lists the site's languages that a post does not have.
func (s *Service) missing(post *carillon.Post) []string {
	var missing []string
	for _, language := range s.Office.Site.Languages {
		if _, ok := post.Edition(language); !ok {
			missing = append(missing, language)
		}
	}
	return missing
}

// released is a post as the public gets it at a moment: what is new in it is published, and what was changed updated, then.
func released(post *carillon.Post, now time.Time) *carillon.Post {
	p := *post
	p.Editions = slices.Clone(post.Editions)
	for i := range p.Editions {
		e := &p.Editions[i]
		if e.Published.IsZero() {
			e.Published = now
		}
		if e.Updated.IsZero() {
			e.Updated = now
		}
	}
	return &p
}

// stamp gives a decision its moment: the times of its editions, if it is public.
func stamp(d *event.Decision, now time.Time) {
	if d.Kind == event.Released {
		d.Post, d.Release = *released(&d.Post, now), carillon.Moment{}
	}
}

// schedule says when a post is to be released, or why it is held; nil: neither.
func (s *Service) schedule(d *event.Decision) *carillonv1.Schedule {
	if d.Kind.Public() {
		return nil
	}
	m := &carillonv1.Schedule{Release: event.MomentToProto(d.Release), Reason: d.Reason, AwaitedLanguages: s.awaited(&d.Post)}
	if at, err := d.Release.Instant(); err == nil && !d.Release.IsZero() {
		m.At = timestamppb.New(at)
	}
	return m
}

// intention reads what a caller says about the release.
func (s *Service) intention(release *carillonv1.Moment, now bool) (intention, error) {
	moment, err := s.moment(release)
	if err != nil {
		return intention{}, invalid("release", err.Error())
	}
	return intention{release: moment, now: now}, nil
}

// moment reads a time that a caller says. A local time without a zone is on the site's clocks.
func (s *Service) moment(m *carillonv1.Moment) (carillon.Moment, error) {
	if m.GetTime() == "" {
		return carillon.Moment{}, nil
	}
	return carillon.ParseMoment(strings.TrimSpace(m.GetTime()+" "+m.GetZone()), s.Office.Site.Zone)
}
