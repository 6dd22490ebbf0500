package ingest

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"carillon.example/pkg/bus"
)

const (
	useKeys = "tokenuse."
	// useExact is how exact a last use is; a token's use is written at most once in that time.
	useExact = time.Minute
	// usesWithin is how long what is still to be written may take when the service stops.
	usesWithin = time.Second
)

// uses are when tokens were last used, on any replica. A call only leaves a note in memory; what is new is written by the
// way, so that no call waits for it, and none fails because the log is away.
type uses struct {
	log    *slog.Logger
	tokens *tokens

	mu      sync.Mutex
	last    map[string]time.Time // by the token's id
	unsaved map[string]time.Time
	orphans map[string]struct{} // ids under which there is a use and perhaps no token
	news    chan struct{}       // holds one value: there is something to write
}

func newUses(known *tokens, log *slog.Logger) *uses {
	return &uses{
		log: log, tokens: known, last: map[string]time.Time{}, unsaved: map[string]time.Time{}, orphans: map[string]struct{}{},
		news: make(chan struct{}, 1),
	}
}

// note remembers that a token is used now.
func (u *uses) note(id string, now time.Time) {
	minute := now.UTC().Truncate(useExact)
	u.mu.Lock()
	defer u.mu.Unlock()
	if !minute.After(u.last[id]) {
		return
	}
	u.last[id], u.unsaved[id] = minute, minute
	u.tell()
}

// of is when a token was last used; the zero time is never.
func (u *uses) of(id string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last[id]
}

// forget drops a token that was revoked.
func (u *uses) forget(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.last, id)
	delete(u.unsaved, id)
}

// tell says that there is something to write; the caller holds the lock.
func (u *uses) tell() {
	select {
	case u.news <- struct{}{}:
	default: // it has been said
	}
}

// run learns what the other replicas note, and writes what this one does, until the context ends.
func (u *uses) run(ctx context.Context, bucket *bus.Bucket) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return bucket.Watch(ctx, useKeys+"*", u.take, func() {}) })
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				u.finish(ctx, bucket)
				return context.Cause(ctx)
			case <-u.news:
				if err := u.write(ctx, bucket); err != nil && ctx.Err() == nil {
					u.log.Warn("the last use of a token is not written", "error", err)
				}
			}
		}
	})
	return group.Wait()
}

// finish writes what is left when the service stops. What a log that is away does not take is lost: a minute of a last use.
func (u *uses) finish(ctx context.Context, bucket *bus.Bucket) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), usesWithin)
	defer cancel()
	if err := u.write(ctx, bucket); err != nil {
		u.log.Debug("the last use of a token is not written", "error", err)
	}
}

// take learns a use from the bucket.
func (u *uses) take(e bus.Entry) {
	id := strings.TrimPrefix(e.Key, useKeys)
	if e.Value == nil {
		u.forget(id)
		return
	}
	at, err := time.Parse(time.RFC3339, string(e.Value))
	u.mu.Lock()
	defer u.mu.Unlock()
	if err == nil && at.After(u.last[id]) {
		u.last[id] = at
	}
	if !u.tokens.known(id) {
		u.orphans[id] = struct{}{}
		u.tell()
	}
}

// write writes every use that is new. A token may be revoked on one replica while another writes that it was used: the
// key that is left then is removed by whoever sees it and finds no token.
func (u *uses) write(ctx context.Context, bucket *bus.Bucket) error {
	u.mu.Lock()
	unsaved, orphans := u.unsaved, u.orphans
	u.unsaved, u.orphans = map[string]time.Time{}, map[string]struct{}{}
	u.mu.Unlock()
	var failed []error
	for id, at := range unsaved {
		if !u.tokens.known(id) { // revoked in the meantime
			continue
		}
		if err := bucket.Put(ctx, useKeys+id, []byte(at.Format(time.RFC3339))); err != nil {
			u.again(id, at)
			failed = append(failed, err)
		}
	}
	for id := range orphans {
		_, err := bucket.Get(ctx, tokenKeys+id)
		if errors.Is(err, bus.ErrNotFound) {
			err = bucket.Delete(ctx, useKeys+id)
		}
		if err != nil { // it is found again at the next start
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// again keeps a use that could not be written for the next time.
func (u *uses) again(id string, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at.After(u.unsaved[id]) {
		u.unsaved[id] = at
	}
}
