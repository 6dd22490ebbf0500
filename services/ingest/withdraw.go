package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// WithdrawPost implements the staff API.
func (s *Service) WithdrawPost(ctx context.Context, req *carillonv1.WithdrawPostRequest) (*carillonv1.WithdrawPostResponse, error) {
	answer := &carillonv1.WithdrawPostResponse{}
	if !carillon.ValidSlug(req.GetSlug()) {
		return nil, notFound(req.GetSlug())
	}
	err := s.once(ctx, req, answer, req.GetSlug(), func(ctx context.Context, id string) error {
		return s.withdraw(ctx, req, id, answer)
	}, func(d *event.Decision) {
		answer.Post, answer.Changed = event.PostToProto(&d.Post), true
	})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

func (s *Service) withdraw(ctx context.Context, req *carillonv1.WithdrawPostRequest, id string, answer *carillonv1.WithdrawPostResponse) error {
	before, err := s.standing(ctx, req.GetSlug())
	if err != nil {
		return err
	}
	if before.decision == nil {
		return notFound(req.GetSlug())
	}
	public, err := s.publicPost(ctx, before)
	if err != nil {
		return err
	}
	if !isPublic(public) && !before.decision.Kind.Public() {
		return precondition("%s is not public: 'carillon hold %s' stops its release", req.GetSlug(), req.GetSlug())
	}
	post, taken, err := takeBack(public, req.GetLanguages(), before.decision.Post.Revision+1, s.Now())
	if err != nil {
		return err
	}
	if answer.Deliveries, err = s.shownIn(ctx, req.GetSlug(), taken); err != nil {
		return err
	}
	answer.Post, answer.Changed = event.PostToProto(post), len(taken) > 0
	if len(taken) == 0 {
		return nil
	}
	_, err = s.decide(ctx, before, before.next(event.Withdrawn, post), id, s.Now())
	if errors.Is(err, bus.ErrConflict) {
		return s.overtaken(ctx, before, req.GetSlug())
	}
	return err
}

// takeBack is the post, at its next revision, without its editions in some languages (none named: all), and which of them
// were public.
func takeBack(before *carillon.Post, languages []string, revision int, now time.Time) (*carillon.Post, []string, error) {
	for _, language := range languages {
		_, public := before.Edition(language)
		past := slices.ContainsFunc(before.Withdrawn, func(w carillon.Withdrawal) bool { return w.Language == language })
		if !public && !past {
			return nil, nil, invalid("languages", fmt.Sprintf("the post has no edition in %q: it has %s", language, strings.Join(before.Languages(), ", ")))
		}
	}
	post := *before
	post.Editions, post.Withdrawn = nil, slices.Clone(before.Withdrawn)
	var taken []string
	for _, e := range before.Editions {
		if len(languages) > 0 && !slices.Contains(languages, e.Language) {
			post.Editions = append(post.Editions, e)
			continue
		}
		taken = append(taken, e.Language)
		post.Withdrawn = append(post.Withdrawn, carillon.Withdrawal{
			EditionID: e.ID, Language: e.Language, Published: e.Published, At: now, Revision: revision,
		})
	}
	keepUsed(&post)
	if len(taken) > 0 {
		post.Revision = revision // who had read the post with these editions has read an old version
	}
	return &post, taken, nil
}

// shownIn lists the deliveries of a post that have begun, in some languages: what a withdrawal has to undo.
func (s *Service) shownIn(ctx context.Context, slug string, languages []string) ([]*carillonv1.PlannedDelivery, error) {
	ledger, err := s.ledger(ctx, slug)
	if err != nil {
		return nil, err
	}
	var planned []*carillonv1.PlannedDelivery
	for _, l := range ledger {
		if slices.Contains(languages, l.item.Language) {
			planned = append(planned, &carillonv1.PlannedDelivery{Channel: s.channelName(l.item.Channel), Language: l.item.Language})
		}
	}
	return planned, nil
}
