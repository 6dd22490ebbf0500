package bus

import (
	"context"
	"errors"
	"strings"
	"time"

	"carillon.example/pkg/event"
)

// Wake puts a hint into the queue: 'look at this'. There is one a subject; a second one replaces the first.
func (b *Bus) Wake(ctx context.Context, queueSubject string) error {
	_, err := b.Publish(ctx, Publication{Subject: queueSubject})
	return err
}

// WakeIfIdle puts a hint into the queue unless there is one: whoever is queued keeps the place.
func (b *Bus) WakeIfIdle(ctx context.Context, queueSubject string) error {
	return b.WakeIdle(ctx, []string{queueSubject})
}

// WakeIdle is WakeIfIdle for many.
//
// A server that was killed may show again what it had removed: the queue is not synced. Its consumers remember that they
// have handled it, so nobody gets it any more. Such a hint is none, and is replaced.
func (b *Bus) WakeIdle(ctx context.Context, queueSubjects []string) error {
	handled := map[string]uint64{} // by consumer
	for _, subject := range queueSubjects {
		_, err := b.Publish(ctx, Publication{Subject: subject, Expect: Expecting(0)})
		if errors.Is(err, ErrConflict) {
			err = b.replaceDead(ctx, subject, handled)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replaceDead puts a hint in the place of one that was handled before the server died.
func (b *Bus) replaceDead(ctx context.Context, subject string, handled map[string]uint64) error {
	m, err := b.Last(ctx, subject)
	if errors.Is(err, ErrNotFound) {
		return nil // somebody has just taken it
	}
	if err != nil {
		return err
	}
	consumer := QueueConsumer(event.QueueOwner(subject))
	floor, known := handled[consumer]
	if !known {
		if floor, err = b.Handled(ctx, event.QueueStream, consumer); err != nil {
			return err
		}
		handled[consumer] = floor
	}
	if m.Sequence > floor {
		return nil
	}
	_, err = b.Publish(ctx, Publication{Subject: subject, Expect: &m.Sequence})
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// WakeAt sets the timer of a queue's subject: a wake-up for later. A timer that is set again replaces the first. It may
// fire up to 300 ms late, and never early.
func (b *Bus) WakeAt(ctx context.Context, queueSubject string, at time.Time) error {
	_, err := b.Publish(ctx, Publication{
		Subject: "timers." + strings.TrimPrefix(queueSubject, "queue."),
		Header: map[string]string{
			// jetstream.WithScheduleAt cuts the fraction of the second off and fires early.
			"Nats-Schedule":        "@at " + at.UTC().Format(time.RFC3339Nano),
			"Nats-Schedule-Target": queueSubject,
		},
	})
	return err
}
