package crash_test

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"

	"carillon.example/pkg/event"
	"carillon.example/services/sandbox"
	"carillon.example/test/process"
)

// gate stands before the sandbox and speaks TLS. It can leave connections in the middle of the handshake: whoever made one
// has recorded its intent and is about to write its request.
type gate struct {
	net.Listener
	server *httptest.Server

	mu      sync.Mutex
	open    chan struct{} // nil: connections are not held
	held    int
	writing []string // the requests that came and change something
}

func newGate(t *testing.T, target string) *gate {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	forward := httputil.NewSingleHostReverseProxy(to)
	g.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/statuses") && r.Method == http.MethodPost || strings.HasSuffix(r.URL.Path, "chat.postMessage") {
			g.mu.Lock()
			g.writing = append(g.writing, r.URL.Path)
			g.mu.Unlock()
		}
		forward.ServeHTTP(w, r)
	}))
	g.Listener = g.server.Listener
	g.server.Listener = g
	g.server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that nobody finishes
	g.server.StartTLS()
	t.Cleanup(g.server.Close)
	return g
}

// heldConn waits before it reads for the first time, and says when it is closed.
type heldConn struct {
	net.Conn
	open  <-chan struct{}
	ended func()
}

func (c *heldConn) Read(b []byte) (int, error) {
	<-c.open
	return c.Conn.Read(b)
}

func (c *heldConn) Close() error {
	c.ended()
	return c.Conn.Close()
}

// Accept is the listener's.
func (g *gate) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil || g.open == nil {
		return conn, err
	}
	g.held++
	return &heldConn{conn, g.open, sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.held--
	})}, nil
}

// hold leaves new connections in the middle of the handshake, until the gate opens.
func (g *gate) hold() (open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	gone := make(chan struct{})
	g.open = gone
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.open = nil
		close(gone)
	}
}

func (g *gate) holds() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held
}

func (g *gate) requests() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return strings.Join(g.writing, " ")
}

// A process is stopped when it has recorded its intents and is about to write its requests. Another looks, finds nothing
// twice, and makes the calls. When the first one goes on, the deadline of its calls has passed: it writes nothing.
func TestFrozenOwnerSendsNothingWhenItGoesOn(t *testing.T) {
	c := newCast(t, false)
	g := newGate(t, c.sandboxURL())
	c.write(t, "gate.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.server.Certificate().Raw})))
	c.env = append(c.env, "SSL_CERT_FILE=gate.pem")
	c.configure(t,
		`{name: mastodon-en, type: mastodon, server: "`+g.server.URL+`", token: "${MASTODON_OFFICE}", languages: [en]}`,
		`{name: slack-press, type: slack, api_url: "`+g.server.URL+sandbox.SlackAPI+`", token: "${SLACK}", channel: PRESS, pace: 0s}`)
	second := c.without(t, "deliver-2")
	c.startAll(t)
	l, n := followLedger(t, c), newNewsroom(t, c, nil)
	process.Await(t, "both channels answer", func() string { return l.unprobed(c) })

	open := g.hold()
	n.publish("frozen")
	process.Await(t, "both calls are about to be written", func() string {
		if g.holds() < 2 {
			return "not yet"
		}
		return ""
	})
	frozen := c.member("deliver-1").process
	frozen.Signal(syscall.SIGSTOP)
	open()
	c.members = append(c.members, second)
	c.start(t, second)
	process.Await(t, "the other replica has looked twice and made both calls", func() string { return unsettled(c, n, l) })

	frozen.Signal(syscall.SIGCONT)
	process.Await(t, "the first replica has given up", func() string {
		if g.holds() > 0 {
			return "it has not"
		}
		return ""
	})
	if f := compare(t, c, n, l, nil); !f.none() {
		t.Error(f)
	}
	if got := strings.Fields(g.requests()); len(got) != 2 {
		t.Errorf("these calls were made: %q", got)
	}
	for item, steps := range l.all() {
		if last := steps[len(steps)-1]; last.State != event.Delivered {
			t.Errorf("%s: %s", item, describe(last))
		}
	}
	c.stop(t)
}
