package deliver_test

import (
	"fmt"
	"testing"
	"time"

	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/event"
)

// An edit whose answer never came may still happen. What follows it must not be made before it has ended.
func TestLateEditDoesNotUndoTheNextOne(t *testing.T) {
	w := newWorld(t)
	config := quick
	config.CallTimeout, config.LookMargin = 400*time.Millisecond, 400*time.Millisecond
	w.deliver(config)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.calls.take()
	w.fail(fault.Fault{Match: "PUT /api/v1/statuses/*", Times: 1, Effect: fault.Delay, DelayMS: 600})
	w.release("a", "Two")
	w.await("the edit is asked for", func() bool { return len(w.calls.take()) > 0 })
	w.release("a", "Three")
	w.awaitState("a", event.Delivered, 3)
	w.await("the instance has done everything", func() bool { return w.calls.busy.Load() == 0 })
	w.sees("Three")
}

// A post whose answer was lost waits aside: the others keep their order and pass, and it comes when it was looked for.
func TestOthersKeepTheirOrderWhileOneWaitsAside(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.DropBefore})
	var others []string
	for i := range 10 {
		w.release(fmt.Sprintf("p%d", i), fmt.Sprintf("Post %d", i))
		if i > 0 {
			others = append(others, fmt.Sprintf("Post %d", i))
		}
	}
	w.deliver(quick)
	w.deliver(quick)
	w.awaitState("p0", event.Delivered, 1)
	w.awaitState("p9", event.Delivered, 1)
	w.sees(append(others, "Post 0")...)
}

// A channel that is away holds its queue: whichever of two replicas asks again, what was released first comes first.
func TestChannelThatIsAwayHoldsItsQueueInOrder(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 3, Effect: fault.Status, Status: 503, Headers: map[string]string{"Retry-After": "1"}})
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.Status, Status: 429})
	stops := []func(){w.deliver(quick), w.deliver(quick)}
	var want []string
	for i := range 12 {
		w.release(fmt.Sprintf("p%02d", i), fmt.Sprintf("Post %02d", i))
		want = append(want, fmt.Sprintf("Post %02d", i))
	}
	w.await("the first one waits", func() bool {
		d := w.ledger("p00")
		return d != nil && d.State == event.Waiting
	})
	stops[0]() // the queue is the channel's, not the replica's
	w.deliver(quick)
	w.awaitState("p11", event.Delivered, 1)
	w.sees(want...)
}

// A request that is carried out later than both looks, as by a server that was away or from a process that was stopped in
// the very moment of writing: Mastodon recognises the key of the second call, so it is one status.
func TestStatusThatComesAfterBothLooksIsOne(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.Delay, DelayMS: 3000})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.await("the instance has done everything", func() bool { return w.calls.busy.Load() == 0 })
	w.sees("One")
}

// Slack has nothing of the kind: this is what remains possible, and docs/deliveries.md says so.
func TestMessageThatComesAfterBothLooksIsASecondOne(t *testing.T) {
	w := newSlackWorld(t)
	if err := w.faults.Add(fault.Fault{Match: "chat.postMessage", Times: 1, Effect: fault.Delay, DelayMS: 3000}); err != nil {
		t.Fatal(err)
	}
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.await("the workspace has done everything", func() bool { return w.calls.busy.Load() == 0 })
	if n := len(w.workspace.Messages()); n != 2 {
		t.Errorf("%d messages. If this can be prevented now, say so in docs/deliveries.md", n)
	}
}
