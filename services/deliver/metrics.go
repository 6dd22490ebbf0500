package deliver

import (
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

type metrics struct {
	calls *prometheus.CounterVec
	looks *prometheus.CounterVec
	works *prometheus.GaugeVec
	woken prometheus.Counter

	// How things stand, by channel, as this process sees the whole ledger.
	states  map[string]*prometheus.GaugeVec // by state
	overdue *prometheus.GaugeVec
	paused  *prometheus.GaugeVec
	down    *prometheus.GaugeVec
	notices prometheus.Counter
}

// stateUndecided is what is counted of those that wait for a person's decision.
const stateUndecided = "undecided"

func newMetrics(r prometheus.Registerer, channels []string) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_deliver_calls_total", Help: "Calls to channels that change something or ask for an uploaded picture, by what the answer meant.",
		}, []string{"channel", "verdict"}),
		looks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "carillon_deliver_looks_total", Help: "Looks for what a lost answer left behind, by what was found.",
		}, []string{"channel", "verdict"}),
		works: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "carillon_deliver_channel_works", Help: "1 if the channel's credentials were accepted when last asked.",
		}, []string{"channel"}),
		woken: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "carillon_deliver_wakeups_total", Help: "Wake-ups put into channels' queues.",
		}),
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "carillon_deliver_" + name, Help: help}, []string{"channel"})
		r.MustRegister(g)
		return g
	}
	m.states = map[string]*prometheus.GaugeVec{
		string(event.Waiting):   gauge("waiting", "Deliveries that are tried again later."),
		string(event.Rejected):  gauge("rejected", "Deliveries whose last state is rejected."),
		string(event.Uncertain): gauge("uncertain", "Deliveries that may have happened: somebody has to look."),
		stateUndecided:          gauge("undecided", "Deliveries that became older than a day while the channel was away, and wait for a decision."),
	}
	m.overdue = gauge("overdue", "Deliveries that are due and not out for longer than CARILLON_OVERDUE.")
	m.paused = gauge("channel_paused", "1 if somebody has paused the channel.")
	m.down = gauge("channel_down", "1 if the channel refuses our account.")
	m.notices = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "carillon_deliver_notices_total", Help: "Notices that this process had staff told.",
	})
	for _, name := range channels {
		for _, g := range m.states {
			g.WithLabelValues(name)
		}
		m.overdue.WithLabelValues(name)
		m.paused.WithLabelValues(name)
		m.down.WithLabelValues(name)
		for _, meaning := range []channel.Meaning{channel.Delivered, channel.Pending, channel.Retry, channel.Rejected, channel.ChannelDown, channel.Uncertain, channel.NotThere} {
			m.calls.WithLabelValues(name, string(meaning))
			m.looks.WithLabelValues(name, string(meaning))
		}
		m.works.WithLabelValues(name)
	}
	r.MustRegister(m.calls, m.looks, m.works, m.woken, m.notices)
	return m
}
