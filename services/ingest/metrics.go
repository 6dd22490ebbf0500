package ingest

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	decisions *prometheus.CounterVec
	refused   *prometheus.CounterVec
	copied    prometheus.Counter
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
	for _, kind := range []string{"released", "withdrawn"} {
		m.decisions.WithLabelValues(kind)
	}
	for _, reason := range []string{reasonMistakes, reasonConflict, reasonToken, reasonExpired, reasonRole} {
		m.refused.WithLabelValues(reason)
	}
	r.MustRegister(m.decisions, m.refused, m.copied)
	return m
}

// Why a call changed nothing.
const (
	reasonMistakes = "mistakes"
	reasonConflict = "conflict"
	reasonToken    = "token"
	reasonExpired  = "expired"
	reasonRole     = "role"
)
