package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/builtin"
	"carillon.example/pkg/observance"
	"carillon.example/pkg/office"
	"carillon.example/pkg/outbound"
	"carillon.example/pkg/service"
	"carillon.example/pkg/telemetry"
	"carillon.example/services/deliver"
	"carillon.example/services/feeds"
	"carillon.example/services/ingest"
	"carillon.example/services/remind"
	"carillon.example/services/sandbox"
)

// maxAnswerBytes is how much of an outside answer is read.
const maxAnswerBytes = 8 << 20

// process is one running process of Carillon: what its services share, and the services it has.
type process struct {
	settings processSettings
	log      *slog.Logger
	metrics  *prometheus.Registry
	health   *service.Health
	types    []channel.Type
	office   *office.Office
	// connect opens a connection to the log: each service has its own, as it has when it runs apart.
	connect func(name string) (*bus.Bus, error)
	buses   []*bus.Bus

	runners []service.Named
	needed  []service.Named // by the runners, until they have ended
	ops     *service.HTTP
	feeds   *feeds.Service
	ingest  *ingest.Service
	sandbox *sandbox.Service
}

func newProcess(stderr *os.File) (*process, error) {
	settings, err := readProcessSettings()
	if err != nil {
		return nil, err
	}
	log, err := telemetry.NewLogger(stderr, settings.LogLevel, settings.LogFormat)
	if err != nil {
		return nil, usageError{err}
	}
	if err := os.MkdirAll(settings.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder: %w", err)
	}
	return &process{
		settings: settings, log: log, metrics: telemetry.NewRegistry(), health: service.NewHealth(), types: builtin.Types(),
	}, nil
}

// loadOffice reads the configuration file.
func (p *process) loadOffice() error {
	o, err := office.Load(p.settings.Config, p.types)
	if err != nil {
		return usageError{err}
	}
	if p.settings.PublicURL != "" {
		o.Site.URL = p.settings.PublicURL
	}
	p.office = o
	return nil
}

// connection opens a connection that ends with the process.
func (p *process) connection(name string) (*bus.Bus, error) {
	b, err := p.connect(name)
	if err == nil {
		p.buses = append(p.buses, b)
	}
	return b, err
}

func (p *process) add(name string, r service.Runner) {
	p.runners = append(p.runners, service.Named{Name: name, Runner: r})
}

func (p *process) addNeeded(name string, r service.Runner) {
	p.needed = append(p.needed, service.Named{Name: name, Runner: r})
}

// addOps serves health and metrics, which every process has.
func (p *process) addOps() error {
	ops, err := service.Listen(p.settings.OpsAddr, p.health.Handler(p.metrics), p.log)
	if err != nil {
		return fmt.Errorf("ops: %w", err)
	}
	p.ops = ops
	p.addNeeded("ops", ops)
	return nil
}

func (p *process) addIngest(defaultTokenFile string) error {
	var config ingest.Config
	if err := fill(&config); err != nil {
		return err
	}
	if config.AdminTokenFile == "" {
		config.AdminTokenFile = defaultTokenFile
	}
	observances, err := observance.Load()
	if err != nil {
		return err
	}
	b, err := p.connection("ingest")
	if err != nil {
		return err
	}
	known := func(id string) bool { _, ok := observances.ByID(id); return ok }
	s, err := ingest.New(config, ingest.Deps{
		Bus: b, Office: p.office, Types: p.types, Observances: known,
		Log: p.log.With("service", "ingest"), Metrics: p.metrics, Health: p.health, Now: time.Now,
	})
	if err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	p.ingest = s
	p.add("ingest", s)
	return nil
}

func (p *process) addFeeds() error {
	var config feeds.Config
	if err := fill(&config); err != nil {
		return err
	}
	b, err := p.connection("feeds")
	if err != nil {
		return err
	}
	s, err := feeds.New(config, feeds.Deps{
		Bus: b, Office: p.office, Log: p.log.With("service", "feeds"), Metrics: p.metrics, Health: p.health, Now: time.Now,
	})
	if err != nil {
		return fmt.Errorf("feeds: %w", err)
	}
	p.feeds = s
	p.addNeeded("feeds", s)
	return nil
}

func (p *process) addDeliver(types []string) error {
	var config deliver.Config
	if err := fill(&config); err != nil {
		return err
	}
	config.Types = types
	b, err := p.connection("deliver")
	if err != nil {
		return err
	}
	s, err := deliver.New(config, deliver.Deps{
		Bus: b, Office: p.office, Types: p.types, Client: p.wayOut(config.CallTimeout),
		Log: p.log.With("service", "deliver"), Metrics: p.metrics, Health: p.health, Now: time.Now,
	})
	if err != nil {
		return usageError{fmt.Errorf("deliver: %w", err)}
	}
	p.add("deliver", s)
	return nil
}

// wayOut is the client for channels. The addresses that the configuration names may be private.
func (p *process) wayOut(timeout time.Duration) *http.Client {
	addresses := []string{p.office.Site.URL}
	for i := range p.office.Channels {
		addresses = append(addresses, p.office.Channels[i].Settings.Addresses()...)
	}
	return outbound.New(outbound.Options{
		UserAgent: "Carillon/" + version, Timeout: timeout, MaxResponseBytes: maxAnswerBytes, AllowPrivate: outbound.Configured(addresses...),
	})
}

func (p *process) addRemind() error {
	observances, err := observance.Load()
	if err != nil {
		return err
	}
	b, err := p.connection("remind")
	if err != nil {
		return err
	}
	p.add("remind", remind.New(remind.Deps{
		Bus: b, Office: p.office, Observances: observances,
		Log: p.log.With("service", "remind"), Metrics: p.metrics, Health: p.health, Now: time.Now,
	}))
	return nil
}

func (p *process) addSandbox() error {
	var config sandbox.Config
	if err := fill(&config); err != nil {
		return err
	}
	s, err := sandbox.New(config, p.log.With("service", "sandbox"))
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	p.sandbox = s
	p.addNeeded("sandbox", s)
	return nil
}

// run runs everything until the context ends, however it ends. What the others need while they finish what they have in
// hand (the site they ask for pages, the sandbox, health) stops after them. A stop that was asked for is no error.
func (p *process) run(ctx context.Context) error {
	outer, stopOuter := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOuter()
	inner, stopInner := context.WithCancel(ctx)
	defer stopInner()
	needed := make(chan error, 1)
	go func() {
		err := service.Run(outer, p.needed...)
		if len(p.needed) == 0 { // ingest, deliver or remind alone
			<-outer.Done()
		}
		needed <- err
		stopInner() // none of the others can do without
	}()
	err := service.Run(inner, p.runners...)
	if len(p.runners) == 0 {
		<-inner.Done()
	}
	stopOuter()
	err = errors.Join(err, <-needed)
	for _, b := range p.buses {
		b.Close()
	}
	return err
}
