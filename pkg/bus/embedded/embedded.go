// Package embedded runs a NATS server with JetStream inside this process. It is the only user of nats-server, and it
// refuses connections from other machines.
package embedded

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/crypto/bcrypt"
)

// readyWithin is how long the server may take to start, with a large log to open.
const readyWithin = 2 * time.Minute

// maxPayload fits a post of the largest size with its headers.
const maxPayload = 1 << 20

// Options of the server.
type Options struct {
	Dir      string        // where JetStream keeps its files
	Sync     time.Duration // how often it syncs them; 0: before every acknowledgement
	User     string        // what a connection over TCP has to say
	Password string
	Log      *slog.Logger
}

// Server is a running server.
type Server struct{ server *server.Server }

// Start starts a server and returns when it takes connections: in this process, and on a free port of the loopback
// interface for the tools of ops.
func Start(o Options) (*Server, error) {
	// The password is random, so the least cost will do; the server only wants it hashed.
	hashed, err := bcrypt.GenerateFromPassword([]byte(o.Password), bcrypt.MinCost)
	if err != nil {
		return nil, fmt.Errorf("start the embedded NATS server: %w", err)
	}
	options := &server.Options{
		ServerName: "carillon", Host: "127.0.0.1", Port: server.RANDOM_PORT,
		Username: o.User, Password: string(hashed),
		JetStream: true, StoreDir: filepath.Clean(o.Dir),
		MaxPayload: maxPayload, NoSigs: true,
		SyncAlways: o.Sync == 0, SyncInterval: o.Sync,
	}
	if o.Sync == 0 {
		options.SyncInterval = time.Minute
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("start the embedded NATS server: %w", err)
	}
	s.SetLogger(&logger{o.Log}, false, false)
	s.Start()
	if !s.ReadyForConnections(readyWithin) {
		s.Shutdown()
		return nil, fmt.Errorf("start the embedded NATS server: not ready after %s; its messages above say why", readyWithin)
	}
	return &Server{s}, nil
}

// InProcess is how a client in this process connects.
func (s *Server) InProcess() nats.InProcessConnProvider { return s.server }

// URL is where tools on this machine connect. It holds no password.
func (s *Server) URL() string { return s.server.ClientURL() }

// Stop ends the server and waits until its files are closed.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// logger passes on what an operator has to know; the server's notices are debugging here.
type logger struct{ log *slog.Logger }

func (l *logger) Noticef(format string, v ...any) { l.log.Debug("nats: " + fmt.Sprintf(format, v...)) }

func (l *logger) Warnf(format string, v ...any) { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }

func (l *logger) Errorf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }

func (l *logger) Fatalf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }
func (l *logger) Debugf(string, ...any)          {}
func (l *logger) Tracef(string, ...any)          {}
