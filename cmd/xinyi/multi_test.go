package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

// issuer is what all processes of a fleet call themselves.
const issuer = "https://credit.example"

// fleet are servers in one test process that share one engine as if they were processes on
// one MongoDB: each with its own view of the control collection, keys, log, caches, search
// index, and data folder. They poll only when a test says so.
type fleet struct {
	t       *testing.T
	worlds  []*world
	ahead   atomic.Int64 // of the wall clock, ns
	folders []string
}

func (f *fleet) Now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// sharedDriver is the engine of several: none of them closes it.
type sharedDriver struct{ store.Driver }

func (sharedDriver) Close() error { return nil }

func startFleet(t *testing.T, n int, change ...func(*Config)) *fleet {
	t.Helper()
	files, err := district()
	require.NoError(t, err)
	f := &fleet{t: t}
	var driver store.Driver
	for i := range n {
		dir := filepath.Join(t.TempDir(), "d")
		if i > 0 { // the keys and the sign-ins; the store is shared
			var own []savedFile
			for _, file := range files {
				if !strings.HasPrefix(file.path, "store"+string(filepath.Separator)) && !strings.HasPrefix(file.path, "checkpoints") {
					own = append(own, file)
				}
			}
			files = own
		}
		restoreFolder(t, files, dir)
		f.folders = append(f.folders, dir)
		if driver == nil {
			d, err := embedded.Open(storeDir(dir), embedded.Options{Clock: f, CacheBytes: 16 << 20})
			require.NoError(t, err)
			t.Cleanup(func() { _ = d.Close() })
			driver = sharedDriver{d}
			require.NoError(t, store.Ensure(t.Context(), driver))
		}
		w := &world{t: t, owner: t, cfg: demoConfig(dir), log: &safeBuffer{}, stdout: &safeBuffer{}, tokens: map[string]string{}, client: newClient()}
		for _, c := range change {
			c(&w.cfg)
		}
		w.recorder, err = newRecorder()
		require.NoError(t, err)
		w.start(f.member(driver))
		w.keys = i * 1_000_000
		f.worlds = append(f.worlds, w)
	}
	f.sync()
	return f
}

// member starts one more server over driver.
func (f *fleet) member(driver store.Driver) starter {
	return func(ctx context.Context, cfg Config, log *slog.Logger, _ io.Writer) (*server, error) {
		s := &server{failed: make(chan error, 4), baseURL: issuer}
		l, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return nil, err
		}
		p := &platform{cfg: cfg, clock: f, log: log, driver: driver, shared: true, ticks: make(chan time.Time)}
		if err := p.open(ctx, p.openControl, p.openKeys, p.openAudit, p.loadRules); err != nil {
			return nil, err
		}
		s.platform = p
		s.onStop(p.close)
		o, err := openOutside(cfg, p.clock)
		if err != nil {
			return nil, err
		}
		d, err := s.openDemo(ctx, &o)
		if err != nil {
			return nil, err
		}
		if s.services, err = p.openServices(ctx, o, s.baseURL); err != nil {
			return nil, err
		}
		if err := d.bind(ctx, s.services, p.clock); err != nil {
			return nil, err
		}
		if err := s.listen(ctx, cfg, log, l); err != nil {
			return nil, err
		}
		s.baseURL = "http://" + l.Addr().String() // where the test reaches it
		return s, nil
	}
}

// sync has every server poll the control collection once, as each does each half second.
func (f *fleet) sync() {
	f.t.Helper()
	for _, w := range f.worlds {
		require.NoError(f.t, w.server.platform.control.Sync(f.t.Context()))
	}
}

// as gives server i with t as the test that runs.
func (f *fleet) in(t *testing.T) []*world {
	f.t = t
	for _, w := range f.worlds {
		w.t = t
	}
	return f.worlds
}

// uncapped takes the caps off the ticket that most parts use.
func uncapped(t *testing.T) func(*Config) {
	files, err := ruleFiles("")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "benefit"), 0o700))
	for name, body := range files {
		if name == "tt-park-60.yaml" {
			body = bytes.Replace(body, []byte("per: {day: 1, year: 12}"), []byte("per: {year: 1000}"), 1)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "benefit", name), body, 0o600))
	}
	return func(c *Config) { c.RulesDir = dir }
}

