package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/channel/mastodon/fake"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/outbound"
	"carillon.example/pkg/service"
	"carillon.example/services/deliver"
)

const within = 30 * time.Second

// world is everything deliver meets: the log, a Mastodon instance that can be made to fail, and the public site.
type world struct {
	t        *testing.T
	bus      *bus.Bus
	instance *fake.Server
	office   *office.Office
	site     *site
	numbers  map[string]uint64
	posts    map[string]*carillon.Post
	calls    *calls
	metrics  *prometheus.Registry // of the deliver that was started last
	types    []channel.Type
}

// calls remembers what the instance was asked to change.
type calls struct {
	next http.Handler
	mu   sync.Mutex
	list []string
	busy atomic.Int32 // requests that the instance has in hand
}

func (c *calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.busy.Add(1)
	defer c.busy.Add(-1)
	if r.Method != http.MethodGet {
		c.mu.Lock()
		c.list = append(c.list, r.Method+" "+strings.TrimRight(r.URL.Path, "0123456789"))
		c.mu.Unlock()
	}
	c.next.ServeHTTP(w, r)
}

// take returns what was asked since it was called last.
func (c *calls) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.list
	c.list = nil
	return list
}

// site serves the pages it is told to.
type site struct {
	mu      sync.Mutex
	missing map[string]bool
	asked   []string // for files
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/media/") {
		s.asked = append(s.asked, r.URL.Path)
	}
	if s.missing[r.URL.Path] {
		http.NotFound(w, r)
	}
}

func (s *site) set(path string, missing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missing[path] = missing
}

func newWorld(t *testing.T) *world { return newWorldOf(t, fake.Options{}) }

func newWorldOf(t *testing.T, o fake.Options) *world {
	t.Helper()
	o.Accounts = []fake.Account{{Name: "office", Token: "secret-token"}}
	instance, err := fake.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = instance.Close() })
	pages := &site{missing: map[string]bool{}}
	asked := &calls{next: instance}
	remote, public := httptest.NewServer(asked), httptest.NewServer(pages)
	t.Cleanup(remote.Close)
	t.Cleanup(public.Close)
	w := &world{
		t: t, bus: bustest.Start(t, "masto"), instance: instance, site: pages, calls: asked, numbers: map[string]uint64{},
		posts: map[string]*carillon.Post{}, types: []channel.Type{mastodon.Type()},
	}
	w.configure(public.URL, fmt.Sprintf("{name: masto, type: mastodon, server: %s, token: secret-token, kinds: [news]}", remote.URL))
	return w
}

// configure opens an office with one channel, whose ledger is called masto.
func (w *world) configure(site, channel string) {
	w.t.Helper()
	config := fmt.Sprintf("site: {title: {en: Office}, url: %s, languages: [en, ru], timezone: Asia/Almaty}\nchannels:\n  - %s\n", site, channel)
	o, err := office.Parse("carillon.yaml", []byte(config), w.types, os.LookupEnv)
	if err != nil {
		w.t.Fatal(err)
	}
	w.office = o
	bucket, err := w.bus.Bucket(w.t.Context(), event.OfficeBucket)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := bucket.Put(w.t.Context(), bus.SightKey("masto"), []byte(time.Now().UTC().Format(time.RFC3339Nano))); err != nil {
		w.t.Fatal(err)
	}
}

var quick = deliver.Config{CallTimeout: time.Second, LookMargin: 100 * time.Millisecond, LookAgain: 200 * time.Millisecond, PageTimeout: time.Second}

// deliver runs the service until the test ends or stop is called.
func (w *world) deliver(config deliver.Config) (stop func()) {
	w.t.Helper()
	if config.DownAgain == 0 {
		config.DownAgain = 100 * time.Millisecond
	}
	if config.Overdue == 0 {
		config.Overdue = time.Hour
	}
	w.metrics = prometheus.NewRegistry()
	s, err := deliver.New(config, deliver.Deps{
		Bus: w.bus, Office: w.office, Types: w.types,
		Client: outbound.New(outbound.Options{Timeout: config.CallTimeout, AllowPrivate: func(string) bool { return true }}),
		Log:    slog.New(slog.DiscardHandler), Metrics: w.metrics, Health: service.NewHealth(), Now: time.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil && ctx.Err() == nil {
			w.t.Errorf("deliver: %v", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	w.t.Cleanup(stop)
	return stop
}

// release makes a title public; an empty one withdraws the post.
func (w *world) release(slug, title string) {
	w.t.Helper()
	w.stage(slug, title)
	w.put(slug)
}

// stage prepares a release.
func (w *world) stage(slug, title string) {
	w.t.Helper()
	w.numbers[slug]++
	p, ok := w.posts[slug]
	if !ok {
		p = &carillon.Post{Slug: slug, Kind: carillon.KindNews}
		w.posts[slug] = p
	}
	p.Revision++
	if title == "" {
		p.Withdrawn = []carillon.Withdrawal{{EditionID: p.Editions[0].ID, Language: "en", At: time.Now(), Revision: p.Revision}}
		p.Editions = nil
	} else {
		id := uuid.Must(uuid.NewV7()).String()
		if len(p.Withdrawn) > 0 {
			id, p.Withdrawn = p.Withdrawn[0].EditionID, nil
		} else if len(p.Editions) > 0 {
			id = p.Editions[0].ID
		}
		p.Editions = []carillon.Edition{{ID: id, Language: "en", Title: title, Body: "Words of " + title + ".", Revision: p.Revision, Published: time.Now()}}
	}
}

func (w *world) put(slug string) {
	w.t.Helper()
	public := &event.PublicPost{Number: w.numbers[slug], Time: time.Now(), Post: *w.posts[slug]}
	data, err := event.MarshalPublicPost(public)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.bus.Publish(w.t.Context(), bus.Publication{Subject: event.PostsSubject(slug), Data: data, Header: event.PublicHeader(public)}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ledger(slug string) *event.Delivery {
	w.t.Helper()
	item := event.Item{Channel: "masto", Post: slug, Language: "en"}
	m, err := w.bus.Last(w.t.Context(), item.LedgerSubject())
	if errors.Is(err, bus.ErrNotFound) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := event.UnmarshalDelivery(m.Data)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) await(what string, is func() bool) {
	w.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			w.t.Fatalf("waited %s in vain: %s; timeline: %q", within, what, w.timeline())
		}
	}
}

func (w *world) awaitState(slug string, state event.DeliveryState, revision int) {
	w.t.Helper()
	w.await(fmt.Sprintf("%s is %s at revision %d", slug, state, revision), func() bool {
		d := w.ledger(slug)
		return d != nil && d.State == state && (revision == 0 || d.Revision == revision)
	})
}

// timeline is what followers see, the oldest first: the first line of every status.
func (w *world) timeline() []string {
	var titles []string
	for _, s := range slices.Backward(w.instance.Statuses()) {
		title, _, _ := strings.Cut(s.Text, "\n")
		titles = append(titles, title)
	}
	return titles
}

func (w *world) sees(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.timeline()); diff != "" {
		w.t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func (w *world) fail(f fault.Fault) {
	w.t.Helper()
	if err := w.instance.Faults().Add(f); err != nil {
		w.t.Fatal(err)
	}
}
