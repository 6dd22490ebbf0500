package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"connectrpc.com/connect"

	"carillon.example/proto/carillon/v1/carillonv1connect"
)

// startWithin is how long a process may take to be ready.
const startWithin = time.Minute

// office is a running Carillon.
type office struct {
	dir   string
	cmd   *exec.Cmd
	log   bytes.Buffer
	began time.Time
	ready time.Time
	run   struct{ Public, Staff, Ops, Sandbox, NATS string }
	http  *http.Client
	api   carillonv1connect.StaffServiceClient
}

// startOffice runs 'carillon up' in an empty folder. Without a configuration it is the demonstration.
func startOffice(ctx context.Context, binary, config, sync string, env ...string) (*office, error) {
	dir, err := os.MkdirTemp("", "carillon-bench-")
	if err != nil {
		return nil, err
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return nil, err
	}
	o := &office{dir: dir, http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if config != "" {
		if err := os.WriteFile(filepath.Join(dir, "carillon.yaml"), []byte(config), 0o600); err != nil {
			return nil, err
		}
	}
	ops, err := freeAddress()
	if err != nil {
		return nil, err
	}
	o.cmd = exec.CommandContext(ctx, binary, "up")
	o.cmd.Dir = dir
	o.cmd.Env = append(os.Environ(), "CARILLON_DATA_DIR="+dir+"/data", "CARILLON_NATS_SYNC="+sync, "CARILLON_LOG_LEVEL=warn",
		"CARILLON_PUBLIC_ADDR=127.0.0.1:0", "CARILLON_STAFF_ADDR=127.0.0.1:0", "CARILLON_OPS_ADDR="+ops, "CARILLON_SANDBOX_ADDR=127.0.0.1:0")
	o.cmd.Env = append(o.cmd.Env, env...)
	o.cmd.Stderr = &o.log
	o.cmd.Cancel = func() error { return o.cmd.Process.Signal(syscall.SIGINT) }
	o.began = time.Now()
	if err := o.cmd.Start(); err != nil {
		return nil, err
	}
	if err := o.awaitReady(ctx, "http://"+ops+"/readyz"); err != nil {
		o.stop()
		return nil, fmt.Errorf("%w; it said: %s", err, o.log.String())
	}
	return o, o.discover()
}

func (o *office) awaitReady(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		resp, err := o.http.Do(req)
		if err != nil {
			continue // not listening yet: a refused connection on loopback costs nothing
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			o.ready = time.Now()
			return nil
		}
	}
	return errors.New("it was never ready")
}

func (o *office) discover() error {
	b, err := os.ReadFile(filepath.Join(o.dir, "data", "run.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &o.run); err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(o.dir, "data", "admin-token"))
	if err != nil {
		return err
	}
	o.api = carillonv1connect.NewStaffServiceClient(o.http, o.run.Staff, connect.WithInterceptors(bearer(strings.TrimSpace(string(token)))))
	return nil
}

func bearer(token string) connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			req.Header().Set("Authorization", "Bearer "+token)
			return next(ctx, req)
		}
	}
}

// stop ends the process and removes its folder.
func (o *office) stop() {
	_ = o.cmd.Process.Signal(syscall.SIGINT)
	_ = o.cmd.Wait()
	_ = os.RemoveAll(o.dir)
}

// residentMB is the process's memory, in MB.
func (o *office) residentMB() (float64, error) { return o.memoryMB("VmRSS") }

// memoryMB is one of the kernel's figures about the process, in MB.
func (o *office) memoryMB(name string) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		var kb float64
		if _, err := fmt.Sscanf(line, name+": %f kB", &kb); err == nil {
			return kb / 1024, nil
		}
	}
	return 0, errors.New("no " + name)
}
