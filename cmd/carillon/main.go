package main

import (
	"context"
	"io"
	"os"
	"time"
	_ "time/tzdata" // zones are known on every machine
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run carries out one command line and returns its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	results := &results{w: stdout}
	a := &app{
		in: stdin, out: results, err: stderr,
		getenv: os.Getenv, now: time.Now, after: time.After,
		screen: screenOf(stdout, os.Getenv), live: screenOf(stderr, os.Getenv),
	}
	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		err = results.err
	}
	return a.report(err)
}

// app is what every command is given: where it prints, and the world outside.
type app struct {
	in  io.Reader
	out io.Writer // results
	err io.Writer // errors, advice and progress

	getenv func(string) string
	now    func() time.Time
	after  func(time.Duration) <-chan time.Time

	screen screen // of results
	live   screen // of progress
}

// results is standard output. It keeps the first error, so that a full disk or a closed pipe is not taken for success.
type results struct {
	w   io.Writer
	err error
}

func (r *results) Write(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.w.Write(b)
	if err != nil {
		r.err = &writeError{err}
	}
	return n, err
}
