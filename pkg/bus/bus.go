package bus

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// requestTimeout ends one request to the log; it is then repeated. A long time-out would turn the loss of a server into
// seconds of silence.
const requestTimeout = 2 * time.Second

// Options say how to reach the server.
type Options struct {
	URL       string                     // nats://…; not used with InProcess
	Creds     string                     // a credentials file, or empty
	User      string                     // with Password, for a server that wants them
	Password  string                     //
	InProcess nats.InProcessConnProvider // a server in this process
	Name      string                     // of the connection, for the server's operators
	Replicas  int                        // of streams, for whoever makes them: 1 or 3
	Log       *slog.Logger
}

// Bus is a connection to the log. It is safe for use by many goroutines.
type Bus struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	log      *slog.Logger
	replicas int

	mu          sync.Mutex
	reconnected []chan struct{}
}

// Connect dials the server and keeps the connection for as long as the Bus lives. A server that is not there yet is
// waited for, until the context ends.
func Connect(ctx context.Context, o Options) (*Bus, error) {
	b := &Bus{log: o.Log, replicas: max(o.Replicas, 1)}
	connected := make(chan struct{})
	var once sync.Once
	opts := []nats.Option{
		nats.Name(o.Name),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(50*time.Millisecond, 50*time.Millisecond),
		nats.Timeout(requestTimeout),
		nats.ConnectHandler(func(*nats.Conn) { once.Do(func() { close(connected) }) }),
		nats.ReconnectHandler(func(*nats.Conn) { b.announceReconnect() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.log.Warn("connection to the log lost", "error", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			b.log.Warn("the log reports an error", "error", withoutSlugs(err.Error()))
		}),
	}
	if o.InProcess != nil {
		opts = append(opts, nats.InProcessServer(o.InProcess))
	}
	if o.Creds != "" {
		if _, err := os.Stat(o.Creds); err != nil {
			return nil, fmt.Errorf("NATS credentials: %w", err)
		}
		opts = append(opts, nats.UserCredentials(o.Creds))
	}
	if o.User != "" {
		opts = append(opts, nats.UserInfo(o.User, o.Password))
	}
	nc, err := nats.Connect(o.URL, opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	if !nc.IsConnected() {
		b.log.Info("waiting for the log", "url", withoutPasswords(nc.Opts.Url))
		select {
		case <-connected:
		case <-ctx.Done():
			nc.Close()
			return nil, fmt.Errorf("connect to NATS: %w", context.Cause(ctx))
		}
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	b.nc, b.js = nc, js
	return b, nil
}

// withoutPasswords is a list of servers as logs may show it.
func withoutPasswords(servers string) string {
	list := strings.Split(servers, ",")
	for i, server := range list {
		list[i] = "an address that cannot be read"
		server = strings.TrimSpace(server)
		if !strings.Contains(server, "://") {
			server = "nats://" + server
		}
		if u, err := url.Parse(server); err == nil {
			if _, both := u.User.Password(); u.User != nil && !both { // the user alone is a token
				u.User = url.User("xxxxx")
			}
			list[i] = u.Redacted()
		}
	}
	return strings.Join(list, ",")
}

// Close ends the connection once what was sent has left.
func (b *Bus) Close() {
	if err := b.nc.FlushTimeout(requestTimeout); err != nil {
		b.log.Debug("flush before closing", "error", err)
	}
	b.nc.Close()
}

// Connected reports whether the log can be reached now.
func (b *Bus) Connected() bool { return b.nc.IsConnected() }

// Reconnected returns a channel that receives after every reconnection: the moment to compare what is wanted with what
// is there. It holds one value; reconnections in between are one.
func (b *Bus) Reconnected() <-chan struct{} {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reconnected = append(b.reconnected, c)
	return c
}

func (b *Bus) announceReconnect() {
	b.log.Info("connection to the log is back")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.reconnected {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// firstWait and longer say how often something is asked for that ingest is about to make: often at first, so that a start
// takes no longer than it must.
const firstWait = 5 * time.Millisecond

func longer(wait time.Duration) time.Duration { return min(wait+wait/4, time.Second) }

// pause waits before a request is repeated; it returns false if the context ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
