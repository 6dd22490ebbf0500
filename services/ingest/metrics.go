package ingest

import (
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/event"
)

type metrics struct {
	decisions *prometheus.CounterVec
	refused   *prometheus.CounterVec
	copied    prometheus.Counter
	late      prometheus.Histogram
	uploads   *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_ingest_decisions_total", Help: "Decisions written to the desk.",
		}, []string{"kind"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_ingest_refused_total", Help: "Calls that changed nothing, by reason.",
		}, []string{"reason"}),
		copied: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carillon_ingest_copied_total", Help: "Decisions copied to where the public's readers look.",
		}),
	}
	m.late = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "carillon_ingest_release_late_seconds", Help: "How long after its time a scheduled post was released.",
		Buckets: []float64{.05, .1, .2, .3, .5, 1, 2, 5, 30, 300, 3600},
	})
	for _, kind := range []event.DecisionKind{event.Saved, event.Scheduled, event.Held, event.Released, event.Withdrawn} {
		m.decisions.WithLabelValues(string(kind))
	}
	for _, reason := range []string{reasonMistakes, reasonConflict, reasonToken, reasonExpired, reasonRole} {
		m.refused.WithLabelValues(reason)
	}
	m.uploads = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "carillon_ingest_uploads_total", Help: "Files that were sent, by what became of them.",
	}, []string{"outcome"})
	for _, outcome := range []string{uploadStored, uploadRefused} {
		m.uploads.WithLabelValues(outcome)
	}
	r.MustRegister(m.decisions, m.refused, m.copied, m.late, m.uploads)
	return m
}

// What became of an upload.
const (
	uploadStored  = "stored"
	uploadRefused = "refused"
)

// Why a call changed nothing.
const (
	reasonMistakes = "mistakes"
	reasonConflict = "conflict"
	reasonToken    = "token"
	reasonExpired  = "expired"
	reasonRole     = "role"
)
