package outbound

import (
	"context"
	"errors"
	"net"
	"time"
)

// ErrLate is the error of a request that was about to be written when its deadline had passed: nothing more of it was sent.
var ErrLate = errors.New("its time is over, so it was not sent")

// punctual is a connection that takes nothing after its request's deadline. A context ends a request too, but only when a
// timer is noticed: a process that was stopped (SIGSTOP, a machine that slept) and goes on may write before that, when
// another has long concluded that the call had ended. Here the clock is read in the moment before the system is called.
type punctual struct {
	net.Conn
	until time.Time
}

func (c *punctual) Write(b []byte) (int, error) {
	if over(time.Now(), c.until) {
		return 0, ErrLate
	}
	return c.Conn.Write(b)
}

// over compares both clocks: the monotonic one may stand still while the machine sleeps.
func over(now, until time.Time) bool {
	return !now.Before(until) || !now.Round(0).Before(until.Round(0))
}

// deadlineKey is where a request's deadline stands in the context it is dialled with, which does not end with the request.
type deadlineKey struct{}

func withDeadline(ctx context.Context) context.Context {
	if until, ok := ctx.Deadline(); ok {
		return context.WithValue(ctx, deadlineKey{}, until)
	}
	return ctx
}

// punctually makes the connections of a dialer punctual. Every request needs one of its own.
func punctually(dial func(ctx context.Context, network, address string) (net.Conn, error)) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if until, ok := ctx.Value(deadlineKey{}).(time.Time); ok && err == nil {
			return &punctual{conn, until}, nil
		}
		return conn, err
	}
}
