package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/suggest"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// A person's word on a delivery is a step of its ledger like any other, written against the sequence that was read. What it
// leads to is deliver's affair, which is woken.

// spoken is a delivery on which somebody has a word.
type spoken struct {
	item     event.Item
	channel  *office.Channel // nil: it is not configured any more
	delivery *event.Delivery // nil: there is none yet
	sequence uint64
}

// name is the delivery as people call it.
func (s *Service) name(item event.Item) string {
	return fmt.Sprintf("%s (%s) on %s", item.Post, item.Language, s.channelName(item.Channel))
}

// configured finds a channel by the name people give it.
func (s *Service) configured(name string) (*office.Channel, error) {
	if c, ok := s.Office.Channel(name); ok {
		return c, nil
	}
	var names []string
	for i := range s.Office.Channels {
		names = append(names, s.Office.Channels[i].Name)
	}
	if near, ok := suggest.Nearest(name, names); ok {
		return nil, invalid("channel", fmt.Sprintf("%q is not configured: did you mean %s?", name, near))
	}
	return nil, invalid("channel", fmt.Sprintf("%q is not configured: there are %s", name, cmp.Or(strings.Join(names, ", "), "none")))
}

// spokenOf reads the last step of every delivery of a post; of one channel and one language, if they are named.
func (s *Service) spokenOf(ctx context.Context, slug, channel, language string) ([]spoken, error) {
	if channel != "" {
		c, err := s.configured(channel)
		if err != nil {
			return nil, err
		}
		channel = c.LedgerName()
	}
	messages, err := s.Bus.LastOfEach(ctx, event.DeliveriesStream, event.PostLedgerFilter(slug))
	if err != nil {
		return nil, err
	}
	var list []spoken
	for _, m := range messages {
		e, err := readLedger(m)
		if err != nil {
			return nil, err
		}
		if channel != "" && e.item.Channel != channel || language != "" && e.item.Language != language {
			continue
		}
		c, _ := s.Office.Channel(e.item.Channel)
		list = append(list, spoken{item: e.item, channel: c, delivery: e.delivery, sequence: m.Sequence})
	}
	slices.SortFunc(list, func(a, b spoken) int {
		return cmp.Or(strings.Compare(s.channelName(a.item.Channel), s.channelName(b.item.Channel)), strings.Compare(a.item.Language, b.item.Language))
	})
	return list, nil
}

// speak writes the step that follows from somebody's word, and wakes the channel. bus.ErrConflict: the delivery has moved on
// since it was read.
func (s *Service) speak(ctx context.Context, on spoken, after *event.Delivery, id string) error {
	data, err := event.MarshalDelivery(after)
	if err != nil {
		return err
	}
	_, err = s.Bus.Publish(ctx, bus.Publication{
		Subject: on.item.LedgerSubject(), Data: data, ID: stepID(id, on.item), Expect: bus.Expecting(on.sequence),
	})
	if err != nil {
		return err
	}
	return s.Bus.Wake(ctx, on.item.QueueSubject())
}

// stepID is the message id of a step: one request may write several.
func stepID(id string, item event.Item) string { return id + "." + item.String() }

// said reports whether a request has had its word on a delivery already, and its answer was lost.
func (s *Service) said(ctx context.Context, item event.Item, id string) (bool, error) {
	history, err := s.Bus.History(ctx, item.LedgerSubject())
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(history, func(m *bus.Message) bool { return m.ID() == stepID(id, item) }), nil
}

// movedOn says what became of a delivery between reading and writing.
func (s *Service) movedOn(err error, item event.Item) error {
	if errors.Is(err, bus.ErrConflict) {
		return precondition("%s has moved on this moment: look at 'carillon status %s', and say it again if it is still needed", s.name(item), item.Post)
	}
	return err
}

// anew is the step that has a delivery tried again now, because somebody asked.
func anew(d *event.Delivery, now time.Time, reason string) *event.Delivery {
	after := &event.Delivery{}
	if d != nil {
		*after = *d
	}
	after.State, after.Time, after.Until, after.Asked = event.Waiting, now, now, now
	after.Verdict, after.Reason, after.Undecided = askedVerdict, reason, false
	after.Attempt, after.Looks, after.WaitingSince = 0, 0, time.Time{}
	return after
}

// askedVerdict stands where a call's verdict stands: it was a person's.
const askedVerdict = "asked"

// who is the caller as the ledger names them.
func who(ctx context.Context) string { return cmp.Or(caller(ctx).Name, "somebody") }

// publicOf reads what is public of a post, for commands that are about what channels show.
func (s *Service) publicOf(ctx context.Context, slug string) (*carillon.Post, error) {
	if !carillon.ValidSlug(slug) {
		return nil, notFound(slug)
	}
	st, err := s.standing(ctx, slug)
	if err != nil {
		return nil, err
	}
	if st.decision == nil {
		return nil, notFound(slug)
	}
	public, err := s.publicPost(ctx, st)
	if err != nil {
		return nil, err
	}
	if public == nil {
		return &carillon.Post{Slug: slug}, nil
	}
	return public, nil
}

// stands is a delivery after somebody's word, for the answer.
func (s *Service) stands(on spoken, after *event.Delivery, post *carillon.Post) *carillonv1.DeliveryStatus {
	return s.status(ledgerEntry{item: on.item, delivery: after}, post)
}
