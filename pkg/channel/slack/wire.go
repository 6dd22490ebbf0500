package slack

import (
	"net/http"
	"strings"
	"time"

	"carillon.example/pkg/outbound"
)

// wire carries the one request of one call for slack-go and keeps what slack-go does not tell: whether anything was sent
// before the connection failed, the status of every answer, how long it asks to be left alone, and
// its clock.
type wire struct {
	client *http.Client
	now    func() time.Time

	progress *outbound.Progress
	status   int           // 0: no answer came
	html     bool          // the answer is no JSON, by its own account
	after    time.Duration // what the other end asks for
	skew     time.Duration // how far its clock is ahead of ours, by the Date of the answer
}

// Do is what slack-go calls.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	ctx, progress := outbound.Track(r.Context())
	w.progress = progress
	resp, err := w.client.Do(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	w.status = resp.StatusCode
	w.html = strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
	w.after = outbound.Pause(resp.Header, w.now())
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		w.skew = date.Sub(w.now())
	}
	return resp, nil
}

// sent reports whether the request may have reached the other end.
func (w *wire) sent() bool { return w.progress != nil && w.progress.Sent() }
