package main

import (
	"context"
	"log/slog"
	"maps"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
	"xinyi/vault"
)

// Keys rotated at once are good everywhere after a poll, and what the old ones made stays good.
func fleetRotateNow(t *testing.T, f *fleet) {
	w := f.in(t)
	rotate := func(use vault.Use) error {
		_, err := w[0].server.platform.vault.RotateNow(t.Context(), use)
		return err
	}
	rotated(t, f, w, rotate, f.sync)
}

// Keys rotated in good order take over everywhere when their time comes, without any word
// between the processes, and were known everywhere before.
func fleetRotate(t *testing.T, f *fleet) {
	w := f.in(t)
	number := func(v *world) uint16 {
		for _, k := range v.server.platform.vault.Keys() {
			if k.Use == vault.UseJWT && k.State == vault.StateActive {
				return k.Number
			}
		}
		return 0
	}
	before := number(w[0])
	rotate := func(use vault.Use) error {
		_, err := w[0].server.platform.vault.Rotate(t.Context(), use)
		return err
	}
	rotated(t, f, w, rotate, func() {
		f.sync()
		for _, v := range w {
			require.Equal(t, before, number(v), "not yet")
		}
		f.ahead.Add(int64(5*time.Minute + time.Second)) // less than a token lives; the key of passes waits longer
		for _, v := range w {
			require.Equal(t, before+1, number(v))
			require.Eventually(t, func() bool { return v.server.platform.audit.Ready() }, 10*time.Second, 10*time.Millisecond)
		}
	})
}

// rotated makes things of every kind before and after a rotation, each at one process, and
// has another take them.
func rotated(t *testing.T, f *fleet, w []*world, rotate func(vault.Use) error, takeOver func()) {
	t.Helper()
	pair := w[0].citizenPair(3)
	page := as[api.EnterpriseHits](w[0].do("", "GET", "/v1/enterprises?q=开封&limit=2", nil).want(200))
	enterprises := as[api.EnterpriseHits](w[1].do("", "GET", "/v1/enterprises?q=开封&limit=2&cursor="+page.NextCursor, nil).want(200))
	pass := w[0].pass("citizen1")
	for _, use := range vault.Uses() {
		require.NoError(t, rotate(use))
	}
	takeOver()
	for i, v := range w {
		v.bearer(pair.AccessToken).want(200) // the old token
		again := as[api.EnterpriseHits](v.do("", "GET", "/v1/enterprises?q=开封&limit=2&cursor="+page.NextCursor, nil).want(200))
		require.Equal(t, enterprises.Items, again.Items) // the old cursor
		fresh := v.citizenPair(3)
		other := w[(i+1)%len(w)]
		other.bearer(fresh.AccessToken).want(200)
		other.refresh(fresh.RefreshToken).want(200)
		clear(v.tokens)
		v.do("citizen2", "GET", "/v1/me/credit", nil).want(200) // sealed under the old key
		scanned := other.redeem(v.pass("citizen1")).want(201)
		require.NotEmpty(t, as[api.Redemption](scanned).RedemptionNo)
		// A person is found by the old index.
		_, err := v.server.platform.subjects.FindPerson(t.Context(), v.server.platform.vault.IndexAll(model.IndexCitizenID, v.demo.Citizens[0].IDNo))
		require.NoError(t, err)
	}
	if f.ahead.Load() == 0 { // else the pass is too old for any key
		w[2].redeem(pass).want(201)
	}
	samePages(t, w)
}

func fleetSweep(t *testing.T, f *fleet) {
	w := f.in(t)
	out := make(chan error, len(w))
	for _, v := range w {
		go func() { out <- v.server.sweep(t.Context()) }()
	}
	for range w {
		require.NoError(t, <-out)
	}
}

// Each process has its own log; the folders of all verify the whole.
func fleetAudit(t *testing.T, f *fleet) {
	w := f.in(t)
	checkpoints, err := w[0].server.platform.audit.Checkpoints(t.Context())
	require.NoError(t, err)
	origins := map[string]bool{}
	for _, c := range checkpoints {
		origins[c.Origin] = true
	}
	require.GreaterOrEqual(t, len(origins), len(w))
	n, err := w[0].server.platform.processes(t.Context())
	require.NoError(t, err)
	require.Equal(t, len(w), n)
	verified(t, w[1].server.platform, f.folders...)
}

