package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

const waterDay = "---\ntitle: World Water Day\nkind: message\nlanguage: en\n---\nWater is life.\n"

// postOnDisk writes a post's file and returns its path.
func postOnDisk(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "water-day.en.md")
	if err := os.WriteFile(path, []byte(waterDay), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func at(url string) map[string]string {
	return map[string]string{"CARILLON_URL": url, "CARILLON_TOKEN": fakeToken}
}

func TestRepeatedCallHasTheSameIdempotencyKey(t *testing.T) {
	desk := newFakeDesk()
	url := desk.start(t)
	if code, _, errs := runAgainst(t, at(url), "publish", postOnDisk(t)); code != 0 {
		t.Fatal(errs)
	}
	desk.breakNext(1)
	if code, _, errs := runAgainst(t, at(url), "withdraw", "water-day"); code != 0 {
		t.Fatal(errs)
	}
	keys, _ := desk.seen()
	if len(keys) != 3 {
		t.Fatalf("keys %q, want one of publishing and two of withdrawing", keys)
	}
	if keys[1] != keys[2] {
		t.Errorf("the repeated call has another key: %q", keys)
	}
	if keys[0] == keys[1] {
		t.Errorf("two commands have the same key: %q", keys)
	}
	for _, key := range keys {
		if id, err := uuid.Parse(key); err != nil || id.Version() != 7 {
			t.Errorf("key %q is not a UUIDv7", key)
		}
	}
}

func TestCallsAreTriedTwiceAndNoMore(t *testing.T) {
	desk := newFakeDesk()
	desk.breakNext(2)
	code, out, errs := runAgainst(t, at(desk.start(t)), "list")
	if code != exitUnreachable || out != "" || !strings.Contains(errs, "cannot answer now: Carillon is starting") {
		t.Errorf("exit code %d, %q, %q", code, out, errs)
	}
	if _, left := desk.seen(); left != 0 {
		t.Errorf("%d tries were not made", left)
	}
}

func TestTokenIsNotMadeTwice(t *testing.T) {
	desk := newFakeDesk()
	desk.breakNext(1)
	if code, _, errs := runAgainst(t, at(desk.start(t)), "token", "create", "press"); code != exitUnreachable {
		t.Errorf("exit code %d, %s", code, errs)
	}
	if keys, _ := desk.seen(); len(keys) != 1 {
		t.Errorf("%d calls, want 1: a repeated one could make a second token", len(keys))
	}
}

// everyCommand is one command line a verb.
func everyCommand(t *testing.T) [][]string {
	t.Helper()
	post := postOnDisk(t)
	return [][]string{
		{"publish", post},
		{"publish", post, "--wait", "--timeout", "10ms"},
		{"publish", post, "--dry-run"},
		{"status"},
		{"status", "water-day"},
		{"list"},
		{"show", "water-day"},
		{"withdraw", "water-day"},
		{"channels"},
		{"token", "create", "press"},
		{"token", "list"},
		{"token", "revoke", "press"},
	}
}

func TestWhatIsNotCarillonIsSaidPlainly(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a redirect was followed, with %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	servers := map[string]http.HandlerFunc{
		"a web page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>hello</html>")) },
		"not found":  http.NotFound,
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"a broken gateway": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "bad gateway", http.StatusBadGateway) },
		"no answer":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"echoes the token": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, r.Header.Get("Authorization"), http.StatusForbidden)
		},
	}
	for name, handler := range servers {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			for _, args := range everyCommand(t) {
				code, out, errs := runAgainst(t, at(server.URL), args...)
				if code != exitUnreachable || out != "" {
					t.Errorf("%v: exit code %d, %q", args[0], code, out)
				}
				if strings.Contains(errs, fakeToken) {
					t.Errorf("%v: the token is printed: %s", args[0], errs)
				}
				if strings.Count(errs, "\n") != 1 || !strings.Contains(errs, server.URL) {
					t.Errorf("%v: not one clear sentence: %s", args[0], errs)
				}
				t.Logf("%s: %s", args[0], errs)
			}
		})
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	const secret = "carillon-verySecretToken"
	places := map[string]map[string]string{
		"nobody listens":         {"CARILLON_URL": "http://127.0.0.1:1", "CARILLON_TOKEN": secret},
		"not an address":         {"CARILLON_URL": "http://me:" + secret + "@127.0.0.1:1", "CARILLON_TOKEN": secret},
		"the token in the query": {"CARILLON_URL": "http://127.0.0.1:1/?token=" + secret, "CARILLON_TOKEN": secret},
		"an unknown host":        {"CARILLON_URL": "http://carillon.invalid", "CARILLON_TOKEN": secret},
		"a token of two lines":   {"CARILLON_URL": "http://127.0.0.1:1", "CARILLON_TOKEN": secret + "\n" + secret},
		"a token with a space":   {"CARILLON_URL": "http://127.0.0.1:1", "CARILLON_TOKEN": secret + " " + secret},
	}
	for name, env := range places {
		t.Run(name, func(t *testing.T) {
			code, out, errs := runAgainst(t, env, "list")
			if !slices.Contains([]int{exitUnreachable, exitInput}, code) || out != "" {
				t.Errorf("exit code %d, %q", code, out)
			}
			if strings.Contains(errs, "verySecret") {
				t.Errorf("the token is printed: %s", errs)
			}
		})
	}
}

func TestAFullDiskIsNoSuccess(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Logf("this machine has no /dev/full: %v", err)
		return
	}
	t.Cleanup(func() { _ = full.Close() })
	var errs strings.Builder
	if code := run([]string{"version"}, strings.NewReader(""), full, &errs); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(errs.String(), "cannot write the results") {
		t.Errorf("got %q", errs.String())
	}
}
