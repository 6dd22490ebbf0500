package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	"carillon.example/pkg/carillon"
	"carillon.example/proto/carillon/v1/carillonv1connect"
)

// Limits of a call to the staff API.
const (
	dialTimeout    = 5 * time.Second
	callTimeout    = 30 * time.Second
	maxAPIAnswer   = 16 << 20 // bytes: the largest post, as every channel would show it
	pauseToRetry   = 300 * time.Millisecond
	defaultDataDir = "./data"
	defaultStaff   = "http://127.0.0.1:8081"
)

// place is where a Carillon can be reached, and the token to show there.
type place struct {
	url   string
	token carillon.Secret
}

// discover finds the staff API: by CARILLON_URL and CARILLON_TOKEN, else in the data folder of the 'up' that runs on this
// machine. The token of the data folder is only ever shown to the address of the data folder.
func discover(getenv func(string) string) (place, error) {
	at, token := getenv("CARILLON_URL"), carillon.Secret(strings.TrimSpace(getenv("CARILLON_TOKEN")))
	dir := getenv("CARILLON_DATA_DIR")
	if dir == "" {
		dir = defaultDataDir
	}
	switch {
	case at != "" && token == "":
		return place{}, fail(exitUnreachable, "CARILLON_URL is set and CARILLON_TOKEN is not: set it to a token of that Carillon ('carillon token create' makes one there)")
	case at == "":
		local, err := runningIn(dir)
		switch {
		case err == nil:
			at = local
		case token != "":
			at = defaultStaff
		default:
			return place{}, err
		}
	}
	checked, err := checkURL(at)
	if err != nil {
		return place{}, err
	}
	if token == "" {
		path := filepath.Join(dir, tokenFile)
		b, err := os.ReadFile(path)
		if err != nil {
			return place{}, fail(exitUnreachable, "not allowed: the token of this machine's Carillon cannot be read: %w; CARILLON_TOKEN is another way", err)
		}
		token = carillon.Secret(strings.TrimSpace(string(b)))
	}
	if !printable(token.Reveal()) {
		return place{}, fail(exitUnreachable, "not allowed: the token is not one of ours: it is empty or holds characters that no token has")
	}
	return place{checked, token}, nil
}

// runningIn reads where the 'up' with this data folder listens.
func runningIn(dir string) (string, error) {
	path := filepath.Join(dir, runFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fail(exitUnreachable, "cannot reach Carillon: none is running with the data folder %s (it has no %s); is 'carillon up' running? "+
			"CARILLON_DATA_DIR names another folder, CARILLON_URL and CARILLON_TOKEN a Carillon elsewhere", dir, runFile)
	}
	if err != nil {
		return "", fail(exitUnreachable, "cannot reach Carillon: %w", err)
	}
	var info runInfo
	if err := json.Unmarshal(b, &info); err != nil || info.Staff == "" {
		return "", fail(exitUnreachable, "cannot reach Carillon: %s does not say where; start 'carillon up' again", path)
	}
	return info.Staff, nil
}

func checkURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// The text itself is not repeated: a password may stand in it.
		return "", usageError{errors.New("CARILLON_URL is not an address of Carillon: write it as http://127.0.0.1:8081")}
	}
	return strings.TrimRight(s, "/"), nil
}

// printable reports whether s can stand in a header.
func printable(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// client calls the staff API.
type client struct {
	carillonv1connect.StaffServiceClient
	http  *http.Client
	url   string
	after func(time.Duration) <-chan time.Time
}

// client finds Carillon. It does not call it yet.
func (a *app) client() (*client, error) {
	at, err := discover(a.getenv)
	if err != nil {
		return nil, err
	}
	return newClient(at, a.after), nil
}

func newClient(at place, after func(time.Duration) <-chan time.Time) *client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		// How long to wait for Carillon to want a file before it is sent all the same.
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
	}
	httpClient := &http.Client{
		Transport: &bearing{token: at.token, next: transport},
		// A token is for one address, so nothing is followed to another.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	api := carillonv1connect.NewStaffServiceClient(httpClient, at.url, connect.WithReadMaxBytes(maxAPIAnswer))
	return &client{api, httpClient, at.url, after}
}

// bearing adds the token to every request, streams included.
type bearing struct {
	token carillon.Secret
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b *bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token.Reveal())
	r.Header.Set("User-Agent", "carillon/"+version)
	return b.next.RoundTrip(r)
}

// repeatable says when a call that failed may be made again.
type repeatable int

const (
	// reading changes nothing.
	reading repeatable = iota
	// keyed calls carry an Idempotency-Key: repeated, they get the first answer.
	keyed
	// unkeyed calls are repeated only if they did not begin.
	unkeyed
)

// ask makes a call, and once more if Carillon could not be reached. Every try of one command has the same key.
func ask[Request, Answer any](ctx context.Context, c *client, how repeatable, method func(context.Context, *Request) (*Answer, error), req *Request) (*Answer, error) {
	key := uuid.Must(uuid.NewV7()).String()
	try := func() (*Answer, error) {
		ctx, cancel := context.WithTimeout(ctx, callTimeout)
		defer cancel()
		ctx, call := connect.NewClientContext(ctx)
		if how != reading {
			call.RequestHeader().Set("Idempotency-Key", key)
		}
		return method(ctx, req)
	}
	answer, err := try()
	if again(err, how) {
		select {
		case <-ctx.Done():
		case <-c.after(pauseToRetry):
			answer, err = try()
		}
	}
	return answer, answered(c.url, err)
}

// unavailable reports whether Carillon could not be reached, or went away in the middle of a call: connect says *canceled*
// when the connection was reset, although nobody gave the call up.
func unavailable(err error) bool {
	return connect.CodeOf(err) == connect.CodeUnavailable || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func again(err error, how repeatable) bool {
	if !unavailable(err) {
		return false
	}
	var dial *net.OpError
	return how != unkeyed || errors.As(err, &dial) && dial.Op == "dial"
}
