package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"
)

// ackWait is how long the server waits for a sign of life before it gives a message to another replica.
const ackWait = 5 * time.Second

// pullAhead is how many messages one request to the server asks for. Every durable consumer has one in flight, so that it
// saves requests and takes nothing from other replicas.
const pullAhead = 64

// finishWithin is how long the message in hand may take once the context has ended: without a limit, a log that is away
// would keep the process from stopping.
const finishWithin = 25 * time.Second

// Outcome says what becomes of a message that was worked on.
type Outcome struct {
	again bool
	after time.Duration
}

// Done says that the message is finished with; it is acknowledged.
var Done = Outcome{}

// Again puts the message back, to come once more after a while, and with it everything behind it in its queue.
func Again(after time.Duration) Outcome { return Outcome{again: true, after: after} }

// Work takes the messages of a durable consumer, one at a time, until the context ends; then it finishes the one in hand.
// The consumer is made by ingest; until it is there, Work waits. While the handler works the server is told so, however
// long it takes. The handler's context outlives ctx, for 25 seconds at the most: a call that has begun is finished.
func (b *Bus) Work(ctx context.Context, stream, durable string, handle func(context.Context, *Message) Outcome) error {
	return b.WorkMany(ctx, stream, durable, 1, handle)
}

// WorkMany is Work with as many messages in hand at a time as the consumer allows to be in flight, in no order.
func (b *Bus) WorkMany(ctx context.Context, stream, durable string, many int, handle func(context.Context, *Message) Outcome) error {
	for {
		err := b.work(ctx, stream, durable, many, handle)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b.log.Warn("a consumer stopped, taking it up again", "stream", stream, "consumer", durable, "error", err)
		if !pause(ctx, time.Second) {
			return context.Cause(ctx)
		}
	}
}

func (b *Bus) work(ctx context.Context, stream, durable string, many int, handle func(context.Context, *Message) Outcome) error {
	consumer, err := b.consumer(ctx, stream, durable)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(pullAhead), jetstream.PullExpiry(30*time.Second))
	if err != nil {
		return fmt.Errorf("take messages of %s: %w", durable, err)
	}
	defer messages.Stop()
	stop := context.AfterFunc(ctx, func() {
		if b.Connected() {
			messages.Drain()
		} else { // nothing more comes, and what came cannot be acknowledged
			messages.Stop()
		}
	})
	defer stop()
	var working errgroup.Group
	working.SetLimit(many)
	for {
		msg, err := messages.Next()
		if err != nil {
			_ = working.Wait() // handlers have no errors
			return err
		}
		if many == 1 {
			b.handle(ctx, msg, handle)
			continue
		}
		working.Go(func() error {
			b.handle(ctx, msg, handle)
			return nil
		})
	}
}

func (b *Bus) handle(ctx context.Context, msg jetstream.Msg, handle func(context.Context, *Message) Outcome) {
	m, _, err := fromJetStream(msg)
	if err != nil {
		b.log.Error("a message without metadata", "subject", place(msg.Subject()), "error", err)
		return
	}
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	connections := b.nc.Stats().Reconnects
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		b.keepAlive(working, ctx.Done(), cancel, msg)
	}()
	outcome := handle(working, m)
	cancel()
	<-finished
	// A server that died meanwhile may have lost the wake-ups that the handler left, and the comparison that follows may have
	// been too early for them: what is acknowledged now would be forgotten. The handler survives running twice.
	if outcome == Done && b.nc.Stats().Reconnects != connections {
		outcome = Again(0)
	}
	if outcome.again {
		err = msg.NakWithDelay(outcome.after)
	} else {
		err = msg.Ack()
	}
	// Not acknowledging costs a second look, no more: the handler survives running twice.
	if err != nil {
		b.log.Debug("acknowledge", "subject", place(m.Subject), "position", m.Sequence, "error", err)
	}
}

// keepAlive says that work goes on, and ends it some time after stopping says that the process is to stop.
func (b *Bus) keepAlive(ctx context.Context, stopping <-chan struct{}, end context.CancelFunc, msg jetstream.Msg) {
	var late <-chan time.Time
	tick := time.NewTicker(ackWait / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-stopping:
			stopping, late = nil, time.After(finishWithin)
		case <-late:
			end()
		case <-tick.C:
			if err := msg.InProgress(); err != nil {
				b.log.Debug("tell the log that work goes on", "error", err)
			}
		}
	}
}

// consumer waits for a durable consumer that ingest makes.
func (b *Bus) consumer(ctx context.Context, stream, durable string) (jetstream.Consumer, error) {
	for wait := firstWait; ; wait = longer(wait) {
		consumer, err := b.js.Consumer(ctx, stream, durable)
		if err == nil {
			return consumer, nil
		}
		missing := errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound)
		if !missing && !worthRepeating(err) || !pause(ctx, wait) {
			return nil, fmt.Errorf("find the consumer %s of %s: %w", durable, stream, err)
		}
	}
}
