package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"xinyi/model"
)

// adminSocket is where a running server hears its operator: a unix socket that only the
// owner of the data folder can open.
func adminSocket(data string) string { return filepath.Join(data, "admin.sock") }

// maxSocketPath is what the kernel takes as the address of a unix socket, less its NUL.
const maxSocketPath = 107

// serveAdmin answers on the admin socket until ctx ends.
func serveAdmin(ctx context.Context, p *platform, log *slog.Logger) (stop func(), err error) {
	path := adminSocket(p.cfg.Data)
	if len(path) > maxSocketPath {
		return nil, usageError{fmt.Errorf("数据目录的路径太长（%d 字节），管理套接字 %s 最多 %d 字节，请换一个较短的 --data", len(p.cfg.Data), path, maxSocketPath)}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	mux := http.NewServeMux()
	snapshotCall().mount(mux, p, log)
	keysListCall().mount(mux, p, log)
	keysRotateCall().mount(mux, p, log)
	keysRetireCall().mount(mux, p, log)
	policyProposeCall().mount(mux, p, log)
	policyShowCall().mount(mux, p, log)
	policyApproveCall().mount(mux, p, log)
	mountAccounts(mux, p, log)
	upstreamExportCall().mount(mux, p, log)
	upstreamReceiptCall().mount(mux, p, log)
	judgeCall().mount(mux, p, log)
	judgeAllCall().mount(mux, p, log)
	judgeStateCall().mount(mux, p, log)
	replayCall().mount(mux, p, log)
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

// adminCall is what an operator has a running server do, or does himself while none runs.
type adminCall[In, Out any] struct {
	path string
	do   func(context.Context, *platform, In) (Out, error)
}

// maxAdminBody holds a rule file of the largest size in base64.
const maxAdminBody = 4 << 20

// adminProblem is how an error crosses the socket: the operator may see its cause.
type adminProblem struct {
	Code   model.Code `json:"code"`
	Detail string     `json:"detail"`
}

func (a adminCall[In, Out]) mount(mux *http.ServeMux, p *platform, log *slog.Logger) {
	mux.HandleFunc("POST "+a.path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		var out Out
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdminBody))
		dec.DisallowUnknownFields()
		err := dec.Decode(&in)
		if err != nil {
			err = model.Wrap(err, model.CodeInvalidRequest, "请求无法解读，请让工具与服务使用同一版本。")
		} else {
			out, err = a.do(r.Context(), p, in)
		}
		w.Header().Set("Content-Type", "application/json")
		var answer any = out
		if err != nil {
			log.Error("admin call failed", "call", a.path, "error", explain(err))
			answer = adminProblem{Code: model.CodeOf(err), Detail: adminDetail(err)}
			w.WriteHeader(http.StatusConflict)
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			log.Error("admin call not answered", "call", a.path, "error", err)
		}
	})
}

// adminDetail is the text of err with its cause, without the code, which goes beside it.
func adminDetail(err error) string {
	var e *model.Error
	switch {
	case !errors.As(err, &e):
		return err.Error()
	case e.Err != nil && len(e.Fields) == 0:
		return e.Detail + " (" + e.Err.Error() + ")"
	}
	return e.Detail
}

// run has the server on cfg.Data do it, or does it here. A MongoDB is shared, so there
// it is always done here, and servers see it within half a second.
func (a adminCall[In, Out]) run(ctx context.Context, cfg Config, log *slog.Logger, in In) (out Out, err error) {
	if !isMongo(cfg.Store) && serverRuns(ctx, cfg.Data) {
		return a.ask(ctx, cfg.Data, in)
	}
	err = withPlatform(ctx, cfg, log, func(p *platform) (err error) {
		out, err = a.do(ctx, p, in)
		return err
	})
	return out, err
}

// serverRuns reports whether somebody answers on the admin socket.
func serverRuns(ctx context.Context, data string) bool {
	conn, err := dialAdmin(ctx, data)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func dialAdmin(ctx context.Context, data string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", adminSocket(data))
}

// ask has the server that runs on data do it.
func (a adminCall[In, Out]) ask(ctx context.Context, data string, in In) (out Out, err error) {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialAdmin(ctx, data)
	}}}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin"+a.path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return out, fmt.Errorf("运行中的服务没有回答: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return out, fmt.Errorf("运行中的服务没有答完: %w", err)
	}
	if resp.StatusCode == http.StatusOK {
		return out, json.Unmarshal(text, &out)
	}
	var problem adminProblem
	if err := json.Unmarshal(text, &problem); err != nil || problem.Code == "" {
		return out, fmt.Errorf("运行中的服务答复 %s", resp.Status)
	}
	return out, &model.Error{Code: problem.Code, Detail: problem.Detail}
}

// snapshotRequest asks for a checkpoint of the store in a folder that is not there yet.
type snapshotRequest struct {
	Dir string `json:"dir"`
}

func snapshotCall() adminCall[snapshotRequest, struct{}] {
	return adminCall[snapshotRequest, struct{}]{"/snapshot", func(ctx context.Context, p *platform, in snapshotRequest) (struct{}, error) {
		if !filepath.IsAbs(in.Dir) {
			return struct{}{}, model.Errorf(model.CodeInvalidRequest, "快照目录应为绝对路径。")
		}
		return struct{}{}, p.driver.Snapshot(ctx, in.Dir)
	}}
}
