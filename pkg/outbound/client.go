package outbound

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// Defaults of the options, and what cannot be chosen.
const (
	DefaultTimeout          = 30 * time.Second
	DefaultMaxResponseBytes = 8 << 20

	dialTimeout      = 10 * time.Second
	idleTimeout      = 30 * time.Second
	maxHeaderBytes   = 64 << 10
	maxRedirects     = 5
	maxIdlePerHost   = 4
	handshakeTimeout = 10 * time.Second
)

// Options say how a client behaves. The zero value is a safe client for public addresses.
type Options struct {
	// UserAgent names us; it replaces what a library would say. Empty: the library's.
	UserAgent string
	// Timeout ends a request, its redirects and the reading of its answer. 0: DefaultTimeout. A context's deadline that
	// is earlier holds.
	Timeout time.Duration
	// MaxResponseBytes is how much of an answer may be read, after decompression. 0: DefaultMaxResponseBytes. Reading on
	// fails with ErrTooLarge.
	MaxResponseBytes int64
	// AllowPrivate reports whether the address behind "host:port" may be private, because somebody configured it: see
	// Configured. nil: none may.
	AllowPrivate func(hostport string) bool
}

// ErrTooLarge is the error of reading more of an answer than the client's options allow.
var ErrTooLarge = errors.New("the answer is larger than we read")

// New makes a client. It may be used by several goroutines and should be kept: connections are reused for reading.
func New(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxResponseBytes == 0 {
		o.MaxResponseBytes = DefaultMaxResponseBytes
	}
	reads := newTransport(o.AllowPrivate)
	writes := newTransport(o.AllowPrivate)
	// A connection that was idle may be closed by the other end at the very moment we write; whether the request was
	// read then is anybody's guess. A write has its own connection, so that a lost answer means trouble and not routine.
	writes.DisableKeepAlives = true
	writes.DialContext = punctually(writes.DialContext)
	return &http.Client{
		Transport:     &once{reads: reads, writes: writes, userAgent: o.UserAgent, limit: o.MaxResponseBytes},
		CheckRedirect: checkRedirect,
		Timeout:       o.Timeout,
	}
}

func newTransport(allowPrivate func(string) bool) *http.Transport {
	dialer := &guardedDialer{
		allowed: allowPrivate,
		open:    net.Dialer{Timeout: dialTimeout},
		guarded: net.Dialer{Timeout: dialTimeout, Control: refusePrivate},
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    handshakeTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// checkRedirect lets a GET or HEAD follow a few redirects. Anything else gets the redirect itself as its answer: sent
// again to another address, or turned into a GET, it would not be what was asked for.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet && first.Method != http.MethodHead {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirects {
		return errors.New("more than 5 redirects")
	}
	// net/http keeps credentials for subdomains and for another port or scheme of the host; they were meant for one.
	if req.URL.Scheme != first.URL.Scheme || req.URL.Host != first.URL.Host {
		for _, h := range []string{"Authorization", "Cookie", "Proxy-Authorization", "Www-Authenticate"} {
			req.Header.Del(h)
		}
	}
	return nil
}
