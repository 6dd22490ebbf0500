package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"carillon.example/pkg/bus"
)

// How long the following pauses after a failure: from little to a lot, while it goes on failing.
const (
	shortestPause = 20 * time.Millisecond
	longestPause  = 5 * time.Second
)

// breath is how long more messages are waited for while they come faster than they are applied: transactions cost more
// than messages, and whoever accepts posts needs the processor too. A message that comes alone is never waited for.
const breath = 25 * time.Millisecond

// Apply makes rows of messages, in the order of the log. It writes through the transaction alone: if it fails, nothing of
// the batch is kept, and the same messages come again. A message that cannot be understood is for the function to pass
// over; an error is for what may be better next time.
type Apply func(ctx context.Context, tx *sql.Tx, batch []*bus.Message) error

// Why a following begins again at once.
var (
	errReplaced    = errors.New("the file was replaced")
	errReconnected = errors.New("the log was away: is it still the same one?")
)

// Follow applies every message of a stream after the checkpoint, until the context ends. It waits for a stream that nobody
// has made yet, and takes up again what fails; the rows stay readable meanwhile. Each stream is followed once at a time.
func (p *Projection) Follow(ctx context.Context, b *bus.Bus, stream string, apply Apply) error {
	reconnected := b.Reconnected()
	wait := shortestPause
	for {
		before := p.Progress(stream).Position
		err := p.follow(ctx, b, reconnected, stream, apply)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errReplaced), errors.Is(err, errReconnected):
			wait = shortestPause
			continue
		case errors.Is(err, ErrClosed):
			return ErrClosed
		case p.Progress(stream).Position > before:
			wait = shortestPause
		}
		if wait > time.Second {
			p.log.Warn("the projection does not follow the log, trying again", "stream", stream, "error", err)
		} else {
			p.log.Debug("the projection does not follow the log yet", "stream", stream, "error", err)
		}
		if !pause(ctx, wait) {
			return context.Cause(ctx)
		}
		wait = min(2*wait, longestPause)
	}
}

// follow follows until something fails.
func (p *Projection) follow(ctx context.Context, b *bus.Bus, reconnected <-chan struct{}, stream string, apply Apply) error {
	f, err := p.current()
	if err != nil {
		return err
	}
	from, created, err := p.resume(ctx, b, f, stream)
	if err != nil {
		return p.failed(f, err)
	}
	p.note(stream, func(progress *Progress) { progress.Position, progress.Created = from, created })

	ctx, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
		case <-f.closed:
			cancel(errReplaced)
		case <-reconnected:
			cancel(errReconnected)
		}
	}()
	defer func() {
		cancel(nil)
		<-watched
	}()
	err = b.Follow(ctx, bus.Following{
		Stream: stream, From: from + 1,
		Handle: func(batch []*bus.Message, pending uint64) error {
			if err := p.apply(ctx, f, stream, created, batch, pending, apply); err != nil {
				return err
			}
			if len(batch) > 1 && pending == 0 && !pause(ctx, breath) {
				return context.Cause(ctx)
			}
			return nil
		},
		CaughtUp: func() error {
			p.note(stream, func(progress *Progress) { progress.CaughtUp = true })
			return nil
		},
	})
	return p.failed(f, err)
}

// failed replaces the file if the failure says that it is of no use.
func (p *Projection) failed(f *file, err error) error {
	var foreign *foreignError
	if damaged(err) || errors.As(err, &foreign) {
		p.replace(f, err)
		return errReplaced
	}
	return err
}

// foreignError says that a file was made from another log than the one at hand.
type foreignError struct{ stream, reason string }

func (e *foreignError) Error() string {
	return fmt.Sprintf("it was made from another stream %s: %s", e.stream, e.reason)
}

// resume finds the position after which to go on, having made sure that the stream is the one the file was made from.
func (p *Projection) resume(ctx context.Context, b *bus.Bus, f *file, stream string) (position uint64, created time.Time, err error) {
	info, err := b.Info(ctx, stream)
	if err != nil {
		return 0, time.Time{}, err
	}
	var at, made int64
	err = f.writer.QueryRowContext(ctx, "SELECT position, at, created FROM checkpoint WHERE stream = ?", stream).Scan(&position, &at, &made)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, info.Created, nil
	case err != nil:
		return 0, time.Time{}, fmt.Errorf("read the checkpoint: %w", err)
	case made != info.Created.UnixNano():
		return 0, time.Time{}, &foreignError{stream, fmt.Sprintf(
			"that one was made at %s, this one at %s", time.Unix(0, made).UTC(), info.Created.UTC(),
		)}
	case position > info.Last:
		return 0, time.Time{}, &foreignError{stream, fmt.Sprintf("that one had %d messages, this one has %d", position, info.Last)}
	}
	last, err := b.At(ctx, stream, position)
	switch {
	case errors.Is(err, bus.ErrNotFound): // a ledger's old steps go; then there is nothing to compare
		return position, info.Created, nil
	case err != nil:
		return 0, time.Time{}, err
	case last.Time.UnixNano() != at:
		return 0, time.Time{}, &foreignError{stream, fmt.Sprintf("its message %d is another one", position)}
	}
	return position, info.Created, nil
}

// apply writes a batch and the checkpoint in one transaction.
func (p *Projection) apply(
	ctx context.Context, f *file, stream string, created time.Time, batch []*bus.Message, pending uint64, apply Apply,
) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.file != f {
		return errReplaced
	}
	// A batch takes milliseconds and is finished; a context that can end would cost a goroutine for every statement.
	ctx = context.WithoutCancel(ctx)
	tx, err := f.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to apply: %w", err)
	}
	if err := advance(ctx, tx, stream, created, batch, apply); err != nil {
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("keep what was applied: %w", err)
	}
	p.note(stream, func(progress *Progress) {
		progress.Position, progress.Behind = batch[len(batch)-1].Sequence, pending
	})
	p.generation.Add(1)
	return nil
}

// advance applies what the file does not have yet. Another process may have been there: two copies of a program on one
// data folder share the file.
func advance(ctx context.Context, tx *sql.Tx, stream string, created time.Time, batch []*bus.Message, apply Apply) error {
	var position uint64
	err := tx.QueryRowContext(ctx, "SELECT position FROM checkpoint WHERE stream = ?", stream).Scan(&position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	for len(batch) > 0 && batch[0].Sequence <= position {
		batch = batch[1:]
	}
	if len(batch) == 0 {
		return nil
	}
	last := batch[len(batch)-1]
	if err := apply(ctx, tx, batch); err != nil {
		return fmt.Errorf("apply %s up to %d: %w", stream, last.Sequence, err)
	}
	_, err = tx.ExecContext(
		ctx,
		`INSERT INTO checkpoint (stream, position, at, created) VALUES (?, ?, ?, ?)
		ON CONFLICT (stream) DO UPDATE SET position = excluded.position, at = excluded.at`,
		stream, last.Sequence, last.Time.UnixNano(), created.UnixNano(),
	)
	if err != nil {
		return fmt.Errorf("write the checkpoint: %w", err)
	}
	return nil
}

// pause waits; it returns false if the context ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
