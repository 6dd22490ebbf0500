package reader

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// client is how people's programs reach the public addresses. Connections are not kept: the other end is killed now and
// then.
func client() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Answer is what came back; status 0: nothing did, and the body is why.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

func (a Answer) String() string { return fmt.Sprintf("%d: %.600s", a.Status, a.Body) }

// Ask makes one request.
func Ask(t testing.TB, method, address string, header map[string]string, body io.Reader) Answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := client().Do(req)
	if err != nil {
		return Answer{Body: []byte(err.Error())}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return Answer{Body: []byte(err.Error())}
	}
	return Answer{resp.StatusCode, resp.Header, b}
}

// Get makes one request that has to succeed.
func Get(t testing.TB, address string) Answer {
	t.Helper()
	a := Ask(t, http.MethodGet, address, nil, nil)
	if a.Status != http.StatusOK {
		t.Fatalf("GET %s: %s", address, a)
	}
	return a
}

// Call posts a form with a bearer token and reads the JSON of the answer.
func Call(t testing.TB, address, token string, form url.Values, into any) {
	t.Helper()
	a := Ask(t, http.MethodPost, address, map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer " + token,
	}, strings.NewReader(form.Encode()))
	if a.Status != http.StatusOK {
		t.Fatalf("POST %s: %s", address, a)
	}
	Decode(t, a.Body, into)
}

// Decode reads JSON.
func Decode(t testing.TB, b []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("this is not the JSON we expected: %v\n%.600s", err, b)
	}
}
