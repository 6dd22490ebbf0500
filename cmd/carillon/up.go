package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/embedded"
	"carillon.example/pkg/service"
	"carillon.example/services/ingest"
)

// The files of a data folder that 'up' keeps besides those of the services.
const (
	runFile       = "run.json"
	tokenFile     = "admin-token"
	lockFile      = "lock"
	natsDir       = "nats"
	natsPassword  = "nats-password"
	natsUser      = "carillon"
	secretFileMod = 0o600
)

// runInfo is DATA_DIR/run.json: where the running process can be reached. It holds no secret.
type runInfo struct {
	Public  string `json:"public"`
	Staff   string `json:"staff"`
	Ops     string `json:"ops"`
	Sandbox string `json:"sandbox,omitempty"`
	NATS    string `json:"nats"`
}

func newUpCommand() *cobra.Command {
	withSandbox := false
	cmd := &cobra.Command{
		Use: "up", Short: "run everything in one process, with an embedded NATS server", Args: cobra.NoArgs, GroupID: groupServices,
		Long: `Run everything in one process, with an embedded NATS server.

Without a carillon.yaml this is the demonstration: a sandbox runs, three
channels point at it, and a new data folder begins with example posts.`,
		Example: "  carillon up\n  CARILLON_DATA_DIR=/srv/carillon CARILLON_CONFIG=/etc/carillon.yaml carillon up",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := newProcess(os.Stderr)
			if err != nil {
				return err
			}
			ctx, stop := service.UntilSignal(cmd.Context(), p.log)
			defer stop()
			unlock, err := lockDataDir(p.settings.path(lockFile))
			if err != nil {
				return err
			}
			defer unlock()
			return up(ctx, p, withSandbox, cmd)
		},
	}
	cmd.Flags().BoolVar(&withSandbox, "sandbox", false, "run the sandbox although there is a carillon.yaml")
	return cmd
}

// up builds the process from top to bottom and runs it.
func up(ctx context.Context, p *process, withSandbox bool, cmd *cobra.Command) error {
	configured, err := p.settings.configured()
	if err != nil {
		return err
	}
	if configured {
		if err := p.loadOffice(); err != nil {
			return err
		}
	}
	server, err := startEmbedded(ctx, p)
	if err != nil {
		return err
	}
	defer server.Stop()
	if withSandbox || !configured {
		if err := p.addSandbox(); err != nil {
			return err
		}
	}
	if !configured {
		if p.office, err = demoOffice(p.types, p.settings.PublicURL, p.sandbox.URL()); err != nil {
			return err
		}
	}
	token := p.settings.path(tokenFile)
	if err := ingest.EnsureAdminToken(token); err != nil {
		return fmt.Errorf("the first token: %w", err)
	}
	if err := p.addFeeds(); err != nil {
		return err
	}
	if p.office.Site.URL == "" { // the demonstration is where it listens
		p.office.Site.URL = p.feeds.URL()
	}
	for _, add := range []func() error{
		func() error { return p.addIngest(token) },
		func() error { return p.addDeliver(nil) },
		p.addRemind,
		p.addOps,
	} {
		if err := add(); err != nil {
			return err
		}
	}
	info := runInfo{Public: p.feeds.URL(), Staff: p.ingest.URL(), Ops: p.ops.URL(), NATS: server.URL()}
	if p.sandbox != nil {
		info.Sandbox = p.sandbox.URL()
	}
	path := p.settings.path(runFile)
	if err := writeRunInfo(path, info); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer func() { _ = os.Remove(path) }()
	p.add("greeting", service.RunnerFunc(func(ctx context.Context) error {
		return greet(ctx, p, info, token, !configured, cmd.OutOrStdout())
	}))
	return p.run(ctx)
}

// startEmbedded starts the server, to which the services connect.
func startEmbedded(ctx context.Context, p *process) (*embedded.Server, error) {
	password, err := keptSecret(p.settings.path(natsPassword))
	if err != nil {
		return nil, fmt.Errorf("the password of the embedded NATS server: %w", err)
	}
	sync, err := p.settings.sync()
	if err != nil {
		return nil, err
	}
	server, err := embedded.Start(embedded.Options{
		Dir: p.settings.path(natsDir), Sync: sync, User: natsUser, Password: password, Log: p.log.With("service", "nats"),
	})
	if err != nil {
		return nil, err
	}
	p.connect = func(name string) (*bus.Bus, error) {
		return bus.Connect(ctx, bus.Options{
			InProcess: server.InProcess(), User: natsUser, Password: password, Name: "carillon " + name, Log: p.log,
		})
	}
	return server, nil
}

// keptSecret reads a secret of the data folder, or makes it.
func keptSecret(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(b))) > 0 {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	secret := rand.Text()
	return secret, os.WriteFile(path, []byte(secret+"\n"), secretFileMod)
}

// writeRunInfo writes the file whole or not at all.
func writeRunInfo(path string, info runInfo) error {
	b, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(b, '\n'), secretFileMod); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lockDataDir makes sure that one process alone uses a data folder. The lock ends with the process, however it ends.
func lockDataDir(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, secretFileMod)
	if err != nil {
		return nil, fmt.Errorf("the data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another 'carillon up' is using %s: stop it, or set CARILLON_DATA_DIR to another folder", strings.TrimSuffix(path, "/"+lockFile))
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
