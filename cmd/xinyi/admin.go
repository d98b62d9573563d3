package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"xinyi/store"
)

// adminSocket is where a running server hears its operator: a unix socket that only the
// owner of the data folder can open.
func adminSocket(data string) string { return filepath.Join(data, "admin.sock") }

// snapshotRequest asks the running server for a checkpoint of its store.
type snapshotRequest struct {
	Dir string `json:"dir"`
}

// serveAdmin answers on the admin socket until ctx ends.
func serveAdmin(ctx context.Context, data string, driver store.Driver, log *slog.Logger) (stop func(), err error) {
	path := adminSocket(data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /snapshot", func(w http.ResponseWriter, r *http.Request) {
		var req snapshotRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&req); err != nil || !filepath.IsAbs(req.Dir) {
			http.Error(w, "dir must be an absolute path", http.StatusBadRequest)
			return
		}
		if err := driver.Snapshot(r.Context(), req.Dir); err != nil {
			log.Error("admin snapshot failed", "error", err)
			http.Error(w, explain(err), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("admin socket ended", "error", err)
		}
	}()
	return func() {
		srv.Close()
		<-done
	}, nil
}

// askSnapshot has the server that runs on data write a checkpoint to dir.
func askSnapshot(ctx context.Context, data, dir string) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", adminSocket(data))
	}}}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(snapshotRequest{Dir: dir})
	if err != nil {
		return err
	}
	return post(ctx, client, "http://admin/snapshot", body)
}
