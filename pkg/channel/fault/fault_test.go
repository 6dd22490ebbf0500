package fault_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carillon.example/pkg/channel/fault"
)

// bell counts how often it was rung, and with which body.
type bell struct {
	rung atomic.Int32
	body atomic.Value
}

func (b *bell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.body.Store(string(body))
	b.rung.Add(1)
	_, _ = io.WriteString(w, "rung")
}

func TestFaultsDoWhatTheySay(t *testing.T) {
	tests := []struct {
		name       string
		fault      fault.Fault
		wantStatus int // 0: the connection ends
		wantBody   string
		wantRung   int32
	}{
		{"drop before", fault.Fault{Match: "POST /ring", Effect: fault.DropBefore}, 0, "", 0},
		{"drop after", fault.Fault{Match: "POST /ring", Effect: fault.DropAfter}, 0, "", 1},
		{"status", fault.Fault{Match: "/ring", Effect: fault.Status, Status: 503, Body: "no"}, 503, "no", 0},
		{"status without a number", fault.Fault{Effect: fault.Status}, 500, "", 0},
		{"status after", fault.Fault{Match: "/ring", Effect: fault.StatusAfter, Status: 502, Body: "no"}, 502, "no", 1},
		{"delay", fault.Fault{Match: "/ri*", Effect: fault.Delay, DelayMS: 1}, 200, "rung", 1},
		{"other method", fault.Fault{Match: "GET /ring", Effect: fault.DropBefore}, 200, "rung", 1},
		{"other path", fault.Fault{Match: "/wring", Effect: fault.DropBefore}, 200, "rung", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bell
			var in fault.Injector
			if err := in.Add(tt.fault); err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(in.Wrap(&b))
			defer srv.Close()
			resp, err := srv.Client().Post(srv.URL+"/bells/ring", "text/plain", strings.NewReader("ding"))
			if tt.wantStatus == 0 {
				if err == nil {
					_ = resp.Body.Close()
					t.Fatalf("got status %d, want no answer", resp.StatusCode)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = resp.Body.Close() }()
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.wantStatus || string(body) != tt.wantBody {
					t.Errorf("got %d %q, want %d %q", resp.StatusCode, body, tt.wantStatus, tt.wantBody)
				}
			}
			if got := b.rung.Load(); got != tt.wantRung {
				t.Errorf("rung %d times, want %d", got, tt.wantRung)
			}
			if tt.wantRung > 0 && b.body.Load() != "ding" {
				t.Errorf("the handler read %q, want the whole body", b.body.Load())
			}
		})
	}
}

func TestFaultHappensAsOftenAsItSays(t *testing.T) {
	var b bell
	var in fault.Injector
	if err := in.Add(fault.Fault{Times: 2, Effect: fault.Status, Status: 503}); err != nil {
		t.Fatal(err)
	}
	h := in.Wrap(&b)
	var got []int
	for range 4 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ring", nil))
		got = append(got, w.Code)
	}
	if got[0] != 503 || got[1] != 503 || got[2] != 200 || got[3] != 200 {
		t.Errorf("got %v, want 503 twice and then 200", got)
	}
	if left := in.List(); len(left) != 0 {
		t.Errorf("%d faults are left, want none", len(left))
	}
}

func TestSlowServerDoesItAlthoughTheClientLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bell
		var in fault.Injector
		if err := in.Add(fault.Fault{Effect: fault.Delay, DelayMS: 30_000}); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ring", strings.NewReader("ding"))
		start := time.Now()
		in.Wrap(&b).ServeHTTP(httptest.NewRecorder(), r)
		if waited := time.Since(start); waited != 30*time.Second {
			t.Errorf("waited %s, want 30s", waited)
		}
		if b.rung.Load() != 1 {
			t.Error("the bell was not rung")
		}
	})
}

func TestControlEndpointListsAddsAndClears(t *testing.T) {
	var in fault.Injector
	call := func(method, contentType, body string) (int, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/faults", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		in.ServeHTTP(w, r)
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	steps := []struct {
		name, method, contentType, body string
		wantStatus                      int
		want                            string // part of the answer
	}{
		{"nothing at first", "GET", "", "", 200, "[]"},
		{"add", "POST", "application/json; charset=utf-8", `{"match":"/x","effect":"drop-after","times":3}`, 200, `"times":3`},
		{"a form is refused", "POST", "application/x-www-form-urlencoded", `{"effect":"delay"}`, 415, "Content-Type"},
		{"unknown effect", "POST", "application/json", `{"effect":"explode"}`, 400, `"explode" is none`},
		{"unknown field", "POST", "application/json", `{"effect":"delay","delay":3}`, 400, `unknown field "delay"`},
		{"negative times", "POST", "application/json", `{"effect":"delay","times":-1}`, 400, "times"},
		{"impossible status", "POST", "application/json", `{"effect":"status","status":99}`, 400, "99"},
		{"delay too long", "POST", "application/json", `{"effect":"delay","delay_ms":9999999}`, 400, "delay_ms"},
		{"still one", "GET", "", "", 200, `[{"match":"/x","times":3,"effect":"drop-after"}]`},
		{"clear", "DELETE", "", "", 200, "[]"},
		{"other method", "PATCH", "", "", 405, "GET lists"},
	}
	for _, s := range steps {
		code, body := call(s.method, s.contentType, s.body)
		if code != s.wantStatus || !strings.Contains(body, s.want) {
			t.Errorf("%s: got %d %s, want %d and %q", s.name, code, body, s.wantStatus, s.want)
		}
	}
}
