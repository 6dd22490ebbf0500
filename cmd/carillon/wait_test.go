package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
)

// two are the deliveries of one post, as they are planned.
func two() []delivery {
	return []delivery{
		{Post: "water-day", Channel: "mastodon-demo", Language: "en", State: "waiting"},
		{Post: "water-day", Channel: "slack-demo", Language: "en", State: "waiting"},
	}
}

func delivered(channel string) delivery {
	return delivery{Post: "water-day", Channel: channel, Language: "en", State: "delivered", Settled: true}
}

func TestWaitingEndsWhenAllIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deliveries := two()
		w := &waiter{progress: silence{}, after: time.After, watch: func(ctx context.Context, _ string, each func(delivery)) error {
			each(delivered("mastodon-demo"))
			<-time.After(3 * time.Second)
			each(delivered("slack-demo"))
			<-ctx.Done()
			return ctx.Err()
		}}
		began := time.Now()
		if err := w.wait(t.Context(), deliveries, time.Minute); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it took %s, want 3s", took)
		}
		if err := verdict(deliveries, time.Minute); err != nil {
			t.Error(err)
		}
	})
}

func TestWaitingOpensABrokenStreamAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deliveries := two()
		calls := 0
		w := &waiter{progress: silence{}, after: time.After, watch: func(_ context.Context, _ string, each func(delivery)) error {
			calls++
			switch calls {
			case 1:
				return connect.NewError(connect.CodeUnavailable, errors.New("connection refused"))
			case 2:
				each(delivered("mastodon-demo"))
				return nil // the server stopped
			}
			each(delivered("mastodon-demo"))
			each(delivered("slack-demo"))
			return nil
		}}
		if err := w.wait(t.Context(), deliveries, time.Minute); err != nil {
			t.Fatal(err)
		}
		if calls != 3 || !settled(deliveries) {
			t.Errorf("%d calls, settled: %t", calls, settled(deliveries))
		}
	})
}

func TestWaitingEndsWithTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deliveries := two()
		w := &waiter{progress: silence{}, after: time.After, watch: func(ctx context.Context, _ string, each func(delivery)) error {
			each(delivered("mastodon-demo"))
			<-ctx.Done()
			return ctx.Err()
		}}
		if err := w.wait(t.Context(), deliveries, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		err := verdict(deliveries, 5*time.Second)
		want := "1 of 2 deliveries had not settled after 5s; 'carillon status' shows how they go on"
		if code, _ := explain(err); code != exitUnsettled || err.Error() != want {
			t.Errorf("exit code %d, %v", code, err)
		}
	})
}

func TestWaitingGivesUpOnAnErrorThatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &waiter{progress: silence{}, after: time.After, watch: func(context.Context, string, func(delivery)) error {
			return connect.NewError(connect.CodeUnauthenticated, errors.New("revoked"))
		}}
		if err := w.wait(t.Context(), two(), time.Minute); connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("got %v", err)
		}
	})
}

func TestLiveViewRewritesItsLinesInPlace(t *testing.T) {
	now := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	var b strings.Builder
	v := &liveView{w: &b, screen: screen{width: 40, height: 10}, now: func() time.Time { return now }, until: now.Add(time.Minute)}
	deliveries := two()

	v.begin(deliveries)
	want := "mastodon-demo  en  waiting\x1b[K\nslack-demo     en  waiting\x1b[K\n0 of 2 settled, 1m0s left\x1b[K\n\x1b[J"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("at the beginning (-want +got)\n%s", diff)
	}

	b.Reset()
	now = now.Add(2400 * time.Millisecond)
	deliveries[0] = delivered("mastodon-demo")
	deliveries[1].Reason = "the server is down for maintenance"
	v.changed(deliveries, 0)
	want = "\x1b[3A\rmastodon-demo  en  delivered\x1b[K\nslack-demo     en  waiting: the server…\x1b[K\n1 of 2 settled, 58s left\x1b[K\n\x1b[J"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("after a change (-want +got)\n%s", diff)
	}

	b.Reset()
	v.end()
	if diff := cmp.Diff("\x1b[3A\r\x1b[J", b.String()); diff != "" {
		t.Errorf("at the end (-want +got)\n%s", diff)
	}
}

func TestLiveViewFitsTheScreen(t *testing.T) {
	now := time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)
	v := &liveView{screen: screen{width: 80, height: 5}, now: func() time.Time { return now }, until: now.Add(time.Minute)}
	deliveries := make([]delivery, 0, 8)
	for i := range 8 {
		deliveries = append(deliveries, delivery{Channel: "channel-" + string(rune('a'+i)), Language: "en", State: "sending", Settled: i < 6})
	}
	want := []string{
		"channel-a  en  sending", // there is room for one that is settled
		"channel-g  en  sending",
		"channel-h  en  sending",
		"… and 5 more; 6 of 8 settled, 1m0s left",
	}
	if diff := cmp.Diff(want, v.lines(deliveries)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEveryStateSaysWhatPeopleHaveToKnow(t *testing.T) {
	until := time.Date(2026, time.March, 2, 9, 31, 0, 0, time.Local)
	tests := []struct {
		name string
		delivery
		want string
	}{
		{"delivered", delivery{State: "delivered", Revision: 2, Settled: true, Attempt: 3}, ""},
		{"delivered before the correction", delivery{State: "delivered", Revision: 1}, "revision 1; the last change is still to come"},
		{"rejected", delivery{State: "rejected", Settled: true, Reason: "too long", Attempt: 2}, "too long"},
		{"waiting", delivery{State: "waiting", Reason: "the server is down", Attempt: 2, Until: &until}, "the server is down; tried again at 09:31:00; attempt 2"},
		{"sending", delivery{State: "sending", Attempt: 1}, ""},
		{"skipped", delivery{State: "skipped", Settled: true, Reason: "deleted there"}, "deleted there"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.why(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestVerdictSaysWhatFailedAndWhatIsOpen(t *testing.T) {
	rejected := delivery{State: "rejected", Settled: true}
	uncertain := delivery{State: "uncertain", Settled: true}
	waiting := delivery{State: "waiting"}
	skipped := delivery{State: "skipped", Settled: true}
	tests := []struct {
		name       string
		deliveries []delivery
		want       string
	}{
		{"nothing to deliver", nil, ""},
		{"all delivered", []delivery{delivered("a")}, ""},
		{"skipped for a reason", []delivery{skipped}, ""},
		{"one rejected", []delivery{delivered("a"), rejected}, "1 of 2 deliveries failed"},
		{"one uncertain", []delivery{uncertain}, "1 of 1 delivery failed"},
		{"rejected and open", []delivery{rejected, waiting, waiting}, "1 of 3 deliveries failed, and 2 had not settled after 1m0s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := verdict(tt.deliveries, time.Minute); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
