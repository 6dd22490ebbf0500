package acceptance_test

import (
	"os/exec"
	"testing"
	"time"

	running "carillon.example/test/process"
)

// commandLine is the program as staff use it: a folder and an environment in which it finds Carillon.
type commandLine struct {
	dir string
	env []string
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// start runs a command that the test does not wait for.
func (c *commandLine) start(t *testing.T, args ...string) *process {
	t.Helper()
	return start(t, "carillon "+args[0], c.dir, c.env, carillonProgram, args...)
}

// try runs a command, whatever its exit code.
func (c *commandLine) try(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr transcript
	cmd := exec.CommandContext(t.Context(), carillonProgram, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, running.Environment(c.env), &stdout, &stderr
	running.EndWithUs(cmd)
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("carillon %v: %v", args, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// do runs a command that has to succeed and returns its standard output.
func (c *commandLine) do(t *testing.T, args ...string) string {
	t.Helper()
	r := c.try(t, args...)
	if r.code != 0 {
		t.Fatalf("carillon %v: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// read runs a command that has to succeed and reads the JSON it prints.
func read[T any](t *testing.T, c *commandLine, args ...string) T {
	t.Helper()
	var v T
	decode(t, []byte(c.do(t, append(args, "--json")...)), &v)
	return v
}

// What the commands print, as far as these tests look at it.
type (
	published struct {
		Post       string
		Revision   int
		Changed    bool
		Links      map[string]string
		Deliveries []delivery
	}
	delivery struct {
		Post, Language, Channel, State, Link, Reason string
		Revision                                     int
		Settled                                      bool
	}
	shown struct {
		Post, State string
		Revision    int
		Editions    []shownEdition
	}
	shownEdition struct {
		ID, Language, Link string
		Revision           int
		Published, Updated time.Time
	}
)
