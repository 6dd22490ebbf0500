package mastodon

import (
	"io"
	"net/http"
	"strings"
)

// exchange is the transport beneath go-mastodon for one call. It remembers how the server answered, adds what the library
// cannot send, and keeps the library from waiting: go-mastodon answers a 429 by sleeping and sending the request again,
// up to an hour long, while here services/deliver alone decides when.
type exchange struct {
	next http.RoundTripper
	key  string // the Idempotency-Key of a POST
	form string // goes behind the form of a PUT

	status int // of the last answer; 0: there was none
	header http.Header
}

func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	x.status, x.header = 0, nil
	if x.key != "" && r.Method == http.MethodPost {
		r = r.Clone(r.Context())
		r.Header.Set("Idempotency-Key", x.key)
	}
	if x.form != "" && r.Method == http.MethodPut {
		var err error
		if r, err = longer(r, x.form); err != nil {
			return nil, err
		}
	}
	resp, err := x.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.status, x.header = resp.StatusCode, resp.Header
	if resp.StatusCode == http.StatusTooManyRequests {
		resp.StatusCode = http.StatusBadRequest // to the library, an error like others
	}
	return resp, nil
}

// longer is a request with more behind its form.
func longer(r *http.Request, more string) (*http.Request, error) {
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := r.Body.Close(); err != nil {
		return nil, err
	}
	body := string(form) + "&" + more
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }
	return r, nil
}