// TestFleet: any number of processes on one store behave as one.
func TestFleet(t *testing.T) {
	f := startFleet(t, 3, uncapped(t))
	for _, part := range []struct {
		name string
		run  func(*testing.T, *fleet)
	}{
		{"a token of one is good at the others", fleetTokens},
		{"a key happens once", fleetIdempotency},
		{"a pass is used once", fleetSingleUse},
		{"caps hold", fleetCaps},
		{"a reused refresh token ends its family", fleetRefreshReuse},
		{"log-out and suspension", fleetRevocations},
		{"cursors and ETags", fleetPages},
		{"access policy", fleetPolicy},
		{"benefit rules", fleetRules},
		{"search follows", fleetSearch},
		{"keys that leaked", fleetRotateNow},
		{"everybody may sweep", fleetSweep},
		{"every process has a log", fleetAudit},
		{"keys whose time comes", fleetRotate}, // last: it moves the clock
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, f) })
	}
	f.in(t)
}

func fleetTokens(t *testing.T, f *fleet) {
	w := f.in(t)
	me := w[0].do("citizen1", "GET", "/v1/me", nil).want(200)
	for _, other := range w[1:] {
		other.tokens["citizen1"] = w[0].tokens["citizen1"]
		require.JSONEq(t, string(me.body), string(other.do("citizen1", "GET", "/v1/me", nil).want(200).body))
	}
}

func fleetIdempotency(t *testing.T, f *fleet) {
	w := f.in(t)
	for _, v := range w {
		v.token("citizen1")
		v.token("client:gate")
	}
	for round := range 8 {
		key := fmt.Sprintf("once-%d", round)
		pass := as[api.Pass](oneEffect(t, w, 201, func(i int) *answer {
			return w[i].do("citizen1", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: ticket}, "Idempotency-Key", key)
		})).Pass
		oneEffect(t, w, 201, func(i int) *answer { return w[i].redeem(pass, "Idempotency-Key", key) })
		// Another body under the key is refused everywhere.
		for _, v := range w {
			v.redeem(pass+"x", "Idempotency-Key", key).refused(422, model.CodeIdempotencyKeyReused)
		}
	}
	entries := w[0].entries(audit.Filter{Action: "gate.redeem", Subject: w[0].subject(1)})
	require.Len(t, entries, 8)
}

