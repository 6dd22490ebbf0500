package bus_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/event"
)

// A server that is killed may have noted that a consumer handled a hint, and not that the hint was removed. It shows the
// hint again, and gives it to nobody.
func TestHintThatCameBackIsReplaced(t *testing.T) {
	const hint = "queue.chan.post.a.en"
	dir := t.TempDir()
	kept := filepath.Join(t.TempDir(), "msgs")
	messages := filepath.Join(dir, "jetstream", "$G", "streams", event.QueueStream, "msgs")

	s := bustest.NewServerIn(t, dir)
	b := s.Connect(t)
	bustest.Ensure(t, b, "chan")
	if err := b.WakeIfIdle(t.Context(), hint); err != nil {
		t.Fatal(err)
	}
	b.Close()
	s.Stop()
	if err := os.CopyFS(kept, os.DirFS(messages)); err != nil {
		t.Fatal(err)
	}

	s = bustest.NewServerIn(t, dir)
	b = s.Connect(t)
	takeOne(t, b, hint)
	gone := time.NewTimer(30 * time.Second)
	defer gone.Stop()
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		if _, err := b.Last(t.Context(), hint); errors.Is(err, bus.ErrNotFound) {
			tick.Stop()
			break
		}
		select {
		case <-tick.C:
		case <-gone.C:
			t.Fatal("the hint is not removed")
		}
	}
	b.Close()
	s.Stop()
	if err := os.RemoveAll(messages); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(messages, os.DirFS(kept)); err != nil {
		t.Fatal(err)
	}

	b = bustest.NewServerIn(t, dir).Connect(t)
	if _, err := b.Last(t.Context(), hint); err != nil {
		t.Fatalf("the hint did not come back: %v", err)
	}
	if err := b.WakeIfIdle(t.Context(), hint); err != nil {
		t.Fatal(err)
	}
	takeOne(t, b, hint)
}

// takeOne takes the next hint of a queue.
func takeOne(t *testing.T, b *bus.Bus, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got := ""
	_ = b.Work(ctx, event.QueueStream, bus.QueueConsumer("chan"), func(_ context.Context, m *bus.Message) bus.Outcome {
		got = m.Subject
		cancel()
		return bus.Done
	})
	if got != want {
		t.Fatalf("took %q, want %q", got, want)
	}
}
