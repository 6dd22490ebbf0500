package fault_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carillon.example/pkg/channel/fault"
)

// suffer makes a request whose client gives up after a while, and says whether the connection was ended without an answer.
func suffer(in *fault.Injector, next http.Handler, patience time.Duration) (*httptest.ResponseRecorder, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w, aborted := httptest.NewRecorder(), false
	func() {
		defer func() {
			err, _ := recover().(error)
			aborted = errors.Is(err, http.ErrAbortHandler)
		}()
		in.Wrap(next).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/ring", strings.NewReader("ding")))
	}()
	return w, aborted
}

func TestLateEffectComesAfterTheClientGaveUp(t *testing.T) {
	for name, tt := range map[string]struct {
		delayMS int
		want    time.Duration
	}{"by itself": {0, 40 * time.Second}, "as it is told": {2_000, 12 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b bell
				var in fault.Injector
				if err := in.Add(fault.Fault{Effect: fault.Late, DelayMS: tt.delayMS, Times: 1}); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				ended := make(chan bool)
				go func() {
					_, aborted := suffer(&in, &b, 10*time.Second)
					ended <- aborted
				}()
				<-time.After(tt.want - time.Millisecond)
				if b.rung.Load() != 0 || in.Pending() != 1 {
					t.Errorf("a moment before: rung %d times, %d pending", b.rung.Load(), in.Pending())
				}
				if !<-ended {
					t.Error("it was answered")
				}
				if took := time.Since(start); took != tt.want || b.rung.Load() != 1 || b.body.Load() != "ding" || in.Pending() != 0 {
					t.Errorf("after %s: rung %d times with %v, %d pending", took, b.rung.Load(), b.body.Load(), in.Pending())
				}
			})
		})
	}
}

func TestDripTakesItsTimeAndArrivesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bell
		var in fault.Injector
		if err := in.Add(fault.Fault{Effect: fault.Drip, DelayMS: 20_000}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		w, aborted := suffer(&in, &b, time.Hour)
		if took := time.Since(start); aborted || w.Body.String() != "rung" || took < 2*time.Second || took > 20*time.Second {
			t.Errorf("aborted %t, answer %q after %s", aborted, w.Body, took)
		}
		if w, _ := suffer(&in, &b, 1500*time.Millisecond); w.Body.Len() >= 4 || b.rung.Load() != 2 {
			t.Errorf("to a client that left: %q, rung %d times", w.Body, b.rung.Load())
		}
	})
}

func TestTruncatedAnswerIsAnErrorToTheClient(t *testing.T) {
	var b bell
	var in fault.Injector
	if err := in.Add(fault.Fault{Effect: fault.Truncate, Times: 1}); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(in.Wrap(&b))
	defer srv.Close()
	resp, err := srv.Client().Post(srv.URL, "text/plain", strings.NewReader("ding"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if body, err := io.ReadAll(resp.Body); err == nil || string(body) != "ru" || b.rung.Load() != 1 {
		t.Errorf("read %q and the error %v, rung %d times", body, err, b.rung.Load())
	}
}

func TestRateLimitSpeaksEveryForm(t *testing.T) {
	now := time.Now()
	for form, want := range map[fault.Limit]func(*httptest.ResponseRecorder) bool{
		fault.Seconds: func(w *httptest.ResponseRecorder) bool { return w.Header().Get("Retry-After") == "90" },
		fault.Date: func(w *httptest.ResponseRecorder) bool {
			at, err := http.ParseTime(w.Header().Get("Retry-After"))
			return err == nil && at.Sub(now) > 80*time.Second && at.Sub(now) < 100*time.Second
		},
		fault.Reset: func(w *httptest.ResponseRecorder) bool {
			at, err := time.Parse(time.RFC3339, w.Header().Get("X-RateLimit-Reset"))
			return err == nil && at.Sub(now) > 80*time.Second && at.Sub(now) < 100*time.Second && w.Header().Get("Retry-After") == ""
		},
		fault.None: func(w *httptest.ResponseRecorder) bool {
			return w.Header().Get("Retry-After")+w.Header().Get("X-RateLimit-Reset") == ""
		},
		fault.Word: func(w *httptest.ResponseRecorder) bool { return strings.Contains(w.Body.String(), "ratelimited") },
	} {
		var b bell
		var in fault.Injector
		if err := in.Add(fault.Fault{Effect: fault.RateLimit, Limit: form, DelayMS: 90_000}); err != nil {
			t.Fatal(err)
		}
		w, _ := suffer(&in, &b, time.Hour)
		status := http.StatusTooManyRequests
		if form == fault.Word {
			status = http.StatusOK
		}
		if w.Code != status || !want(w) || b.rung.Load() != 0 {
			t.Errorf("%s: answered %d with %v", form, w.Code, w.Header())
		}
	}
}

// What the fakes are asked from inside.
func TestServiceIsToldHowToBehave(t *testing.T) {
	right := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var in fault.Injector
	for _, f := range []fault.Fault{
		{Effect: fault.KeysIgnored, Times: 1},
		{Effect: fault.ReplayFails, Status: 502},
		{Effect: fault.HistoryLags, DelayMS: 30_000},
		{Effect: fault.ClockOff, SkewMS: -180_000},
		{Effect: fault.MediaStuck, Match: "GET /elsewhere"},
		{Effect: fault.DropAfter},
	} {
		if err := in.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	asked := false
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked = true
		if !fault.Acts(r, fault.KeysIgnored) || fault.Acts(r, fault.KeysIgnored) {
			t.Error("keys are not ignored once")
		}
		if status, failed := fault.Replayed(r); !failed || status != 502 {
			t.Errorf("a replay is answered with %d, %t", status, failed)
		}
		if fault.Acts(r, fault.MediaStuck) || fault.Acts(r, fault.EditsRefused) {
			t.Error("a fault of another request acts")
		}
		if now := fault.Now(r, right); now != right.Add(-3*time.Minute) {
			t.Errorf("the clock says %s", now)
		}
		if until := fault.Shown(r, right); until != right.Add(-30*time.Second) {
			t.Errorf("shown up to %s", until)
		}
	})
	w, aborted := suffer(&in, h, time.Hour)
	if date, err := http.ParseTime(w.Header().Get("Date")); err != nil || time.Until(date) > -2*time.Minute {
		t.Errorf("the answer's date is %q", w.Header().Get("Date"))
	}
	if !asked || !aborted {
		t.Error("a fault from inside kept another from happening")
	}
	plain := httptest.NewRequest(http.MethodGet, "/", nil)
	if _, failed := fault.Replayed(plain); failed || fault.Acts(plain, fault.DropAfter) || fault.Now(plain, right) != right || fault.Shown(plain, right).Before(right) {
		t.Error("a request without an injector misbehaves")
	}
}

func TestAwaitTellsWhenRequestsSuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var in fault.Injector
		<-in.Await(0)
		if err := in.Add(fault.Fault{Effect: fault.Late, DelayMS: 1000}); err != nil {
			t.Fatal(err)
		}
		var b bell
		arrived := in.Await(2)
		ended := make(chan struct{}, 2)
		for range 2 {
			go func() {
				suffer(&in, &b, time.Second)
				ended <- struct{}{}
			}()
		}
		<-arrived
		if b.rung.Load() != 0 {
			t.Error("it was rung at once")
		}
		<-in.Await(0)
		if b.rung.Load() != 2 {
			t.Errorf("rung %d times when nothing is pending", b.rung.Load())
		}
		<-ended
		<-ended
	})
}
