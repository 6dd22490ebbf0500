package fault

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxBody is the longest request body that is kept for a delayed or dropped request.
const maxBody = 16 << 20

// page is what proxies answer.
const page = "<!doctype html>\n<html><head><title>Gateway</title></head><body><h1>Something went wrong</h1></body></html>\n"

// apply makes one request suffer.
func (in *Injector) apply(f Fault, next http.Handler, w http.ResponseWriter, r *http.Request) {
	// The body is read now, and the context loses its end, so that what happens late happens although the client left.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	in.count(1)
	defer in.count(-1)
	left := r.Context().Done()
	r = r.Clone(context.WithoutCancel(r.Context()))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if f.Effect == Late {
		late(f, next, w, r, left)
	}
	if f.Effect != Drip && f.Effect != RateLimit && f.DelayMS > 0 {
		patient(w, f.delay())
		<-time.After(f.delay())
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
		f.answer(w)
	case Status:
		f.answer(w)
	case RateLimit:
		f.limited(w, Now(r, time.Now()))
	case GatewayTimeout:
		next.ServeHTTP(discard{http.Header{}}, r)
		say(w, http.StatusGatewayTimeout, "text/html; charset=utf-8", page)
	case HTML:
		next.ServeHTTP(discard{http.Header{}}, r)
		say(w, http.StatusOK, "text/html; charset=utf-8", page)
	case Garbage:
		next.ServeHTTP(discard{http.Header{}}, r)
		say(w, http.StatusOK, "application/json; charset=utf-8", `{"ok":tr`)
	case Truncate:
		kept := keep(next, r)
		kept.send(w, len(kept.body.Bytes())/2)
		panic(http.ErrAbortHandler)
	case Drip:
		keep(next, r).drip(w, left, f.delay())
	default: // Delay
		next.ServeHTTP(w, r)
	}
}

// late never answers: it waits until the client gave up, and then for its delay.
func late(f Fault, next http.Handler, w http.ResponseWriter, r *http.Request, left <-chan struct{}) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // nothing is written
	select {
	case <-left:
	case <-time.After(MaxDelay):
	}
	<-time.After(f.delay())
	next.ServeHTTP(discard{http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

// patient keeps a server's write time-out from turning a wait into a lost connection; where there is none, nothing is lost.
func patient(w http.ResponseWriter, d time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d + time.Minute))
}

// answer is the answer that the fault itself names.
func (f *Fault) answer(w http.ResponseWriter) {
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(f.status())
	_, _ = io.WriteString(w, f.Body)
}

func say(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// kept is an answer that waits to be sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// keep lets a request have its effect, and keeps the answer.
func keep(next http.Handler, r *http.Request) *kept {
	k := &kept{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(k, r)
	return k
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// send sends the head of the answer, which promises all of it, and the first n bytes.
func (k *kept) send(w http.ResponseWriter, n int) {
	for name, values := range k.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(k.body.Len()))
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()[:n])
	_ = http.NewResponseController(w).Flush()
}

// pieces is in how many pieces an answer drips.
const pieces = 20

// drip sends the answer piece by piece, for as long as somebody listens.
func (k *kept) drip(w http.ResponseWriter, left <-chan struct{}, d time.Duration) {
	patient(w, d)
	k.send(w, 0)
	rest := k.body.Bytes()
	size := len(rest)/pieces + 1
	for len(rest) > 0 {
		select {
		case <-left:
			return
		case <-time.After(d / pieces):
		}
		n := min(size, len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		rest = rest[n:]
	}
}
