// Package bustest gives a test the real log: an embedded NATS server in a folder of the test's own, with every stream made.
// It refuses to be a double: nothing here pretends to be the server.
package bustest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/embedded"
)

// within is how long the server may take to answer while a test is being set up.
const within = 30 * time.Second

// Start runs a server until the test ends and returns a connection to it, with every stream and consumer made, and queues
// for the channels named.
func Start(t testing.TB, channels ...string) *bus.Bus {
	t.Helper()
	b := NewServer(t).Connect(t)
	Ensure(t, b, channels...)
	return b
}

// Ensure makes every stream and consumer.
func Ensure(t testing.TB, b *bus.Bus, channels ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := b.Ensure(ctx, channels); err != nil {
		t.Fatal(err)
	}
}

// Server is a server for tests that need several connections, or want to stop it themselves.
type Server struct{ *embedded.Server }

// NewServer runs an empty server until the test ends. It does not sync before it acknowledges: tests survive no power cut.
func NewServer(t testing.TB) *Server {
	t.Helper()
	return NewServerIn(t, t.TempDir())
}

// NewServerIn runs a server on a folder that may hold a log already, until the test ends.
func NewServerIn(t testing.TB, dir string) *Server {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: dir, Sync: time.Minute, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return &Server{s}
}

// Empty takes everything out of a stream, as a disk does that lost what was not synced.
func (s *Server) Empty(t testing.TB, stream string) {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(s.InProcess()))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Connect opens a connection of its own, until the test ends. It makes no streams.
func (s *Server) Connect(t testing.TB) *bus.Bus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	b, err := bus.Connect(ctx, bus.Options{InProcess: s.InProcess(), Name: t.Name(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}
