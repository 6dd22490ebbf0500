package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"carillon.example/pkg/channel/fault"
	mastodon "carillon.example/pkg/channel/mastodon/fake"
	slack "carillon.example/pkg/channel/slack/fake"
	"carillon.example/pkg/service"
)

// writeTimeout is how long an answer may take to be taken. A fault that delays one gives it more.
const writeTimeout = 30 * time.Second

// Service is the running sandbox.
type Service struct {
	mastodon *mastodon.Server
	slack    *slack.Server
	faults   *fault.Injector
	http     *service.HTTP
	log      *slog.Logger
}

// New opens both instances on what they kept, and takes the address, so that it is known before Run. After New either Run
// or Close must be called.
func New(cfg Config, log *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Service{log: log}
	if err := s.open(filepath.Join(cfg.DataDir, "sandbox")); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	server, err := service.Listen(cfg.Addr, s.handler(), log)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.http = server
	return s, nil
}

func (s *Service) open(dir string) error {
	var err error
	s.mastodon, err = mastodon.Open(filepath.Join(dir, "mastodon"), mastodon.Options{
		Title:    instanceTitle,
		Accounts: []mastodon.Account{{Name: MastodonAccount, Display: officeName, Token: MastodonToken, Bot: true}},
	})
	if err != nil {
		return fmt.Errorf("open the sandbox's mastodon: %w", err)
	}
	s.faults = s.mastodon.Faults() // it applies them to itself; the same ones act on the other
	s.slack, err = slack.Open(filepath.Join(dir, "slack"), slack.Options{
		Token: SlackToken, Team: teamName, Bot: botName, Mount: "/slack",
		Channels: []slack.Channel{{ID: PressChannel, Name: pressName}, {ID: StaffChannel, Name: staffName}},
	})
	if err != nil {
		return fmt.Errorf("open the sandbox's slack: %w", err)
	}
	return nil
}

// Close closes the journals of a sandbox that does not run.
func (s *Service) Close() error {
	var errs []error
	if s.mastodon != nil {
		errs = append(errs, s.mastodon.Close())
	}
	if s.slack != nil {
		errs = append(errs, s.slack.Close())
	}
	return errors.Join(errs...)
}

// URL is where the sandbox is reached from this machine, without a slash at its end.
func (s *Service) URL() string { return s.http.URL() }

// Run serves until the context ends, and closes the journals.
func (s *Service) Run(ctx context.Context) error {
	s.log.Info("sandbox serves", "url", s.URL())
	return errors.Join(s.http.Run(ctx), s.Close())
}

// handler tells the instances' addresses and the pages apart.
func (s *Service) handler() http.Handler {
	slackServer := s.faults.Wrap(http.StripPrefix("/slack", s.slack))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.timelines)
	mux.HandleFunc("GET /style.css", style)
	mux.Handle("/faults", s.faults)
	mux.Handle("/slack/", slackServer)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// The instance's own pages for people are ours to show: an account, a status, a hashtag.
		if r.Method == http.MethodGet && (strings.HasPrefix(r.URL.Path, "/@") || strings.HasPrefix(r.URL.Path, "/tags/")) {
			s.statuses(w, r)
			return
		}
		s.mastodon.ServeHTTP(w, r)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // where there is none, there is no slow reader
		mux.ServeHTTP(w, r)
	})
}
