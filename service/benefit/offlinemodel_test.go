package benefit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// Caps of the rule that the model knows too.
const capDay, capMonth, capYear = 2, 3, 4

// gateModel is the plain reference: a list of uses, counted anew each time.
type gateModel struct {
	passes []*modelPass
	uses   map[string]*modelUse // by redemption number
	paused bool
}

type modelPass struct {
	text   string
	issued time.Time
	use    *modelUse
}

type modelUse struct {
	no       string
	at       time.Time
	counts   bool // a pass, not the standard price
	offline  bool
	device   string
	reversed bool
}

// counted is how many uses stand on the days from from to to.
func (m *gateModel) counted(in func(model.Date) bool) (n int) {
	for _, u := range m.uses {
		if u.counts && !u.reversed && in(model.DateOf(u.at)) {
			n++
		}
	}
	return n
}

func (m *gateModel) counts(day model.Date) [4]int {
	return [4]int{m.counted(func(d model.Date) bool { return d == day }), m.counted(func(d model.Date) bool { return d[:7] == day[:7] }),
		m.counted(func(d model.Date) bool { return d[:4] == day[:4] }), m.counted(func(model.Date) bool { return true })}
}

// free reports whether the holder gets the benefit at an instant.
func (m *gateModel) free(at time.Time) bool {
	if m.paused {
		return false
	}
	c := m.counts(model.DateOf(at))
	return c[0] < capDay && c[1] < capMonth && c[2] < capYear
}

// Random checks, redemptions, reversals, uploads, pauses, clock jumps and crashes agree with the
// model: no cap is ever exceeded, nothing that was acknowledged is lost, nothing counts twice.
func TestGate_agreesWithAPlainModel(t *testing.T) {
	fuse := &fuse{}
	d := openOver(t, func(driver store.Driver) store.Driver { fuse.Driver = driver; return fuse })
	caps := fmt.Sprintf("per: {day: %d, month: %d, year: %d}", capDay, capMonth, capYear)
	open, paused := inForce{book(t, "per: {day: 1, year: 12}", caps)}, inForce{book(t, "per: {day: 1, year: 12}\n", caps+"\n", "status: published", "status: paused")}
	d.Rules = open
	d.house.Clock.Set(time.Date(2026, 12, 29, 10, 0, 0, 0, model.Shanghai))
	person := 100
	rapid.Check(t, func(rt *rapid.T) {
		person++
		d.newHolder(person)
		m := &gateModel{uses: map[string]*modelUse{}}
		start := d.house.Clock.Now()
		latest := start
		defer func() { // also where the run ends early: days of their own for the next holder
			d.Rules = open
			d.house.Clock.Set(latest.AddDate(0, 0, 8))
		}()
		crash := func() {
			d.house.Crash()
			d.start(t, d.Rules)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) {
				latest = time.Unix(max(latest.Unix(), d.house.Clock.Now().Unix()), 0)
				d.agrees(t, rt, m)
			},
			"mint": func(rt *rapid.T) {
				m.passes = append(m.passes, &modelPass{text: d.offlinePass(t), issued: d.house.Clock.Now().Truncate(time.Second)})
			},
			"seconds": func(rt *rapid.T) {
				d.house.Clock.Pass(time.Duration(rapid.IntRange(-90, 90).Draw(rt, "seconds")) * time.Second)
			},
			"minutes": func(rt *rapid.T) {
				d.house.Clock.Pass(time.Duration(rapid.IntRange(2, 40).Draw(rt, "minutes")) * time.Minute)
			},
			"hours": func(rt *rapid.T) {
				d.house.Clock.Pass(time.Duration(rapid.IntRange(1, 30).Draw(rt, "hours")) * time.Hour)
			},
			"back": func(rt *rapid.T) { // another process's clock, or one that was set right
				to := d.house.Clock.Now().Add(-time.Duration(rapid.IntRange(1, 14).Draw(rt, "back")) * time.Hour)
				if to.Before(start) {
					rt.Skip("the days before are another holder's")
				}
				d.house.Clock.Set(to)
			},
			"pause": func(rt *rapid.T) {
				m.paused = !m.paused
				d.Rules = map[bool]inForce{false: open, true: paused}[m.paused]
			},
			"redeem":  func(rt *rapid.T) { d.modelRedeem(rt, m) },
			"reverse": func(rt *rapid.T) { d.modelReverse(rt, m) },
			"upload":  func(rt *rapid.T) { d.modelUpload(rt, m) },
			"crash": func(rt *rapid.T) {
				if rapid.IntRange(0, 5).Draw(rt, "rarely") > 0 {
					rt.Skip("not now")
				}
				d.modelCrash(rt, m, fuse, crash)
			},
		})
	})
}

