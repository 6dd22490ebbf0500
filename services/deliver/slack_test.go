package deliver_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/slack"
	slackfake "carillon.example/pkg/channel/slack/fake"
	"carillon.example/pkg/event"
	"carillon.example/services/deliver"
)

// slackWorld is a world whose channel leads to a workspace. Slack recognises no call that is repeated: whatever is posted
// once too often stays to be seen.
type slackWorld struct {
	*world
	workspace *slackfake.Server
	faults    *fault.Injector

	remote, public string // addresses
}

func newSlackWorld(t *testing.T) *slackWorld {
	t.Helper()
	workspace, err := slackfake.Open(t.TempDir(), slackfake.Options{Token: "xoxb-secret", Channels: []slackfake.Channel{{ID: "C0PRESS01", Name: "press"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = workspace.Close() })
	w := &slackWorld{world: newWorld(t), workspace: workspace, faults: new(fault.Injector)}
	w.calls.next = w.faults.Wrap(workspace)
	remote, public := httptest.NewServer(w.calls), httptest.NewServer(w.site)
	t.Cleanup(remote.Close)
	t.Cleanup(public.Close)
	w.types = []channel.Type{slack.Type()}
	w.remote, w.public = remote.URL, public.URL
	w.configurePace(0)
	return w
}

// configurePace opens the office with the least time between two messages.
func (w *slackWorld) configurePace(pace time.Duration) {
	w.t.Helper()
	w.configure(w.public, fmt.Sprintf("{name: masto, type: slack, api_url: %s/api/, channel: C0PRESS01, token: xoxb-secret, pace: %s}", w.remote, pace))
}

// threads are the messages of the channel, each with its replies: what they say, without their titles.
func (w *slackWorld) threads() map[string][]string {
	threads := map[string][]string{}
	firsts := map[string]string{}
	for _, m := range w.workspace.Messages() {
		title, text, _ := strings.Cut(m.Text, "\n")
		if m.ThreadTS == "" {
			firsts[m.TS] = title
			threads[title] = append(threads[title], text)
			continue
		}
		first := firsts[m.ThreadTS]
		if first == "" {
			first = "a lost reply"
		}
		threads[first] = append(threads[first], m.Text)
	}
	return threads
}

func (w *slackWorld) releaseThread(slug string, texts ...string) {
	w.t.Helper()
	w.releaseWith(slug, func(e *carillon.Edition) {
		e.Texts = map[string]carillon.Text{"slack": {Thread: true, Text: strings.Join(texts, "\n---\n")}}
	})
}

func (w *slackWorld) seesThreads(want map[string][]string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.threads()); diff != "" {
		w.t.Errorf("threads (-want +got):\n%s", diff)
	}
}

func TestThreadOnSlack(t *testing.T) {
	w := newSlackWorld(t)
	w.deliver(quick)
	w.releaseThread("a", "One", "Two", "Three")
	w.awaitState("a", event.Delivered, 1)
	w.seesThreads(map[string][]string{"a": {"One", "Two", "Three"}})
	w.calls.take()
	w.releaseThread("a", "One", "Two, corrected")
	w.awaitState("a", event.Delivered, 2)
	w.seesThreads(map[string][]string{"a": {"One", "Two, corrected"}})
	if calls := strings.Join(w.calls.take(), " "); strings.Count(calls, "chat.update") != 1 || strings.Count(calls, "chat.delete") != 1 || strings.Contains(calls, "chat.postMessage") {
		t.Errorf("calls: %s", calls)
	}
	w.release("a", "")
	w.awaitState("a", event.DeliveryWithdrawn, 0)
	w.seesThreads(map[string][]string{})
}

func TestPictureThatSlackFetchesIsAskedForFirst(t *testing.T) {
	w := newSlackWorld(t)
	w.deliver(deliver.Config{CallTimeout: time.Second, LookAgain: time.Second, PageTimeout: 50 * time.Millisecond})
	well := w.store("well.png", 1)
	w.site.set("/media/"+well.Hash+"/well.png", true)
	w.releasePicture("a", well, "A well")
	w.awaitState("a", event.Waiting, 1)
	if got := w.ledger("a").Reason; !strings.Contains(got, "it is not served yet") || !strings.Contains(got, "/media/"+well.Hash) {
		t.Errorf("reason: %s", got)
	}
	w.seesThreads(map[string][]string{})
	w.site.set("/media/"+well.Hash+"/well.png", false)
	w.awaitState("a", event.Delivered, 1)
	if m := w.workspace.Messages(); len(m) != 1 || !strings.Contains(string(m[0].Blocks[2]), well.Hash) {
		t.Errorf("people see %+v", m)
	}
}

// Whatever is lost or refused, and whatever is corrected meanwhile, in the end each part is there once, in order.
func TestThreadsComeOutRightWhateverIsLost(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	w := newSlackWorld(t)
	effects := []fault.Fault{
		{Effect: fault.DropAfter},
		{Effect: fault.DropBefore},
		{Effect: fault.DropAfter},
		{Effect: fault.Status, Status: 429, Headers: map[string]string{"Retry-After": "1"}},
		{Effect: fault.StatusAfter, Status: 502},
	}
	methods := []string{"chat.postMessage", "chat.postMessage", "chat.update", "chat.delete", "conversations.replies", "conversations.history"}
	stop := w.deliver(quick)
	want := map[string][]string{}
	for round := range 12 {
		f := effects[random.IntN(len(effects))]
		f.Match, f.Times = methods[random.IntN(len(methods))], 1
		if err := w.faults.Add(f); err != nil {
			t.Fatal(err)
		}
		slug := fmt.Sprintf("post-%d", random.IntN(4))
		if _, there := want[slug]; there && random.IntN(4) == 0 {
			w.release(slug, "")
			delete(want, slug)
			continue
		}
		var texts []string
		for part := range 1 + random.IntN(4) {
			texts = append(texts, fmt.Sprintf("%s part %d version %d", slug, part+1, random.IntN(2)))
		}
		w.releaseThread(slug, texts...)
		want[slug] = texts
		switch {
		case round == 6: // another process goes on
			stop()
			w.deliver(quick)
		case random.IntN(3) == 0: // it is met in the middle of what it does
			w.await("a step is taken", func() bool { d := w.ledger(slug); return d != nil && d.Revision == w.posts[slug].Revision })
		}
	}
	defer func() {
		for slug := range w.posts {
			if d := w.ledger(slug); d != nil && t.Failed() {
				t.Logf("%s: %+v, shown %+v, intent %+v", slug, d, d.Shown, d.Intent)
			}
		}
	}()
	w.await("everything has settled", func() bool {
		if len(w.faults.List()) > 0 && random.IntN(500) == 0 {
			w.faults.Clear() // what nobody has called for
		}
		for slug, p := range w.posts {
			d := w.ledger(slug)
			_, wanted := want[slug]
			if d == nil && !wanted { // it was gone before anybody looked
				continue
			}
			if d == nil || d.Intent != nil || d.State == event.Waiting || d.State == event.Sending {
				return false
			}
			if wanted && d.Revision < p.Revision || !wanted && d.State != event.DeliveryWithdrawn {
				return false
			}
		}
		return true
	})
	w.seesThreads(want)
}
