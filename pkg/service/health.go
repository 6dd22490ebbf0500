package service

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Health collects what each part of the process says of itself.
type Health struct {
	mu     sync.Mutex
	checks map[string]func() error
}

// NewHealth returns a health without checks.
func NewHealth() *Health { return &Health{checks: map[string]func() error{}} }

// Add registers a part. ready returns nil when the part does its work, else what it waits for.
func (h *Health) Add(name string, ready func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks[name] = ready
}

// Waiting says, a line each, which parts are not ready and why.
func (h *Health) Waiting() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var waiting []string
	for name, ready := range h.checks {
		if err := ready(); err != nil {
			waiting = append(waiting, fmt.Sprintf("%s: %s", name, err))
		}
	}
	slices.Sort(waiting)
	return waiting
}

// Handler serves /healthz (the process lives), /readyz (it does its work; 503 and the reasons if not), /metrics, and
// /debug/pprof for whoever asks why it is slow. It belongs on an address that only ops reach.
func (h *Health) Handler(metrics prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if waiting := h.Waiting(); len(waiting) > 0 {
			http.Error(w, strings.Join(waiting, "\n"), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
