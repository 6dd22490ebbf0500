package deliver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/slack"
	slackfake "carillon.example/pkg/channel/slack/fake"
	"carillon.example/pkg/event"
	"carillon.example/services/deliver"
)

// staffWorld is a world with a second channel, which tells staff.
type staffWorld struct {
	*world
	workspace *slackfake.Server
	faults    *fault.Injector // of the workspace
}

func newStaffWorld(t *testing.T) *staffWorld {
	t.Helper()
	workspace, err := slackfake.Open(t.TempDir(), slackfake.Options{Token: "xoxb-secret", Channels: []slackfake.Channel{{ID: "C0STAFF01", Name: "staff"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = workspace.Close() })
	w := &staffWorld{newWorld(t), workspace, new(fault.Injector)}
	remote, work, public := httptest.NewServer(w.calls), httptest.NewServer(w.faults.Wrap(workspace)), httptest.NewServer(w.site)
	for _, s := range []*httptest.Server{remote, work, public} {
		t.Cleanup(s.Close)
	}
	w.types = append(w.types, slack.Type())
	w.see("staff")
	w.configure(public.URL, fmt.Sprintf("{name: masto, type: mastodon, server: %s, token: secret-token, kinds: [news]}\n"+
		"  - {name: staff, type: slack, api_url: %s/api/, channel: C0STAFF01, token: xoxb-secret, posts: false, notices: true, pace: 0s}", remote.URL, work.URL))
	return w
}

// see notes that a channel is there from now on.
func (w *world) see(name string) {
	w.t.Helper()
	if err := w.bus.Ensure(w.t.Context(), []string{"masto", name}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.officeBucket().Put(w.t.Context(), bus.SightKey(name), []byte(time.Now().UTC().Format(time.RFC3339Nano))); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) officeBucket() *bus.Bucket {
	w.t.Helper()
	bucket, err := w.bus.Bucket(w.t.Context(), event.OfficeBucket)
	if err != nil {
		w.t.Fatal(err)
	}
	return bucket
}

// notices are what staff were told, the first first, by their titles.
func (w *staffWorld) notices() []string {
	var titles []string
	for _, m := range w.workspace.Messages() {
		title, _, _ := strings.Cut(m.Text, "\n")
		titles = append(titles, title)
	}
	return titles
}

func (w *staffWorld) awaitNotices(want ...string) {
	w.t.Helper()
	w.await(fmt.Sprintf("staff are told %q", want), func() bool { return len(w.notices()) >= len(want) })
	if diff := cmp.Diff(want, w.notices()); diff != "" {
		w.t.Errorf("notices (-want +got):\n%s", diff)
	}
}

// word has a person's word on a delivery written, as the desk does.
func (w *world) word(slug string, change func(*event.Delivery)) {
	w.t.Helper()
	item := event.Item{Channel: "masto", Post: slug, Language: "en"}
	d, sequence := &event.Delivery{}, uint64(0)
	if m, err := w.bus.Last(w.t.Context(), item.LedgerSubject()); err == nil {
		if d, err = event.UnmarshalDelivery(m.Data); err != nil {
			w.t.Fatal(err)
		}
		sequence = m.Sequence
	}
	now := time.Now()
	d.State, d.Time, d.Until, d.Verdict, d.Undecided = event.Waiting, now, now, "asked", false
	change(d)
	data, err := event.MarshalDelivery(d)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.bus.Publish(w.t.Context(), bus.Publication{Subject: item.LedgerSubject(), Data: data, ID: uuid.NewString(), Expect: &sequence}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.bus.Wake(w.t.Context(), item.QueueSubject()); err != nil {
		w.t.Fatal(err)
	}
}

// patient is a configuration for tests of order: on a busy machine an answer may take its time, and one that comes too late
// is a lost one, whose post the others pass.
func patient() deliver.Config {
	config := quick
	config.CallTimeout = within
	return config
}

var refusedToken = fault.Fault{Match: "/api/v1/", Effect: fault.Status, Status: http.StatusUnauthorized, Body: `{"error":"The access token is invalid"}`}

// refuseToken is refusedToken for every call there is.
func refuseToken(w *world) {
	for _, match := range []string{"POST /api/v1/statuses", "PUT /api/v1/statuses/*", "DELETE /api/v1/statuses/*", "GET /api/v1/accounts/verify_credentials"} {
		f := refusedToken
		f.Match = match
		w.fail(f)
	}
}

func TestChannelThatIsDownIsToldHoldsItsOrderAndGoesOnByItself(t *testing.T) {
	w := newStaffWorld(t)
	w.deliver(patient())
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	refuseToken(w.world)
	for i := range 3 {
		w.release(fmt.Sprintf("p%d", i), fmt.Sprintf("Post %d", i))
	}
	w.awaitNotices("masto is down")
	w.release("a", "One, corrected") // a correction has no order among other posts: an earlier wake-up may still bring it first
	if d := w.ledger("p0"); d == nil || d.State != event.Waiting || d.Intent != nil {
		t.Errorf("the head of the queue: %+v", d)
	}
	if d := w.ledger("p1"); d != nil {
		t.Errorf("what waits behind it was tried: %+v", d)
	}
	w.instance.Faults().Clear() // a token that works is in the file
	w.awaitState("p2", event.Delivered, 1)
	w.awaitState("a", event.Delivered, 2)
	w.sees("One, corrected", "Post 0", "Post 1", "Post 2")
	w.awaitNotices("masto is down", "masto is back")
}

// A token that may post and may not ask who it is: the channel works, and its probe never does.
func TestChannelThatCannotBeAskedIsNotDown(t *testing.T) {
	w := newStaffWorld(t)
	f := refusedToken
	f.Match = "GET /api/v1/accounts/verify_credentials"
	w.fail(f)
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.awaitNotices("masto is down", "masto is back")
	w.release("b", "Two")
	w.awaitState("b", event.Delivered, 1)
	w.awaitNotices("masto is down", "masto is back")
}

func TestResumedChannelIsTriedAtOnce(t *testing.T) {
	w := newWorld(t)
	refuseToken(w)
	config := quick
	config.DownAgain = time.Hour
	w.deliver(config)
	w.release("a", "One")
	w.awaitState("a", event.Waiting, 1)
	w.instance.Faults().Clear()
	if err := w.officeBucket().SetPause(t.Context(), "masto", bus.Pause{}); err != nil {
		t.Fatal(err)
	}
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
}

func TestPausedChannelHoldsEverythingInOrderThroughARestart(t *testing.T) {
	w := newWorld(t)
	stop := w.deliver(patient())
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	if err := w.officeBucket().SetPause(t.Context(), "masto", bus.Pause{Paused: true, Time: time.Now(), By: "test"}); err != nil {
		t.Fatal(err)
	}
	stop()
	w.called(createCall)
	w.deliver(patient()) // it knows of the pause before it takes anything
	w.release("b", "Two")
	w.release("a", "One, corrected")
	w.release("c", "Three")
	w.await("what was released is routed", func() bool {
		_, err := w.bus.Last(t.Context(), event.Item{Channel: "masto", Post: "c", Language: "en"}.QueueSubject())
		return err == nil
	})
	w.sees("One")
	if d := w.ledger("b"); d != nil {
		t.Errorf("it was tried: %+v", d)
	}
	if err := w.officeBucket().SetPause(t.Context(), "masto", bus.Pause{}); err != nil {
		t.Fatal(err)
	}
	w.awaitState("c", event.Delivered, 1)
	w.awaitState("a", event.Delivered, 2)
	w.sees("One, corrected", "Two", "Three")
}

func TestPauseLetsTheCallInHandEnd(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Delay, DelayMS: 300})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Sending, 1)
	if err := w.officeBucket().SetPause(t.Context(), "masto", bus.Pause{Paused: true}); err != nil {
		t.Fatal(err)
	}
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
}

func TestWhatBecameTooOldWaitsForADecisionAndCorrectionsGoOn(t *testing.T) {
	w := newStaffWorld(t)
	stop := w.deliver(quick)
	w.release("shown", "Shown")
	w.awaitState("shown", event.Delivered, 1)
	stop()
	// The channel was there two days ago, and nothing has reached it since.
	if err := w.officeBucket().Put(t.Context(), bus.SightKey("masto"), []byte(time.Now().Add(-48*time.Hour).UTC().Format(time.RFC3339Nano))); err != nil {
		t.Fatal(err)
	}
	for _, slug := range []string{"old", "older"} {
		w.stage(slug, "Old")
		w.posts[slug].Editions[0].Published = time.Now().Add(-25 * time.Hour)
		w.put(slug)
	}
	w.release("shown", "Shown, corrected")
	w.release("new", "New")
	w.deliver(quick)
	w.awaitState("new", event.Delivered, 1)
	w.awaitState("shown", event.Delivered, 2)
	w.awaitState("old", event.Waiting, 1)
	w.awaitState("older", event.Waiting, 1)
	w.sees("Shown, corrected", "New")
	if d := w.ledger("old"); !d.Undecided || !d.Until.IsZero() || !strings.Contains(d.Reason, "carillon send") {
		t.Errorf("ledger: %+v", d)
	}
	w.awaitNotices("Waiting for a decision: posts for masto")
	w.word("old", func(d *event.Delivery) { d.Asked = time.Now() })
	w.awaitState("old", event.Delivered, 1)
	w.release("older", "")
	w.awaitState("older", event.DeliveryWithdrawn, 0)
	w.sees("Shown, corrected", "New", "Old")
}

// Asked for, a post goes where the routing and the channel's age would not have it.
func TestOlderPostIsSentWhereSomebodyAsked(t *testing.T) {
	w := newWorld(t)
	w.stage("old", "Old")
	w.posts["old"].Kind = "message"
	w.posts["old"].Editions[0].Published = time.Now().Add(-1000 * time.Hour)
	w.put("old")
	w.word("old", func(d *event.Delivery) { d.Asked = time.Now() })
	w.deliver(quick)
	w.awaitState("old", event.Delivered, 1)
	w.release("old", "Old, corrected")
	w.awaitState("old", event.Delivered, 2)
	w.sees("Old, corrected")
}

func TestRejectedAndUncertainAreToldOnceWhateverTheNumberOfReplicas(t *testing.T) {
	w := newStaffWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Status, Status: 422, Body: `{"error":"Validation failed: Text is not nice"}`})
	stop, stopOther := w.deliver(quick), w.deliver(quick)
	w.release("a", "One")
	w.awaitNotices("Rejected: a (en) on masto")
	if text := w.workspace.Messages()[0].Text; !strings.Contains(text, "not nice") {
		t.Errorf("notice: %q", text)
	}
	stop()
	stopOther()
	w.deliver(quick)
	w.release("b", "Two")
	w.awaitState("b", event.Delivered, 1)
	w.word("b", func(d *event.Delivery) { d.State, d.Reason = event.Uncertain, "the answer was lost" })
	w.awaitNotices("Rejected: a (en) on masto", "Uncertain: b (en) on masto")
}

