package mastodon

import "net/http"

// exchange is the transport beneath go-mastodon for one call. It remembers how the server answered, adds what the library
// cannot send, and keeps the library from waiting: go-mastodon answers a 429 by sleeping and sending the request again,
// up to an hour long, while here services/deliver alone decides when.
type exchange struct {
	next http.RoundTripper
	key  string // the Idempotency-Key of a POST

	status int // of the last answer; 0: there was none
	header http.Header
}

func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	x.status, x.header = 0, nil
	if x.key != "" && r.Method == http.MethodPost {
		r = r.Clone(r.Context())
		r.Header.Set("Idempotency-Key", x.key)
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
