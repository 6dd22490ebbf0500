package bus

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Wake puts a hint into the queue: 'look at this'. There is one a subject; a second one replaces the first.
func (b *Bus) Wake(ctx context.Context, queueSubject string) error {
	_, err := b.Publish(ctx, Publication{Subject: queueSubject})
	return err
}

// WakeIfIdle puts a hint into the queue unless there is one: whoever is queued keeps the place.
func (b *Bus) WakeIfIdle(ctx context.Context, queueSubject string) error {
	_, err := b.Publish(ctx, Publication{Subject: queueSubject, Expect: Expecting(0)})
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
