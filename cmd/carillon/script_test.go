package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"carillon.example/pkg/event"
	"carillon.example/services/sandbox"
)

var rewrite = flag.Bool("update", false, "write what the commands print now into the scripts")

// TestMain lets the scripts call the program that was just compiled by its name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"carillon": main})
}

// TestScripts runs what staff type, as in a manual. Besides testscript's own commands there are
//
//	exits CODE carillon …                      the command ends with this exit code
//	outcome CHANNEL LANGUAGE STATE [REASON]    how the deliveries of a channel end from now on
//	conflict                                   somebody else changes every post first
//	sandbox                                    a sandbox runs; CARILLON_SANDBOX_URL, and found/run.json, name it
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *rewrite,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			desk := newFakeDesk()
			env.Values[deskKey{}] = desk
			url := desk.start(deferring{env})
			env.Setenv("CARILLON_URL", url)
			env.Setenv("CARILLON_TOKEN", fakeToken)
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else every command of 'make test-race' takes a second to end
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    scriptExits,
			"outcome":  scriptOutcome,
			"conflict": scriptConflict,
			"sandbox":  scriptSandbox,
		},
	})
}

type deskKey struct{}

type deferring struct{ *testscript.Env }

func (d deferring) Cleanup(f func()) { d.Defer(f) }

func deskOf(ts *testscript.TestScript) *fakeDesk {
	desk, ok := ts.Value(deskKey{}).(*fakeDesk)
	if !ok {
		ts.Fatalf("there is no desk")
	}
	return desk
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		got = ended.ExitCode()
	case err != nil:
		ts.Fatalf("%s", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func scriptConflict(ts *testscript.TestScript, _ bool, _ []string) {
	desk := deskOf(ts)
	desk.mu.Lock()
	defer desk.mu.Unlock()
	desk.conflict = true
}

func scriptSandbox(ts *testscript.TestScript, _ bool, _ []string) {
	s, err := sandbox.New(sandbox.Config{Addr: "127.0.0.1:0", DataDir: ts.MkAbs("sandbox-data")}, slog.New(slog.DiscardHandler))
	ts.Check(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	ts.Defer(func() {
		stop()
		if err := <-ended; err != nil {
			ts.Fatalf("the sandbox ended with %s", err)
		}
	})
	ts.Setenv(sandboxURL, s.URL())
	ts.Check(os.MkdirAll(ts.MkAbs("found"), 0o700))
	ts.Check(writeRunInfo(ts.MkAbs("found/run.json"), runInfo{Sandbox: s.URL()}))
}

func scriptOutcome(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: outcome CHANNEL LANGUAGE STATE [REASON]")
	}
	ends := outcome{state: event.DeliveryState(args[2])}
	if len(args) > 3 {
		ends.reason = args[3]
	}
	desk := deskOf(ts)
	desk.mu.Lock()
	defer desk.mu.Unlock()
	desk.outcomes[fmt.Sprintf("%s %s", args[0], args[1])] = ends
}
