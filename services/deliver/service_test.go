package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/event"
	"carillon.example/services/deliver"
)

func TestReleasedCorrectedWithdrawnAndReleasedAgain(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
	first := w.ledger("a").Shown.Parts[0].IDs[0]
	w.release("a", "Two")
	w.awaitState("a", event.Delivered, 2)
	w.sees("Two")
	if got := w.ledger("a").Shown.Parts[0].IDs[0]; got != first {
		t.Errorf("the correction is another status: %s, was %s", got, first)
	}
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
	w.release("a", "Three")
	w.awaitState("a", event.Delivered, 4)
	w.sees("Three")
}

func TestOrderOfAChannelIsTheOrderOfRelease(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 20 {
		title := fmt.Sprintf("Post %02d", i)
		w.release(fmt.Sprintf("p%02d", i), title)
		want = append(want, title)
	}
	w.deliver(quick)
	w.deliver(quick) // two replicas take turns
	w.awaitState("p19", event.Delivered, 1)
	w.sees(want...)
}

// The same wake-ups again, and a comparison at every start, find nothing to do.
func TestRestartSendsNothingTwice(t *testing.T) {
	w := newWorld(t)
	stop := w.deliver(quick)
	w.release("a", "One")
	w.release("b", "Two")
	w.awaitState("b", event.Delivered, 1)
	stop()
	for range 2 {
		stop = w.deliver(quick)
		for _, slug := range []string{"a", "b"} {
			item := event.Item{Channel: "masto", Post: slug, Language: "en"}
			if err := w.bus.Wake(t.Context(), item.QueueSubject()); err != nil {
				t.Fatal(err)
			}
		}
		w.release("c", "Three "+time.Now().String()) // when it is through, so are the wake-ups before it
		w.awaitState("c", event.Delivered, w.posts["c"].Revision)
		stop()
	}
	if got := w.timeline(); len(got) != 3 {
		t.Errorf("timeline: %q", got)
	}
}

func TestLostAnswerIsLookedForAndNotSentTwice(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.DropAfter})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
	if w.ledger("a").Shown.Link() == "" {
		t.Error("the link is not known")
	}
}

func TestLostRequestIsSentAgainAfterTwoLooks(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.DropBefore})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
}

func TestCorrectionDuringALostAnswerIsOneStatusWithTheCorrection(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.DropAfter})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Sending, 1)
	w.release("a", "Two")
	w.awaitState("a", event.Delivered, 2)
	w.sees("Two")
}

func TestWithdrawalDuringALostAnswerLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.DropAfter})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Sending, 1)
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.sees()
}

func TestBusyChannelIsWaitedForInOrder(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 2, Effect: fault.Status, Status: 429, Headers: map[string]string{"Retry-After": "1"}})
	w.deliver(quick)
	for i := range 3 {
		w.release(fmt.Sprintf("p%d", i), fmt.Sprintf("Post %d", i))
	}
	w.awaitState("p2", event.Delivered, 1)
	w.sees("Post 0", "Post 1", "Post 2")
}

func TestRejectedPostLetsTheOthersPassAndACorrectionIsTried(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Times: 1, Effect: fault.Status, Status: 422, Body: `{"error":"Validation failed: Text is not nice"}`})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Rejected, 1)
	if reason := w.ledger("a").Reason; !strings.Contains(reason, "not nice") {
		t.Errorf("reason: %q", reason)
	}
	w.release("b", "Two")
	w.awaitState("b", event.Delivered, 1)
	w.release("a", "One, nicer")
	w.awaitState("a", event.Delivered, 2)
	w.sees("Two", "One, nicer")
}

func TestRefusedCredentialsHoldTheQueueAndFailNothing(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: "POST /api/v1/statuses", Effect: fault.Status, Status: 401, Body: `{"error":"The access token is invalid"}`})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Waiting, 1)
	if d := w.ledger("a"); d.Verdict != string(channel.ChannelDown) || strings.Contains(d.Reason, "secret-token") {
		t.Errorf("ledger: %+v", d)
	}
	w.sees()
}

func TestStatusDeletedByHandStaysDeleted(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.deleteByHand("a")
	w.release("a", "Two")
	w.awaitState("a", event.Skipped, 2)
	w.sees()
	if reason := w.ledger("a").Reason; reason != "deleted there" {
		t.Errorf("reason: %q", reason)
	}
}

func (w *world) deleteByHand(slug string) {
	w.t.Helper()
	w.deleteStatus(w.ledger(slug).Shown.Parts[0].IDs[0])
}

// deleteStatus deletes a status as somebody does at the instance.
func (w *world) deleteStatus(id string) {
	w.t.Helper()
	server := w.office.Channels[0].Settings.(*mastodon.Settings).Server
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodDelete, server+"/api/v1/statuses/"+id, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer secret-token")
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("delete by hand: %s, %v", resp.Status, err)
	}
}

