package bus

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"carillon.example/pkg/bus/embedded"
	"carillon.example/pkg/event"
)

// What a handler left in the queue may be lost with the server, so what it worked on meanwhile is not acknowledged.
func TestMessageIsHandledAgainAfterAReconnection(t *testing.T) {
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Sync: time.Minute, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b, err := Connect(ctx, Options{InProcess: s.InProcess(), Name: t.Name(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Ensure(ctx, []string{"chan"}); err != nil {
		t.Fatal(err)
	}
	if err := b.Wake(ctx, "queue.chan.post.a.en"); err != nil {
		t.Fatal(err)
	}
	back := b.Reconnected()
	times := 0
	_ = b.Work(ctx, event.QueueStream, QueueConsumer("chan"), func(context.Context, *Message) Outcome {
		times++
		if times > 1 {
			cancel()
			return Done
		}
		if err := b.nc.ForceReconnect(); err != nil {
			t.Error(err)
		}
		select {
		case <-back:
		case <-ctx.Done():
		}
		return Done
	})
	if times != 2 {
		t.Errorf("handled %d times, want 2", times)
	}
}
