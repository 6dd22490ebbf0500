package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Limits of every HTTP server of ours. A client that is slower than this is let go.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
	stopWithin        = 5 * time.Second
)

// HTTP is a server whose address is known before it runs.
type HTTP struct {
	listener net.Listener
	server   *http.Server
}

// Listen takes an address; port 0 takes a free one. Write timeouts are the handler's affair, since some answers stream.
func Listen(addr string, handler http.Handler, log *slog.Logger) (*HTTP, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("%q is not an address to listen on: write it as 127.0.0.1:8080, or :8080 for all networks (%w)", addr, err)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s: stop it, or set another address; port 0 takes a free one (%w)", addr, syscall.EADDRINUSE)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true) // gRPC without TLS
	return &HTTP{l, &http.Server{
		Handler: handler, Protocols: &protocols,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// URL is where the server can be reached from this machine.
func (h *HTTP) URL() string {
	addr, ok := h.listener.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// Run serves until the context ends, then lets requests in hand finish for a few seconds.
func (h *HTTP) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err := h.server.Shutdown(shutdown)
		if errors.Is(err, context.DeadlineExceeded) {
			err = h.server.Close()
		}
		ended <- err
	})
	err := h.server.Serve(h.listener)
	if stop() {
		return fmt.Errorf("serve: %w", err)
	}
	return <-ended
}
