package fault

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// PendingHeader tells, with every answer of the control endpoint, how many requests are suffering a fault right now: those
// that are done late, or answered slowly.
const PendingHeader = "X-Faults-Pending"

// Injector holds faults and applies them. Its zero value is ready and harmless. As an http.Handler it is the control
// endpoint: GET lists the faults, POST adds one (JSON), DELETE clears them all.
type Injector struct {
	mu      sync.Mutex
	faults  []Fault
	pending int
	awaited []awaited
}

// awaited is somebody who waits until so many requests suffer.
type awaited struct {
	pending int
	reached chan struct{}
}

// Add adds a fault. Of several that match a request the oldest acts.
func (in *Injector) Add(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if f.Random != nil {
		own := *f.Random
		f.Random = &own // it is counted here
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.faults) >= maxFaults {
		return fmt.Errorf("there are %d faults already: clear them first", len(in.faults))
	}
	in.faults = append(in.faults, f)
	return nil
}

// List returns the faults that are still to happen.
func (in *Injector) List() []Fault {
	in.mu.Lock()
	defer in.mu.Unlock()
	list := append([]Fault{}, in.faults...)
	for i := range list {
		if list[i].Random != nil {
			own := *list[i].Random
			list[i].Random = &own
		}
	}
	return list
}

// Clear removes all faults. What is under way goes on.
func (in *Injector) Clear() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.faults = nil
}

// Pending is how many requests suffer a fault right now. Once it is 0, nothing happens late any more.
func (in *Injector) Pending() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.pending
}

// Await returns a channel that is closed as soon as n requests suffer a fault at the same time: with 1, one has arrived;
// with 0, everything has had its effect.
func (in *Injector) Await(n int) <-chan struct{} {
	in.mu.Lock()
	defer in.mu.Unlock()
	a := awaited{n, make(chan struct{})}
	in.awaited = append(in.awaited, a)
	in.suffers(0)
	return a.reached
}

func (in *Injector) count(n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.suffers(n)
}

// suffers counts a request that begins (1) or ends (-1) to suffer. It is called with the lock held.
func (in *Injector) suffers(n int) {
	in.pending += n
	in.awaited = slices.DeleteFunc(in.awaited, func(a awaited) bool {
		if a.pending != in.pending {
			return false
		}
		close(a.reached)
		return true
	})
}

// take finds the fault for a request, with an effect that is wanted, and counts it.
func (in *Injector) take(r *http.Request, wanted func(Description) bool) (Fault, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for i := range in.faults {
		f := in.faults[i]
		if !f.matches(r) {
			continue
		}
		if f.Random != nil {
			if !wanted(Description{}) {
				continue
			}
			chosen, hit := f.Random.decide(f)
			if !hit {
				continue
			}
			f = chosen
		} else if d, _ := describe(f.Effect); !wanted(d) {
			continue
		}
		switch in.faults[i].Times {
		case 0:
		case 1:
			in.faults = slices.Delete(in.faults, i, i+1)
		default:
			in.faults[i].Times--
		}
		return f, true
	}
	return Fault{}, false
}

// Wrap makes a handler suffer the faults.
func (in *Injector) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var skew time.Duration
		if f, off := in.take(r, func(d Description) bool { return d.Effect == StampsOff }); off {
			skew = f.skew()
		}
		if f, off := in.take(r, func(d Description) bool { return d.Effect == ClockOff }); off {
			skew = f.skew()
			w.Header().Set("Date", time.Now().Add(skew).UTC().Format(http.TimeFormat))
		}
		r = with(in, r, skew)
		f, ok := in.take(r, func(d Description) bool { return !d.Inside })
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		in.apply(f, next, w, r)
	})
}

// ServeHTTP is the control endpoint.
func (in *Injector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		// Browsers send this type to another origin only after asking, so no foreign page can add faults.
		if t, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); t != "application/json" {
			http.Error(w, "send the fault with Content-Type: application/json", http.StatusUnsupportedMediaType)
			return
		}
		if err := in.addFrom(http.MaxBytesReader(w, r.Body, 1<<20)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	case http.MethodDelete:
		in.Clear()
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		http.Error(w, "GET lists the faults, POST adds one, DELETE clears them", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(PendingHeader, strconv.Itoa(in.Pending()))
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(in.List())
}

func (in *Injector) addFrom(r io.Reader) error {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	var f Fault
	if err := dec.Decode(&f); err != nil {
		return fmt.Errorf("this is not a fault: %w", err)
	}
	return in.Add(f)
}
