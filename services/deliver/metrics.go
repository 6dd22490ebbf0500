package deliver

import (
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/channel"
)

type metrics struct {
	calls *prometheus.CounterVec
	looks *prometheus.CounterVec
	works *prometheus.GaugeVec
	woken prometheus.Counter
}

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
	for _, name := range channels {
		for _, meaning := range []channel.Meaning{channel.Delivered, channel.Pending, channel.Retry, channel.Rejected, channel.ChannelDown, channel.Uncertain, channel.NotThere} {
			m.calls.WithLabelValues(name, string(meaning))
			m.looks.WithLabelValues(name, string(meaning))
		}
		m.works.WithLabelValues(name)
	}
	r.MustRegister(m.calls, m.looks, m.works, m.woken)
	return m
}
