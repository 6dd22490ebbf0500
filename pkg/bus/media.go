package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"carillon.example/pkg/event"
)

const (
	// pieceBytes is how much of a file is one object. The library hands all of an object to the server before it waits
	// for any of it, so a larger piece is more memory.
	pieceBytes = 4 << 20
	// pieceWithin is how long one piece may take. Without a deadline the library would end each after two seconds.
	pieceWithin = time.Minute
)

// What a manifest says besides the facts of whoever stored the file.
const (
	factPieces = "pieces"
	factSize   = "size"
)

// MediaStore holds files by the hash of their content: an object for every piece (HASH.0, HASH.1, …) and, once all are
// there, an empty one named HASH with the facts. Nothing in it says what a file is called or to which post it belongs:
// names are headlines.
type MediaStore struct {
	bus     *Bus
	objects jetstream.ObjectStore
}

// Media opens the store, waiting until ingest has made it.
func (b *Bus) Media(ctx context.Context) (*MediaStore, error) {
	for wait := firstWait; ; wait = longer(wait) {
		objects, err := b.js.ObjectStore(ctx, event.MediaBucket)
		if err == nil {
			return &MediaStore{bus: b, objects: objects}, nil
		}
		missing := errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, jetstream.ErrStreamNotFound)
		if !missing && !worthRepeating(err) || !pause(ctx, wait) {
			return nil, fmt.Errorf("open the media: %w", err)
		}
	}
}

// Put stores a file under its hash, with facts about it. No more than 4 MiB of it are in memory at a time. A file that is
// there already is left as it is.
func (m *MediaStore) Put(ctx context.Context, hash string, facts map[string]string, r io.Reader) error {
	switch _, err := m.Facts(ctx, hash); {
	case err == nil:
		return nil
	case !errors.Is(err, ErrNotFound):
		return err
	}
	pieces, size := 0, int64(0)
	for {
		piece := &counted{r: io.LimitReader(r, pieceBytes)}
		if err := m.put(ctx, jetstream.ObjectMeta{Name: pieceName(hash, pieces)}, piece); err != nil {
			return err
		}
		pieces, size = pieces+1, size+piece.n
		if piece.n < pieceBytes {
			break
		}
	}
	manifest := maps.Clone(facts)
	if manifest == nil {
		manifest = map[string]string{}
	}
	manifest[factPieces], manifest[factSize] = strconv.Itoa(pieces), strconv.FormatInt(size, 10)
	return m.put(ctx, jetstream.ObjectMeta{Name: hash, Metadata: manifest}, nil)
}

func (m *MediaStore) put(ctx context.Context, meta jetstream.ObjectMeta, r io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, pieceWithin)
	defer cancel()
	if _, err := m.objects.Put(ctx, meta, r); err != nil {
		return fmt.Errorf("store a file: %w", err)
	}
	return nil
}

func pieceName(hash string, n int) string { return hash + "." + strconv.Itoa(n) }

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Facts is what was said about a file when it was stored, and its "size" in bytes; ErrNotFound: there is no such file.
func (m *MediaStore) Facts(ctx context.Context, hash string) (map[string]string, error) {
	var facts map[string]string
	err := m.bus.repeat(ctx, func(ctx context.Context) error {
		info, err := m.objects.GetInfo(ctx, hash)
		if err == nil {
			facts = info.Metadata
		}
		return err
	})
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("look up a file: %w", err)
	}
	return facts, nil
}

// Open reads a file and says its size in bytes; ErrNotFound: there is no such file. The reader fails if a piece is not
// what was stored.
func (m *MediaStore) Open(ctx context.Context, hash string) (io.ReadCloser, int64, error) {
	facts, err := m.Facts(ctx, hash)
	if err != nil {
		return nil, 0, err
	}
	pieces, err := strconv.Atoi(facts[factPieces])
	if err != nil {
		return nil, 0, fmt.Errorf("read a file: its number of pieces: %w", err)
	}
	size, err := strconv.ParseInt(facts[factSize], 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("read a file: its size: %w", err)
	}
	return &pieceReader{ctx: ctx, store: m, hash: hash, pieces: pieces}, size, nil
}

// pieceReader reads one piece after the other.
type pieceReader struct {
	ctx    context.Context // a reader has no other way to be told that it is to stop
	store  *MediaStore
	hash   string
	pieces int

	next    int
	current io.ReadCloser
	cancel  context.CancelFunc
}

func (r *pieceReader) Read(p []byte) (int, error) {
	for {
		if r.current == nil {
			if r.next == r.pieces {
				return 0, io.EOF
			}
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.current.Read(p)
		if errors.Is(err, io.EOF) {
			r.done()
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (r *pieceReader) open() error {
	ctx, cancel := context.WithTimeout(r.ctx, pieceWithin)
	object, err := r.store.objects.Get(ctx, pieceName(r.hash, r.next))
	if err != nil {
		cancel()
		return fmt.Errorf("read a file: %w", err)
	}
	r.current, r.cancel = object, cancel
	r.next++
	return nil
}

func (r *pieceReader) done() {
	_ = r.current.Close() // it was only read
	r.cancel()
	r.current = nil
}

// Close ends the reading.
func (r *pieceReader) Close() error {
	if r.current != nil {
		r.done()
	}
	r.next = r.pieces
	return nil
}
