package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"carillon.example/pkg/event"
)

// ledgerDepth is how many steps of one delivery are kept; the last is never among those that go.
const ledgerDepth = 200

// streams declares every stream. What must not be erased denies deleting and purging; what schedules cannot.
func streams() []jetstream.StreamConfig {
	log := func(name, subject, description string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: name, Description: description, Subjects: []string{subject},
			Storage: jetstream.FileStorage, AllowDirect: true, DenyDelete: true, DenyPurge: true,
		}
	}
	deliveries := log(event.DeliveriesStream, "deliveries.>", "the ledger: every step of every delivery")
	deliveries.MaxMsgsPerSubject = ledgerDepth
	return []jetstream.StreamConfig{
		log(event.DeskStream, "desk.*", "every editorial decision about a post"),
		log(event.PostsStream, "posts.*", "what the public may know"),
		deliveries,
		log(event.RemindersStream, "reminders.>", "reminders as they were said"),
		{
			Name: event.QueueStream, Description: "wake-ups, now or later: hints, never truth",
			Subjects: []string{"queue.>", "timers.>"}, Storage: jetstream.FileStorage, AllowDirect: true,
			Retention: jetstream.WorkQueuePolicy, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardOld,
			AllowMsgSchedules: true, AllowMsgTTL: true, AllowRollup: true,
			PersistMode: jetstream.AsyncPersistMode,
		},
	}
}

// streamOf says in which stream a subject stands.
func streamOf(subject string) string {
	first, _, _ := strings.Cut(subject, ".")
	switch first {
	case "desk":
		return event.DeskStream
	case "posts":
		return event.PostsStream
	case "deliveries":
		return event.DeliveriesStream
	case "reminders":
		return event.RemindersStream
	}
	return event.QueueStream
}

// The durable consumers besides those of the channels.
const (
	DeskConsumer   = "ingest" // on DESK: copies decisions to POSTS
	RouterConsumer = "deliver"
	RemindConsumer = "remind"
)

// ReleasesInHand is how many releases are decided at a time: posts have no order among each other before they are public,
// and each has a lock of its own.
const ReleasesInHand = 16

// QueueConsumer is the name of the durable consumer of QUEUE for one channel or service.
func QueueConsumer(who string) string { return "queue-" + who }

// consumers declares every durable consumer.
func consumers(channels []string) map[string][]jetstream.ConsumerConfig {
	queue := make([]jetstream.ConsumerConfig, 0, len(channels)+3)
	for _, who := range append([]string{event.Ingest, event.Router, event.Remind}, channels...) {
		inFlight := 1
		if who == event.Ingest {
			inFlight = ReleasesInHand
		}
		queue = append(queue, jetstream.ConsumerConfig{
			Durable: QueueConsumer(who), FilterSubject: "queue." + who + ".>",
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: inFlight, MaxDeliver: -1,
		})
	}
	// One message in flight: with more, two replicas would work on two posts at once, and the second could overtake the first.
	follow := func(name string) jetstream.ConsumerConfig {
		return jetstream.ConsumerConfig{
			Durable: name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 1, MaxDeliver: -1,
		}
	}
	return map[string][]jetstream.ConsumerConfig{
		event.DeskStream:  {follow(DeskConsumer)},
		event.PostsStream: {follow(RouterConsumer)},
		event.QueueStream: queue,
	}
}

// idempotencyMarker is how long the server remembers that a key of OFFICE has expired.
const idempotencyMarker = time.Minute

// Ensure makes every stream and consumer that is not there, and brings the others up to what is declared. It is
// idempotent; ingest alone calls it.
func (b *Bus) Ensure(ctx context.Context, channels []string) error {
	// All at once: each waits for the disk.
	made, making := errgroup.WithContext(ctx)
	for _, config := range streams() {
		config.Replicas = b.replicas
		if b.replicas > 1 {
			config.PersistMode = jetstream.DefaultPersistMode // the asynchronous one is for one replica only
		}
		made.Go(func() error { return b.ensureStream(making, config) })
	}
	made.Go(func() error { return b.ensureOffice(making) })
	made.Go(func() error { return b.ensureMedia(making) })
	if err := made.Wait(); err != nil {
		return err
	}
	made, making = errgroup.WithContext(ctx)
	for stream, configs := range consumers(channels) {
		for _, config := range configs {
			made.Go(func() error { return b.ensureConsumer(making, stream, config) })
		}
	}
	return made.Wait()
}

func (b *Bus) ensureStream(ctx context.Context, config jetstream.StreamConfig) error {
	err := b.repeat(ctx, func(ctx context.Context) error {
		_, err := b.js.CreateOrUpdateStream(ctx, config)
		return err
	})
	if err != nil {
		return fmt.Errorf("make the stream %s: %w", config.Name, err)
	}
	return nil
}

func (b *Bus) ensureOffice(ctx context.Context) error {
	err := b.repeat(ctx, func(ctx context.Context) error {
		_, err := b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: event.OfficeBucket, Description: "people, tokens, idempotency keys, first sights of channels",
			Storage: jetstream.FileStorage, Replicas: b.replicas, LimitMarkerTTL: idempotencyMarker,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("make the bucket %s: %w", event.OfficeBucket, err)
	}
	return nil
}

func (b *Bus) ensureMedia(ctx context.Context) error {
	err := b.repeat(ctx, func(ctx context.Context) error {
		_, err := b.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: event.MediaBucket, Description: "files by the hash of their content, and what was made from them",
			Storage: jetstream.FileStorage, Replicas: b.replicas,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("make the store %s: %w", event.MediaBucket, err)
	}
	return nil
}

func (b *Bus) ensureConsumer(ctx context.Context, stream string, config jetstream.ConsumerConfig) error {
	err := b.repeat(ctx, func(ctx context.Context) error {
		_, err := b.js.CreateOrUpdateConsumer(ctx, stream, config)
		return err
	})
	if err != nil {
		return fmt.Errorf("make the consumer %s of %s: %w", config.Durable, stream, err)
	}
	return nil
}

// repeat calls f until the server answers.
func (b *Bus) repeat(ctx context.Context, f func(context.Context) error) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, requestTimeout)
		err := f(attempt)
		cancel()
		if err == nil || !worthRepeating(err) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if !pause(ctx, repeatAfter) {
			return err
		}
	}
}

// Handled is the position up to which a durable consumer has handled everything.
func (b *Bus) Handled(ctx context.Context, stream, durable string) (uint64, error) {
	var floor uint64
	err := b.repeat(ctx, func(ctx context.Context) error {
		consumer, err := b.js.Consumer(ctx, stream, durable)
		if err != nil {
			return err
		}
		floor = consumer.CachedInfo().AckFloor.Stream
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("ask about the consumer %s of %s: %w", durable, stream, err)
	}
	return floor, nil
}

// StreamInfo says how far a stream is.
type StreamInfo struct {
	Messages uint64
	Last     uint64    // the position of the last message
	Created  time.Time // when the stream was made: another time means another log
}

// Info asks how far a stream is.
func (b *Bus) Info(ctx context.Context, stream string) (StreamInfo, error) {
	var info StreamInfo
	err := b.repeat(ctx, func(ctx context.Context) error {
		s, err := b.js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		cached := s.CachedInfo()
		info = StreamInfo{Messages: cached.State.Msgs, Last: cached.State.LastSeq, Created: cached.Created}
		return nil
	})
	if err != nil {
		return StreamInfo{}, fmt.Errorf("ask about the stream %s: %w", stream, err)
	}
	return info, nil
}
