package outbound_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carillon.example/pkg/outbound"
)

// reply is an answer, read to its end.
type reply struct {
	status  int
	body    string
	readErr error // of reading the body
}

// do makes a request; header are names and values.
func do(t *testing.T, c *http.Client, method, url, body string, header ...string) (reply, error) {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, r)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return send(t, c, req)
}

func send(t *testing.T, c *http.Client, req *http.Request) (reply, error) {
	t.Helper()
	resp, err := c.Do(req)
	if err != nil {
		return reply{}, err
	}
	b, readErr := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	return reply{resp.StatusCode, string(b), readErr}, nil
}

// answer is do for a request that succeeds.
func answer(t *testing.T, c *http.Client, method, url, body string, header ...string) reply {
	t.Helper()
	r, err := do(t, c, method, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// forServer is a client that may reach a test's server.
func forServer(s *httptest.Server, o outbound.Options) *http.Client {
	o.AllowPrivate = outbound.Configured(s.URL)
	return outbound.New(o)
}

// forgetful answers GETs, and reads a POST whole and then drops its connection. It counts the POSTs.
func forgetful(t *testing.T) (*httptest.Server, *atomic.Int32) {
	posts := new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPost {
			posts.Add(1)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		}
	}))
	t.Cleanup(s.Close)
	return s, posts
}

func TestPostWithIdempotencyKeyIsSentOnce(t *testing.T) {
	for name, body := range map[string]string{"with a body": "status=hello", "without a body": ""} {
		t.Run(name, func(t *testing.T) {
			s, posts := forgetful(t)
			c := forServer(s, outbound.Options{})
			answer(t, c, http.MethodGet, s.URL, "") // leaves a connection to reuse
			if _, err := do(t, c, http.MethodPost, s.URL, body, "Idempotency-Key", "k"); err == nil {
				t.Error("a lost answer is no error")
			}
			if n := posts.Load(); n != 1 {
				t.Errorf("the request was sent %d times, want once", n)
			}
		})
	}
}

// The hazard is real: without this package the same request goes out again and again.
func TestPlainClientSendsPostWithIdempotencyKeyAgain(t *testing.T) {
	s, posts := forgetful(t)
	c := &http.Client{Transport: &http.Transport{}}
	answer(t, c, http.MethodGet, s.URL, "")
	_, _ = do(t, c, http.MethodPost, s.URL, "status=hello", "Idempotency-Key", "k")
	if n := posts.Load(); n < 2 {
		t.Errorf("net/http sent the request %d times: it no longer repeats, and once may be simplified", n)
	}
}

func TestAnswerBeyondTheLimitIsAnError(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", len(r.URL.Path)-1))
	}))
	defer s.Close()
	c := forServer(s, outbound.Options{MaxResponseBytes: 10})
	if r := answer(t, c, http.MethodGet, s.URL+"/"+strings.Repeat("p", 10), ""); len(r.body) != 10 || r.readErr != nil {
		t.Errorf("of an answer of just the limit %d bytes were read and error %v, want 10 and none", len(r.body), r.readErr)
	}
	r := answer(t, c, http.MethodGet, s.URL+"/"+strings.Repeat("p", 11), "")
	if !errors.Is(r.readErr, outbound.ErrTooLarge) || len(r.body) != 10 {
		t.Errorf("read %d bytes and error %v, want 10 and ErrTooLarge", len(r.body), r.readErr)
	}
}

func TestRedirectsAreFollowedForReadingOnly(t *testing.T) {
	var reached atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/new" {
			reached.Add(1)
			return
		}
		http.Redirect(w, r, "/new", http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	c := forServer(s, outbound.Options{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		r := answer(t, c, method, s.URL+"/old", "x=1")
		if r.status != http.StatusTemporaryRedirect || reached.Load() != 0 {
			t.Errorf("%s: got status %d and the new address was asked %d times, want the redirect itself", method, r.status, reached.Load())
		}
	}
	if r := answer(t, c, http.MethodGet, s.URL+"/old", ""); r.status != http.StatusOK || reached.Load() != 1 {
		t.Errorf("GET: got status %d, want the page behind the redirect", r.status)
	}
}

func TestEndlessRedirectsEnd(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}))
	defer s.Close()
	if _, err := do(t, forServer(s, outbound.Options{}), http.MethodGet, s.URL+"/", ""); err == nil {
		t.Error("endless redirects are no error")
	}
	if n := asked.Load(); n != 6 {
		t.Errorf("%d requests were made, want 6", n)
	}
}

func TestAuthorizationStaysWithItsHost(t *testing.T) {
	got := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("Authorization") }))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/home":
			http.Redirect(w, r, "/here", http.StatusFound)
		default:
			got <- r.Header.Get("Authorization")
		}
	}))
	defer s.Close()
	c := outbound.New(outbound.Options{AllowPrivate: outbound.Configured(s.URL, other.URL)})
	answer(t, c, http.MethodGet, s.URL+"/away", "", "Authorization", "Bearer secret")
	if a := <-got; a != "" {
		t.Errorf("another port of the host received %q", a)
	}
	answer(t, c, http.MethodGet, s.URL+"/home", "", "Authorization", "Bearer secret")
	if a := <-got; a != "Bearer secret" {
		t.Errorf("the same host received %q, want the token", a)
	}
}

func TestTimeOutEndsASlowAnswer(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	_, err := do(t, forServer(s, outbound.Options{Timeout: 20 * time.Millisecond}), http.MethodGet, s.URL, "")
	if err == nil {
		t.Fatal("a slow answer is no error")
	}
	var ne net.Error
	if !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("got %v, want a time-out", err)
	}
}

func TestUserAgentIsOurs(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.UserAgent()) }))
	defer s.Close()
	r := answer(t, forServer(s, outbound.Options{UserAgent: "carillon/1"}), http.MethodGet, s.URL, "", "User-Agent", "library")
	if r.body != "carillon/1" {
		t.Errorf("user agent is %q, want carillon/1", r.body)
	}
}

func TestProgressTellsWhetherARequestMayHaveArrived(t *testing.T) {
	s, _ := forgetful(t)
	c := forServer(s, outbound.Options{})
	sent := func() bool {
		ctx, progress := outbound.Track(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := send(t, c, req); err == nil {
			t.Error("the request succeeded")
		}
		return progress.Sent()
	}
	if !sent() {
		t.Error("a request whose answer was dropped counts as not sent")
	}
	s.Close() // nobody listens there any more
	if sent() {
		t.Error("a request whose connection was refused counts as sent")
	}
}
