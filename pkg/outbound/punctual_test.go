package outbound_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carillon.example/pkg/outbound"
)

// overslept is the context of a process that was stopped beyond its deadline and has just gone on: no timer has been
// noticed yet, so nothing says that the context has ended.
type overslept struct{ context.Context }

func (overslept) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

func TestNothingIsWrittenAfterTheDeadline(t *testing.T) {
	var came atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	defer s.Close()
	c := forServer(s, outbound.Options{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		req, err := http.NewRequestWithContext(overslept{t.Context()}, method, s.URL, strings.NewReader("words"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := send(t, c, req); !errors.Is(err, outbound.ErrLate) {
			t.Errorf("%s: got %v, want ErrLate", method, err)
		}
	}
	if n := came.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// slowly is a body that takes its time.
type slowly struct{ until <-chan time.Time }

func (s slowly) Read([]byte) (int, error) {
	<-s.until
	return 0, io.EOF
}

// A request that was begun in time and not finished is not carried out by anybody: its end is missing.
func TestRequestThatIsNotFinishedInTimeHasNoEnd(t *testing.T) {
	end := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		end <- err
	}))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	body := io.MultiReader(strings.NewReader(strings.Repeat("words ", 10_000)), slowly{time.After(300 * time.Millisecond)}, strings.NewReader("the end"))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := send(t, forServer(s, outbound.Options{}), req); err == nil {
		t.Errorf("it was answered: %+v", r)
	}
	if err := <-end; err == nil {
		t.Error("the other end took it for whole")
	}
}
