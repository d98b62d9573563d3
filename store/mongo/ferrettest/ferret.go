// Package ferrettest embeds FerretDB, a server that speaks MongoDB's wire protocol over
// SQLite, so that the mongo engine can be tried on a machine without MongoDB. It is a
// module of its own: the product does not carry these dependencies.
//
// FerretDB version 1 has no transactions and loses concurrent updates; it scans for every
// query. It proves that the words on the wire are right, on little data, never speed. The
// driver recognises it and declares what it lacks; within one process it also writes one
// batch at a time, so that concurrent tests of one process do not lose updates.
//
// Run with `go test -mod=mod`, since the product's go.mod may have moved on.
//
// Other tests are pointed at it through cmd/ferret, which runs a command with its URI
// (`make ferret-desks`; each test has its own database). Without a command it prints the URI
// as one line and serves until its standard input closes: so a Go test starts it with
// exec.Command, keeps the write end of its standard input, and reads one line.
package ferrettest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Server is a running FerretDB.
type Server struct {
	uri  string
	stop context.CancelFunc
	done chan struct{}
}

// Start serves the SQLite files in dir (which must exist) on a free port of 127.0.0.1.
func Start(dir string) (*Server, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:  "sqlite",
		// Tests need no durability here, and syncing costs most of their time.
		SQLiteURL: (&url.URL{Scheme: "file", Path: abs + "/", RawQuery: "_pragma=synchronous(off)"}).String(),
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("ferrettest: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{uri: f.MongoDBURI(), stop: stop, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		_ = f.Run(ctx) // always nil
	}()
	return s, nil
}

// URI is where it serves: "mongodb://127.0.0.1:port/".
func (s *Server) URI() string { return s.uri }

// Stop ends it and waits until its files are closed.
func (s *Server) Stop() {
	s.stop()
	<-s.done
}
