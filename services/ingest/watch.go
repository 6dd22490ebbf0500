package ingest

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// WatchPost implements the staff API: the decisions about a post and the steps of its deliveries, as they happen.
func (s *Service) WatchPost(ctx context.Context, req *carillonv1.WatchPostRequest, stream *connect.ServerStream[carillonv1.WatchPostResponse]) error {
	slug := req.GetSlug()
	if !carillon.ValidSlug(slug) {
		return notFound(slug)
	}
	w := &watch{service: s, out: make(chan *carillonv1.WatchPostResponse)}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.follow(ctx, slug) })
	group.Go(func() error { return s.tokenEnds(ctx) })
	group.Go(func() error {
		select {
		case <-s.stopping:
			return connect.NewError(connect.CodeUnavailable, errors.New("the staff API is stopping: watch again when it is back"))
		case <-ctx.Done():
			return nil
		}
	})
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case m := <-w.out:
				if err := stream.Send(m); err != nil {
					return err
				}
			}
		}
	})
	err := group.Wait()
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return s.answer(ctx, err)
}

// watch is one call that watches. Decisions and deliveries come by one path, so that a delivery is always judged by the
// post as it was last decided.
type watch struct {
	service *Service
	out     chan *carillonv1.WatchPostResponse
	post    *carillon.Post
}

func (w *watch) follow(ctx context.Context, slug string) error {
	s := w.service
	if current, err := s.standing(ctx, slug); err != nil {
		return err
	} else if current.decision == nil {
		return notFound(slug)
	}
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []*bus.Message)
	feed := func(batch []*bus.Message, _ uint64) error {
		select {
		case batches <- batch:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	deskRead := make(chan struct{})
	ledgerRead := make(chan struct{})
	group.Go(func() error {
		return s.Bus.Follow(ctx, bus.Following{
			Stream: event.DeskStream, Filters: []string{event.DeskSubject(slug)}, Handle: feed,
			CaughtUp: func() error { close(deskRead); return nil },
		})
	})
	group.Go(func() error {
		select {
		case <-deskRead:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		return s.Bus.Follow(ctx, bus.Following{
			Stream: event.DeliveriesStream, Filters: []string{event.PostLedgerFilter(slug)}, LastOfEach: true, Handle: feed,
			CaughtUp: func() error { close(ledgerRead); return nil },
		})
	})
	group.Go(func() error { return w.tell(ctx, batches, ledgerRead) })
	return group.Wait()
}

func (w *watch) tell(ctx context.Context, batches <-chan []*bus.Message, caughtUp <-chan struct{}) error {
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-caughtUp:
			caughtUp = nil
			if err := w.send(ctx, &carillonv1.WatchPostResponse{Event: &carillonv1.WatchPostResponse_CaughtUp{CaughtUp: &carillonv1.CaughtUp{}}}); err != nil {
				return err
			}
		case batch := <-batches:
			for _, m := range batch {
				response, err := w.response(m)
				if err != nil {
					return err
				}
				if err := w.send(ctx, response); err != nil {
					return err
				}
			}
		}
	}
}

func (w *watch) send(ctx context.Context, m *carillonv1.WatchPostResponse) error {
	select {
	case w.out <- m:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *watch) response(m *bus.Message) (*carillonv1.WatchPostResponse, error) {
	if event.IsDesk(m.Subject) {
		st, err := standingOf(m)
		if err != nil {
			return nil, err
		}
		d := st.decision
		if d.Kind.Public() {
			w.post = &d.Post
		} else if w.post == nil {
			w.post = &carillon.Post{} // nothing is public yet
		}
		return &carillonv1.WatchPostResponse{Event: &carillonv1.WatchPostResponse_Decided{Decided: &carillonv1.PostDecided{
			Number: d.Number, Kind: d.Kind.Proto(), Revision: uint32(d.Post.Revision), Time: timestamppb.New(d.Time), By: d.By,
			Schedule: w.service.schedule(d),
		}}}, nil
	}
	entry, err := readLedger(m)
	if err != nil {
		return nil, err
	}
	return &carillonv1.WatchPostResponse{Event: &carillonv1.WatchPostResponse_Delivery{Delivery: w.service.status(entry, w.post)}}, nil
}
