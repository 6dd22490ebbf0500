package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// pauseToReconnect is how long a broken stream is left alone before it is opened again.
const pauseToReconnect = 500 * time.Millisecond

// watchFunc tells what happens to the deliveries of a post, beginning with how they stand, until the stream breaks. An
// error that is final says that there is no use in trying again.
type watchFunc func(ctx context.Context, slug string, each func(delivery)) error

// progress is shown what is known while it changes.
type progress interface {
	// begin shows the deliveries before anything happened, changed shows them after one changed, tick when a second has
	// gone by without, and end takes away what need not stay.
	begin([]delivery)
	changed(deliveries []delivery, which int)
	tick([]delivery)
	end()
}

// waiter follows deliveries until each is settled.
type waiter struct {
	watch    watchFunc
	progress progress
	after    func(time.Duration) <-chan time.Time
}

// wait follows the deliveries, which it updates, until all are settled or the time is over; neither is an error.
func (w *waiter) wait(ctx context.Context, deliveries []delivery, timeout time.Duration) error {
	if len(deliveries) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	w.progress.begin(deliveries)
	defer w.progress.end()

	news := make(chan delivery)
	group, following := errgroup.WithContext(ctx)
	for _, slug := range slugs(deliveries) {
		group.Go(func() error { return w.follow(following, slug, news) })
	}
	var failure error
	ended := make(chan struct{})
	go func() {
		failure = group.Wait()
		close(ended)
	}()
	for !settled(deliveries) {
		select {
		case d := <-news:
			if i := update(deliveries, d); i >= 0 {
				w.progress.changed(deliveries, i)
			}
		case <-w.after(time.Second):
			w.progress.tick(deliveries)
		case <-ended:
			return ignoreEnd(failure)
		}
	}
	cancel()
	<-ended
	return nil
}

// follow watches one post and opens the stream again when it breaks.
func (w *waiter) follow(ctx context.Context, slug string, news chan<- delivery) error {
	for {
		err := w.watch(ctx, slug, func(d delivery) {
			select {
			case news <- d:
			case <-ctx.Done():
			}
		})
		if final(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-w.after(pauseToReconnect):
		}
	}
}

// final reports whether watching again would end the same way.
func final(err error) bool {
	switch connect.CodeOf(err) {
	case connect.CodeNotFound, connect.CodeUnauthenticated, connect.CodePermissionDenied, connect.CodeInvalidArgument, connect.CodeUnimplemented:
		return err != nil
	case connect.CodeCanceled, connect.CodeUnknown, connect.CodeDeadlineExceeded, connect.CodeAlreadyExists,
		connect.CodeResourceExhausted, connect.CodeFailedPrecondition, connect.CodeAborted, connect.CodeOutOfRange,
		connect.CodeInternal, connect.CodeUnavailable, connect.CodeDataLoss:
	}
	return false
}

func ignoreEnd(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watch is the stream of the staff API as a watchFunc.
func (c *client) watch(ctx context.Context, slug string, each func(delivery)) error {
	stream, err := c.WatchPost(ctx, &carillonv1.WatchPostRequest{Slug: slug})
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // it was only read
	for stream.Receive() {
		if d := stream.Msg().GetDelivery(); d != nil {
			each(deliveryOf(d))
		}
	}
	return stream.Err()
}

func slugs(deliveries []delivery) []string {
	var all []string
	for i := range deliveries {
		if i == 0 || deliveries[i].Post != deliveries[i-1].Post {
			all = append(all, deliveries[i].Post)
		}
	}
	return all
}

// update puts news in its place, and returns the place; -1 if it says nothing new or is about something else.
func update(deliveries []delivery, news delivery) int {
	for i := range deliveries {
		d := &deliveries[i]
		if !d.same(&news) {
			continue
		}
		seen := d.State == news.State && d.Settled == news.Settled && d.why() == news.why() && d.Link == news.Link
		*d = news
		if seen {
			return -1
		}
		return i
	}
	return -1
}

func settled(deliveries []delivery) bool { return unsettled(deliveries) == 0 }

func unsettled(deliveries []delivery) int {
	n := 0
	for i := range deliveries {
		if !deliveries[i].Settled {
			n++
		}
	}
	return n
}

// verdict is the error of deliveries that did not all end well; nil if they did.
func verdict(deliveries []delivery, timeout time.Duration) error {
	failed := 0
	for i := range deliveries {
		if deliveries[i].failed() {
			failed++
		}
	}
	open := unsettled(deliveries)
	switch {
	case failed > 0 && open > 0:
		return fail(exitUnsettled, "%s failed, and %d had not settled after %s", ofAll(failed, deliveries), open, timeout)
	case failed > 0:
		return fail(exitUnsettled, "%s failed", ofAll(failed, deliveries))
	case open > 0:
		return fail(exitUnsettled, "%s had not settled after %s; 'carillon status' shows how they go on", ofAll(open, deliveries), timeout)
	}
	return nil
}

func ofAll(n int, deliveries []delivery) string {
	return fmt.Sprintf("%d of %s", n, count(len(deliveries), "delivery", "deliveries"))
}

// wait shows how deliveries go on, and updates them.
func (a *app) wait(ctx context.Context, c *client, deliveries []delivery, timeout time.Duration, quiet bool) error {
	w := &waiter{watch: c.watch, progress: a.progress(quiet, deliveries, timeout), after: a.after}
	if err := w.wait(ctx, deliveries, timeout); err != nil {
		return answered(c.url, err)
	}
	return nil
}
