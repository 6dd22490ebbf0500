package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/semaphore"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/service"
	"carillon.example/proto/carillon/v1/carillonv1connect"
)

// maxRequestBytes fits a post of the largest size with its envelope.
const maxRequestBytes = 2 << 20

// compressFrom is the size from which answers are compressed, in bytes: for less it costs more than it saves.
const compressFrom = 8 << 10

// Deps are what the service is given.
type Deps struct {
	Bus         *bus.Bus
	Office      *office.Office
	Types       []channel.Type
	Observances func(id string) bool
	Log         *slog.Logger
	Metrics     prometheus.Registerer
	Health      *service.Health
	Now         func() time.Time
}

// Service is the running desk.
type Service struct {
	Deps
	config  Config
	rules   carillon.Rules
	http    *service.HTTP
	metrics *metrics

	bucket *bus.Bucket
	media  *bus.MediaStore
	tokens *tokens
	uses   *uses
	rights map[string]right
	lists  *lists
	sights *sights
	ready  atomic.Bool

	uploads  *semaphore.Weighted // files that are arriving
	pictures *semaphore.Weighted // pictures that are open

	stopping chan struct{} // closed when the service is to stop: watches would go on for ever
}

// New takes the address, so that it is known before Run.
func New(config Config, deps Deps) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	s := &Service{
		Deps: deps, config: config,
		rules: carillon.Rules{
			Languages: deps.Office.Site.Languages, ChannelTypes: office.Types(deps.Types), WarningTypes: office.WarningTypes(deps.Types),
			ThreadTypes: office.ThreadTypes(deps.Types),
			Observances: deps.Observances,
		},
		metrics: newMetrics(deps.Metrics),
		tokens:  newTokens(), rights: rights(), stopping: make(chan struct{}),
		uploads: semaphore.NewWeighted(uploadsAtOnce), pictures: semaphore.NewWeighted(1),
	}
	if err := emptyFolder(filepath.Join(config.DataDir, uploadFolder)); err != nil {
		return nil, err
	}
	s.uses = newUses(s.tokens, deps.Log)
	lists, err := openLists(filepath.Join(config.DataDir, "ingest.db"), deps.Log)
	if err != nil {
		return nil, err
	}
	s.lists = lists
	server, err := service.Listen(config.Addr, s.handler(), deps.Log)
	if err != nil {
		return nil, err
	}
	s.http = server
	deps.Health.Add("ingest", s.readiness)
	return s, nil
}

// URL is where staff reach the API from this machine.
func (s *Service) URL() string { return s.http.URL() }

func (s *Service) readiness() error {
	switch {
	case !s.ready.Load():
		return errors.New("is preparing the log")
	case !s.Bus.Connected():
		return errors.New("the log cannot be reached")
	}
	return nil
}

// Run serves until the context ends. Until the log is prepared the API answers 'unavailable'.
func (s *Service) Run(ctx context.Context) error {
	defer s.lists.Close()
	defer context.AfterFunc(ctx, func() { close(s.stopping) })()
	return service.Run(
		ctx,
		service.Named{Name: "staff API", Runner: s.http},
		service.Named{Name: "desk", Runner: service.RunnerFunc(s.run)},
	)
}

func (s *Service) run(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return service.Run(
		ctx,
		service.Named{Name: "tokens", Runner: service.RunnerFunc(func(ctx context.Context) error {
			return s.tokens.follow(ctx, s.bucket, func() { s.ready.Store(true) })
		})},
		service.Named{Name: "token uses", Runner: service.RunnerFunc(func(ctx context.Context) error { return s.uses.run(ctx, s.bucket) })},
		service.Named{Name: "release", Runner: service.RunnerFunc(s.followDesk)},
		service.Named{Name: "timers", Runner: service.RunnerFunc(s.followTimers)},
		service.Named{Name: "comparison", Runner: service.RunnerFunc(s.compareOften)},
		service.Named{Name: "lists", Runner: service.RunnerFunc(func(ctx context.Context) error { return s.lists.follow(ctx, s.Bus) })},
	)
}

// prepare makes what every service waits for.
func (s *Service) prepare(ctx context.Context) error {
	if err := s.Bus.Ensure(ctx, s.Office.LedgerNames()); err != nil {
		return err
	}
	bucket, err := s.Bus.Bucket(ctx, event.OfficeBucket)
	if err != nil {
		return err
	}
	s.bucket = bucket
	if s.media, err = s.Bus.Media(ctx); err != nil {
		return err
	}
	if s.sights, err = firstSights(ctx, bucket, s.Office.LedgerNames(), s.Now()); err != nil {
		return err
	}
	if s.config.AdminTokenFile == "" {
		return nil
	}
	if err := registerAdmin(ctx, bucket, s.config.AdminTokenFile, s.Now()); err != nil {
		return fmt.Errorf("CARILLON_ADMIN_TOKEN_FILE: %w", err)
	}
	return nil
}

func (s *Service) handler() http.Handler {
	options := append(jsonCodecs(), connect.WithReadMaxBytes(maxRequestBytes), connect.WithCompressMinBytes(compressFrom), connect.WithInterceptors(refuseUnknown()))
	path, api := carillonv1connect.NewStaffServiceHandler(s, options...)
	mux := http.NewServeMux()
	mux.Handle(path, api)
	s.handleMedia(mux)
	return s.authenticated(mux)
}
