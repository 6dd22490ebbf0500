package feeds

import (
	ring "container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// fillWithin is how long the log may take to hand over one file.
const fillWithin = 10 * time.Minute

// mediaFolder is where files are kept at hand, in DATA_DIR. It may be deleted at any time: the files come back.
const mediaFolder = "media"

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// cache keeps files on disk, by their hash: those that were asked for lately, up to a number of bytes. Every file of it is
// what its name says: it is compared before it is kept.
type cache struct {
	dir     string
	limit   int64
	open    func(ctx context.Context, hash string) (io.ReadCloser, int64, error) // the log's
	flights singleflight.Group

	mu     sync.Mutex
	byHash map[string]*ring.Element
	order  *ring.List // of *cached, the last used first
	bytes  int64
}

type cached struct {
	hash string
	size int64
}

// openCache finds what an earlier process has kept.
func openCache(dir string, limit int64, open func(context.Context, string) (io.ReadCloser, int64, error)) (*cache, error) {
	c := &cache{dir: dir, limit: limit, open: open, byHash: map[string]*ring.Element{}, order: ring.New()}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of media: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the folder of media: %w", err)
	}
	var found []os.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		switch {
		case err != nil || !info.Mode().IsRegular():
		case hashPattern.MatchString(e.Name()):
			found = append(found, info)
		case strings.HasPrefix(e.Name(), "filling-"): // what a process left that was interrupted
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(found, func(a, b os.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range found {
		c.add(info.Name(), info.Size())
	}
	return c, nil
}

// get opens a file, fetching it first if it is not at hand. However many ask, it is fetched once, and the fetching outlives
// who asked first.
func (c *cache) get(ctx context.Context, hash string) (*os.File, error) {
	for range 2 { // it may go between the fetching and the opening
		if f, err := c.have(hash); err == nil || !errors.Is(err, os.ErrNotExist) {
			return f, err
		}
		flight := c.flights.DoChan(hash, func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fillWithin)
			defer cancel()
			return nil, c.fill(ctx, hash)
		})
		select {
		case result := <-flight:
			if result.Err != nil {
				return nil, result.Err
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return c.have(hash)
}

// have opens a file that is at hand.
func (c *cache) have(hash string) (*os.File, error) {
	f, err := os.Open(filepath.Join(c.dir, hash))
	c.mu.Lock()
	defer c.mu.Unlock()
	e, known := c.byHash[hash]
	switch {
	case err != nil && known: // somebody has deleted it
		c.drop(e)
	case err == nil && known:
		c.order.MoveToFront(e)
	}
	return f, err
}

// fill fetches a file.
func (c *cache) fill(ctx context.Context, hash string) error {
	from, size, err := c.open(ctx, hash)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of media: %w", err)
	}
	f, err := os.CreateTemp(c.dir, "filling-*")
	if err != nil {
		return fmt.Errorf("keep a file at hand: %w", err)
	}
	kept := false
	defer func() {
		_ = f.Close()
		if !kept {
			_ = os.Remove(f.Name())
		}
	}()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), from)
	switch {
	case err != nil:
		return fmt.Errorf("keep a file at hand: %w", err)
	case n != size || hex.EncodeToString(sum.Sum(nil)) != hash:
		return errors.New("keep a file at hand: what the log has is not what its hash says")
	}
	if err := os.Rename(f.Name(), filepath.Join(c.dir, hash)); err != nil {
		return fmt.Errorf("keep a file at hand: %w", err)
	}
	kept = true
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(hash, size)
	return nil
}

// add counts a file as the one used last, and lets those go that nobody used for longest.
func (c *cache) add(hash string, size int64) {
	if e, known := c.byHash[hash]; known {
		c.drop(e)
	}
	c.byHash[hash] = c.order.PushFront(&cached{hash, size})
	c.bytes += size
	for c.bytes > c.limit && c.order.Len() > 1 {
		oldest := c.order.Back()
		if file, ok := oldest.Value.(*cached); ok {
			_ = os.Remove(filepath.Join(c.dir, file.hash)) // whoever reads it reads on
		}
		c.drop(oldest)
	}
}

func (c *cache) drop(e *ring.Element) {
	if file, ok := c.order.Remove(e).(*cached); ok {
		delete(c.byHash, file.hash)
		c.bytes -= file.size
	}
}
