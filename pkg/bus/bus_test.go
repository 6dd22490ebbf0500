package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/event"
)

func TestSecondWriterOfALockedSubjectIsTold(t *testing.T) {
	b := bustest.Start(t)
	ctx := t.Context()
	first, err := b.Publish(ctx, bus.Publication{Subject: "desk.a", Data: []byte("1"), ID: "one", Expect: bus.Expecting(0)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Publish(ctx, bus.Publication{Subject: "desk.a", Data: []byte("2"), ID: "two", Expect: bus.Expecting(0)})
	if !errors.Is(err, bus.ErrConflict) {
		t.Errorf("second claim: %v, want a conflict", err)
	}
	if _, err := b.Publish(ctx, bus.Publication{Subject: "desk.a", Data: []byte("2"), ID: "two", Expect: &first}); err != nil {
		t.Errorf("writing after what was read: %v", err)
	}
}

// A repetition of a publish whose answer was lost is told of a conflict by a server with one replica.
func TestRepeatedPublishIsItsOwnSuccess(t *testing.T) {
	b := bustest.Start(t)
	ctx := t.Context()
	p := bus.Publication{Subject: "desk.a", Data: []byte("1"), ID: "mine", Expect: bus.Expecting(0)}
	first, err := b.Publish(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else went on in the meantime.
	if _, err := b.Publish(ctx, bus.Publication{Subject: "desk.a", ID: "theirs", Expect: &first}); err != nil {
		t.Fatal(err)
	}
	again, err := b.Publish(ctx, p)
	if err != nil || again != first {
		t.Errorf("repeated: %d, %v; want %d", again, err, first)
	}
}

func TestOneOfManyWritersWinsEachTime(t *testing.T) {
	b := bustest.Start(t)
	ctx := t.Context()
	const writers, each = 8, 20
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for n := range each {
				id := fmt.Sprintf("%d-%d", w, n)
				for {
					expect := uint64(0)
					if m, err := b.Last(ctx, "desk.a"); err == nil {
						expect = m.Sequence
					}
					_, err := b.Publish(ctx, bus.Publication{Subject: "desk.a", Data: []byte(id), ID: id, Expect: &expect})
					if err == nil {
						break
					}
					if !errors.Is(err, bus.ErrConflict) {
						t.Errorf("publish: %v", err)
						return
					}
				}
			}
		})
	}
	group.Wait()
	history, err := b.History(ctx, "desk.a")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range history {
		seen[string(m.Data)] = true
	}
	if len(history) != writers*each || len(seen) != writers*each {
		t.Errorf("%d messages, %d different, want %d", len(history), len(seen), writers*each)
	}
}

