package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carillon.example/pkg/bus"
)

// sights says when each channel was first seen: it carries what was released since.
type sights struct{ first map[string]time.Time }

// firstSights reads when the channels were first seen, and notes those that are new.
func firstSights(ctx context.Context, bucket *bus.Bucket, channels []string, now time.Time) (*sights, error) {
	s := &sights{first: map[string]time.Time{}}
	for _, name := range channels {
		key := bus.SightKey(name)
		_, err := bucket.Create(ctx, key, []byte(now.UTC().Format(time.RFC3339Nano)), 0)
		if err != nil && !errors.Is(err, bus.ErrConflict) {
			return nil, err
		}
		entry, err := bucket.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if s.first[name], err = time.Parse(time.RFC3339Nano, string(entry.Value)); err != nil {
			return nil, fmt.Errorf("the first sight of the channel %s: %w", name, err)
		}
	}
	return s, nil
}

// of is when a channel was first seen, by its ledger name.
func (s *sights) of(channel string) time.Time { return s.first[channel] }
