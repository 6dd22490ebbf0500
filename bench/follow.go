package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"carillon.example/pkg/channel/mastodon/fake"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	followed  = 200 // posts
	followGap = 50 * time.Millisecond
	arriveIn  = 20 * time.Second
)

// follow measures how long after the API's answer a post begins to reach a channel and stands in the feed.
func follow(ctx context.Context, binary string, r *report) error {
	dir, err := os.MkdirTemp("", "carillon-bench-instance-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	instance, err := fake.Open(dir, fake.Options{Accounts: []fake.Account{{Name: "office", Token: "bench"}}})
	if err != nil {
		return err
	}
	defer func() { _ = instance.Close() }()
	arrivals := &arrivals{at: map[string]time.Time{}, came: make(chan struct{}, 1)}
	server := httptest.NewServer(arrivals.watch(instance))
	defer server.Close()
	public, err := freeAddress()
	if err != nil {
		return err
	}
	o, err := startOffice(ctx, binary, fmt.Sprintf(`
site:
  title: {en: Office}
  url: http://%s
  languages: [en, ru]
  timezone: Asia/Almaty
channels:
  - {name: bench, type: mastodon, server: %s, token: bench, languages: [en]}
`, public, server.URL), "always", "CARILLON_PUBLIC_ADDR="+public)
	if err != nil {
		return err
	}
	defer o.stop()
	raw, err := openRaw(ctx, o)
	if err != nil {
		return err
	}
	defer raw.nc.Close()
	var toChannel, synced []float64
	for i := range followed {
		began := time.Now()
		if _, err := raw.js.Publish(ctx, fmt.Sprintf("bench.follow-%d", i), raw.payload); err != nil {
			return err
		}
		synced = append(synced, milliseconds(time.Since(began)))
		slug := fmt.Sprintf("to-channel-%d", i)
		if _, err := o.api.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: samplePost(slug)}); err != nil {
			return err
		}
		answered := time.Now()
		at, err := arrivals.of(ctx, slug)
		if err != nil {
			return err
		}
		toChannel = append(toChannel, milliseconds(at.Sub(answered)))
		rest(ctx, followGap)
	}
	r.add("raw_synced_publish_p50_ms", median(synced), "ms")
	r.add("publish_to_channel_p50_ms", median(toChannel), "ms")
	r.add("publish_to_channel_p99_ms", percentile(toChannel, 0.99), "ms")
	r.add("publish_to_channel_p50_vs_raw_synced_publish_p50", median(toChannel)/median(synced), "ratio")
	return toFeed(ctx, o, r)
}

// toFeed polls the feed as fast as it answers until the entry stands in it.
func toFeed(ctx context.Context, o *office, r *report) error {
	var times []float64
	for i := range followed {
		slug := fmt.Sprintf("to-feed-%d", i)
		if _, err := o.api.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: samplePost(slug)}); err != nil {
			return err
		}
		answered := time.Now()
		if err := o.awaitEntry(ctx, "/en/posts/"+slug); err != nil {
			return err
		}
		times = append(times, milliseconds(time.Since(answered)))
		rest(ctx, followGap)
	}
	r.add("publish_to_feed_p50_ms", median(times), "ms")
	r.add("publish_to_feed_p99_ms", percentile(times, 0.99), "ms")
	return nil
}

func (o *office) awaitEntry(ctx context.Context, link string) error {
	ctx, cancel := context.WithTimeout(ctx, arriveIn)
	defer cancel()
	etag := ""
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.run.Public+"/en/feed.atom", nil)
		if err != nil {
			return err
		}
		req.Header.Set("If-None-Match", etag)
		resp, err := o.http.Do(req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return err
		}
		if etag = resp.Header.Get("ETag"); strings.Contains(string(body), link) {
			return nil
		}
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// arrivals notes when the first request about a post reaches the instance.
type arrivals struct {
	mu   sync.Mutex
	at   map[string]time.Time
	came chan struct{}
}

func (a *arrivals) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/api/v1/statuses" {
			now := time.Now()
			body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			a.note(string(body), now)
		}
		next.ServeHTTP(w, r)
	})
}

func (a *arrivals) note(body string, now time.Time) {
	_, slug, _ := strings.Cut(body, "to-channel-")
	end := strings.IndexFunc(slug, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 {
		slug = slug[:end]
	}
	a.mu.Lock()
	a.at["to-channel-"+slug] = now
	a.mu.Unlock()
	select {
	case a.came <- struct{}{}:
	default:
	}
}

func (a *arrivals) of(ctx context.Context, slug string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, arriveIn)
	defer cancel()
	for {
		a.mu.Lock()
		at, ok := a.at[slug]
		a.mu.Unlock()
		if ok {
			return at, nil
		}
		select {
		case <-a.came:
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("%s never reached the channel: %w", slug, context.Cause(ctx))
		}
	}
}
