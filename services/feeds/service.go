package feeds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/projection"
	"carillon.example/pkg/service"
)

// Deps are what the service is given.
type Deps struct {
	Bus     *bus.Bus
	Office  *office.Office
	Log     *slog.Logger
	Metrics prometheus.Registerer
	Health  *service.Health
	Now     func() time.Time
}

// Service is the public site.
type Service struct {
	Deps
	site       office.Site
	prefix     string // the path of the site's address; usually none
	projection *projection.Projection
	shelf      *shelf
	pages      *pages
	cache      *cache
	files      map[string]*document
	metrics    *metrics
	http       *service.HTTP
}

// New opens the projection and takes the address, so that it is known before Run.
func New(config Config, deps Deps) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	s := &Service{Deps: deps, site: deps.Office.Site, files: files()}
	if s.site.Zone == nil {
		s.site.Zone = time.UTC
	}
	p, err := projection.Open(filepath.Join(config.DataDir, "feeds.db"), schema(s.site.Zone), deps.Log)
	if err != nil {
		return nil, err
	}
	s.projection = p
	if s.cache, err = openCache(filepath.Join(config.DataDir, mediaFolder), config.MediaCacheMB<<20, s.openMedia); err != nil {
		p.Close()
		return nil, err
	}
	s.metrics = newMetrics(deps.Metrics, p)
	s.shelf = newShelf(p.Generation)
	if err := s.open(config); err != nil {
		p.Close()
		return nil, err
	}
	deps.Health.Add("feeds", s.readiness)
	return s, nil
}

// open takes the address and prepares the pages, which name it.
func (s *Service) open(config Config) (err error) {
	if s.http, err = service.Listen(config.Addr, s, s.Log); err != nil {
		return err
	}
	s.site.URL = config.siteURL(s.site.URL, s.http.URL())
	u, err := url.Parse(s.site.URL)
	if err != nil {
		return fmt.Errorf("the address of the site: %w", err)
	}
	s.prefix = u.EscapedPath()
	s.pages, err = newPages(s.site, s.prefix)
	return err
}

// openMedia reads a file from the log.
func (s *Service) openMedia(ctx context.Context, hash string) (io.ReadCloser, int64, error) {
	opening, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	store, err := s.Bus.Media(opening)
	if err != nil {
		return nil, 0, err
	}
	return store.Open(ctx, hash)
}

// openWithin is how long the log's store of files may take to answer; whoever asks is told to come back.
const openWithin = 5 * time.Second

// URL is where the site can be reached from this machine.
func (s *Service) URL() string { return s.http.URL() }

// readiness says what is missing until the site shows the log. A log that goes away later does not make what is served
// wrong.
func (s *Service) readiness() error {
	if p := s.projection.Progress(event.PostsStream); !p.CaughtUp {
		return fmt.Errorf("is reading the log, %d messages to go", p.Behind)
	}
	return nil
}

// Run serves until the context ends. Until the projection has caught up with the log, all that is asked for is answered
// 'unavailable, come back soon'.
func (s *Service) Run(ctx context.Context) error {
	defer s.projection.Close()
	err := service.Run(
		ctx,
		service.Named{Name: "public site", Runner: s.http},
		service.Named{Name: "projection", Runner: service.RunnerFunc(func(ctx context.Context) error {
			return s.projection.Follow(ctx, s.Bus, event.PostsStream, s.apply)
		})},
	)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// inSiteOrder sorts editions by the site's languages; those that it no longer has stand at the end.
func (s *Service) inSiteOrder(editions []shown) {
	rank := func(language string) int {
		if i := slices.Index(s.site.Languages, language); i >= 0 {
			return i
		}
		return len(s.site.Languages)
	}
	slices.SortStableFunc(editions, func(a, b shown) int {
		if d := rank(a.Edition.Language) - rank(b.Edition.Language); d != 0 {
			return d
		}
		return strings.Compare(a.Edition.Language, b.Edition.Language)
	})
}
