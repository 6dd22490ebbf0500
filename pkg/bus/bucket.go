package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"carillon.example/pkg/event"
)

// Entry is one key of a bucket.
type Entry struct {
	Key      string
	Value    []byte // nil if the key was deleted
	Revision uint64
}

// Bucket is a key-value bucket.
type Bucket struct {
	bus *Bus
	kv  jetstream.KeyValue
}

// Bucket opens a bucket, waiting until ingest has made it.
func (b *Bus) Bucket(ctx context.Context, name string) (*Bucket, error) {
	for wait := firstWait; ; wait = longer(wait) {
		kv, err := b.js.KeyValue(ctx, name)
		if err == nil {
			return &Bucket{bus: b, kv: kv}, nil
		}
		if !errors.Is(err, jetstream.ErrBucketNotFound) && !worthRepeating(err) || !pause(ctx, wait) {
			return nil, fmt.Errorf("open the bucket %s: %w", name, err)
		}
	}
}

// Get returns a key's entry, or ErrNotFound.
func (k *Bucket) Get(ctx context.Context, key string) (*Entry, error) {
	var entry *Entry
	err := k.bus.repeat(ctx, func(ctx context.Context) error {
		e, err := k.kv.Get(ctx, key)
		if err != nil {
			return err
		}
		entry = &Entry{Key: key, Value: e.Value(), Revision: e.Revision()}
		return nil
	})
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return entry, nil
}

// Create sets a key that is not there, for as long as ttl says (0: for ever). ErrConflict: it is there.
func (k *Bucket) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	var opts []jetstream.KVCreateOpt
	if ttl > 0 {
		opts = append(opts, jetstream.KeyTTL(ttl))
	}
	var revision uint64
	err := k.bus.repeat(ctx, func(ctx context.Context) (err error) {
		revision, err = k.kv.Create(ctx, key, value, opts...)
		return err
	})
	if errors.Is(err, jetstream.ErrKeyExists) {
		return 0, ErrConflict
	}
	if err != nil {
		return 0, fmt.Errorf("create %s: %w", key, err)
	}
	return revision, nil
}

// Put sets a key, whatever it was.
func (k *Bucket) Put(ctx context.Context, key string, value []byte) error {
	err := k.bus.repeat(ctx, func(ctx context.Context) error {
		_, err := k.kv.Put(ctx, key, value)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

// Delete removes a key.
func (k *Bucket) Delete(ctx context.Context, key string) error {
	err := k.bus.repeat(ctx, func(ctx context.Context) error { return k.kv.Delete(ctx, key) })
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// Watch calls handle with every key that matches (as 'tokens.*'), and again at every change, until the context ends.
// caughtUp is called once, after the keys that were there.
func (k *Bucket) Watch(ctx context.Context, keys string, handle func(Entry), caughtUp func()) error {
	watcher, err := k.kv.Watch(ctx, keys)
	if err != nil {
		return fmt.Errorf("watch %s: %w", keys, err)
	}
	defer func() {
		// A server that is away forgets the watch by itself; asking it to would take ten seconds of whoever is stopping.
		if k.bus.Connected() {
			_ = watcher.Stop()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e, ok := <-watcher.Updates():
			switch {
			case !ok:
				return fmt.Errorf("watch %s: the watch ended", keys)
			case e == nil:
				caughtUp()
			case e.Operation() == jetstream.KeyValuePut:
				handle(Entry{Key: e.Key(), Value: e.Value(), Revision: e.Revision()})
			default:
				handle(Entry{Key: e.Key(), Revision: e.Revision()})
			}
		}
	}
}

// SightKey is the key of OFFICE under which a channel's first sight stands, as RFC 3339, by its ledger name.
func SightKey(channel string) string { return "channels." + channel }

// PauseKeys begins the keys of OFFICE under which the pauses of channels stand, by their ledger names.
const PauseKeys = "paused."

// Pause is what stands there: whether a channel is paused, and who said so when. A channel that was resumed keeps its key, so
// that whoever follows the keys learns of a resumption that changed nothing.
type Pause struct {
	Paused bool      `json:"paused"`
	Time   time.Time `json:"time"`
	By     string    `json:"by"`
}

// FollowPauses calls handle with the pause of every channel that has one, and again at every change, until the context ends.
// caughtUp is called once, after those that were there.
func (k *Bucket) FollowPauses(ctx context.Context, handle func(channel string, p Pause), caughtUp func()) error {
	return k.Watch(ctx, PauseKeys+"*", func(e Entry) {
		var p Pause
		if e.Value != nil && json.Unmarshal(e.Value, &p) != nil {
			return // of a later version: as it was
		}
		handle(strings.TrimPrefix(e.Key, PauseKeys), p)
	}, caughtUp)
}

// SetPause notes a pause, or its end.
func (k *Bucket) SetPause(ctx context.Context, channel string, p Pause) error {
	value, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return k.Put(ctx, PauseKeys+channel, value)
}

// Pause reads whether a channel is paused. A channel that was never paused has the zero pause.
func (k *Bucket) Pause(ctx context.Context, channel string) (Pause, error) {
	e, err := k.Get(ctx, PauseKeys+channel)
	if errors.Is(err, ErrNotFound) {
		return Pause{}, nil
	}
	if err != nil {
		return Pause{}, err
	}
	var p Pause
	if err := json.Unmarshal(e.Value, &p); err != nil {
		return Pause{}, fmt.Errorf("the pause of %s: %w", channel, err)
	}
	return p, nil
}

// Sights reads when channels were first seen, by their ledger names, waiting until ingest has noted them all.
func (b *Bus) Sights(ctx context.Context, channels []string) (map[string]time.Time, error) {
	bucket, err := b.Bucket(ctx, event.OfficeBucket)
	if err != nil {
		return nil, err
	}
	sights := make(map[string]time.Time, len(channels))
	for _, name := range channels {
		value, err := bucket.Await(ctx, SightKey(name))
		if err != nil {
			return nil, err
		}
		if sights[name], err = time.Parse(time.RFC3339Nano, string(value)); err != nil {
			return nil, fmt.Errorf("the first sight of the channel %s: %w", name, err)
		}
	}
	return sights, nil
}

// Await returns a key's value as soon as it has one.
func (k *Bucket) Await(ctx context.Context, key string) ([]byte, error) {
	for wait := firstWait; ; wait = longer(wait) {
		entry, err := k.Get(ctx, key)
		if err == nil {
			return entry.Value, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if !pause(ctx, wait) {
			return nil, context.Cause(ctx)
		}
	}
}