// oneEffect sends the same request to all at once: one does it, the others replay.
func oneEffect(t *testing.T, w []*world, status int, ask func(i int) *answer) *answer {
	t.Helper()
	answers := w[0].storm(len(w), ask)[status]
	require.Len(t, answers, len(w))
	replayed := 0
	for _, a := range answers {
		require.Equal(t, string(answers[0].body), string(a.body))
		if a.header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	require.Equal(t, len(w)-1, replayed)
	return answers[0]
}

func fleetSingleUse(t *testing.T, f *fleet) {
	w := f.in(t)
	for range 5 {
		pass := w[0].pass("citizen1")
		out := w[0].storm(9, func(i int) *answer { return w[i%len(w)].redeem(pass) })
		require.Len(t, out[201], 1)
		require.Len(t, out[409], 8)
		for _, a := range out[409] {
			a.refused(409, model.CodePassUsed)
		}
	}
}

// 64 gates over three processes try one holder, whose cap of one a day lets one through.
func fleetCaps(t *testing.T, f *fleet) {
	w := f.in(t)
	const code = "TT-PARK-80"
	passes := make([]string, 64)
	out := w[0].storm(len(passes), func(i int) *answer {
		a := w[i%len(w)].do("citizen2", "POST", "/v1/me/passes", api.PassRequest{BenefitCode: code})
		passes[i] = as[api.Pass](a).Pass
		return a
	})
	require.Len(t, out[201], len(passes))
	out = w[0].storm(len(passes), func(i int) *answer { return w[i%len(w)].redeem(passes[i]) })
	require.Len(t, out[201], len(passes), "%v", out)
	require.Equal(t, map[string]int{"pass": 1, "standard": len(passes) - 1}, results(out[201]))
	usage, err := store.NewBenefits(w[2].server.platform.driver).Usage(t.Context(), w[1].subject(2), code)
	require.NoError(t, err)
	require.Equal(t, 1, usage.DayCount)
	// Every process shows the same day of the site.
	list := w[0].do("client:gate", "GET", "/v1/gate/redemptions?limit=100", nil).want(200)
	for _, v := range w[1:] {
		require.JSONEq(t, string(list.body), string(v.do("client:gate", "GET", "/v1/gate/redemptions?limit=100", nil).want(200).body))
	}
}

func (w *world) refresh(token string) *answer {
	w.t.Helper()
	return w.do("", "POST", "/v1/auth/refresh", api.RefreshRequest{RefreshToken: token})
}

func (w *world) bearer(token string) *answer {
	w.t.Helper()
	return w.do("", "GET", "/v1/me", nil, "Authorization", "Bearer "+token)
}

func (w *world) citizenPair(n int) api.TokenPair {
	w.t.Helper()
	return as[api.TokenPair](w.do("", "POST", "/v1/auth/wechat", api.WeChatSignIn{Code: w.demo.Citizens[n-1].WeChatCode}).want(200))
}

func fleetRefreshReuse(t *testing.T, f *fleet) {
	w := f.in(t)
	first := w[0].citizenPair(3)
	second := as[api.TokenPair](w[0].refresh(first.RefreshToken).want(200))
	third := as[api.TokenPair](w[1].refresh(second.RefreshToken).want(200))
	w[2].refresh(first.RefreshToken).refused(401, model.CodeInvalidCredentials)
	f.sync()
	for _, v := range w {
		v.bearer(third.AccessToken).refused(401, model.CodeUnauthenticated)
		v.refresh(third.RefreshToken).refused(401, model.CodeInvalidCredentials)
	}
	// One refresh token at all processes at once gives one pair at most.
	pair := w[0].citizenPair(3)
	out := w[0].storm(len(w), func(i int) *answer { return w[i].refresh(pair.RefreshToken) })
	require.LessOrEqual(t, len(out[200]), 1)
	require.Len(t, out[401], len(w)-len(out[200]), "%v", out)
}

func fleetRevocations(t *testing.T, f *fleet) {
	w := f.in(t)
	pair := w[0].citizenPair(3)
	w[1].bearer(pair.AccessToken).want(200)
	w[0].do("", "POST", "/v1/auth/logout", nil, "Authorization", "Bearer "+pair.AccessToken).want(204)
	w[0].bearer(pair.AccessToken).refused(401, model.CodeUnauthenticated)
	w[1].refresh(pair.RefreshToken).refused(401, model.CodeInvalidCredentials) // the session says so, no poll needed
	f.sync()
	for _, v := range w {
		v.bearer(pair.AccessToken).refused(401, model.CodeUnauthenticated)
	}
	// A client that is suspended at one process is out at all.
	revoked, stop := store.NewRevocations(w[2].server.platform.control, f)
	defer stop()
	check := func(v *world) *answer {
		return v.do("client:bank", "GET", "/v1/loan/whitelist/"+v.lastEnterprise().USCC, nil)
	}
	check(w[1]).want(200)
	require.NoError(t, revoked.Revoke(t.Context(), "demo-bank", time.Time{}))
	f.sync()
	for _, v := range w[:2] {
		require.Equal(t, 401, v.do("", "GET", "/v1/loan/whitelist/"+v.lastEnterprise().USCC, nil, "Authorization", "Bearer "+w[1].tokens["client:bank"]).status)
	}
	require.NoError(t, revoked.Restore(t.Context(), "demo-bank"))
	f.sync()
	check(w[1]).want(200)
}

func fleetPages(t *testing.T, f *fleet) {
	w := f.in(t)
	samePages(t, w)
	file := "/v1/enterprises/" + w[0].lastEnterprise().USCC
	a := w[0].do("", "GET", file, nil).want(200)
	for _, v := range w[1:] {
		b := v.do("", "GET", file, nil).want(200)
		require.Equal(t, a.header.Get("ETag"), b.header.Get("ETag"))
		require.JSONEq(t, string(a.body), string(b.body))
		v.do("", "GET", file, nil, "If-None-Match", a.header.Get("ETag")).want(304)
	}
}

// samePages walks a list with each page at another process, and then at one.
func samePages(t *testing.T, w []*world) {
	t.Helper()
	for _, path := range []string{"/v1/enterprises?q=开封&limit=3", "/v1/lists/honor?limit=2"} {
		walk := func(at func(page int) *world) (bodies []string) {
			cursor := ""
			for page := 0; page == 0 || cursor != "" && page < 6; page++ {
				target := path
				if cursor != "" {
					target += "&cursor=" + cursor
				}
				a := at(page).do("", "GET", target, nil).want(200)
				p := as[struct {
					Items      []any
					NextCursor string
				}](a)
				bodies, cursor = append(bodies, fmt.Sprint(p.Items)), p.NextCursor
			}
			return bodies
		}
		there := walk(func(page int) *world { return w[page%len(w)] })
		require.Greater(t, len(there), 2, path)
		require.Equal(t, walk(func(int) *world { return w[0] }), there, path)
	}
}
