package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
)

// router wakes the channels for what is released. It routes to all channels, whatever types this process drives.
type router struct {
	bus     *bus.Bus
	office  *office.Office
	sights  map[string]time.Time
	metrics *metrics
	log     *slog.Logger
	now     func() time.Time
}

// run follows what is released.
func (r *router) run(ctx context.Context) error {
	return r.bus.Work(ctx, event.PostsStream, bus.RouterConsumer, func(ctx context.Context, m *bus.Message) bus.Outcome {
		if err := r.route(ctx, m); err != nil {
			r.log.Error("a post is not routed yet, trying again", "position", m.Sequence, "error", err)
			return bus.Again(time.Second)
		}
		return bus.Done
	})
}

// route wakes every channel that should show something of a post, or has shown it.
func (r *router) route(ctx context.Context, m *bus.Message) error {
	public, err := readPublic(m)
	if err != nil {
		r.log.Error("a post cannot be read", "error", err)
		return nil
	}
	known := map[event.Item]*event.Delivery{}
	if public.Number > 1 { // nobody can have shown a post's first release before
		steps, err := r.bus.LastOfEach(ctx, event.DeliveriesStream, event.PostLedgerFilter(public.Post.Slug))
		if err != nil {
			return err
		}
		for _, step := range steps {
			if err := note(known, step); err != nil {
				return err
			}
		}
	}
	for _, item := range r.owed(public, known) {
		if err := r.wake(ctx, item); err != nil {
			return err
		}
	}
	return nil
}

func (r *router) wake(ctx context.Context, item event.Item) error {
	r.metrics.woken.Inc()
	return r.bus.Wake(ctx, item.QueueSubject())
}

func note(known map[event.Item]*event.Delivery, m *bus.Message) error {
	item, err := event.ParseItem(m.Subject)
	if err != nil {
		return nil //nolint:nilerr // a condition of a channel stands in the same stream
	}
	d, err := event.UnmarshalDelivery(m.Data)
	if err != nil {
		return fmt.Errorf("read the ledger at %d: %w", m.Sequence, err)
	}
	known[item] = d
	return nil
}

// owed lists the items of a post at which a channel has something to do.
func (r *router) owed(public *event.PublicPost, known map[event.Item]*event.Delivery) []event.Item {
	languages := public.Post.Languages()
	for _, w := range public.Post.Withdrawn {
		languages = append(languages, w.Language)
	}
	var items []event.Item
	for i := range r.office.Channels {
		c := &r.office.Channels[i]
		for _, language := range languages {
			item := event.Item{Channel: c.LedgerName(), Post: public.Post.Slug, Language: language}
			d := known[item]
			w := want{}
			if owes(c, &public.Post, language, r.sights[item.Channel], d) {
				edition, _ := public.Post.Edition(language)
				w = wantedOf(&public.Post, edition, 0)
			}
			if p := next(d, w, r.now(), 0); p.step != settle {
				items = append(items, item)
			}
		}
	}
	return items
}

// compareOften compares the ledger with what is public: at the start, on every reconnection and now and then.
func (r *router) compareOften(ctx context.Context) error {
	return r.bus.CompareOften(ctx, "the ledger with what is public", r.compare)
}

// compare wakes the channels wherever what is public and what the ledger says differ: the queue may have been lost. It
// leaves out what is still to be routed, which would lose its place in the queue by being woken twice.
func (r *router) compare(ctx context.Context) error {
	routed, err := r.bus.Handled(ctx, event.PostsStream, bus.RouterConsumer)
	if err != nil {
		return err
	}
	known := map[event.Item]*event.Delivery{}
	err = r.bus.Snapshot(ctx, event.DeliveriesStream, nil, false, func(batch []*bus.Message) error {
		for _, m := range batch {
			if err := note(known, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var items []event.Item
	err = r.bus.Snapshot(ctx, event.PostsStream, nil, false, func(batch []*bus.Message) error {
		for _, m := range batch {
			if m.Sequence > routed {
				continue
			}
			public, err := readPublic(m)
			if err != nil {
				r.log.Error("a post cannot be read", "error", err)
				continue
			}
			items = append(items, r.owed(public, known)...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	said, err := r.reminders(ctx, known)
	if err != nil {
		return err
	}
	items = append(items, said...)
	for item, d := range known {
		if w, _, err := notice(d); err == nil && item.IsNotice() && next(d, w, r.now(), 0).step != settle {
			items = append(items, item)
		}
	}
	var subjects []string
	for _, item := range items {
		r.metrics.woken.Inc()
		subjects = append(subjects, item.QueueSubject())
	}
	return r.bus.WakeIdle(ctx, subjects)
}

// reminders lists those that were said and that the ledger does not know as settled.
func (r *router) reminders(ctx context.Context, known map[event.Item]*event.Delivery) ([]event.Item, error) {
	var items []event.Item
	err := r.bus.Snapshot(ctx, event.RemindersStream, nil, true, func(batch []*bus.Message) error {
		for _, m := range batch {
			item, ok := event.ReminderItem(m.Subject)
			if ok && next(known[item], want{shown: true, revision: 1, since: m.Time}, r.now(), 0).step != settle {
				items = append(items, item)
			}
		}
		return nil
	})
	return items, err
}
