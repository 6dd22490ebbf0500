package outbound

import (
	"fmt"
	"io"
	"net/http"
)

// once is a transport that sends every request at most once and caps what is read of the answer.
//
// net/http on its own sends some requests again when a reused connection breaks: whatever it takes for idempotent, and
// to it a POST with an Idempotency-Key is. Whether to repeat is not the transport's to decide here: the answer of the
// first may have been lost, and the caller records every try. So writes get a connection of their own, and their bodies
// cannot be read a second time.
type once struct {
	reads, writes *http.Transport
	userAgent     string
	limit         int64
}

func (t *once) RoundTrip(r *http.Request) (*http.Response, error) {
	transport := t.writes
	if r.Method == "" || r.Method == http.MethodGet || r.Method == http.MethodHead {
		transport = t.reads
	}
	r = r.Clone(withDeadline(r.Context()))
	if t.userAgent != "" {
		r.Header.Set("User-Agent", t.userAgent)
	}
	r.GetBody = nil
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &cappedBody{body: resp.Body, left: t.limit, limit: t.limit}
	return resp, nil
}

// CloseIdleConnections makes http.Client.CloseIdleConnections work.
func (t *once) CloseIdleConnections() {
	t.reads.CloseIdleConnections()
	t.writes.CloseIdleConnections()
}

// cappedBody fails, rather than ends, where an answer goes on beyond the limit: a text cut short must not pass for whole.
type cappedBody struct {
	body  io.ReadCloser
	left  int64
	limit int64
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLarge()
	}
	// One byte more than is allowed tells an answer of just the limit from a longer one.
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, b.tooLarge()
	}
	return n, err
}

func (b *cappedBody) tooLarge() error {
	return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, b.limit)
}

func (b *cappedBody) Close() error { return b.body.Close() }
