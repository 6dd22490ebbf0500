package deliver_test

import (
	"strings"
	"testing"

	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/event"
)

// Whatever the other end does about a create whose answer was lost, it is there once, and found by looking where that can be.
func TestLostCreateIsThereOnceWhateverTheServerDoesNext(t *testing.T) {
	for name, faults := range map[string][]fault.Fault{
		"it shows late what it has, and knows no keys": {
			{Match: createCall, Times: 1, Effect: fault.DropAfter},
			{Times: 1, Effect: fault.HistoryLags}, // the first look
			{Effect: fault.KeysIgnored},           // a second request would be a second status
		},
		"it shows what it has later than both looks": {
			{Match: createCall, Times: 1, Effect: fault.DropAfter},
			{Times: 2, Effect: fault.HistoryLags},
		},
		"it fails when the key comes again": {
			{Match: createCall, Times: 1, Effect: fault.GatewayTimeout},
			{Times: 2, Effect: fault.HistoryLags},
			{Times: 1, Effect: fault.ReplayFails},
		},
		"it does it after the deadline": {
			{Match: createCall, Times: 1, Effect: fault.Late, DelayMS: 150},
		},
		"its clock is wrong behind a proxy": {
			{Match: createCall, Times: 1, Effect: fault.Truncate},
			{Effect: fault.StampsOff, SkewMS: -20 * 60 * 1000},
			{Effect: fault.KeysIgnored},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, f := range faults {
				w.fail(f)
			}
			w.deliver(quick)
			w.release("a", "One")
			w.awaitState("a", event.Delivered, 1)
			<-w.instance.Faults().Await(0)
			w.sees("One")
			w.release("a", "Two")
			w.awaitState("a", event.Delivered, 2)
			w.sees("Two")
		})
	}
}

func TestSlackWithoutTheScopeToLookIsForAPerson(t *testing.T) {
	w := newSlackWorld(t)
	for _, f := range []fault.Fault{{Match: "chat.postMessage", Times: 1, Effect: fault.DropAfter}, {Effect: fault.HistoryDenied}} {
		if err := w.faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	w.deliver(quick)
	w.releaseThread("a", "One")
	w.awaitState("a", event.Uncertain, 1)
	if reason := w.ledger("a").Reason; !strings.Contains(reason, "channels:history") {
		t.Errorf("the reason does not name the scope: %s", reason)
	}
	w.releaseThread("b", "Two") // others go out all the same
	w.awaitState("b", event.Delivered, 1)
	w.seesThreads(map[string][]string{"a": {"One"}, "b": {"Two"}})
}

func TestStatusThatCannotBeEditedIsRejectedAndStays(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.fail(fault.Fault{Effect: fault.EditsRefused})
	w.release("a", "Two")
	w.awaitState("a", event.Rejected, 2)
	if reason := w.ledger("a").Reason; !strings.Contains(reason, "cannot be edited there") {
		t.Errorf("reason: %s", reason)
	}
	w.sees("One")
	w.release("a", "") // and it can still be taken back
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
}
