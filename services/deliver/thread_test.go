package deliver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/event"
)

// releaseThread makes a post public whose text for Mastodon has these parts. The first has the link.
func (w *world) releaseThread(slug string, texts ...string) {
	w.t.Helper()
	w.releaseWith(slug, func(e *carillon.Edition) {
		e.Texts = map[string]carillon.Text{"mastodon": {Text: strings.Join(texts, "\n---\n")}}
	})
}

// releaseWith makes a post public after its edition was changed.
func (w *world) releaseWith(slug string, change func(*carillon.Edition)) {
	w.t.Helper()
	w.stage(slug, slug)
	change(&w.posts[slug].Editions[0])
	w.put(slug)
}

// seesThread checks that people see one thread of these first lines, each part a reply to the one before.
func (w *world) seesThread(want ...string) {
	w.t.Helper()
	w.sees(want...)
	above := ""
	for _, s := range slices.Backward(w.instance.Statuses()) {
		if s.ReplyTo != above {
			w.t.Errorf("%q replies to %q, want %q", s.Text, s.ReplyTo, above)
		}
		above = s.ID
	}
}

func (w *world) called(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.calls.take()); diff != "" {
		w.t.Errorf("calls (-want +got):\n%s", diff)
	}
}

const (
	createCall = "POST /api/v1/statuses"
	editCall   = "PUT /api/v1/statuses/"
	deleteCall = "DELETE /api/v1/statuses/"
	uploadCall = "POST /api/v2/media"
)

func TestThreadIsReleasedCorrectedShortenedLengthenedAndWithdrawn(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releaseThread("a", "One", "Two", "Three")
	w.awaitState("a", event.Delivered, 1)
	w.seesThread("One", "Two", "Three")
	w.called(createCall, createCall, createCall)
	first := w.ledger("a").Shown.Parts
	if len(first) != 3 || w.ledger("a").Shown.Link() != first[0].Link {
		t.Errorf("the ledger shows %+v", w.ledger("a").Shown)
	}

	w.releaseThread("a", "One", "Two, corrected", "Three")
	w.awaitState("a", event.Delivered, 2)
	w.seesThread("One", "Two, corrected", "Three")
	w.called(editCall)

	w.releaseThread("a", "One", "Two, corrected")
	w.awaitState("a", event.Delivered, 3)
	w.seesThread("One", "Two, corrected")
	w.called(deleteCall)

	// The parts that come again are new statuses: the server remembers the keys of those it deleted.
	w.releaseThread("a", "One", "Two, corrected", "Three again", "Four")
	w.awaitState("a", event.Delivered, 4)
	w.seesThread("One", "Two, corrected", "Three again", "Four")
	w.called(createCall, createCall)
	for i, p := range w.ledger("a").Shown.Parts[:2] {
		if p.IDs[0] != first[i].IDs[0] {
			t.Errorf("part %d is another status", i+1)
		}
	}

	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
	w.called(deleteCall, deleteCall, deleteCall, deleteCall)
	w.releaseThread("a", "One", "Two")
	w.awaitState("a", event.Delivered, 6)
	w.seesThread("One", "Two")
}

func TestComposedThreadIsCorrectedWhereItChanged(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	var paragraphs []string
	for i := range 6 {
		paragraphs = append(paragraphs, fmt.Sprintf("Paragraph %d begins here. %s", i+1, strings.Repeat("It has many words. ", 15)))
	}
	release := func() {
		w.releaseWith("a", func(e *carillon.Edition) {
			e.Body = strings.Join(paragraphs, "\n\n")
			e.Texts = map[string]carillon.Text{"mastodon": {Thread: true}}
		})
	}
	release()
	w.awaitState("a", event.Delivered, 1)
	n := len(w.instance.Statuses())
	if n != 6 {
		t.Fatalf("a thread of %d: %q", n, w.timeline())
	}
	w.calls.take()
	paragraphs[3] = strings.Replace(paragraphs[3], "begins", "starts", 1)
	release()
	w.awaitState("a", event.Delivered, 2)
	w.called(editCall)
	if got := w.timeline()[3]; !strings.HasPrefix(got, "Paragraph 4 starts here.") {
		t.Errorf("part 4: %q", got)
	}
}

// Whatever is lost in the middle, each part is there once and in order.
func TestLostAnswerInTheMiddleOfAThreadResumesAtTheGap(t *testing.T) {
	for _, effect := range []fault.Effect{fault.DropAfter, fault.DropBefore} {
		t.Run(string(effect), func(t *testing.T) {
			w := newWorld(t)
			// Two parts are there when the third one is lost.
			w.fail(fault.Fault{Match: createCall, Times: 2, Effect: fault.Delay, DelayMS: 1})
			w.fail(fault.Fault{Match: createCall, Times: 1, Effect: effect})
			w.deliver(quick)
			w.releaseThread("a", "One", "Two", "Three", "Four")
			w.awaitState("a", event.Delivered, 1)
			w.seesThread("One", "Two", "Three", "Four")
		})
	}
}

