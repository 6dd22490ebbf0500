package acceptance_test

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

// web is how people's programs reach the public addresses. Connections are not kept: the other end is killed now and then.
var web = &http.Client{
	Timeout:       10 * time.Second,
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is what came back; status 0: nothing did, and body is why.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return fmt.Sprintf("%d: %.600s", a.status, a.body) }

// ask makes one request.
func ask(t *testing.T, method, address string, header map[string]string, body io.Reader) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := web.Do(req)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{body: []byte(err.Error())}
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// get makes one request that has to succeed.
func get(t *testing.T, address string) answer {
	t.Helper()
	a := ask(t, http.MethodGet, address, nil, nil)
	if a.status != http.StatusOK {
		t.Fatalf("GET %s: %s", address, a)
	}
	return a
}

// call posts a form with a bearer token and reads the JSON of the answer.
func call(t *testing.T, address, token string, form url.Values, into any) {
	t.Helper()
	a := ask(t, http.MethodPost, address, map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer " + token,
	}, strings.NewReader(form.Encode()))
	if a.status != http.StatusOK {
		t.Fatalf("POST %s: %s", address, a)
	}
	decode(t, a.body, into)
}

func decode(t *testing.T, b []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("this is not the JSON we expected: %v\n%.600s", err, b)
	}
}

// misbehave adds a fault to the sandbox.
func misbehave(t *testing.T, sandbox, fault string) {
	t.Helper()
	a := ask(t, http.MethodPost, sandbox+"/faults", map[string]string{"Content-Type": "application/json"}, strings.NewReader(fault))
	if a.status != http.StatusOK {
		t.Fatalf("add the fault %s: %s", fault, a)
	}
}

// behave clears the sandbox's faults.
func behave(t *testing.T, sandbox string) {
	t.Helper()
	if a := ask(t, http.MethodDelete, sandbox+"/faults", nil, nil); a.status != http.StatusOK {
		t.Fatalf("clear the faults: %s", a)
	}
}

// faultsLeft is how many faults are still to happen.
func faultsLeft(t *testing.T, sandbox string) int {
	t.Helper()
	var faults []json.RawMessage
	decode(t, get(t, sandbox+"/faults").body, &faults)
	return len(faults)
}
