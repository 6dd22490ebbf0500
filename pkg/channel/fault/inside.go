package fault

import (
	"context"
	"net/http"
	"time"
)

// The fakes ask here how they are to behave. A request that no injector has seen behaves.

type suffering struct{}

// sufferer is what a request knows of the faults.
type sufferer struct {
	injector *Injector
	request  *http.Request
	skew     time.Duration
}

func with(in *Injector, r *http.Request, skew time.Duration) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), suffering{}, &sufferer{in, r, skew}))
}

// Acts reports whether a request suffers an effect from inside, and counts it.
func Acts(r *http.Request, e Effect) bool {
	_, ok := acting(r, e)
	return ok
}

func acting(r *http.Request, e Effect) (Fault, bool) {
	s, ok := r.Context().Value(suffering{}).(*sufferer)
	if !ok {
		return Fault{}, false
	}
	return s.injector.take(s.request, func(d Description) bool { return d.Effect == e })
}

// Replayed is the status that answers a request whose Idempotency-Key is known; false: answer as usual.
func Replayed(r *http.Request) (status int, failed bool) {
	f, ok := acting(r, ReplayFails)
	return f.status(), ok
}

// Shown is the instant up to which what was posted is shown to a request, if the service's clock says now.
func Shown(r *http.Request, now time.Time) time.Time {
	f, ok := acting(r, HistoryLags)
	if !ok {
		return now.Add(MaxSkew) // whatever other requests thought the time was
	}
	return now.Add(-f.delay())
}

// Now is what the service's clock says to a request, if it were right at now.
func Now(r *http.Request, now time.Time) time.Time {
	s, ok := r.Context().Value(suffering{}).(*sufferer)
	if !ok {
		return now
	}
	return now.Add(s.skew)
}