func TestLostEditAndLostWithdrawalInAThread(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releaseThread("a", "One", "Two", "Three")
	w.awaitState("a", event.Delivered, 1)
	w.fail(fault.Fault{Match: editCall + "*", Times: 1, Effect: fault.DropAfter})
	w.releaseThread("a", "One", "Two, corrected", "Three, corrected")
	w.awaitState("a", event.Delivered, 2)
	w.seesThread("One", "Two, corrected", "Three, corrected")
	w.fail(fault.Fault{Match: deleteCall + "*", Times: 1, Effect: fault.DropAfter})
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
}

// The process stops between two parts: the next one goes on with the third.
func TestThreadIsContinuedAfterARestart(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Delay, DelayMS: 1})
	// The second part is refused for now, which leaves the first alone.
	w.fail(fault.Fault{Match: createCall, Effect: fault.Status, Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": "1"}})
	stop := w.deliver(quick)
	w.releaseThread("a", "One", "Two", "Three")
	w.await("the first part is shown and the second waits", func() bool {
		d := w.ledger("a")
		return d != nil && d.State == event.Waiting && d.Shown != nil && len(d.Shown.Parts) == 1
	})
	w.sees("One")
	stop()
	w.instance.Faults().Clear()
	w.deliver(quick)
	w.awaitState("a", event.Delivered, 1)
	w.seesThread("One", "Two", "Three")
}

func TestThreadWithdrawnBeforeItIsWholeLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Delay, DelayMS: 1})
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.DropAfter})
	w.deliver(quick)
	w.releaseThread("a", "One", "Two", "Three")
	w.await("the second part is in doubt", func() bool {
		d := w.ledger("a")
		return d != nil && d.Shown != nil && len(d.Shown.Parts) == 1 && d.Intent != nil && d.Intent.Part == 1
	})
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
}

func TestPartDeletedByHandIsNotPostedAgain(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releaseThread("a", "One", "Two", "Three")
	w.awaitState("a", event.Delivered, 1)
	w.deleteStatus(w.ledger("a").Shown.Parts[1].IDs[0])
	w.releaseThread("a", "One", "Two, corrected", "Three")
	w.awaitState("a", event.Skipped, 2)
	w.sees("One", "Three")
	if d := w.ledger("a"); d.Reason != "deleted there" {
		t.Errorf("reason: %q", d.Reason)
	}
	// What is left goes with a withdrawal.
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
}

func TestPartThatIsTooLongIsToldAndNothingIsSent(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releaseThread("a", "One", strings.Repeat("x", 612))
	w.awaitState("a", event.Rejected, 1)
	want := "part 2 of the text for Mastodon has 612 characters, the limit is 500: shorten it by 112 in channels.mastodon.text, or split it with a line of ---"
	if got := w.ledger("a").Reason; got != want {
		t.Errorf("reason:\n%s\nwant:\n%s", got, want)
	}
	w.called()
}

// A process that is told to stop ends between two parts, and does not finish the thread first.
func TestStoppingEndsBetweenTwoParts(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Effect: fault.Delay, DelayMS: 200})
	stop := w.deliver(quick)
	texts := []string{"One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"}
	w.releaseThread("a", texts...)
	w.await("the first part is shown", func() bool { d := w.ledger("a"); return d != nil && d.Shown != nil })
	stop()
	d := w.ledger("a")
	if n := len(d.Shown.Parts); n == len(texts) || d.Intent != nil || d.State != event.Sending {
		t.Errorf("it stopped with %d parts: %+v", n, d)
	}
	w.instance.Faults().Clear()
	w.deliver(quick)
	w.awaitState("a", event.Delivered, 1)
	w.seesThread(texts...)
}

func TestReplicasTakeTurnsAndNoPartIsSentTwice(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 5 {
		var texts []string
		for part := range 3 {
			texts = append(texts, fmt.Sprintf("Post %d, part %d", i, part))
		}
		w.releaseThread(fmt.Sprintf("p%d", i), texts...)
		want = append(want, texts...)
	}
	w.deliver(quick)
	w.deliver(quick)
	w.awaitState("p4", event.Delivered, 1)
	w.sees(want...)
}

// A post that was sent as one status becomes a thread, and one status again.
func TestStatusBecomesAThreadAndOneStatusAgain(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.releaseThread("a", "One")
	w.awaitState("a", event.Delivered, 1)
	first := w.instance.Statuses()[0].ID
	w.releaseThread("a", "One", "Two")
	w.awaitState("a", event.Delivered, 2)
	w.seesThread("One", "Two")
	w.releaseThread("a", "One, alone")
	w.awaitState("a", event.Delivered, 3)
	w.seesThread("One, alone")
	if got := w.instance.Statuses()[0].ID; got != first {
		t.Errorf("it is another status: %s, was %s", got, first)
	}
	w.called(createCall, createCall, editCall, deleteCall)
}
