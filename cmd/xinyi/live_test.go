package main

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/access"
	"xinyi/store"
)

// TestLiveAccess_restart: a published policy that this program cannot load, as after going
// back to an older version, stops the start; the seed never comes in its place.
func TestLiveAccess_restart(t *testing.T) {
	data := prepared(t)
	start := func() error {
		cfg := defaultConfig()
		cfg.Data, cfg.Listen, cfg.MetricsListen, cfg.CacheMB = data, "127.0.0.1:0", "127.0.0.1:0", 8
		s, err := startServer(t.Context(), cfg, slog.New(slog.DiscardHandler), io.Discard)
		if err == nil {
			err = s.stop(context.WithoutCancel(t.Context()))
		}
		return err
	}
	publish := func(doc store.ControlDoc) {
		t.Helper()
		p := openTest(t, data)
		if have, err := p.control.Get(accessPolicyKind, "current"); err == nil {
			doc.Rev = have.Rev
		}
		doc.Kind, doc.Name = accessPolicyKind, "current"
		require.NoError(t, p.control.Put(t.Context(), doc))
		require.NoError(t, p.close(context.WithoutCancel(t.Context())))
	}
	_, seed := access.Seed()
	publish(store.ControlDoc{Body: []byte(seed + "\n# reviewed\n")})
	require.NoError(t, start())
	publish(store.ControlDoc{Body: []byte(seed + "\np, bank, tomorrow:new\n")})
	err := start()
	require.Equal(t, model.CodeInvalidRequest, model.CodeOf(err), "%v", err)
	require.Contains(t, explain(err), "policy propose")
	require.Contains(t, explain(err), "tomorrow:new")
	publish(store.ControlDoc{Body: []byte(seed)})
	require.NoError(t, start())
	publish(store.ControlDoc{Body: []byte("nonsense")})
	require.Error(t, start())
	publish(store.ControlDoc{Deleted: true})
	require.NoError(t, start())
}