func TestWhatIsDueAndNotOutIsTold(t *testing.T) {
	w := newStaffWorld(t)
	w.fail(fault.Fault{Match: createCall, Effect: fault.Status, Status: http.StatusServiceUnavailable, Headers: map[string]string{"Retry-After": "60"}})
	config := quick
	config.Overdue = 300 * time.Millisecond
	w.deliver(config)
	w.release("a", "One")
	w.awaitNotices("Not out yet: a (en) on masto")
}

// A queue that is long is one piece of news.
func TestManyThatAreNotOutAreToldTogether(t *testing.T) {
	w := newStaffWorld(t)
	w.fail(fault.Fault{Match: createCall, Effect: fault.Status, Status: http.StatusServiceUnavailable, Headers: map[string]string{"Retry-After": "60"}})
	for i := range 7 {
		w.release(fmt.Sprintf("p%d", i), fmt.Sprintf("Post %d", i))
	}
	config := quick
	config.Overdue = time.Second
	w.deliver(config)
	w.awaitNotices("Not out yet: 7 deliveries on masto")
}

func TestWhatWaitsLongIsTriedAtOnceIfSomebodyAsks(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Status, Status: http.StatusServiceUnavailable, Headers: map[string]string{"Retry-After": "600"}})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Waiting, 1)
	w.word("a", func(d *event.Delivery) { d.Asked = time.Now() })
	w.awaitState("a", event.Delivered, 1)
	w.sees("One")
}

