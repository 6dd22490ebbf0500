package projection

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Projection is a SQLite file that follows the log. It is safe for use by many goroutines.
type Projection struct {
	path   string
	schema Schema
	log    *slog.Logger

	generation atomic.Uint64

	mu     sync.RWMutex // held for writing while the file is replaced
	file   *file        // nil: it is closed, or could not be made again
	closed bool

	progress sync.Mutex
	streams  map[string]Progress
}

// Progress says how far a projection is with one stream.
type Progress struct {
	// CaughtUp: everything that stood in the stream when the following began has been applied. It stays true while later
	// messages are applied, and becomes false if the file has to be made again.
	CaughtUp bool
	Position uint64    // of the last message applied
	Behind   uint64    // how many messages were still to come after it
	Created  time.Time // when the stream was made
}

// ErrClosed says that a projection is not there: it is closed, or cannot be made again for the moment.
var ErrClosed = errors.New("the projection is closed")

// Open opens the file, or makes it with its folder. A file of another schema and a damaged one are replaced by an empty
// one. Other errors (no permission, no space) are returned.
func Open(path string, schema Schema, log *slog.Logger) (*Projection, error) {
	p := &Projection{path: path, schema: schema, log: log.With("projection", path), streams: map[string]Progress{}}
	f, err := p.open()
	if err != nil {
		return nil, err
	}
	p.file = f
	return p, nil
}

// open opens the file, in place of one that is of no use.
func (p *Projection) open() (*file, error) {
	f, err := openFile(p.path, p.schema)
	if err == nil || !errors.Is(err, errObsolete) && !damaged(err) {
		return f, err
	}
	p.log.Warn("projection removed, it comes back from the log", "reason", err)
	if err := removeFile(p.path); err != nil {
		return nil, err
	}
	return openFile(p.path, p.schema)
}

// Close closes the file. Whoever still follows is told ErrClosed.
func (p *Projection) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.file != nil {
		p.file.close()
		p.file = nil
	}
}

// current is the open file. One that could not be made again is tried once more.
func (p *Projection) current() (*file, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if p.file == nil {
		f, err := p.open()
		if err != nil {
			return nil, err
		}
		p.file = f
	}
	return p.file, nil
}

// Generation changes whenever the rows may have changed. What was made of the rows after reading a generation is good for
// as long as it stays the same.
func (p *Projection) Generation() uint64 { return p.generation.Load() }

// Progress says how far the projection is with a stream.
func (p *Projection) Progress(stream string) Progress {
	p.progress.Lock()
	defer p.progress.Unlock()
	return p.streams[stream]
}

func (p *Projection) note(stream string, change func(*Progress)) {
	p.progress.Lock()
	defer p.progress.Unlock()
	progress := p.streams[stream]
	change(&progress)
	p.streams[stream] = progress
}

// Read asks questions: all that the function reads is of one moment. It can change nothing.
func (p *Projection) Read(ctx context.Context, ask func(tx *sql.Tx) error) error {
	f, err := p.read(ctx, ask)
	if damaged(err) {
		p.replace(f, err)
	}
	return err
}

func (p *Projection) read(ctx context.Context, ask func(tx *sql.Tx) error) (*file, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.file == nil {
		return nil, ErrClosed
	}
	tx, err := p.file.readers.BeginTx(ctx, nil)
	if err != nil {
		return p.file, fmt.Errorf("read the projection: %w", err)
	}
	err = ask(tx)
	// Nothing was changed, so there is nothing that ending the transaction could lose.
	_ = tx.Rollback()
	return p.file, err
}

// replace puts an empty file in the place of one that is of no use, unless that has been done already. If it cannot be
// made, whoever follows tries again.
func (p *Projection) replace(old *file, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file != old || old == nil {
		return
	}
	p.log.Warn("projection removed, it comes back from the log", "reason", reason)
	old.close()
	p.file = nil
	p.progress.Lock()
	clear(p.streams)
	p.progress.Unlock()
	p.generation.Add(1)
	if err := removeFile(p.path); err != nil {
		p.log.Error("the projection cannot be removed", "error", err)
		return
	}
	f, err := p.open()
	if err != nil {
		p.log.Error("the projection cannot be made again", "error", err)
		return
	}
	p.file = f
}
