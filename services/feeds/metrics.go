package feeds

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/event"
	"carillon.example/pkg/projection"
)

type metrics struct {
	requests *prometheus.CounterVec
	rendered *prometheus.HistogramVec
	ignored  *prometheus.CounterVec
}

// Why a message of the log was passed over.
const (
	ignoredUnreadable = "unreadable"
	ignoredSlug       = "other_slug"
	ignoredOlder      = "older"
)

func newMetrics(r prometheus.Registerer, p *projection.Projection) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_feeds_requests_total", Help: "Requests answered, by kind of document and status.",
		}, []string{"document", "status"}),
		rendered: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "carillon_feeds_render_seconds", Help: "Time to render a document that was not at hand.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8),
		}, []string{"document"}),
		ignored: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_feeds_ignored_messages_total", Help: "Messages of the log that were passed over, by reason.",
		}, []string{"reason"}),
	}
	statuses := []int{
		http.StatusOK, http.StatusNotModified, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusServiceUnavailable,
	}
	for _, d := range documents() {
		for _, status := range statuses {
			m.requests.WithLabelValues(string(d), strconv.Itoa(status))
		}
		m.rendered.WithLabelValues(string(d))
	}
	for _, reason := range []string{ignoredUnreadable, ignoredSlug, ignoredOlder} {
		m.ignored.WithLabelValues(reason)
	}
	r.MustRegister(m.requests, m.rendered, m.ignored)
	r.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "carillon_feeds_position", Help: "Position in POSTS up to which the site shows the log.",
		}, func() float64 { return float64(p.Progress(event.PostsStream).Position) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "carillon_feeds_behind_messages", Help: "Messages of POSTS that were still to come when the last ones were applied.",
		}, func() float64 { return float64(p.Progress(event.PostsStream).Behind) }),
	)
	return m
}
