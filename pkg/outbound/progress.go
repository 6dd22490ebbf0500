package outbound

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// Progress tells how far the requests made with a context got.
type Progress struct{ sent atomic.Bool }

// Track returns a context whose requests report to the Progress.
func Track(ctx context.Context) (context.Context, *Progress) {
	p := &Progress{}
	// From the moment there is a connection the other end may get the request; before it, after a refused connection or a
	// failed handshake, it cannot. WroteHeaders would be later than that, and on HTTP/2 too late: another goroutine calls it.
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { p.sent.Store(true) },
	}), p
}

// Sent reports whether a request may have reached the other end. If not, it surely had no effect.
func (p *Progress) Sent() bool { return p.sent.Load() }
