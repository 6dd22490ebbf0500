package bus

import (
	"context"
	"strings"
	"time"
)

// Wake puts a hint into the queue: 'look at this'. There is one a subject; a second one replaces the first.
func (b *Bus) Wake(ctx context.Context, queueSubject string) error {
	_, err := b.Publish(ctx, Publication{Subject: queueSubject})
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