// verified wants the log of the store whole, by what each folder keeps outside it.
func verified(t *testing.T, p *platform, folders ...string) audit.Report {
	t.Helper()
	outside := audit.Outside{}
	for _, dir := range folders {
		seen, err := audit.ReadOutside(checkpointsDir(dir))
		require.NoError(t, err)
		for origin, notes := range seen {
			outside[origin] = append(outside[origin], notes...)
		}
	}
	require.NotEmpty(t, outside)
	_, verifiers, err := p.auditKeys()
	require.NoError(t, err)
	report, err := audit.Verify(t.Context(), store.NewAuditLog(p.driver), outside, verifiers)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	return report
}

// cutOff is the engine as a process sees it that loses the store for good.
type cutOff struct {
	store.Driver
	dead atomic.Bool
}

func (c *cutOff) err() error {
	if c.dead.Load() {
		return &model.Error{Code: model.CodeUnavailable, Detail: "cut off"}
	}
	return nil
}

func (c *cutOff) Apply(ctx context.Context, ops []store.Op) error {
	if err := c.err(); err != nil {
		return err
	}
	return c.Driver.Apply(ctx, ops)
}

func (c *cutOff) Get(ctx context.Context, coll, id string) (store.Doc, error) {
	if err := c.err(); err != nil {
		return store.Doc{}, err
	}
	return c.Driver.Get(ctx, coll, id)
}

// A process that is gone leaves durable entries; the others fold them into its log, and
// what it still asks for is refused.
func TestFleet_takeover(t *testing.T) {
	f := &fleet{t: t}
	d, err := embedded.Open(filepath.Join(t.TempDir(), "store"), embedded.Options{Clock: f, CacheBytes: 4 << 20})
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	require.NoError(t, store.Ensure(t.Context(), d))
	keys := filepath.Join(t.TempDir(), "keys")
	lost := &cutOff{Driver: sharedDriver{d}}
	var folders []string
	open := func(driver store.Driver) *platform {
		cfg := defaultConfig()
		cfg.Data, cfg.KeysDir = t.TempDir(), keys
		folders = append(folders, cfg.Data)
		p := &platform{cfg: cfg, clock: f, log: slog.New(slog.DiscardHandler), driver: driver, shared: true, ticks: make(chan time.Time)}
		require.NoError(t, p.open(t.Context(), p.openControl, p.openKeys, p.openAudit, p.loadRules))
		return p
	}
	stays, goes := open(sharedDriver{d}), open(lost)
	t.Cleanup(func() { _ = goes.close(context.Background()) }) // it cannot give its slot back
	t.Cleanup(func() { require.NoError(t, stays.close(context.Background())) })
	event := model.AuditEvent{ActorID: "a", ActorRole: model.RoleOffice, Action: "credit.query", Subjects: []model.SubjectID{"s"}}
	for range 20 {
		require.NoError(t, stays.audit.Record(t.Context(), event))
		require.NoError(t, goes.audit.Record(t.Context(), event))
	}
	lost.dead.Store(true)
	require.Error(t, goes.audit.Record(t.Context(), event))
	f.ahead.Add(int64(2 * time.Minute)) // its lease and a little more
	sizes := func() map[string]int64 {
		list, err := stays.audit.Checkpoints(t.Context())
		require.NoError(t, err)
		out := map[string]int64{}
		for _, c := range list {
			if c.Unfolded == 0 {
				out[c.Origin] = c.Size
			}
		}
		return out
	}
	require.Eventually(t, func() bool { return maps.Equal(sizes(), map[string]int64{"o001": 20, "o002": 20}) }, 20*time.Second, 20*time.Millisecond)
	require.Error(t, goes.audit.Record(t.Context(), event))
	n, err := stays.processes(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	// The next process takes the slot that is free.
	next := open(sharedDriver{d})
	require.NoError(t, next.audit.Record(t.Context(), event))
	require.NoError(t, next.close(t.Context()))
	report := verified(t, stays, folders...)
	require.Len(t, report.Origins, 2)
}

// A caller's rate is one rate, however many processes he asks.
func TestFleet_limits(t *testing.T) {
	f := startFleet(t, 2, func(c *Config) { c.ClientRate = 50 })
	w := f.in(t)
	w[0].token("citizen1")
	w[1].tokens["citizen1"] = w[0].tokens["citizen1"]
	began := time.Now()
	through := 0
	for i := range 400 {
		if w[i%2].do("citizen1", "GET", "/v1/me", nil).status == 200 {
			through++
		}
	}
	allowed := 1.1 * (100 + 50*time.Since(began).Seconds())
	require.LessOrEqual(t, float64(through), allowed+1)
	require.Positive(t, through)
	w[1].do("citizen2", "GET", "/v1/me", nil).want(200)
}
