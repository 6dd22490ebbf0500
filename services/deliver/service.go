package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/service"
)

// Deps are what the service is given.
type Deps struct {
	Bus     *bus.Bus
	Office  *office.Office
	Types   []channel.Type
	Client  *http.Client // the way out
	Log     *slog.Logger
	Metrics prometheus.Registerer
	Health  *service.Health
	Now     func() time.Time
}

// Service is the running service.
type Service struct {
	Deps
	config  Config
	metrics *metrics
	ready   atomic.Bool
}

// New checks the configuration.
func New(config Config, deps Deps) (*Service, error) {
	if err := config.Validate(office.Types(deps.Types)); err != nil {
		return nil, err
	}
	names := make([]string, len(deps.Office.Channels))
	for i := range deps.Office.Channels {
		names[i] = deps.Office.Channels[i].Name
	}
	s := &Service{Deps: deps, config: config, metrics: newMetrics(deps.Metrics, names)}
	deps.Health.Add("deliver", s.readiness)
	return s, nil
}

func (s *Service) readiness() error {
	switch {
	case !s.ready.Load():
		return errors.New("waits for ingest to prepare the log")
	case !s.Bus.Connected():
		return errors.New("the log cannot be reached")
	}
	return nil
}

// Run routes and delivers until the context ends; a call that has begun is finished.
func (s *Service) Run(ctx context.Context) error {
	sights, err := s.Bus.Sights(ctx, s.Office.LedgerNames())
	if err != nil {
		return err
	}
	r := &router{bus: s.Bus, office: s.Office, sights: sights, metrics: s.metrics, log: s.Log, now: s.Now}
	bucket, err := s.Bus.Bucket(ctx, event.OfficeBucket)
	if err != nil {
		return err
	}
	gates := map[string]*gate{}
	pausesRead := make(chan struct{})
	runners := []service.Named{
		{Name: "pauses", Runner: service.RunnerFunc(func(ctx context.Context) error { return followPauses(ctx, bucket, gates, pausesRead) })},
		{Name: "watch", Runner: service.RunnerFunc(newWatch(s, sights, gates).run)},
		{Name: "router", Runner: service.RunnerFunc(r.run)},
		{Name: "comparison", Runner: service.RunnerFunc(r.compareOften)},
	}
	for i := range s.Office.Channels {
		c := &s.Office.Channels[i]
		g := newGate(s.config.DownAgain, s.Now)
		gates[c.LedgerName()] = g
		if len(s.config.Types) > 0 && !slices.Contains(s.config.Types, c.Type) {
			continue
		}
		w, err := s.worker(c, sights[c.LedgerName()], g)
		if err != nil {
			return err
		}
		g.ask = w.probeNow
		w.pauses = pausesRead
		runners = append(runners,
			service.Named{Name: c.Name, Runner: service.RunnerFunc(w.run)},
			service.Named{Name: "probe of " + c.Name, Runner: service.RunnerFunc(w.probeOften)})
	}
	s.ready.Store(true)
	return service.Run(ctx, runners...)
}

// followPauses keeps the gates as OFFICE says. read is closed when the pauses that were there are known.
func followPauses(ctx context.Context, bucket *bus.Bucket, gates map[string]*gate, read chan struct{}) error {
	known := false
	return bucket.FollowPauses(ctx, func(channel string, p bus.Pause) {
		if g := gates[channel]; g != nil {
			g.pause(p, known)
		}
	}, func() {
		known = true
		close(read)
	})
}

func (s *Service) worker(c *office.Channel, firstSeen time.Time, g *gate) (*worker, error) {
	driver, err := c.Driver.Open(c.Settings, s.Client)
	if err != nil {
		return nil, fmt.Errorf("channel %s: %w", c.Name, err)
	}
	log := s.Log.With("channel", c.Name)
	var pace time.Duration
	if c.Driver.Pace != nil {
		pace = c.Driver.Pace(c.Settings)
	}
	return &worker{
		channel: c, driver: driver, bus: s.Bus, ledger: ledger{s.Bus},
		reader:    reader{bus: s.Bus, site: &s.Office.Site},
		pages:     pages{client: s.Client, timeout: s.config.PageTimeout, log: log},
		firstSeen: firstSeen, config: s.config, metrics: s.metrics, log: log, now: s.Now, probed: make(chan struct{}),
		nudge: make(chan struct{}, 1), gate: g, pace: pace,
	}, nil
}
