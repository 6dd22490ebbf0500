package feeds

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Limits of what is kept in memory, and of what is worth being compressed.
const (
	keptBytes     = 32 << 20
	compressBytes = 1 << 10
)

// document is what is served at an address, rendered.
type document struct {
	status   int
	mimeType string
	cache    string    // Cache-Control
	modified time.Time // zero: not said
	shared   bool      // pages of other sites may read it
	language string    // of what is in it; empty: several

	body []byte
	tag  string        // the entity tag, without quotes
	gzip func() []byte // the body compressed, once somebody wants it so; nil: it is not worth it
}

// seal computes what follows from the body. The tag is made of the bytes: the same on every replica, and another one as
// soon as anything is different.
func (d *document) seal() *document {
	sum := sha256.Sum256(d.body)
	d.tag = base64.RawURLEncoding.EncodeToString(sum[:18])
	if len(d.body) >= compressBytes {
		d.gzip = sync.OnceValue(func() []byte { return compress(d.body) })
	}
	return d
}

// compress compresses fast: a reader waits for it after every change.
func compress(body []byte) []byte {
	var b bytes.Buffer
	// Neither the level nor the buffer can fail.
	w, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// send answers with the document, or that it has not changed (RFC 9110, section 13).
func (d *document) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", d.mimeType)
	h.Set("Cache-Control", d.cache)
	if d.language != "" {
		h.Set("Content-Language", d.language)
	}
	if d.shared {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	body, tag := d.body, d.tag
	if d.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Values("Accept-Encoding")) {
			// Strong tags tell encodings apart (RFC 9110, section 8.8.3.3).
			body, tag = d.gzip(), d.tag+"-gzip"
			h.Set("Content-Encoding", "gzip")
		}
	}
	if d.status != http.StatusOK {
		h.Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(d.status)
		if r.Method != http.MethodHead {
			_, _ = io.Copy(w, bytes.NewReader(body)) // who has left needs no answer
		}
		return
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", d.modified, bytes.NewReader(body))
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3).
func acceptsGzip(values []string) bool {
	for item := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, weight, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		q, ok := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
		return !ok || strings.Trim(q, "0.") != ""
	}
	return false
}

// shelf keeps rendered documents for as long as the projection does not change.
type shelf struct {
	generation func() uint64
	flights    singleflight.Group

	mu    sync.Mutex
	of    uint64 // the generation of what is kept
	kept  map[address]*document
	bytes int
}

func newShelf(generation func() uint64) *shelf {
	return &shelf{generation: generation, kept: map[address]*document{}}
}

// get returns the document at an address, rendering it once however many ask. The rendering outlives who asked first:
// others may be waiting for it. A document that is nil is not there, and not kept.
func (s *shelf) get(ctx context.Context, a address, render func(context.Context) (*document, error)) (*document, error) {
	// Reading the generation first means that a document is never older than what it is kept as.
	generation := s.generation()
	if d, ok := s.find(generation, a); ok {
		return d, nil
	}
	flight := s.flights.DoChan(fmt.Sprint(generation, " ", a.path()), func() (any, error) {
		if d, ok := s.find(generation, a); ok {
			return d, nil
		}
		d, err := render(context.WithoutCancel(ctx))
		if err == nil && d != nil {
			s.keep(generation, a, d)
		}
		return d, err
	})
	select {
	case result := <-flight:
		d, _ := result.Val.(*document)
		return d, result.Err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *shelf) find(generation uint64, a address) (*document, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != generation {
		return nil, false
	}
	d, ok := s.kept[a]
	return d, ok
}

func (s *shelf) keep(generation uint64, a address, d *document) {
	size := 2 * len(d.body) // and what it will be compressed
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation < s.of || size > keptBytes {
		return
	}
	if generation > s.of || s.bytes+size > keptBytes {
		clear(s.kept)
		s.of, s.bytes = generation, 0
	}
	if _, ok := s.kept[a]; !ok {
		s.kept[a] = d
		s.bytes += size
	}
}