// fuse ends the process when a redemption is written: before the engine has it, or after.
type fuse struct {
	store.Driver
	at atomic.Int32
}

const (
	intact int32 = iota
	before
	after
	blown
)

var errKilled = errors.New("killed")

func (f *fuse) Apply(ctx context.Context, ops []store.Op) error {
	switch at := f.at.Load(); {
	case at == intact, at != blown && !slices.ContainsFunc(ops, func(op store.Op) bool { return op.Coll == "redemptions" }):
		return f.Driver.Apply(ctx, ops)
	case at == after:
		if err := f.Driver.Apply(ctx, ops); err != nil {
			return err
		}
	}
	f.at.Store(blown)
	return errKilled
}

// modelCrash kills the process in the middle of a redemption, a reversal or an upload, or between
// two; what was asked is there wholly or not at all.
func (d *desk) modelCrash(rt *rapid.T, m *gateModel, f *fuse, crash func()) {
	defer f.at.Store(intact)
	when := rapid.SampledFrom([]int32{intact, before, after}).Draw(rt, "when")
	if when == intact || len(m.passes) == 0 {
		crash()
		return
	}
	p := m.pick(rt)
	f.at.Store(when)
	use := benefit.OfflineUse{Pass: p.text, Device: "a", AcceptedAt: p.issued.Add(time.Second)}
	var err error
	step := rapid.SampledFrom([]string{"redeem", "reverse", "upload"}).Draw(rt, "step")
	switch step {
	case "redeem":
		_, err = d.Redeem(rt.Context(), gate, p.text, nil)
	case "upload":
		_, err = d.Upload(rt.Context(), gate, []benefit.OfflineUse{use}, nil)
	case "reverse":
		if p.use == nil {
			break
		}
		_, err = d.Reverse(rt.Context(), gate, p.use.no, "误扫", nil)
	}
	died := f.at.Load() == blown
	f.at.Store(intact)
	crash()
	if !died { // refused, or nothing to write: the answer counts as always
		require.False(rt, errors.Is(err, errKilled))
		return
	}
	require.Error(rt, err, "nobody hears of what may be lost")
	claims, err := d.Passes.VerifyOffline(p.text, p.issued)
	require.NoError(rt, err)
	r, err := d.benefits.UsedBy(rt.Context(), claims.ID.String())
	switch {
	case when == before && p.use == nil:
		require.True(rt, model.Is(err, model.CodeNotFound), err)
	case when == before:
		require.NoError(rt, err)
		require.Equal(rt, []any{p.use.no, p.use.reversed}, []any{r.No, r.Reversed})
	case step == "reverse":
		require.NoError(rt, err)
		require.True(rt, r.Reversed)
		p.use.reversed = true
	default:
		require.NoError(rt, err)
		p.use = &modelUse{no: r.No, at: r.At, counts: r.Result == "pass", offline: step == "upload", device: r.DeviceID}
		require.Equal(rt, m.free(r.At), p.use.counts)
		m.uses[r.No] = p.use
	}
}

func (d *desk) newHolder(n int) {
	d.row = d.house.Person(n, "王沐宸")
	rows := []*ingest.Row{d.row}
	on := model.DateOf(d.house.Clock.Now()).AddDays(-20)
	for i, title := range []string{"道德模范", "优秀志愿者", "先进工作者"} {
		honor := servicetest.Record(d.row, model.RecordHonor, title, on)
		honor.DocNo, honor.HonorLevel = fmt.Sprintf("顺民〔%s〕%d号", on[:4], n*10+i), "city"
		rows = append(rows, honor)
	}
	d.house.Import(rows...)
	d.holder = d.house.Citizen(d.row)
}

func (m *gateModel) pick(rt *rapid.T) *modelPass {
	if len(m.passes) == 0 {
		rt.Skip("no pass yet")
	}
	return m.passes[rapid.IntRange(0, len(m.passes)-1).Draw(rt, "pass")]
}

