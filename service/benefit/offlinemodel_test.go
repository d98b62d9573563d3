package benefit_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// Random checks, redemptions, reversals, uploads, pauses, changes of the budget, clock jumps and
// crashes agree with the model: no cap and no budget is ever exceeded, nothing that was
// acknowledged is lost, nothing counts twice, and no visit has two benefits.
func TestGate_agreesWithAPlainModel(t *testing.T) {
	fuse := &fuse{}
	d := openOver(t, func(driver store.Driver) store.Driver { fuse.Driver = driver; return fuse })
	made := books{}
	var before []*modelUse
	d.house.Clock.Set(time.Date(2026, 12, 29, 10, 0, 0, 0, model.Shanghai))
	person := 100
	rapid.Check(t, func(rt *rapid.T) {
		person++
		d.newHolder(person)
		m := &gateModel{uses: map[string]*modelUse{}, before: before}
		m.rule.caps = rapid.SampledFrom([]rules.Per{{Day: 2, Month: 3, Year: 4}, {Day: 2, Month: 4, Year: 3}}).Draw(rt, "caps")
		m.rule.cooldown = rapid.SampledFrom([]int{0, 0, 20, 90}).Draw(rt, "cooldown")
		m.rule = m.rule.changed(rt)
		d.Rules = made.of(t, m.rule)
		start := d.house.Clock.Now()
		last := start
		defer func() { // also where the run ends early: days of their own for the next holder
			before = append(before, slices.Collect(maps.Values(m.uses))...)
			d.house.Clock.Set(last.AddDate(0, 0, 8))
		}()
		back := func(rt *rapid.T) { // another process's clock, or one that was set right
			to := d.house.Clock.Now().Add(-time.Duration(rapid.IntRange(1, 14).Draw(rt, "back")) * time.Hour)
			if to.Before(start) || to.Before(last.AddDate(0, 0, -3)) {
				rt.Skip("the days before are another holder's, or their counts are forgotten")
			}
			d.house.Clock.Set(to)
			m.behind = true
		}
		crash := func() {
			d.house.Crash()
			d.start(t, d.Rules)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) {
				last = latest(last, d.house.Clock.Now())
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
			"back": back,
			"back and in": func(rt *rapid.T) {
				back(rt)
				m.passes = append(m.passes, &modelPass{text: d.offlinePass(t), issued: d.house.Clock.Now().Truncate(time.Second)})
				d.modelRedeemOf(rt, m, m.passes[len(m.passes)-1])
			},
			"change": func(rt *rapid.T) {
				m.rule = m.rule.changed(rt)
				d.Rules = made.of(t, m.rule)
			},
			"the other benefit": func(rt *rapid.T) { d.modelBeside(rt, m) },
			"redeem":            func(rt *rapid.T) { d.modelRedeem(rt, m) },
			"reverse":           func(rt *rapid.T) { d.modelReverse(rt, m) },
			"upload":            func(rt *rapid.T) { d.modelUpload(rt, m) },
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
	m.idle(d.house.Clock.Now(), d.usage(d.house.T).LastAt)
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
		p.use = &modelUse{no: r.No, at: r.At, counts: r.Result == "pass", offline: step == "upload", device: "a"}
		m.agrees(rt, r.Result, r.At, d.house.Clock.Now())
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

func (d *desk) modelRedeem(rt *rapid.T, m *gateModel) { d.modelRedeemOf(rt, m, m.pick(rt)) }

func (d *desk) modelRedeemOf(rt *rapid.T, m *gateModel, p *modelPass) {
	now := d.house.Clock.Now()
	early, late := now.Before(p.issued.Add(-pass.ClockSkew)), !now.Before(p.issued.Add(time.Minute))
	used := latest(now, m.last()) // uses of a holder never go back, whatever the clock does
	c, err := d.Check(rt.Context(), gate, p.text)
	require.NoError(rt, err)
	switch {
	case early || late || p.use != nil:
		require.Equal(rt, "retry", c.Result)
	case !m.rested(used): // it would be redeemed then
		require.Equal(rt, "standard", c.Result)
	default:
		m.agrees(rt, c.Result, now, now)
	}
	key := anyKey(rt)
	r, err := d.Service.Redeem(rt.Context(), anyShift(rt), benefit.Scan{Pass: p.text, Key: key}, nil)
	switch {
	case early:
		require.True(rt, model.Is(err, model.CodePassInvalid), err)
	case p.use.lost(key):
		require.NoError(rt, err)
		require.Equal(rt, []any{true, p.use.no, p.use.at.UTC().Truncate(time.Millisecond)}, []any{r.Replayed, r.No, r.At})
		if !late {
			m.idle(now, used)
		}
	case late:
		require.True(rt, model.Is(err, model.CodePassExpired), err)
	case p.use != nil:
		require.True(rt, model.Is(err, model.CodePassUsed), err)
		m.idle(now, used)
	default:
		require.NoError(rt, err)
		m.agrees(rt, r.Result, used, now)
		require.Equal(rt, used.UTC().Truncate(time.Millisecond), r.At)
		p.use = &modelUse{no: r.No, at: r.At, counts: r.Result == "pass", key: key}
		m.uses[r.No] = p.use
		if !p.use.counts { // a unit was looked for all the same
			m.idle(now, used)
		}
	}
}

// modelBeside uses the benefit that excludes the ticket, which has no budget.
func (d *desk) modelBeside(rt *rapid.T, m *gateModel) {
	at := d.house.Clock.Now()
	text := d.passOf(d.house.T, other)
	u, err := d.benefits.Usage(rt.Context(), d.holder.Subject, other)
	require.NoError(rt, err)
	at = latest(at, u.LastAt)
	day := model.DateOf(at)
	free := m.counts(day)[0] == 0 && m.usedBeside(func(d model.Date) bool { return d == day }) == 0 &&
		m.usedBeside(func(d model.Date) bool { return d[:4] == day[:4] }) < 12
	r, err := d.Redeem(rt.Context(), gate, text, nil)
	require.NoError(rt, err)
	require.Equal(rt, free, r.Result == "pass")
	m.uses[r.No] = &modelUse{no: r.No, at: r.At, counts: free, beside: true}
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
	use.AttemptKey = anyKey(rt)
	late, by := now.Sub(use.AcceptedAt), anyShift(rt)
	out, err := d.Upload(rt.Context(), by, []benefit.OfflineUse{use}, nil)
	require.NoError(rt, err)
	switch got, same := out[0], p.use != nil && (p.use.offline && p.use.device == use.Device && p.use.at.Equal(use.AcceptedAt) || !p.use.offline && p.use.lost(use.AttemptKey)); {
	case late > 72*time.Hour && late < 10*24*time.Hour && same && !use.AcceptedAt.Before(p.issued) && use.AcceptedAt.Before(p.issued.Add(10*time.Minute)):
		require.Equal(rt, []string{"accepted", p.use.no}, []string{got.Outcome, got.Redemption.No})
	case late > 72*time.Hour, late < -pass.ClockSkew, use.AcceptedAt.Before(p.issued), !use.AcceptedAt.Before(p.issued.Add(10 * time.Minute)):
		require.Equal(rt, "rejected", got.Outcome)
	case p.use == nil:
		require.Equal(rt, "accepted", got.Outcome)
		m.agrees(rt, got.Redemption.Result, use.AcceptedAt, now)
		p.use = &modelUse{no: got.Redemption.No, at: use.AcceptedAt, counts: got.Redemption.Result == "pass", offline: true, device: use.Device, key: use.AttemptKey}
		m.uses[p.use.no] = p.use
		if !p.use.counts {
			m.idle(now, d.usage(d.house.T).LastAt)
		}
	case !p.use.offline && p.use.lost(use.AttemptKey):
		require.Equal(rt, []string{"accepted", p.use.no}, []string{got.Outcome, got.Redemption.No})
		p.use.owes = p.use.owes || !p.use.counts && !p.use.reversed
		require.Equal(rt, map[bool]int64{true: 1600}[p.use.owes], got.DifferenceFen)
		m.idle(now, d.usage(d.house.T).LastAt)
	case p.use.offline && p.use.device == use.Device && p.use.at.Equal(use.AcceptedAt):
		require.Equal(rt, []string{"accepted", p.use.no}, []string{got.Outcome, got.Redemption.No})
		m.idle(now, d.usage(d.house.T).LastAt)
	default:
		require.Equal(rt, "duplicate", got.Outcome)
		m.idle(now, d.usage(d.house.T).LastAt)
	}
}

// agrees compares counters and the lists of the last days with the model.
func (d *desk) agrees(t *testing.T, rt *rapid.T, m *gateModel) {
	u := d.usage(t)
	require.True(rt, u.LastAt.Equal(m.last()), "last use %v, want %v", u.LastAt, m.last())
	for back := range 4 {
		day := model.DateOf(d.house.Clock.Now()).AddDays(-back)
		a, b, c, total := u.On(day)
		require.Equal(rt, m.counts(day), [4]int{a, b, c, total}, "on %s", day)
		require.LessOrEqual(rt, a, m.rule.caps.Day)
		require.LessOrEqual(rt, b, m.rule.caps.Month)
		require.LessOrEqual(rt, c, m.rule.caps.Year)
		count, reversed := 0, 0
		for _, use := range m.uses {
			if model.DateOf(use.at) == day {
				count++
				if use.reversed {
					reversed++
				}
			}
		}
		n, back, err := store.NewBenefits(d.house.Driver).Totals(t.Context(), site, day)
		require.NoError(rt, err)
		require.Equal(rt, [2]int{count, reversed}, [2]int{n, back}, "totals of %s", day)
		if m.behind { // what this process added up before knows clocks that differ a little
			continue
		}
		listed, err := d.Day(t.Context(), gate, day, "", 1)
		require.NoError(rt, err)
		require.Equal(rt, [2]int{count, reversed}, [2]int{listed.Count, listed.Reversed}, "list of %s", day)
	}
}
