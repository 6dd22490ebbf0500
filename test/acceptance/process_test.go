package acceptance_test

import (
	"syscall"
	"testing"

	running "carillon.example/test/process"
)

// patience is how long these tests wait at the most.
const patience = running.Patience

// process is a running program.
type process struct {
	*running.Process
	output, log *transcript // standard output and error
}

// transcript is what a process has written so far.
type transcript = running.Transcript

func start(t *testing.T, name, dir string, env []string, program string, args ...string) *process {
	t.Helper()
	p := running.Start(t, name, dir, env, program, args...)
	return &process{p, p.Output, p.Log}
}

func (p *process) end(t *testing.T, signal syscall.Signal) int {
	t.Helper()
	return p.End(t, signal)
}

func (p *process) code(t *testing.T) int {
	t.Helper()
	return p.Code(t)
}

func (p *process) running() bool { return p.Running() }

func await(t *testing.T, what string, missing func() string) {
	t.Helper()
	running.Await(t, what, missing)
}

func awaitReady(t *testing.T, p *process, ops string) {
	t.Helper()
	running.AwaitReady(t, p.Process, ops)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	return running.FreeAddress(t)
}