func (d *desk) modelRedeem(rt *rapid.T, m *gateModel) {
	p, now := m.pick(rt), d.house.Clock.Now()
	early, late := now.Before(p.issued.Add(-pass.ClockSkew)), !now.Before(p.issued.Add(time.Minute))
	used := now // uses of a holder never go back, whatever the clock does
	if u := d.usage(d.house.T); u.LastAt.After(now) {
		used = u.LastAt
	}
	c, err := d.Check(rt.Context(), gate, p.text)
	require.NoError(rt, err)
	want := "retry"
	if !early && !late && p.use == nil {
		want = map[bool]string{true: "pass", false: "standard"}[m.free(now)]
	}
	require.Equal(rt, want, c.Result)
	r, err := d.Redeem(rt.Context(), gate, p.text, nil)
	switch {
	case early:
		require.True(rt, model.Is(err, model.CodePassInvalid), err)
	case late:
		require.True(rt, model.Is(err, model.CodePassExpired), err)
	case p.use != nil:
		require.True(rt, model.Is(err, model.CodePassUsed), err)
	default:
		require.NoError(rt, err)
		require.Equal(rt, m.free(used), r.Result == "pass")
		require.Equal(rt, used.UTC().Truncate(time.Millisecond), r.At)
		p.use = &modelUse{no: r.No, at: r.At, counts: r.Result == "pass"}
		m.uses[r.No] = p.use
	}
}

func (d *desk) modelReverse(rt *rapid.T, m *gateModel) {
	p := m.pick(rt)
	if p.use == nil {
		rt.Skip("not used")
	}
	_, err := d.Reverse(rt.Context(), gate, p.use.no, "误扫", nil)
	if p.use.reversed || d.house.Clock.Now().Sub(p.use.at) > 30*time.Minute {
		require.True(rt, model.Is(err, model.CodeNotReady), err)
		return
	}
	require.NoError(rt, err)
	p.use.reversed = true
}

func (d *desk) modelUpload(rt *rapid.T, m *gateModel) {
	p, now := m.pick(rt), d.house.Clock.Now()
	use := benefit.OfflineUse{Pass: p.text, Device: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "device"),
		AcceptedAt: p.issued.Add(time.Duration(rapid.IntRange(-1, 20).Draw(rt, "at")) * 30 * time.Second)}
	late := now.Sub(use.AcceptedAt)
	out, err := d.Upload(rt.Context(), gate, []benefit.OfflineUse{use}, nil)
	require.NoError(rt, err)
	device := gate.ID + "/" + use.Device
	switch got := out[0]; {
	case late > 72*time.Hour, late < -pass.ClockSkew, use.AcceptedAt.Before(p.issued), !use.AcceptedAt.Before(p.issued.Add(10 * time.Minute)):
		require.Equal(rt, "rejected", got.Outcome)
	case p.use == nil:
		require.Equal(rt, "accepted", got.Outcome)
		require.Equal(rt, m.free(use.AcceptedAt), got.Redemption.Result == "pass")
		p.use = &modelUse{no: got.Redemption.No, at: use.AcceptedAt, counts: got.Redemption.Result == "pass", offline: true, device: device}
		m.uses[p.use.no] = p.use
	case p.use.offline && p.use.device == device && p.use.at.Equal(use.AcceptedAt):
		require.Equal(rt, []string{"accepted", p.use.no}, []string{got.Outcome, got.Redemption.No})
	default:
		require.Equal(rt, "duplicate", got.Outcome)
	}
}

// agrees compares counters and the lists of the last days with the model.
func (d *desk) agrees(t *testing.T, rt *rapid.T, m *gateModel) {
	u := d.usage(t)
	for back := range 4 {
		day := model.DateOf(d.house.Clock.Now()).AddDays(-back)
		a, b, c, total := u.On(day)
		require.Equal(rt, m.counts(day), [4]int{a, b, c, total}, "on %s", day)
		require.LessOrEqual(rt, a, capDay)
		require.LessOrEqual(rt, b, capMonth)
		require.LessOrEqual(rt, c, capYear)
		count, reversed := 0, 0
		for _, use := range m.uses {
			if model.DateOf(use.at) == day {
				count++
				if use.reversed {
					reversed++
				}
			}
		}
		listed, err := d.Day(t.Context(), gate, day, "", 1)
		require.NoError(rt, err)
		require.Equal(rt, [2]int{count, reversed}, [2]int{listed.Count, listed.Reversed}, "totals of %s", day)
	}
}
