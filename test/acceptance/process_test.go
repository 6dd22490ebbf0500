package acceptance_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Every wait of these tests ends: a machine that is busy with other things may take this long.
const (
	patience = 40 * time.Second
	pause    = 10 * time.Millisecond
)

// process is a running program. It is ended when the test ends, and what it said is shown if the test has failed.
type process struct {
	name   string
	cmd    *exec.Cmd
	output *transcript // standard output
	log    *transcript // standard error
	ended  chan struct{}
}

// transcript is what a process has written so far.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// environment is what a process gets of ours, and what the test adds. No setting of the machine's own Carillon is in it.
func environment(added []string) []string {
	var env []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "SystemRoot", "GOCOVERDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, added...)
}

func start(t *testing.T, name, dir string, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{name: name, cmd: exec.Command(program, args...), output: &transcript{}, log: &transcript{}, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, environment(env)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.log
	endWithUs(p.cmd)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended stands in its state
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end(t, syscall.SIGKILL)
		if t.Failed() {
			t.Logf("%s (%s) said:\n%s%s", name, p.cmd.ProcessState, p.output, tail(p.log.String(), 120))
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

// end sends a signal, if the process still runs, and waits for the process' end. It returns the exit code; -1: killed.
func (p *process) end(t *testing.T, signal syscall.Signal) int {
	t.Helper()
	if p.running() {
		_ = p.cmd.Process.Signal(signal) // it may have ended meanwhile
	}
	return p.code(t)
}

// code waits for the process' end and returns its exit code.
func (p *process) code(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		t.Errorf("%s did not end within %s", p.name, patience)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// await asks again and again until the answer is "", and fails with the last answer if that takes too long.
func await(t *testing.T, what string, missing func() string) {
	t.Helper()
	if last := waited(patience, missing); last != "" {
		t.Fatalf("waited %s in vain: %s\n%s", patience, what, last)
	}
}

func waited(within time.Duration, missing func() string) string {
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

// awaitReady waits until a process says at its ops address that it does its work.
func awaitReady(t *testing.T, p *process, ops string) {
	t.Helper()
	await(t, p.name+" is ready", func() string {
		if !p.running() {
			t.Fatalf("%s ended before it was ready: %s", p.name, p.cmd.ProcessState)
		}
		a := ask(t, http.MethodGet, "http://"+ops+"/readyz", nil, nil)
		if a.status != http.StatusOK {
			return a.String()
		}
		return ""
	})
}

// freeAddress takes an address that nobody listens at. It is below the ports that systems hand out for connections, so that
// it is still free when a process that was killed starts again.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		l, err := net.Listen("tcp", addr)
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