func TestTimerNeverFiresEarly(t *testing.T) {
	b := bustest.Start(t, "press")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	due := map[string]time.Time{}
	for i := range 20 {
		item := event.Item{Channel: "press", Post: "p" + strconv.Itoa(i), Language: "en"}
		due[item.QueueSubject()] = time.Now().Add(time.Duration(100+37*i) * time.Millisecond)
		if err := b.WakeAt(ctx, item.QueueSubject(), due[item.QueueSubject()]); err != nil {
			t.Fatal(err)
		}
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	woken := 0
	err := b.Work(work, event.QueueStream, bus.QueueConsumer("press"), func(_ context.Context, m *bus.Message) bus.Outcome {
		if early := time.Until(due[m.Subject]); early > 0 {
			t.Errorf("%s woke %s early", m.Subject, early)
		}
		if woken++; woken == len(due) {
			stop()
		}
		return bus.Done
	})
	if woken != len(due) {
		t.Errorf("%d of %d timers fired: %v", woken, len(due), err)
	}
}

func TestPuttingBackHoldsOnlyItsOwnQueue(t *testing.T) {
	b := bustest.Start(t, "slow", "quick")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, channel := range []string{"slow", "quick"} {
		for i := range 3 {
			item := event.Item{Channel: channel, Post: "p" + strconv.Itoa(i), Language: "en"}
			if err := b.Wake(ctx, item.QueueSubject()); err != nil {
				t.Fatal(err)
			}
		}
	}
	var group sync.WaitGroup
	quickDone := make(chan struct{})
	var slow, quick []string
	group.Go(func() {
		work, stop := context.WithCancel(ctx)
		defer stop()
		held := false
		_ = b.Work(work, event.QueueStream, bus.QueueConsumer("slow"), func(_ context.Context, m *bus.Message) bus.Outcome {
			if !held { // the first comes back only after the other channel has done all it had to
				held = true
				<-quickDone
				return bus.Again(50 * time.Millisecond)
			}
			if slow = append(slow, m.Subject); len(slow) == 3 {
				stop()
			}
			return bus.Done
		})
	})
	group.Go(func() {
		work, stop := context.WithCancel(ctx)
		defer stop()
		_ = b.Work(work, event.QueueStream, bus.QueueConsumer("quick"), func(_ context.Context, m *bus.Message) bus.Outcome {
			if quick = append(quick, m.Subject); len(quick) == 3 {
				close(quickDone)
				stop()
			}
			return bus.Done
		})
	})
	group.Wait()
	for i, got := range [][]string{slow, quick} {
		for n, subject := range got {
			if want := fmt.Sprintf("queue.%s.post.p%d.en", []string{"slow", "quick"}[i], n); subject != want {
				t.Errorf("position %d: %s, want %s", n, subject, want)
			}
		}
	}
}

func TestSnapshotOfAnEmptyStreamReturns(t *testing.T) {
	b := bustest.Start(t)
	err := b.Snapshot(t.Context(), event.PostsStream, nil, true, func([]*bus.Message) error {
		t.Error("there is nothing to see")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSnapshotSeesTheLastOfEachSubject(t *testing.T) {
	b := bustest.Start(t)
	ctx := t.Context()
	for i := range 1200 { // more than one request for last messages may ask for
		for range 2 {
			if _, err := b.Publish(ctx, bus.Publication{Subject: "posts.p" + strconv.Itoa(i), Data: []byte(strconv.Itoa(i))}); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[string]int{}
	err := b.Snapshot(ctx, event.PostsStream, nil, false, func(batch []*bus.Message) error {
		for _, m := range batch {
			seen[m.Subject]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1200 {
		t.Errorf("saw %d subjects, want 1200", len(seen))
	}
	for subject, n := range seen {
		if n != 1 {
			t.Fatalf("saw %s %d times", subject, n)
		}
	}
}

func TestLastOfEachReadsWhatBelongsToOnePost(t *testing.T) {
	b := bustest.Start(t)
	ctx := t.Context()
	none, err := b.LastOfEach(ctx, event.DeliveriesStream, event.PostLedgerFilter("a"))
	if err != nil || len(none) != 0 {
		t.Fatalf("an empty ledger: %v, %v", none, err)
	}
	for _, subject := range []string{"deliveries.x.post.a.en", "deliveries.x.post.a.en", "deliveries.y.post.a.ru", "deliveries.x.post.b.en", "deliveries.x.condition"} {
		if _, err := b.Publish(ctx, bus.Publication{Subject: subject}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.LastOfEach(ctx, event.DeliveriesStream, event.PostLedgerFilter("a"))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Sequence != 2 || all[1].Sequence != 3 {
		t.Errorf("got %d messages: %+v", len(all), all)
	}
}

func TestEnsureTwiceChangesNothing(t *testing.T) {
	b := bustest.Start(t, "press")
	ctx := t.Context()
	if _, err := b.Publish(ctx, bus.Publication{Subject: "desk.a", ID: "1", Expect: bus.Expecting(0)}); err != nil {
		t.Fatal(err)
	}
	bustest.Ensure(t, b, "press", "second")
	if _, err := b.Last(ctx, "desk.a"); err != nil {
		t.Error(err)
	}
}

// A slug may be a headline that nobody is to read yet: errors end in logs.
func TestErrorsNameNoSlugOfTheDesk(t *testing.T) {
	server := bustest.NewServer(t)
	b := server.Connect(t)
	server.Stop()
	const slug = "secret-headline"
	subject := event.DeskSubject(slug)
	for name, call := range map[string]func(context.Context) error{
		"publish": func(ctx context.Context) error {
			_, err := b.Publish(ctx, bus.Publication{Subject: subject, ID: "1", Expect: bus.Expecting(0)})
			return err
		},
		"last": func(ctx context.Context) error {
			_, err := b.Last(ctx, subject)
			return err
		},
		"history": func(ctx context.Context) error {
			_, err := b.History(ctx, subject)
			return err
		},
		"follow": func(ctx context.Context) error {
			return b.Follow(ctx, bus.Following{Stream: event.DeskStream, Filters: []string{subject}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
			defer cancel()
			err := call(ctx)
			if err == nil || strings.Contains(err.Error(), slug) {
				t.Errorf("error: %v", err)
			}
		})
	}
}

// However many steps a delivery takes, and however many others there are, the last one stays: it is the state.
func TestLastStepOfEveryDeliveryIsKept(t *testing.T) {
	b := bustest.Start(t)
	ctx := t.Context()
	const steps = 300
	busy := event.Item{Channel: "toots", Post: "busy", Language: "en"}.LedgerSubject()
	quiet := event.Item{Channel: "toots", Post: "quiet", Language: "en"}.LedgerSubject()
	if _, err := b.Publish(ctx, bus.Publication{Subject: quiet, Data: []byte("only")}); err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for i := range steps {
		var err error
		if last, err = b.Publish(ctx, bus.Publication{Subject: busy, Data: []byte(strconv.Itoa(i)), ID: fmt.Sprintf("step-%d", i), Expect: bus.Expecting(last)}); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	for subject, want := range map[string]string{quiet: "only", busy: strconv.Itoa(steps - 1)} {
		m, err := b.Last(ctx, subject)
		if err != nil || string(m.Data) != want {
			t.Errorf("%s: %v, %v; want %q", subject, m, err, want)
		}
	}
	history, err := b.History(ctx, busy)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(history); n >= steps || n < 100 {
		t.Errorf("%d steps are kept", n)
	}
}
