package deliver_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/channel/mastodon/fake"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
)

// newWorldOfChannels has several channels, by name, with what their configuration says besides; all are one account's.
func newWorldOfChannels(t *testing.T, channels map[string]string) *world {
	t.Helper()
	instance, err := fake.Open(t.TempDir(), fake.Options{Accounts: []fake.Account{{Name: "office", Token: "secret-token"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = instance.Close() })
	pages := &site{missing: map[string]bool{}}
	remote, public := httptest.NewServer(instance), httptest.NewServer(pages)
	t.Cleanup(remote.Close)
	t.Cleanup(public.Close)
	config := fmt.Sprintf("site: {title: {en: Office}, url: %s, languages: [en, ru, ar], timezone: Asia/Almaty}\nchannels:\n", public.URL)
	names := slices.Sorted(maps.Keys(channels))
	for _, name := range names {
		config += fmt.Sprintf("  - {name: %s, type: mastodon, server: %s, token: secret-token, %s}\n", name, remote.URL, channels[name])
	}
	o, err := office.Parse("carillon.yaml", []byte(config), []channel.Type{mastodon.Type()}, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, bus: bustest.Start(t, names...), instance: instance, office: o, site: pages, numbers: map[string]uint64{}, posts: map[string]*carillon.Post{}}
	bucket, err := w.bus.Bucket(t.Context(), event.OfficeBucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := bucket.Put(t.Context(), bus.SightKey(name), []byte(time.Now().UTC().Format(time.RFC3339Nano))); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// steps are the deliveries of a post that stand in the ledger, and where their last steps stand.
func (w *world) steps(slug string) map[string]uint64 {
	w.t.Helper()
	messages, err := w.bus.LastOfEach(w.t.Context(), event.DeliveriesStream, event.PostLedgerFilter(slug))
	if err != nil {
		w.t.Fatal(err)
	}
	steps := map[string]uint64{}
	for _, m := range messages {
		item, err := event.ParseItem(m.Subject)
		if err != nil {
			w.t.Fatal(err)
		}
		d, err := event.UnmarshalDelivery(m.Data)
		if err != nil {
			w.t.Fatal(err)
		}
		if d.State == event.Delivered {
			steps[item.Channel+" "+item.Language] = m.Sequence
		}
	}
	return steps
}

func (w *world) awaitDelivered(slug string, want ...string) map[string]uint64 {
	w.t.Helper()
	w.await(fmt.Sprintf("%s is delivered as %q", slug, want), func() bool { return len(w.steps(slug)) >= len(want) })
	steps := w.steps(slug)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(steps))); diff != "" {
		w.t.Fatalf("delivered (-want +got):\n%s", diff)
	}
	return steps
}

// add releases a post with one more edition; the others stay as they were.
func (w *world) add(slug, language, title string) {
	w.t.Helper()
	w.numbers[slug]++
	p := w.posts[slug]
	p.Revision++
	p.Editions = append(p.Editions, carillon.Edition{
		ID: uuid.Must(uuid.NewV7()).String(), Language: language, Title: title, Body: "Words.", Revision: p.Revision, Published: time.Now(),
	})
	w.put(slug)
}

func TestEditionAddedLaterGoesOnlyToTheChannelsOfItsLanguage(t *testing.T) {
	w := newWorldOfChannels(t, map[string]string{
		"all": "kinds: [news]", "english": "languages: [en]", "russian": "languages: [ru]", "both": "languages: [en, ru]",
		"arabic": "languages: [ar]", "others": "languages: [ru, ar], kinds: [event]",
	})
	stop := w.deliver(quick)
	w.release("a", "Water")
	first := w.awaitDelivered("a", "all en", "both en", "english en")
	shown := len(w.instance.Statuses())
	if shown != 3 {
		t.Errorf("%d statuses, want one on each channel that takes English", shown)
	}

	w.add("a", "ru", "Вода")
	second := w.awaitDelivered("a", "all en", "all ru", "both en", "both ru", "english en", "russian ru")
	// Whoever starts anew compares everything, and finds nothing left to do.
	stop()
	w.deliver(quick)
	w.release("after", "Later")
	w.awaitDelivered("after", "all en", "both en", "english en")
	third := w.awaitDelivered("a", slices.Sorted(maps.Keys(second))...)

	if diff := cmp.Diff(second, third); diff != "" {
		t.Errorf("a comparison took steps (-before +after):\n%s", diff)
	}
	for delivery, step := range first {
		if second[delivery] != step {
			t.Errorf("%s took a step for an edition in another language", delivery)
		}
	}
	for _, s := range w.instance.Statuses() {
		if !s.Edited.IsZero() {
			t.Errorf("the status %q was edited", s.Text)
		}
	}
	if got := len(w.instance.Statuses()); got != shown+3+3 {
		t.Errorf("%d statuses, want three more for the edition and three for the other post", got)
	}
}
