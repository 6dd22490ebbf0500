package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxBody is the longest request body that is kept for a delayed or dropped request.
const maxBody = 16 << 20

// Injector holds faults and applies them. Its zero value is ready and harmless. As an http.Handler it is the control
// endpoint: GET lists the faults, POST adds one (JSON), DELETE clears them all.
type Injector struct {
	mu     sync.Mutex
	faults []Fault
}

// Add adds a fault. Of several that match a request the oldest acts.
func (in *Injector) Add(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
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
	return append([]Fault{}, in.faults...)
}

// Clear removes all faults.
func (in *Injector) Clear() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.faults = nil
}

// take finds the fault for a request and counts it.
func (in *Injector) take(r *http.Request) (Fault, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	i := slices.IndexFunc(in.faults, func(f Fault) bool { return f.matches(r) })
	if i < 0 {
		return Fault{}, false
	}
	f := in.faults[i]
	switch in.faults[i].Times {
	case 0:
	case 1:
		in.faults = slices.Delete(in.faults, i, i+1)
	default:
		in.faults[i].Times--
	}
	return f, true
}

// Wrap makes a handler suffer the faults.
func (in *Injector) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := in.take(r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		apply(f, next, w, r)
	})
}

func apply(f Fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	// The body is read now, and the context loses its end, so that what happens late happens although the client left.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if f.DelayMS > 0 {
		wait := time.Duration(f.DelayMS) * time.Millisecond
		// A server's write time-out must not turn a delay into a lost connection; where there is none, nothing is lost.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + time.Minute))
		<-time.After(wait)
	}
	switch f.Effect {
	case DropBefore:
		// net/http ends the connection without an answer and without a log entry.
		panic(http.ErrAbortHandler)
	case DropAfter:
		next.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler)
	case StatusAfter:
		next.ServeHTTP(discard{http.Header{}}, r)
		answer(f, w)
	case Status:
		answer(f, w)
	case Delay:
		next.ServeHTTP(w, r)
	}
}

func answer(f Fault, w http.ResponseWriter) {
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.status())
	_, _ = io.WriteString(w, f.Body)
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
	_ = json.NewEncoder(w).Encode(in.List())
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
