package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
)

// attempts are the posts that are due in one second while somebody decides otherwise; fewer where they cannot be scheduled
// in a moment, as with the race detector.
const attempts = 2000

// firesWithin is how late a timer may fire.
const firesWithin = 300 * time.Millisecond

// preparing is how long scheduling them may take.
const preparing = 5 * time.Second

// action is what somebody decides about a post at its time, and what came of it.
type action struct {
	slug string
	due  time.Time
	at   time.Time // when it is called
	kind string    // hold, move or correct
	wake string    // the subject of a wake-up at its time; empty: only the timer wakes

	acknowledged bool
	late         bool // the release was first
	err          error
}

const (
	planned   = "As planned"
	corrected = "Corrected"
)

// An editor who is told that the post is held, moved or corrected can rely on it, however close the release was. Posts are
// due half a millisecond apart while each is held, moved or corrected within 2 ms of its time. The server's timers fire up to
// 300 ms late, so every second post is also woken at its very time (a wake-up may come from anywhere), and a quarter of the
// decisions spread over the time in which the timers fire. Two replicas release.
func TestNoAcknowledgedDecisionIsOvertakenByARelease(t *testing.T) {
	server := bustest.NewServer(t)
	dir, second := t.TempDir(), t.TempDir()
	d := startDeskOn(t, server, dir)
	token, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(second, "token"), token, 0o600); err != nil {
		t.Fatal(err)
	}
	startDeskOn(t, server, second)

	d.StaffServiceClient = manyCalls(d)

	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	actions := scheduleAll(t, d, random)
	var acting sync.WaitGroup
	for i := range actions {
		acting.Go(func() { actions[i].act(t.Context(), d) })
		acting.Go(func() { actions[i].awaken(t.Context(), d) })
	}
	acting.Wait()

	before, after := 0, 0
	for i := range actions {
		d.checkAction(&actions[i])
		if actions[i].late {
			after++
		} else {
			before++
		}
	}
	t.Logf("%d posts: %d decisions came before the release, %d after it", len(actions), before, after)
	if before < len(actions)/100 || after < len(actions)/100 {
		t.Error("the decisions did not meet the releases: the test shows nothing")
	}
}

// manyCalls is a client that makes many calls at a time over one connection: thousands of handshakes would take the
// processor from the releases.
func manyCalls(d *desk) carillonv1connect.StaffServiceClient {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	d.t.Cleanup(transport.CloseIdleConnections)
	return carillonv1connect.NewStaffServiceClient(&http.Client{Transport: transport}, d.url,
		connect.WithInterceptors(header("Authorization", "Bearer "+d.token)))
}

// scheduleAll schedules the posts, all for one second that begins once they are there: for far away first, to learn how many
// can be scheduled and how long that takes.
func scheduleAll(t *testing.T, d *desk, random *rand.Rand) []action {
	t.Helper()
	slugs := make([]string, attempts)
	for i := range slugs {
		slugs[i] = fmt.Sprintf("post-%d", i)
	}
	began := time.Now()
	positions := scheduleEach(d, slugs, began.Add(preparing), func(int) time.Time { return began.Add(time.Hour) })
	n := 0
	for n < attempts && positions[n] > 0 {
		n++
	}
	start := time.Now().Add(2*time.Second + 2*time.Since(began)).Truncate(time.Second)
	actions := make([]action, n)
	for i := range actions {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(n))
		a := action{slug: slugs[i], due: due, kind: []string{"hold", "move", "correct"}[random.IntN(3)]}
		a.at = due.Add(time.Duration(random.Int64N(int64(4*time.Millisecond))) - 2*time.Millisecond)
		if i%4 == 3 {
			a.at = due.Add(time.Duration(random.Int64N(int64(firesWithin))))
		}
		actions[i] = a
	}
	for i, position := range scheduleEach(d, slugs[:n], start, func(i int) time.Time { return actions[i].due }) {
		if position == 0 {
			t.Fatal("scheduling took so long that the first was due before the last was there")
		}
		if i%2 == 1 {
			actions[i].wake = event.ReleaseQueueSubject(position)
		}
	}
	return actions
}

// scheduleEach schedules posts, eight at a time and in order, until a moment, and returns where they stand on the desk.
func scheduleEach(d *desk, slugs []string, until time.Time, due func(i int) time.Time) []uint64 {
	positions := make([]uint64, len(slugs))
	var scheduling sync.WaitGroup
	var next atomic.Int64
	for range 8 {
		scheduling.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(slugs) && time.Now().Before(until); i = int(next.Add(1)) - 1 {
				_, err := d.PublishPost(d.t.Context(), &carillonv1.PublishPostRequest{Post: post(slugs[i], edition("en", planned)), Release: at(due(i))})
				if err != nil {
					d.t.Error(err)
					continue
				}
				m, err := d.bus.Last(d.t.Context(), event.DeskSubject(slugs[i]))
				if err != nil {
					d.t.Error(err)
					continue
				}
				positions[i] = m.Sequence
			}
		})
	}
	scheduling.Wait()
	return positions
}

