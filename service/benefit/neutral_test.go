package benefit_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// operations writes down what the engine is asked to do, but for the tree of the log, which
// grows by itself, and the budget of the benefit, which says nothing about a holder.
type operations struct {
	store.Driver
	budgets bool // write those down too
	mu      sync.Mutex
	done    []string
}

func (o *operations) note(what string, colls ...string) {
	for _, own := range []string{"audit_tree", "audit_origins", "budget"} {
		if strings.Contains(colls[0], own) && !(o.budgets && own == "budget") {
			return
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = append(o.done, what+" "+strings.Join(colls, " "))
}

// take gives what was done since the last time.
func (o *operations) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := o.done
	o.done = nil
	return done
}

func (o *operations) Get(ctx context.Context, coll, id string) (store.Doc, error) {
	o.note("get", coll)
	return o.Driver.Get(ctx, coll, id)
}

func (o *operations) GetMany(ctx context.Context, coll string, ids []string) ([]store.Doc, error) {
	o.note(fmt.Sprintf("get %d", len(ids)), coll)
	return o.Driver.GetMany(ctx, coll, ids)
}

func (o *operations) Find(ctx context.Context, coll string, q store.Query) (store.Page, error) {
	o.note("find", coll)
	return o.Driver.Find(ctx, coll, q)
}

func (o *operations) Apply(ctx context.Context, ops []store.Op) error {
	var colls []string
	for _, op := range ops {
		colls = append(colls, fmt.Sprintf("%s:%d", op.Coll, op.Kind))
	}
	o.note("write", colls...)
	return o.Driver.Apply(ctx, ops)
}

// watching is an engine of one process, which can tell that nothing was written.
type watching struct {
	*operations
	store.Watcher
}

func (o *operations) watching(t *testing.T) store.Driver {
	if !o.Capabilities().Watching {
		t.Skip("skipped by declared capability: watching")
	}
	return watching{o, o.Driver.(store.Watcher)}
}

// standardCauses are all there are; each changes the rule, what is known about the holder, or
// the gate.
var standardCauses = []struct {
	name         string
	rule         string // stands in for the caps of the rule
	happens      func(t *testing.T, d *desk)
	site         string
	reason       string
	redeemsAlike bool
}{
	{"listed", "", func(t *testing.T, d *desk) { d.list(false) }, "", "", true},
	{"listed and disputed", "", func(t *testing.T, d *desk) { d.list(true) }, "", "", true},
	{"without a level", "", func(t *testing.T, d *desk) {
		d.house.Change(d.holder.Subject, func(f *model.SubjectFile) { f.LevelOptIn, f.Judgement = false, nil })
	}, "", "", true},
	{"used today", "", useOnce, "", "", true},
	{"used a minute ago", "cooldownMinutes: 30", useOnce, "", "", true},
	{"used another of the site today", "", useOther, "", "", true},
	{"no unit left", "per: {day: 5}\nbudget: {total: 1}", useOnce, "", "", true},
	{"not at this hour", "timeWindow: {hours: [\"00:00-01:00\"]}", nil, "", "", true},
	{"not on this day", "timeWindow: {blackoutDates: [2026-11-22]}", nil, "", "", true},
	{"ended", "validTo: 2026-11-21", nil, "", "unknown_benefit", true},
	{"paused", "paused", nil, "", "unknown_benefit", true},
	{"at another gate", "", nil, "other-park", "wrong_site", false}, // a redemption is refused there, nothing is used up
}

func useOnce(t *testing.T, d *desk) {
	_, err := d.Redeem(t.Context(), gate, d.issueAnew(t), nil)
	require.NoError(t, err)
}

// useOther uses the benefit that excludes the ticket.
func useOther(t *testing.T, d *desk) {
	_, err := d.Redeem(t.Context(), gate, d.mint(t, d.holder.Subject, pass.Claims{Benefit: "TT-PARK-80", PayPercent: 80, Site: site}), nil)
	require.NoError(t, err)
}

// list puts the holder on the list of the gravely untrustworthy.
func (d *desk) list(disputed bool) {
	entry := servicetest.Record(d.row, model.RecordListEntry, "严重失信主体名单", "2026-11-20")
	entry.List, entry.LegalBasis, entry.Disputed = "serious", "河南省社会信用条例第三十四条", disputed
	d.house.Import(entry)
}

// Whatever makes it the standard price, a gate hears the same, and the same is read and
// written; the cause is in the log.
func TestStandard_oneAnswerForEveryCause(t *testing.T) {
	t.Run("reading each time", func(t *testing.T) {
		oneAnswer(t, func(o *operations) store.Driver { return o })
	})
	t.Run("reading what was written", func(t *testing.T) {
		oneAnswer(t, func(o *operations) store.Driver { return o.watching(t) })
	})
}

func oneAnswer(t *testing.T, engine func(*operations) store.Driver) {
	var answer benefit.Check
	var checked, redeemed []string
	for i, c := range standardCauses {
		ops := &operations{}
		d := openOver(t, func(driver store.Driver) store.Driver { ops.Driver = driver; return engine(ops) })
		first, second := d.issueAnew(t), d.issueAnew(t)
		switch c.rule {
		case "":
		case "paused":
			d.Rules = inForce{book(t, "status: published", "status: paused")}
		default:
			d.Rules = inForce{book(t, "per: {day: 1, year: 12}", c.rule)}
		}
		if c.happens != nil {
			c.happens(t, d)
		}
		by := gate
		if c.site != "" {
			by.Sites = []string{c.site}
		}
		_, err := d.Check(t.Context(), by, first) // what can be remembered is
		require.NoError(t, err)
		ops.take()
		got, err := d.Check(t.Context(), by, second)
		require.NoError(t, err)
		did := ops.take()
		if i == 0 {
			answer, checked = got, did
			t.Logf("a check: %q", did)
		}
		require.Equal(t, "standard", got.Result, c.name)
		require.Equal(t, answer, got, c.name)
		require.Equal(t, checked, did, c.name)
		seen := d.house.Log.Seen("gate.check")
		require.Equal(t, c.reason, seen[len(seen)-1].Reason, c.name)
		if !c.redeemsAlike {
			continue
		}
		r, err := d.Redeem(t.Context(), by, second, nil)
		require.NoError(t, err)
		did = ops.take()
		if i == 0 {
			redeemed = did
			t.Logf("a redemption: %q", did)
		}
		require.Equal(t, "standard", r.Result, c.name)
		require.Equal(t, []int64{4000, 4000}, []int64{*r.PayFen, *r.StandardFen}, c.name)
		require.Equal(t, alike(redeemed), alike(did), c.name)
	}
}

// With the budget used up, a redemption looks for a unit whatever else is against the use: how
// long the answer takes does not tell one cause from the other.
func TestStandard_budgetUsedUp(t *testing.T) {
	var did [][]string
	for _, happens := range []func(*testing.T, *desk){nil, func(_ *testing.T, d *desk) { d.list(false) }} {
		ops := &operations{budgets: true}
		d := openOver(t, func(driver store.Driver) store.Driver { ops.Driver = driver; return ops })
		d.Rules = inForce{book(t, "per: {day: 1, year: 12}", "per: {day: 5}\nbudget: {total: 1}")}
		useOnce(t, d)
		if happens != nil {
			happens(t, d)
		}
		text := d.issueAnew(t)
		_, err := d.Check(t.Context(), gate, text) // what can be remembered is
		require.NoError(t, err)
		ops.take()
		r, err := d.Redeem(t.Context(), gate, text, nil)
		require.NoError(t, err)
		require.Equal(t, "standard", r.Result)
		did = append(did, alike(ops.take()))
	}
	require.Equal(t, did[0], did[1])
	require.Contains(t, strings.Join(did[0], "\n"), "budget")
}

// alike takes the first use of a benefit and a later one for the same write.
func alike(ops []string) []string {
	out := make([]string, len(ops))
	for i, op := range ops {
		out[i] = strings.NewReplacer("usage:1", "usage", "usage:2", "usage").Replace(op)
	}
	return out
}