func TestCorrectionThatShowsTheSameSendsNothing(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.fail(fault.Fault{Match: "PUT /api/v1/statuses/*", Effect: fault.Status, Status: 500}) // it would not get through
	w.posts["a"].Links = []carillon.Link{{URL: "https://example.org", Title: "A link that no status shows"}}
	w.numbers["a"]++
	w.posts["a"].Revision++
	w.posts["a"].Editions[0].Revision = w.posts["a"].Revision
	w.put("a")
	w.awaitState("a", event.Delivered, 2)
	if w.instance.Statuses()[0].Edited != (time.Time{}) {
		t.Error("the status was edited")
	}
}

func TestLinkGoesOutOnlyWhenItsPageIsServed(t *testing.T) {
	w := newWorld(t)
	w.site.set("/en/posts/a", true)
	w.deliver(deliver.Config{CallTimeout: time.Second, LookAgain: time.Second, PageTimeout: 50 * time.Millisecond})
	w.release("a", "One")
	w.awaitState("a", event.Waiting, 1)
	if reason := w.ledger("a").Reason; !strings.Contains(reason, "not served yet") {
		t.Errorf("reason: %q", reason)
	}
	w.sees()
	w.site.set("/en/posts/a", false)
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
}

// Mastodon answers a key that it knows with the status it made for it, even if that was deleted: a status that comes back
// has a key of its own, also when its page is not served at first.
func TestReleasedAgainBeforeItsPageIsServedIsANewStatus(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("a", "First")
	w.awaitState("a", event.Delivered, 1)
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.site.set("/en/posts/a", true)
	w.release("a", "Back")
	w.awaitState("a", event.Waiting, 3)
	if d := w.ledger("a"); d.Appearances != 2 {
		t.Errorf("it waits as appearance %d, want 2", d.Appearances)
	}
	w.site.set("/en/posts/a", false)
	w.awaitState("a", event.Delivered, 3)
	w.sees("Back")
}

func TestRoutingIsObeyedButACorrectionFollowsWhatWasShown(t *testing.T) {
	w := newWorld(t)
	w.posts["other"] = &carillon.Post{Slug: "other", Kind: carillon.KindMessage}
	w.deliver(quick)
	w.release("other", "A message, which this channel does not carry")
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.posts["a"].Kind = carillon.KindMessage
	w.release("a", "Two")
	w.awaitState("a", event.Delivered, 2)
	w.sees("Two")
}

func TestChannelBeginsWithWhatIsReleasedSinceItWasSeen(t *testing.T) {
	w := newWorld(t)
	w.release("old", "Old")
	w.posts["old"].Editions[0].Published = time.Now().Add(-time.Hour)
	w.numbers["old"]++
	w.put("old")
	w.deliver(quick)
	w.release("new", "New")
	w.awaitState("new", event.Delivered, 1)
	w.sees("New")
}

// The queue keeps no promises: what was lost from it is found by comparing.
func TestComparisonFindsWhatNobodyWasWokenFor(t *testing.T) {
	w := newWorld(t)
	stop := w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	stop()
	// Routed, and the wake-up is lost: an acknowledged message nobody worked on.
	w.release("b", "Two")
	ctx, cancel := context.WithCancel(t.Context())
	_ = w.bus.Work(ctx, event.PostsStream, bus.RouterConsumer, func(_ context.Context, m *bus.Message) bus.Outcome {
		if m.Subject == event.PostsSubject("b") {
			cancel()
		}
		return bus.Done
	})
	w.deliver(quick)
	w.awaitState("b", event.Delivered, 1)
	w.sees("One", "Two")
}

func TestEveryStepStandsInTheLedger(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	item := event.Item{Channel: "masto", Post: "a", Language: "en"}
	history, err := w.bus.History(t.Context(), item.LedgerSubject())
	if err != nil {
		t.Fatal(err)
	}
	var states []event.DeliveryState
	for _, m := range history {
		d, err := event.UnmarshalDelivery(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, d.State)
		if d.State == event.Sending && (d.Intent == nil || d.Intent.Key == "" || d.Intent.Deadline.IsZero()) {
			t.Errorf("the intent is not whole: %+v", d.Intent)
		}
	}
	if diff := cmp.Diff([]event.DeliveryState{event.Sending, event.Delivered}, states); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestConditionOfTheChannelIsNoted(t *testing.T) {
	w := newWorld(t)
	w.deliver(quick)
	var c *event.Condition
	w.await("the condition is noted", func() bool {
		m, err := w.bus.Last(t.Context(), event.ConditionSubject("masto"))
		if err != nil {
			return false
		}
		c, err = event.UnmarshalCondition(m.Data)
		return err == nil
	})
	if !c.Works || c.Characters != 500 || !strings.Contains(c.Account, "office") {
		t.Errorf("condition: %+v", c)
	}
}