// A notice about the channel that tells notices has nowhere to go.
func TestNoticeDoesNotGoThroughTheChannelItIsAbout(t *testing.T) {
	w := newStaffWorld(t)
	if err := w.faults.Add(fault.Fault{Match: "POST auth.test", Times: 1, Effect: fault.Status, Status: 200, Body: `{"ok":false,"error":"token_revoked"}`}); err != nil {
		t.Fatal(err)
	}
	w.deliver(quick)
	w.await("the channel is back", func() bool {
		m, err := w.bus.Last(t.Context(), event.ConditionSubject("staff"))
		if err != nil {
			return false
		}
		c, err := event.UnmarshalCondition(m.Data)
		return err == nil && c.Works && !c.Down && !c.Since.IsZero()
	})
	w.release("a", "One")
	w.awaitState("a", event.Delivered, 1)
	w.awaitNotices()
	for _, m := range w.all(event.DeliveriesStream) {
		if strings.Contains(m.Subject, ".notice.") {
			t.Errorf("somebody was told: %s", m.Subject)
		}
	}
}

func (w *world) all(stream string) []*bus.Message {
	w.t.Helper()
	var all []*bus.Message
	if err := w.bus.Snapshot(w.t.Context(), stream, nil, true, func(batch []*bus.Message) error {
		all = append(all, batch...)
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// The edit comes while the call is under way: followers see one status, and it shows the edit.
func TestEditDuringTheFirstAttemptIsOneStatusWithTheEdit(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Delay, DelayMS: 300})
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Sending, 1)
	w.release("a", "Two")
	w.awaitState("a", event.Delivered, 2)
	w.sees("Two")
	w.called(createCall, editCall)
}

