package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// instant is a Mastodon-like server that answers at once and keeps nothing. It tells when statuses come, and can hold them.
type instant struct {
	mu     sync.Mutex
	calls  []arrival
	gate   chan struct{} // statuses wait until it is closed; nil: they do not
	takes  time.Duration // how long it works on a status
	server *http.Server
	came   chan struct{} // receives when a status has come
}

// arrival is a status that came.
type arrival struct {
	at time.Time
	to string // the address that was called
}

// listen serves at another address of the loopback interface, and returns its URL.
func (s *instant) listen() (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = s.server.Serve(l) }() // until close
	return "http://" + l.Addr().String(), nil
}

func newInstant() *instant {
	s := &instant{came: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/statuses", s.status)
	mux.HandleFunc("GET /api/v1/accounts/verify_credentials", func(w http.ResponseWriter, r *http.Request) {
		say(w, map[string]any{"id": "1", "username": "office", "url": "http://" + r.Host + "/@office"})
	})
	mux.HandleFunc("GET /api/v2/instance", func(w http.ResponseWriter, _ *http.Request) { say(w, map[string]any{}) })
	mux.HandleFunc("GET /api/v1/accounts/{id}/statuses", func(w http.ResponseWriter, _ *http.Request) { say(w, []any{}) })
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	return s
}

func (s *instant) close() { _ = s.server.Close() }

func (s *instant) status(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	if _, err := io.Copy(io.Discard, io.LimitReader(r.Body, 1<<20)); err != nil {
		return
	}
	s.mu.Lock()
	s.calls = append(s.calls, arrival{now, r.Host})
	n, gate, takes := len(s.calls), s.gate, s.takes
	s.mu.Unlock()
	select {
	case s.came <- struct{}{}:
	default:
	}
	if gate != nil {
		<-gate
	}
	if takes > 0 {
		rest(r.Context(), takes)
	}
	say(w, map[string]any{"id": fmt.Sprint(n), "url": fmt.Sprintf("http://%s/@office/%d", r.Host, n)})
}

func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

// hold makes statuses wait until they are let go.
func (s *instant) hold() (letGo func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	return func() {
		s.mu.Lock()
		s.gate = nil
		s.mu.Unlock()
		close(gate)
	}
}

// after waits until more statuses have come than n, and returns them all.
func (s *instant) after(ctx context.Context, n int, within time.Duration) ([]arrival, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		s.mu.Lock()
		calls := s.calls
		s.mu.Unlock()
		if len(calls) > n {
			return calls, nil
		}
		select {
		case <-s.came:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d statuses came, and not more than %d: %w", len(calls), n, context.Cause(ctx))
		}
	}
}
