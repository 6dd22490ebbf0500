package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"connectrpc.com/connect"

	"carillon.example/pkg/bus/embedded"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
)

const (
	failovers      = 7
	failoverCall   = 20 * time.Millisecond // how long a call takes
	failoverQueued = 40                    // posts that wait when the owner is killed
	failoverToken  = "bench-token-of-twenty-characters"
)

// apart is Carillon in processes of its own, on a server in this one.
type apart struct {
	dir, binary, staff string
	env                []string
	running            map[string]*replica
	api                carillonv1connect.StaffServiceClient
}

// replica is one process.
type replica struct {
	cmd  *exec.Cmd
	log  bytes.Buffer
	at   string // the address of the channel as this process knows it: it tells who calls
	args []string
}

// failover kills the owner of a channel in the middle of a call, with others waiting in the queue, and measures how long it
// takes until the other replica makes the next call.
func failover(ctx context.Context, binary string, r *report) error {
	dir, err := os.MkdirTemp("", "carillon-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server, err := embedded.Start(embedded.Options{Dir: filepath.Join(dir, "nats"), User: "bench", Password: "bench", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer server.Stop()
	remote := newInstant()
	defer remote.close()
	remote.takes = failoverCall
	a := &apart{dir: dir, running: map[string]*replica{}}
	defer a.stop()
	if err := a.start(ctx, binary, strings.Replace(server.URL(), "://", "://bench:bench@", 1), remote); err != nil {
		return err
	}
	var times []float64
	posts := 0
	for range failovers {
		took, err := a.failOver(ctx, remote, &posts)
		if err != nil {
			return err
		}
		times = append(times, took.Seconds())
	}
	r.add("failover_s", median(times), "s")
	r.add("failover_max_s", percentile(times, 1), "s")
	return nil
}

func (a *apart) start(ctx context.Context, binary, server string, remote *instant) error {
	var err error
	if a.binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	if a.staff, err = freeAddress(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(a.dir, "token"), []byte(failoverToken), 0o600); err != nil {
		return err
	}
	a.env = append(os.Environ(), "CARILLON_NATS_URL="+server, "CARILLON_STAFF_ADDR="+a.staff, "CARILLON_ADMIN_TOKEN_FILE=token",
		"CARILLON_LOG_LEVEL=warn", "CARILLON_OPS_ADDR=127.0.0.1:0", "CARILLON_PAGE_TIMEOUT=0")
	for name, command := range map[string]string{"ingest": "ingest", "deliver-1": "deliver", "deliver-2": "deliver"} {
		address, err := remote.listen()
		if err != nil {
			return err
		}
		config := fmt.Sprintf("site: {title: {en: Office}, url: http://localhost, languages: [en, ru], timezone: Asia/Almaty}\nchannels:\n  - {name: bench, type: mastodon, server: %s, token: bench, languages: [en]}\n", address)
		if err := os.WriteFile(filepath.Join(a.dir, name+".yaml"), []byte(config), 0o600); err != nil {
			return err
		}
		a.running[name] = &replica{at: strings.TrimPrefix(address, "http://"), args: []string{command}}
		if err := a.run(ctx, name); err != nil {
			return err
		}
	}
	a.api = carillonv1connect.NewStaffServiceClient(&http.Client{Timeout: 10 * time.Second}, "http://"+a.staff, connect.WithInterceptors(bearer(failoverToken)))
	return a.awaitAPI(ctx)
}

// run starts a process anew.
func (a *apart) run(ctx context.Context, name string) error {
	p := a.running[name]
	p.cmd = exec.CommandContext(ctx, a.binary, p.args...)
	p.cmd.Dir, p.cmd.Stderr = a.dir, &p.log
	p.cmd.Env = append(a.env, "CARILLON_CONFIG="+name+".yaml", "CARILLON_DATA_DIR="+filepath.Join(a.dir, name))
	return p.cmd.Start()
}

func (a *apart) awaitAPI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for ctx.Err() == nil {
		if _, err := a.api.ListTokens(ctx, &carillonv1.ListTokensRequest{}); err == nil {
			return nil
		}
		rest(ctx, 10*time.Millisecond)
	}
	return errors.New("ingest was never ready; it said: " + a.running["ingest"].log.String())
}

func (a *apart) stop() {
	for _, p := range a.running {
		if p.cmd != nil && p.cmd.Process != nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	}
}

// failOver fills the queue, kills whoever is in the middle of a call, and waits for the next call.
func (a *apart) failOver(ctx context.Context, remote *instant, posts *int) (time.Duration, error) {
	before, err := remote.after(ctx, -1, arriveIn)
	if err != nil {
		return 0, err
	}
	for range failoverQueued {
		*posts++
		post := &carillonv1.PublishPostRequest{Post: samplePost(fmt.Sprintf("failover-%d", *posts))}
		if _, err := a.api.PublishPost(ctx, post); err != nil {
			return 0, err
		}
	}
	calls, err := remote.after(ctx, len(before), arriveIn)
	if err != nil {
		return 0, err
	}
	for name, p := range a.running {
		if p.at != calls[len(calls)-1].to {
			continue
		}
		if err := p.cmd.Process.Kill(); err != nil {
			return 0, err
		}
		killed := time.Now()
		_ = p.cmd.Wait() // it was killed
		for n := len(calls); ; n++ {
			if calls, err = remote.after(ctx, n, time.Minute); err != nil {
				return 0, err
			}
			if next := calls[n]; next.at.After(killed) {
				if err := a.run(ctx, name); err != nil {
					return 0, err
				}
				// The rest of the queue, and what the dead one left in doubt, is not waited for.
				return next.at.Sub(killed), nil
			}
		}
	}
	return 0, fmt.Errorf("nobody known calls %s", calls[len(calls)-1].to)
}