// lostOnSlack has a message's answer lost where nobody may look.
func lostOnSlack(t *testing.T, effect fault.Effect) *slackWorld {
	w := newSlackWorld(t)
	for _, f := range []fault.Fault{
		{Match: "POST chat.postMessage", Times: 1, Effect: effect},
		{Match: "conversations.history", Effect: fault.Status, Status: 200, Body: `{"ok":false,"error":"missing_scope","needed":"channels:history"}`},
	} {
		if err := w.faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	w.deliver(quick)
	w.release("a", "One")
	w.awaitState("a", event.Uncertain, 1)
	return w
}

func TestPersonFindsTheMessageAndItIsCorrectedThere(t *testing.T) {
	w := lostOnSlack(t, fault.DropAfter)
	m := w.workspace.Messages()[0]
	w.word("a", func(d *event.Delivery) {
		d.Shown = &event.Shown{Parts: []event.Part{{IDs: []string{m.Channel, m.TS}, Link: "https://x.example", Fingerprint: d.Intent.Fingerprint}}}
		d.Intent = nil
	})
	w.awaitState("a", event.Delivered, 1)
	if n := len(w.workspace.Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	w.release("a", "Two")
	w.awaitState("a", event.Delivered, 2)
	if got := w.workspace.Messages(); len(got) != 1 || !strings.HasPrefix(got[0].Text, "Two") {
		t.Errorf("messages: %+v", got)
	}
}

func TestPersonDoesNotFindTheMessageAndItIsSentWithAnotherKey(t *testing.T) {
	w := lostOnSlack(t, fault.DropBefore)
	before := w.ledger("a").Intent.Key
	w.word("a", func(d *event.Delivery) { d.Intent, d.Appearances = nil, d.Appearances+1 })
	w.awaitState("a", event.Delivered, 1)
	if n := len(w.workspace.Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	history, err := w.bus.History(t.Context(), event.Item{Channel: "masto", Post: "a", Language: "en"}.LedgerSubject())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, m := range history {
		if d, err := event.UnmarshalDelivery(m.Data); err == nil && d.Intent != nil {
			keys = append(keys, d.Intent.Key)
		}
	}
	if keys = slices.Compact(keys); len(keys) != 2 || keys[0] != before {
		t.Errorf("keys: %q", keys)
	}
}

func TestPaceOfAChannelIsKept(t *testing.T) {
	const pace = 300 * time.Millisecond
	w := newSlackWorld(t)
	w.configurePace(pace)
	begun := time.Now()
	w.deliver(deliver.Config{CallTimeout: time.Second, LookAgain: time.Second, PageTimeout: time.Second})
	for i := range 3 {
		w.release(fmt.Sprintf("p%d", i), fmt.Sprintf("Post %d", i))
	}
	w.awaitState("p2", event.Delivered, 1)
	if took := time.Since(begun); took < 2*pace {
		t.Errorf("three messages within %s", took)
	}
}

// gauge is how a metric stands for the channel masto; it is there from the start.
func (w *world) gauge(name string) float64 {
	w.t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "carillon_deliver_"+name && m.GetLabel()[0].GetValue() == "masto" {
				return m.GetGauge().GetValue()
			}
		}
	}
	w.t.Fatalf("there is no carillon_deliver_%s", name)
	return 0
}

func TestMetricsSayHowThingsStand(t *testing.T) {
	w := newWorld(t)
	w.fail(fault.Fault{Match: createCall, Times: 1, Effect: fault.Status, Status: 422, Body: `{"error":"Validation failed: Text is not nice"}`})
	config := quick
	config.Overdue = 200 * time.Millisecond
	w.deliver(config)
	names := []string{"waiting", "rejected", "uncertain", "undecided", "overdue", "channel_paused", "channel_down"}
	stands := func(want map[string]float64) {
		t.Helper()
		w.await(fmt.Sprintf("the metrics say %v", want), func() bool {
			return !slices.ContainsFunc(names, func(name string) bool { return w.gauge(name) != want[name] })
		})
	}
	stands(nil)
	w.release("a", "One")
	stands(map[string]float64{"rejected": 1})
	w.word("a", func(d *event.Delivery) { d.State = event.Uncertain })
	w.stage("b", "Two")
	w.posts["b"].Kind = "message" // nothing but the word makes the channel carry it
	w.put("b")
	w.word("b", func(d *event.Delivery) { d.Undecided, d.Asked = true, time.Now() })
	stands(map[string]float64{"uncertain": 1, "undecided": 1})
	refuseToken(w)
	w.release("c", "Three")
	stands(map[string]float64{"uncertain": 1, "undecided": 1, "channel_down": 1, "waiting": 1, "overdue": 1})
	if err := w.officeBucket().SetPause(t.Context(), "masto", bus.Pause{Paused: true}); err != nil {
		t.Fatal(err)
	}
	stands(map[string]float64{"uncertain": 1, "undecided": 1, "channel_down": 1, "waiting": 1, "overdue": 1, "channel_paused": 1})
}
