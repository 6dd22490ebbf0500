package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// RetryDeliveries implements the staff API.
func (s *Service) RetryDeliveries(ctx context.Context, req *carillonv1.RetryDeliveriesRequest) (*carillonv1.RetryDeliveriesResponse, error) {
	answer := &carillonv1.RetryDeliveriesResponse{}
	err := s.once(ctx, req, answer, req.GetSlug(), func(ctx context.Context, id string) error {
		post, err := s.publicOf(ctx, req.GetSlug())
		if err != nil {
			return err
		}
		all, err := s.spokenOf(ctx, req.GetSlug(), req.GetChannel(), req.GetLanguage())
		if err != nil {
			return err
		}
		for _, on := range all {
			after, reason, err := s.retry(ctx, on, req.GetAgain(), id)
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
	}, func(*event.Decision) {})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

// retry has one delivery tried again, or says why it is left alone.
func (s *Service) retry(ctx context.Context, on spoken, again bool, id string) (*event.Delivery, string, error) {
	after, reason := retried(on.delivery, again, s.Now(), who(ctx)+" asked for another try")
	if reason == "" {
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

func (s *Service) untouched(item event.Item, reason string) *carillonv1.UntouchedDelivery {
	return &carillonv1.UntouchedDelivery{Channel: s.channelName(item.Channel), Language: item.Language, Reason: reason}
}

// retried is the step that has a delivery tried again now, or why it is not to be.
func retried(d *event.Delivery, again bool, now time.Time, reason string) (*event.Delivery, string) {
	switch d.State {
	case event.Waiting:
		if d.Intent != nil {
			return nil, "the answer to a call was lost, and it is being looked for: trying again now could show it twice"
		}
		return anew(d, now, reason), ""
	case event.Rejected:
		return anew(d, now, reason), ""
	case event.Skipped:
		if !again {
			return nil, fmt.Sprintf("skipped, %s: --again posts it anew", d.Reason)
		}
		return reposted(d, now, reason), ""
	case event.Uncertain:
		return nil, "uncertain: look there, and say with 'carillon resolve' what you found"
	case event.Sending:
		return nil, "it is being sent"
	case event.Delivered:
		return nil, "delivered"
	case event.DeliveryWithdrawn:
		return nil, "withdrawn"
	}
	return nil, string(d.State)
}

// reposted is what somebody deleted there, to be shown once more: as another appearance, so that its key is not that of what
// was deleted. What is left of a thread is made whole.
func reposted(d *event.Delivery, now time.Time, reason string) *event.Delivery {
	after := anew(d, now, reason)
	if after.Shown == nil {
		after.Appearances = max(d.Appearances, 1) + 1
		return after
	}
	shown := *after.Shown
	shown.Revision = 0 // it is not shown whole
	after.Shown = &shown
	after.Dropped++
	return after
}
