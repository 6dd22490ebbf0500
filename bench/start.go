package main

import (
	"context"
	"net"
	"time"
)

const (
	startRounds = 9
	// idleAfter is how long the process is left alone before its memory is read: the examples are out by then.
	idleAfter = 10 * time.Second
)

// start measures how long an empty folder takes from the process's start to /readyz, and what the idle process holds.
func start(ctx context.Context, binary string, r *report) error {
	var times []float64
	for range startRounds {
		o, err := startOffice(ctx, binary, "", "always")
		if err != nil {
			return err
		}
		times = append(times, milliseconds(o.ready.Sub(o.began)))
		o.stop()
	}
	r.add("cold_start_ms", median(times), "ms")
	o, err := startOffice(ctx, binary, "", "always")
	if err != nil {
		return err
	}
	defer o.stop()
	select {
	case <-time.After(idleAfter):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	mb, err := o.residentMB()
	if err != nil {
		return err
	}
	r.add("idle_rss_mb", mb, "MB")
	return nil
}

// freeAddress finds an address of the loopback interface that nobody uses.
func freeAddress() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
