package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// ResolveDelivery implements the staff API.
func (s *Service) ResolveDelivery(ctx context.Context, req *carillonv1.ResolveDeliveryRequest) (*carillonv1.ResolveDeliveryResponse, error) {
	answer := &carillonv1.ResolveDeliveryResponse{}
	err := s.once(ctx, req, answer, req.GetSlug(), func(ctx context.Context, id string) error {
		return s.resolve(ctx, req, id, answer)
	}, func(*event.Decision) {})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

func (s *Service) resolve(ctx context.Context, req *carillonv1.ResolveDeliveryRequest, id string, answer *carillonv1.ResolveDeliveryResponse) error {
	if req.GetChannel() == "" {
		return invalid("channel", "is missing: say on which channel you looked")
	}
	post, err := s.publicOf(ctx, req.GetSlug())
	if err != nil {
		return err
	}
	on, err := s.inDoubt(ctx, req, id)
	if err != nil {
		return err
	}
	var after *event.Delivery
	if on.delivery.State == event.Uncertain {
		if after, err = s.resolved(ctx, on, req); err != nil {
			return err
		}
		if err := s.speak(ctx, on, after, id); err != nil {
			return s.movedOn(err, on.item)
		}
	} else { // it was resolved by this very request
		after = on.delivery
	}
	answer.Delivery = s.stands(on, after, post)
	return nil
}

// inDoubt finds the one delivery that a request is about.
func (s *Service) inDoubt(ctx context.Context, req *carillonv1.ResolveDeliveryRequest, id string) (spoken, error) {
	all, err := s.spokenOf(ctx, req.GetSlug(), req.GetChannel(), req.GetLanguage())
	if err != nil {
		return spoken{}, err
	}
	uncertain := slices.DeleteFunc(slices.Clone(all), func(one spoken) bool { return one.delivery.State != event.Uncertain })
	switch len(uncertain) {
	case 1:
		return uncertain[0], nil
	case 0:
	default:
		var languages []string
		for _, one := range uncertain {
			languages = append(languages, one.item.Language)
		}
		return spoken{}, invalid("language", fmt.Sprintf("is missing: on %s the editions in %s are uncertain, and each is looked for by itself", req.GetChannel(), strings.Join(languages, ", ")))
	}
	for _, one := range all {
		if done, err := s.said(ctx, one.item, id); err != nil || done {
			return one, err
		}
	}
	if len(all) == 0 {
		return spoken{}, precondition("%s has no such delivery: 'carillon status %s' shows what there is", req.GetSlug(), req.GetSlug())
	}
	var stand []string
	for _, one := range all {
		stand = append(stand, fmt.Sprintf("%s is %s", s.name(one.item), one.delivery.State))
	}
	return spoken{}, precondition("there is nothing to resolve: %s, not uncertain", strings.Join(stand, ", "))
}

// resolved is the step that follows from what a person found.
func (s *Service) resolved(ctx context.Context, on spoken, req *carillonv1.ResolveDeliveryRequest) (*event.Delivery, error) {
	switch answer := req.GetAnswer().(type) {
	case *carillonv1.ResolveDeliveryRequest_There:
		if on.channel == nil {
			return nil, precondition("the channel %s is not configured any more: an address there cannot be read", on.item.Channel)
		}
		if on.channel.Driver.Receipt == nil {
			return nil, precondition("the addresses of a channel of type %s do not tell what is there", on.channel.Type)
		}
		receipt, err := on.channel.Driver.Receipt(on.channel.Settings, answer.There)
		if err != nil {
			return nil, invalid("there", err.Error())
		}
		return found(on.delivery, receipt, s.Now(), who(ctx)+" found it there"), nil
	case *carillonv1.ResolveDeliveryRequest_NotThere:
		if answer.NotThere {
			return notFoundThere(on.delivery, s.Now(), who(ctx)+" did not find it there"), nil
		}
	}
	return nil, invalid("answer", "is missing: say that it is there, with its address, or that it is not there")
}

// found is a delivery whose part in doubt is there after all. Whether more is to be done (newer words, the rest of a thread,
// a withdrawal), deliver finds out.
func found(before *event.Delivery, r channel.Receipt, now time.Time, reason string) *event.Delivery {
	after := told(before, now, reason)
	part := event.Part{IDs: r.IDs, Link: r.Link}
	n := 0
	if i := before.Intent; i != nil {
		part.Fingerprint, n, after.Revision = i.Fingerprint, i.Part, i.Revision
	}
	shown := event.Shown{}
	if before.Shown != nil {
		shown = *before.Shown
	}
	shown.Parts = slices.Clone(shown.Parts)
	if n < len(shown.Parts) {
		shown.Parts[n] = part
	} else {
		shown.Parts = append(shown.Parts, part)
	}
	after.Shown = &shown
	return after
}

// notFoundThere is a delivery whose part in doubt is not there. What is sent now is another appearance, with a key of its
// own: if somebody deleted the status, the other end may still know the old one.
func notFoundThere(before *event.Delivery, now time.Time, reason string) *event.Delivery {
	after := told(before, now, reason)
	if i := before.Intent; i != nil && i.Part > 0 {
		after.Dropped++
	} else if before.Shown == nil {
		after.Appearances = max(before.Appearances, 1) + 1
	}
	return after
}

// told is a delivery that is to be looked at now, because somebody said how it stands.
func told(before *event.Delivery, now time.Time, reason string) *event.Delivery {
	after := *before
	after.State, after.Time, after.Until, after.Intent = event.Waiting, now, now, nil
	after.Verdict, after.Reason = askedVerdict, reason
	after.Attempt, after.Looks, after.WaitingSince = 0, 0, time.Time{}
	return &after
}