// awaken wakes whoever releases, at the time of the release.
func (a *action) awaken(ctx context.Context, d *desk) {
	if a.wake == "" || !until(ctx, a.due) {
		return
	}
	if err := d.bus.Wake(ctx, a.wake); err != nil {
		d.t.Error(err)
	}
}

// until waits for a moment; it returns false if the test ends before.
func until(ctx context.Context, moment time.Time) bool {
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// act decides at its moment.
func (a *action) act(ctx context.Context, d *desk) {
	if !until(ctx, a.at) {
		return
	}
	switch a.kind {
	case "hold":
		_, a.err = d.HoldPost(ctx, &carillonv1.HoldPostRequest{Slug: a.slug})
	case "move":
		_, a.err = d.ReschedulePost(ctx, &carillonv1.ReschedulePostRequest{Slug: a.slug, Release: at(a.due.Add(time.Hour))})
	case "correct":
		_, a.err = d.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: post(a.slug, edition("en", corrected))})
	}
	a.acknowledged = a.err == nil
}

// checkAction holds what was acknowledged against what the desk and the public have.
func (d *desk) checkAction(a *action) {
	d.t.Helper()
	history, err := d.bus.History(d.t.Context(), event.DeskSubject(a.slug))
	if err != nil {
		d.t.Fatal(err)
	}
	if !a.acknowledged {
		var answer *connect.Error
		if !errors.As(a.err, &answer) || !strings.Contains(answer.Message(), "the release won") {
			d.t.Errorf("%s (%s): %v", a.slug, a.kind, a.err)
		}
		if d.decisions(a.slug) != "scheduled scheduled released" {
			d.t.Errorf("%s (%s) came too late, and the desk has %s", a.slug, a.kind, d.decisions(a.slug))
		}
	}
	decided := false // what the action decided stands in the history
	for _, m := range history[2:] {
		decision, err := event.UnmarshalDecision(m.Data)
		if err != nil {
			d.t.Fatal(err)
		}
		byPerson := decision.By != ""
		switch {
		case decision.Kind == event.Released && decision.Time.Before(a.due):
			d.t.Errorf("%s was released %s before its time", a.slug, a.due.Sub(decision.Time))
		case decision.Kind == event.Released && decided && a.kind != "correct":
			d.t.Errorf("%s: the release overtook an acknowledged %s", a.slug, a.kind)
		case decision.Kind == event.Released && (decided || byPerson) && decision.Post.Editions[0].Title != corrected:
			d.t.Errorf("%s: %q was released after the correction was acknowledged", a.slug, decision.Post.Editions[0].Title)
		}
		a.late = a.late || decision.Kind == event.Released && !decided && !byPerson
		decided = decided || byPerson
	}
	if a.acknowledged != decided {
		d.t.Errorf("%s (%s): acknowledged is %v, and the desk says %v: %s", a.slug, a.kind, a.acknowledged, decided, d.decisions(a.slug))
	}
	d.checkPublic(a)
}

// checkPublic looks at everything the public was ever told about the post.
func (d *desk) checkPublic(a *action) {
	d.t.Helper()
	history, err := d.bus.History(d.t.Context(), event.DeskSubject(a.slug))
	if err != nil {
		d.t.Fatal(err)
	}
	var released []string
	var last uint64
	for _, m := range history {
		decision, err := event.UnmarshalDecision(m.Data)
		if err != nil {
			d.t.Fatal(err)
		}
		if decision.Kind == event.Released {
			released, last = append(released, decision.Post.Editions[0].Title), decision.Number
		}
	}
	if last > 0 {
		d.public(a.slug, last)
	}
	public, err := d.bus.History(d.t.Context(), event.PostsSubject(a.slug))
	if err != nil {
		d.t.Fatal(err)
	}
	var told []string
	for _, m := range public {
		p, err := event.UnmarshalPublicPost(m.Data)
		if err != nil {
			d.t.Fatal(err)
		}
		told = append(told, p.Post.Editions[0].Title)
	}
	if strings.Join(told, ", ") != strings.Join(released, ", ") {
		d.t.Errorf("%s: the public was told %q, decided was %q", a.slug, told, released)
	}
}
