package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// GetPost implements the staff API.
func (s *Service) GetPost(ctx context.Context, req *carillonv1.GetPostRequest) (*carillonv1.GetPostResponse, error) {
	slug := req.GetSlug()
	if !carillon.ValidSlug(slug) {
		return nil, notFound(slug)
	}
	current, err := s.standing(ctx, slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	d := current.decision
	if d == nil {
		return nil, notFound(slug)
	}
	if r := int(req.GetRevision()); r != 0 && r != d.Post.Revision {
		if d, err = s.revision(ctx, slug, r); errors.Is(err, bus.ErrNotFound) {
			return nil, connect.NewError(connect.CodeNotFound, errors.New("the post has no such revision; 'carillon show "+slug+"' shows the current one"))
		} else if err != nil {
			return nil, s.answer(ctx, err)
		}
	}
	public, err := s.publicPost(ctx, current)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	deliveries, err := s.deliveries(ctx, current.decision, public)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &carillonv1.GetPostResponse{
		Post: event.PostToProto(&d.Post), State: stateOf(d, public), Deliveries: deliveries, Links: s.links(&d.Post),
		Decided: timestamppb.New(d.Time), DecidedBy: d.By, MissingLanguages: s.missing(&d.Post),
		Schedule: s.schedule(d), Draft: d.Kind == event.Saved && isPublic(public),
	}, nil
}

// stateOf is where a post stands with the public, by a decision about it and by what is public besides, if anything is.
func stateOf(d *event.Decision, public *carillon.Post) carillonv1.PostState {
	switch {
	case d.Kind == event.Scheduled:
		return carillonv1.PostState_POST_STATE_SCHEDULED
	case d.Kind == event.Held:
		return carillonv1.PostState_POST_STATE_HELD
	case d.Kind.Public():
		public = &d.Post
	}
	switch {
	case isPublic(public):
		return carillonv1.PostState_POST_STATE_RELEASED
	case d.Kind == event.Saved:
		return carillonv1.PostState_POST_STATE_DRAFT
	}
	return carillonv1.PostState_POST_STATE_WITHDRAWN
}

// ledgerEntry is the last step of one delivery.
type ledgerEntry struct {
	item     event.Item
	delivery *event.Delivery
}

// ledger reads the last step of every delivery of a post.
func (s *Service) ledger(ctx context.Context, slug string) ([]ledgerEntry, error) {
	messages, err := s.Bus.LastOfEach(ctx, event.DeliveriesStream, event.PostLedgerFilter(slug))
	if err != nil {
		return nil, err
	}
	entries := make([]ledgerEntry, 0, len(messages))
	for _, m := range messages {
		entry, err := readLedger(m)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func readLedger(m *bus.Message) (ledgerEntry, error) {
	item, err := event.ParseItem(m.Subject)
	if err != nil {
		return ledgerEntry{}, err
	}
	delivery, err := event.UnmarshalDelivery(m.Data)
	return ledgerEntry{item, delivery}, err
}

// deliveries says how far every delivery of a post is: those the ledger knows, and those that have not begun.
func (s *Service) deliveries(ctx context.Context, d *event.Decision, public *carillon.Post) ([]*carillonv1.DeliveryStatus, error) {
	entries, err := s.ledger(ctx, d.Post.Slug)
	if err != nil {
		return nil, err
	}
	return s.statuses(entries, d, public), nil
}

// statuses says how far the deliveries are of what is public, and what a post that is not public yet is going to ask for.
func (s *Service) statuses(entries []ledgerEntry, d *event.Decision, public *carillon.Post) []*carillonv1.DeliveryStatus {
	post, pending := public, s.pending(d, public)
	if pending != nil || post == nil {
		post = &d.Post
	}
	var list []*carillonv1.DeliveryStatus
	for _, e := range entries {
		list = append(list, s.status(e, post))
	}
	for _, p := range s.planned(post) {
		begun := slices.ContainsFunc(list, func(d *carillonv1.DeliveryStatus) bool {
			return d.GetChannel() == p.GetChannel() && d.GetLanguage() == p.GetLanguage()
		})
		if !begun {
			status := &carillonv1.DeliveryStatus{
				Post: post.Slug, Language: p.GetLanguage(), Channel: p.GetChannel(),
				State: carillonv1.DeliveryState_DELIVERY_STATE_WAITING, Reason: "in the channel's queue",
			}
			if pending != nil {
				status.Reason, status.Until = pending.reason, pending.until
			}
			list = append(list, status)
		}
	}
	slices.SortFunc(list, func(a, b *carillonv1.DeliveryStatus) int {
		return cmp.Or(strings.Compare(a.GetChannel(), b.GetChannel()), strings.Compare(a.GetLanguage(), b.GetLanguage()))
	})
	return list
}

// pending says why what a post asks of the channels has not begun, and until when it waits.
type pending struct {
	reason string
	until  *timestamppb.Timestamp
}

// pending is nil if what the channels are to show is public.
func (s *Service) pending(d *event.Decision, public *carillon.Post) *pending {
	switch {
	case isPublic(public), d.Kind.Public():
		return nil
	case d.Kind == event.Scheduled:
		return &pending{"scheduled for " + d.Release.String(), s.schedule(d).GetAt()}
	case d.Kind == event.Saved:
		return &pending{reason: "a draft"}
	case d.Reason != "":
		return &pending{reason: "held: " + d.Reason}
	}
	return &pending{reason: "held"}
}

// status is one delivery as people see it. post is what was last decided, and says whether the delivery is settled.
func (s *Service) status(e ledgerEntry, post *carillon.Post) *carillonv1.DeliveryStatus {
	d := e.delivery
	status := &carillonv1.DeliveryStatus{
		Post: e.item.Post, Language: e.item.Language, Channel: s.channelName(e.item.Channel), State: d.State.Proto(),
		Revision: uint32(d.Revision), Reason: d.Reason, Attempt: uint32(d.Attempt), Time: timestamppb.New(d.Time),
		Undecided: d.Undecided,
	}
	c, configured := s.Office.Channel(e.item.Channel)
	status.Settled = !configured || settled(d, post, e.item.Language, !d.Asked.IsZero() || c.Carries(post, e.item.Language))
	if !d.Until.IsZero() && d.State == event.Waiting && !d.Undecided {
		status.Until = timestamppb.New(d.Until)
	}
	if d.Shown != nil {
		status.Link = d.Shown.Link()
	}
	return status
}

// settled reports whether nothing more will happen for what was last decided about an edition, on a channel that carries it
// or not.
func settled(d *event.Delivery, post *carillon.Post, language string, carried bool) bool {
	edition, wanted := post.Edition(language)
	switch d.State {
	case event.DeliveryWithdrawn:
		return !wanted || !carried
	case event.Delivered:
		return wanted && d.Revision >= edition.Revision
	case event.Rejected:
		if !wanted { // a withdrawal that was refused, unless it is still to come
			return d.Shown != nil && d.Time.After(withdrawnAt(post, language))
		}
		return d.Revision >= edition.Revision
	case event.Skipped:
		return wanted || d.Shown == nil // what is left of a thread is still to be taken back
	case event.Uncertain:
		return true
	case event.Waiting:
		return d.Undecided // until somebody decides
	case event.Sending:
		return false
	}
	return false
}

func withdrawnAt(post *carillon.Post, language string) time.Time {
	for _, w := range post.Withdrawn {
		if w.Language == language {
			return w.At
		}
	}
	return time.Time{}
}

// channelName is what people call the channel that keeps its ledger under a name.
func (s *Service) channelName(ledgerName string) string {
	if c, ok := s.Office.Channel(ledgerName); ok {
		return c.Name
	}
	return ledgerName
}
