package process

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carillon.example/test/reader"
)

// Every wait of these tests ends: a machine that is busy with other things may take this long.
const (
	Patience = 40 * time.Second
	pause    = 10 * time.Millisecond
)

// Programs are where the programs under test are.
type Programs struct{ Carillon, NATS string }

// Build builds both programs into a folder as they are released: without cgo. The server's version is the one that go.mod
// pins.
func Build(dir string) (Programs, error) {
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", dir+string(filepath.Separator), "carillon.example/cmd/carillon", "github.com/nats-io/nats-server/v2")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return Programs{}, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return Programs{filepath.Join(dir, "carillon"), filepath.Join(dir, "nats-server")}, nil
}

// Process is a running program. It is ended when the test ends, and what it said is shown if the test has failed.
type Process struct {
	Name   string
	Output *Transcript // standard output
	Log    *Transcript // standard error

	cmd       *exec.Cmd
	ended     chan struct{}
	forgotten bool
}

// Transcript is what a process has written so far.
type Transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *Transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *Transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// Environment is what a process gets of ours, and what the test adds. No setting of the machine's own Carillon is in it.
func Environment(added []string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SystemRoot", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, added...)
}

// Start runs a program in a folder.
func Start(t testing.TB, name, dir string, env []string, program string, args ...string) *Process {
	t.Helper()
	p := &Process{
		Name: name, Output: &Transcript{}, Log: &Transcript{}, ended: make(chan struct{}),
		cmd: exec.CommandContext(context.WithoutCancel(t.Context()), program, args...),
	}
	p.cmd.Dir, p.cmd.Env = dir, Environment(env)
	p.cmd.Stdout, p.cmd.Stderr = p.Output, p.Log
	EndWithUs(p.cmd)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended stands in its state
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.End(t, syscall.SIGKILL)
		if t.Failed() && !p.forgotten {
			t.Logf("%s (%s) said:\n%s%s", name, p.cmd.ProcessState, p.Output, tail(p.Log.String(), 120))
		}
	})
	return p
}

// tail is the last lines of a text.
func tail(s string, lines int) string {
	all := strings.SplitAfter(s, "\n")
	if len(all) <= lines {
		return s
	}
	return "[…]\n" + strings.Join(all[len(all)-lines:], "")
}

// Signal sends a signal, if the process still runs.
func (p *Process) Signal(signal syscall.Signal) {
	if p.Running() {
		_ = p.cmd.Process.Signal(signal) // it may have ended meanwhile
	}
}

// End sends a signal, if the process still runs, and waits for the process' end. It returns the exit code; -1: killed.
func (p *Process) End(t testing.TB, signal syscall.Signal) int {
	t.Helper()
	p.Signal(signal)
	return p.Code(t)
}

// Code waits for the process' end and returns its exit code.
func (p *Process) Code(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(Patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		t.Errorf("%s did not end within %s", p.Name, Patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Forget waits for the process' end; what it said will not be shown.
func (p *Process) Forget(t testing.TB) {
	t.Helper()
	p.forgotten = true
	p.Code(t)
}

// State is how the process ended; it is asked after its end.
func (p *Process) State() *os.ProcessState { return p.cmd.ProcessState }

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Await asks again and again until the answer is "", and fails with the last answer if that takes too long.
func Await(t testing.TB, what string, missing func() string) {
	t.Helper()
	if last := Waited(Patience, missing); last != "" {
		t.Fatalf("waited %s in vain: %s\n%s", Patience, what, last)
	}
}

// Waited asks again and again until the answer is "", and returns the last answer if that takes too long.
func Waited(within time.Duration, missing func() string) string {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		last := missing()
		if last == "" {
			return ""
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return last
		}
	}
}

// AwaitReady waits until a process says at its ops address (host:port) that it does its work.
func AwaitReady(t testing.TB, p *Process, ops string) {
	t.Helper()
	Await(t, p.Name+" is ready", func() string {
		if !p.Running() {
			t.Fatalf("%s ended before it was ready: %s", p.Name, p.cmd.ProcessState)
		}
		a := reader.Ask(t, http.MethodGet, "http://"+ops+"/readyz", nil, nil)
		if a.Status != http.StatusOK {
			return a.String()
		}
		return ""
	})
}

// FreeAddress takes an address that nobody listens at. It is below the ports that systems hand out for connections, so that
// it is still free when a process that was killed starts again.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	t.Fatal("there is no free port from 10000 to 30000")
	return ""
}
