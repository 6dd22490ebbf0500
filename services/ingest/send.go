package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// SendPost implements the staff API. The wish stands in the ledger, where deliver and every comparison find it: a delivery
// that somebody asked for is carried whatever the routing, the channel's age and the post's times say.
func (s *Service) SendPost(ctx context.Context, req *carillonv1.SendPostRequest) (*carillonv1.SendPostResponse, error) {
	answer := &carillonv1.SendPostResponse{}
	err := s.once(ctx, req, answer, req.GetSlug(), func(ctx context.Context, id string) error {
		return s.send(ctx, req, id, answer)
	}, func(*event.Decision) {})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

func (s *Service) send(ctx context.Context, req *carillonv1.SendPostRequest, id string, answer *carillonv1.SendPostResponse) error {
	if req.GetChannel() == "" {
		return invalid("channel", "is missing: say where it is to be sent")
	}
	post, err := s.publicOf(ctx, req.GetSlug())
	if err != nil {
		return err
	}
	c, err := s.configured(req.GetChannel())
	if err != nil {
		return err
	}
	languages, err := sendable(c, post, req.GetLanguages())
	if err != nil {
		return err
	}
	known, err := s.spokenOf(ctx, post.Slug, c.Name, "")
	if err != nil {
		return err
	}
	for _, language := range languages {
		on := spoken{item: event.Item{Channel: c.LedgerName(), Post: post.Slug, Language: language}, channel: c}
		if i := slices.IndexFunc(known, func(k spoken) bool { return k.item == on.item }); i >= 0 {
			on = known[i]
		}
		after, reason, err := s.sendOne(ctx, on, id)
		switch {
		case err != nil:
			return err
		case reason != "":
			answer.Untouched = append(answer.Untouched, s.untouched(on.item, reason))
		default:
			answer.Deliveries = append(answer.Deliveries, s.stands(on, after, post))
		}
	}
	return nil
}

// sendable are the languages in which a post is sent to a channel: those that were asked for, else those that it carries.
func sendable(c *office.Channel, post *carillon.Post, asked []string) ([]string, error) {
	if !isPublic(post) {
		return nil, precondition("%s is not public: only what is released can be sent", post.Slug)
	}
	if !c.Posts {
		return nil, precondition("the channel %s carries no posts (posts: false)", c.Name)
	}
	for _, language := range asked {
		if _, ok := post.Edition(language); !ok {
			return nil, invalid("languages", fmt.Sprintf("the post has no edition in %q: it has %s", language, strings.Join(post.Languages(), ", ")))
		}
	}
	if len(asked) > 0 {
		return asked, nil
	}
	languages := slices.DeleteFunc(post.Languages(), func(l string) bool {
		return len(c.Languages) > 0 && !slices.Contains(c.Languages, l)
	})
	if len(languages) == 0 {
		return nil, precondition("the channel %s carries %s, and %s is in %s: name one with --language to send it all the same",
			c.Name, strings.Join(c.Languages, ", "), post.Slug, strings.Join(post.Languages(), ", "))
	}
	return languages, nil
}

func (s *Service) sendOne(ctx context.Context, on spoken, id string) (*event.Delivery, string, error) {
	after, reason := sent(on.delivery)
	if reason == "" {
		after = anew(after, s.Now(), who(ctx)+" asked for it")
		err := s.speak(ctx, on, after, id)
		if errors.Is(err, bus.ErrConflict) {
			return nil, "it has moved on this moment", nil
		}
		return after, "", err
	}
	done, err := s.said(ctx, on.item, id)
	if done {
		return on.delivery, "", nil
	}
	return nil, reason, err
}

// sent is the delivery from which a wish to send starts, or why there is nothing to send.
func sent(d *event.Delivery) (*event.Delivery, string) {
	switch {
	case d == nil, d.Undecided:
		return d, ""
	case d.State == event.Delivered:
		return nil, "it is shown there already"
	case d.State == event.DeliveryWithdrawn && d.Shown == nil:
		after := *d
		after.Appearances = max(d.Appearances, 1) + 1 // what was shown once has used its key
		return &after, ""
	case d.State == event.Rejected && d.Shown == nil:
		return d, ""
	case d.State == event.Uncertain:
		return nil, "uncertain: look there, and say with 'carillon resolve' what you found"
	case d.State == event.Skipped:
		return nil, "skipped, " + d.Reason + ": 'carillon retry --again' posts it anew"
	}
	return nil, "it is on its way: " + string(d.State)
}
