package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// followBatch is how many messages are handed over together at the most.
const followBatch = 500

// Following says what to follow.
type Following struct {
	Stream  string
	Filters []string // subjects; empty: all
	From    uint64   // the first position; 0: the beginning

	// LastOfEach begins with the last message of every subject instead of a position.
	LastOfEach bool
	// HeadersOnly leaves the content away.
	HeadersOnly bool

	// Handle gets the messages in order, several at a time when there is a backlog, and how many are still to come. An
	// error ends the following.
	Handle func(batch []*Message, pending uint64) error
	// CaughtUp, if not nil, is called once, when everything that stood there at the beginning has been handled.
	CaughtUp func() error
}

// errCaughtUp ends a snapshot.
var errCaughtUp = errors.New("caught up")

// Snapshot reads the last message of every matching subject, or only its headers, and returns when it has seen them all.
func (b *Bus) Snapshot(ctx context.Context, stream string, filters []string, headersOnly bool, handle func([]*Message) error) error {
	err := b.Follow(ctx, Following{
		Stream: stream, Filters: filters, LastOfEach: true, HeadersOnly: headersOnly,
		Handle:   func(batch []*Message, _ uint64) error { return handle(batch) },
		CaughtUp: func() error { return errCaughtUp },
	})
	if errors.Is(err, errCaughtUp) {
		return nil
	}
	return err
}

// Follow reads a stream in order, through reconnections, until the context ends or the handler fails. Nothing is left at
// the server: whoever follows keeps its own position.
func (b *Bus) Follow(ctx context.Context, f Following) error {
	consumer, err := b.ordered(ctx, f)
	if err != nil {
		return err
	}
	caughtUp := f.CaughtUp
	if caughtUp != nil && consumer.CachedInfo().NumPending == 0 {
		if err := caughtUp(); err != nil {
			return err
		}
		caughtUp = nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(followBatch))
	if err != nil {
		return fmt.Errorf("follow %s: %w", f.Stream, err)
	}
	defer messages.Stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	arrived := make(chan arrival, followBatch)
	go receive(ctx, messages, arrived)
	for {
		batch, pending, err := gather(ctx, arrived)
		if err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("follow %s: %w", f.Stream, err)
		}
		if err := f.Handle(batch, pending); err != nil {
			return err
		}
		if pending == 0 && caughtUp != nil {
			if err := caughtUp(); err != nil {
				return err
			}
			caughtUp = nil
		}
	}
}

// arrival is a message with how many were still to come after it, or the error that ends the following.
type arrival struct {
	message *Message
	pending uint64
	err     error
}

// receive hands over what arrives until the messages end. Its goroutine ends with the context.
func receive(ctx context.Context, messages jetstream.MessagesContext, arrived chan<- arrival) {
	for {
		var a arrival
		msg, err := messages.Next()
		if err == nil {
			a.message, a.pending, err = fromJetStream(msg)
		}
		a.err = err
		select {
		case arrived <- a:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// gather waits for a message and takes what has arrived besides, and what is known to come, up to a batch: whoever is
// slower than the log falls behind by messages, not by transactions.
func gather(ctx context.Context, arrived <-chan arrival) (batch []*Message, pending uint64, err error) {
	for len(batch) < followBatch {
		var a arrival
		if len(batch) > 0 && pending == 0 {
			select {
			case a = <-arrived:
			default:
				return batch, pending, nil
			}
		} else {
			select {
			case a = <-arrived:
			case <-ctx.Done():
				return nil, 0, context.Cause(ctx)
			}
		}
		if a.err != nil {
			return nil, 0, a.err
		}
		batch, pending = append(batch, a.message), a.pending
	}
	return batch, pending, nil
}

// ordered makes the ordered consumer, waiting for a stream that nobody has made yet.
func (b *Bus) ordered(ctx context.Context, f Following) (jetstream.Consumer, error) {
	config := jetstream.OrderedConsumerConfig{FilterSubjects: f.Filters, HeadersOnly: f.HeadersOnly}
	switch {
	case f.LastOfEach:
		config.DeliverPolicy = jetstream.DeliverLastPerSubjectPolicy
		if len(f.Filters) == 0 {
			config.FilterSubjects = []string{">"}
		}
	case f.From > 1:
		config.DeliverPolicy = jetstream.DeliverByStartSequencePolicy
		config.OptStartSeq = f.From
	default:
		config.DeliverPolicy = jetstream.DeliverAllPolicy
	}
	for wait := firstWait; ; wait = longer(wait) {
		consumer, err := b.js.OrderedConsumer(ctx, f.Stream, config)
		if err == nil {
			return consumer, nil
		}
		if !errors.Is(err, jetstream.ErrStreamNotFound) && !worthRepeating(err) || !pause(ctx, wait) {
			return nil, fmt.Errorf("follow %s: %w", f.Stream, err)
		}
	}
}

func fromJetStream(msg jetstream.Msg) (m *Message, pending uint64, err error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, 0, err
	}
	return &Message{
		Subject: msg.Subject(), Sequence: meta.Sequence.Stream, Time: meta.Timestamp, Header: msg.Headers(), Data: msg.Data(),
	}, meta.NumPending, nil
}
