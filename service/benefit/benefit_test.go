package benefit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

const (
	ticket = "TT-PARK-60" // at 60 percent for the excellent, once a day, twelve times a year
	site   = "tieta-park"
)

var gate = model.Principal{ID: "gate-1", Role: model.RoleGate, UnitName: "铁塔公园", Sites: []string{site}, RequestID: "req"}

type inForce struct{ book *rules.Book }

func (r inForce) Book() *rules.Book { return r.book }

// desk is the benefit desk with one holder who stands excellently.
type desk struct {
	*benefit.Service
	house    *servicetest.House
	benefits *store.Benefits
	holder   model.Principal
	row      *ingest.Row
}

func open(t *testing.T) *desk {
	t.Helper()
	return openOver(t, func(d store.Driver) store.Driver { return d })
}

// openOver is open with something between the engine and the desk.
func openOver(t *testing.T, between func(store.Driver) store.Driver) *desk {
	t.Helper()
	h := servicetest.OpenOver(t, between)
	loaded, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	d := &desk{house: h, row: h.Person(7, "王沐宸")}
	d.start(t, inForce{loaded})
	rows := []*ingest.Row{d.row}
	for i, title := range []string{"道德模范", "优秀志愿者", "先进工作者"} {
		honor := servicetest.Record(d.row, model.RecordHonor, title, "2026-05-10")
		honor.DocNo, honor.HonorLevel = fmt.Sprintf("顺民〔2026〕%d号", i+1), "city"
		rows = append(rows, honor)
	}
	h.Import(rows...)
	d.holder = h.Citizen(d.row)
	return d
}

// start puts a new process's desk in the house.
func (d *desk) start(t *testing.T, in benefit.Rules) {
	t.Helper()
	h := d.house
	passes := pass.NewCodec(h.Vault, h.Vault, 1000)
	d.benefits = store.NewBenefits(h.Driver)
	d.Service = &benefit.Service{Files: h.Credit, Rules: in, Passes: passes, Store: d.benefits, Sealer: h.Vault, MACs: h.Vault, Auditor: h.Log, IDs: h.IDs, Clock: h.Clock,
		Issuer: h.Vault, Counters: store.NewPassCounters(h.Driver), Budgets: store.NewBudgets(h.Driver)}
}

func (d *desk) issue(t *testing.T) string {
	t.Helper()
	issued, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket}, nil)
	require.NoError(t, err)
	return issued.Text
}

// Redeem redeems a pass of which nobody asks again.
func (d *desk) Redeem(ctx context.Context, p model.Principal, text string, receipt model.Receipt[model.Redemption]) (model.Redemption, error) {
	r, err := d.Service.Redeem(ctx, p, benefit.Scan{Pass: text}, receipt)
	return r.Redemption, err
}

func (d *desk) usage(t testing.TB) model.Usage {
	t.Helper()
	u, err := d.benefits.Usage(t.Context(), d.holder.Subject, ticket)
	require.NoError(t, err)
	return u
}

func TestPass_fromIssueToRedemption(t *testing.T) {
	d := open(t)
	text := d.issue(t)
	for range 2 { // a check changes nothing
		c, err := d.Check(t.Context(), gate, text)
		require.NoError(t, err)
		require.Equal(t, "pass", c.Result)
		require.Equal(t, 60, c.PayPercent)
		require.Equal(t, int64(2400), *c.PayFen)
		require.Equal(t, "王*", c.HolderMasked)
	}
	require.Zero(t, d.usage(t).Total)
	r, err := d.Redeem(t.Context(), gate, text, nil)
	require.NoError(t, err)
	require.Equal(t, "pass", r.Result)
	u := d.usage(t)
	require.Equal(t, []int{1, 1, 1, 1}, []int{u.DayCount, u.MonthCount, u.YearCount, u.Total})

	_, err = d.Redeem(t.Context(), gate, text, nil)
	require.True(t, model.Is(err, model.CodePassUsed), err)
	c, err := d.Check(t.Context(), gate, text)
	require.NoError(t, err)
	require.Equal(t, "retry", c.Result)
	require.Equal(t, u, d.usage(t))
	day, err := d.Day(t.Context(), gate, "", "", 10)
	require.NoError(t, err)
	require.Equal(t, 1, day.Count)
	require.Equal(t, r.No, day.Items[0].No)
	require.Len(t, d.house.Log.Seen("pass.issue"), 1)
	require.Len(t, d.house.Log.Seen("gate.check"), 3)
	redeemed := d.house.Log.Seen("gate.redeem")
	require.Len(t, redeemed, 2, "the refused one is logged too")
	require.Equal(t, []string{"pass", string(model.CodePassUsed)}, []string{redeemed[0].Outcome, redeemed[1].Outcome})
}

func TestPass_refusals(t *testing.T) {
	d := open(t)
	elsewhere := gate
	elsewhere.Sites = []string{"other-park"}
	text := d.issue(t)
	_, err := d.Redeem(t.Context(), elsewhere, text, nil)
	require.True(t, model.Is(err, model.CodePassWrongSite), err)
	c, err := d.Check(t.Context(), elsewhere, text)
	require.NoError(t, err)
	require.Equal(t, "standard", c.Result, "another site hears the standard price, as for every other cause")
	require.Equal(t, 100, c.PayPercent)

	for name, bad := range map[string]string{"cut": text[:len(text)-3], "changed": text[:40] + "A" + text[41:], "nothing": "x", "other": "XY1:ABC"} {
		if bad == text {
			continue
		}
		_, err := d.Redeem(t.Context(), gate, bad, nil)
		require.True(t, model.Is(err, model.CodePassInvalid), "%s: %v", name, err)
		c, err := d.Check(t.Context(), gate, bad)
		require.NoError(t, err)
		require.Equal(t, benefit.Check{Result: "retry", PayPercent: 100}, c, name)
	}
	d.house.Clock.Pass(59 * time.Second)
	c, err = d.Check(t.Context(), gate, text)
	require.NoError(t, err)
	require.Equal(t, "pass", c.Result)
	d.house.Clock.Pass(time.Second)
	_, err = d.Redeem(t.Context(), gate, text, nil)
	require.True(t, model.Is(err, model.CodePassExpired), err)
	c, err = d.Check(t.Context(), gate, text)
	require.NoError(t, err)
	require.Equal(t, "retry", c.Result)
	require.Zero(t, d.usage(t).Total)

	_, err = d.Issue(t.Context(), model.Principal{ID: "acct_1", Role: model.RoleCitizen}, benefit.Wanted{Benefit: ticket}, nil)
	require.True(t, model.Is(err, model.CodeNotVerified), err)
	_, err = d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: "N0-SUCH"}, nil)
	require.True(t, model.Is(err, model.CodeNotFound), err)
}

// Between issue and redemption the holder may lose the benefit: the pass is used up at the
// standard price, with the same documents, and no use is counted.
func TestRedeem_standardWritesTheSameDocuments(t *testing.T) {
	d := open(t)
	text := d.issue(t)
	entry := servicetest.Record(d.row, model.RecordListEntry, "严重失信主体名单", "2026-11-20")
	entry.List, entry.LegalBasis = "serious", "河南省社会信用条例第三十四条"
	d.house.Import(entry)
	r, err := d.Redeem(t.Context(), gate, text, nil)
	require.NoError(t, err)
	require.Equal(t, "standard", r.Result)
	require.Equal(t, 100, r.PayPercent)
	u := d.usage(t)
	require.Zero(t, u.Total)
	require.Equal(t, int64(1), u.Rev, "the counters' document is written, so that racing redemptions see each other")
	used, err := d.benefits.Used(t.Context(), r.PassID)
	require.NoError(t, err)
	require.True(t, used)
	day, err := d.Day(t.Context(), gate, "", "", 10)
	require.NoError(t, err)
	require.Equal(t, 1, day.Count)
	require.Equal(t, "standard", d.house.Log.Seen("gate.redeem")[0].Outcome)
	_, err = d.Redeem(t.Context(), gate, text, nil)
	require.True(t, model.Is(err, model.CodePassUsed), err)

	_, err = d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket}, nil)
	require.True(t, model.Is(err, model.CodeNotEligible), err)
	require.Len(t, d.house.Log.Seen("pass.issue"), 2, "the refusal is a decision too")
}

// issueAnew gives a pass that was issued before the holder's use of today, as one does who
// took several at once.
func (d *desk) issueAnew(t *testing.T) string {
	claims := pass.Claims{ID: pass.NewID(), Benefit: ticket, PayPercent: 60, HolderMasked: "王*", Site: site,
		IssuedAt: d.house.Clock.Now().Truncate(time.Second), ExpiresAt: d.house.Clock.Now().Truncate(time.Second).Add(time.Minute)}
	text, err := d.Passes.Mint(t.Context(), d.holder.Subject, claims)
	require.NoError(t, err)
	return text
}

func TestOwn_outcomes(t *testing.T) {
	d := open(t)
	outcome := func(p model.Principal) map[string]model.Outcome {
		all, err := d.Own(t.Context(), p)
		require.NoError(t, err)
		out := map[string]model.Outcome{}
		for _, b := range all {
			out[b.Rule.Code] = b.Decision.Outcome
		}
		return out
	}
	require.Equal(t, model.Eligible, outcome(d.holder)[ticket])
	outside := d.house.Person(9, "李菡萏")
	outside.LevelOptIn = false
	d.house.Import(outside)
	require.Equal(t, model.Undetermined, outcome(d.house.Citizen(outside))[ticket], "who did not join has no level: unknown, not refused")

	disputed := servicetest.Record(d.row, model.RecordListEntry, "严重失信主体名单", "2026-11-20")
	disputed.List, disputed.LegalBasis, disputed.Disputed = "serious", "河南省社会信用条例第三十四条", true
	d.house.Import(disputed)
	require.NotEqual(t, model.Eligible, outcome(d.holder)[ticket], "a disputed fact speaks for nobody")
	require.Len(t, d.house.Log.Noted("own_benefits.view"), 3)
}

// Decisions, redemptions and passes need the log; own views do not.
func TestDecisions_needTheLog(t *testing.T) {
	d := open(t)
	text := d.issue(t)
	d.house.Log.Broken.Store(true)
	_, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket}, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	c, err := d.Check(t.Context(), gate, text)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	require.Zero(t, c, "what is not logged is not told")
	_, err = d.Check(t.Context(), gate, "XY1:NO")
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	r, err := d.Redeem(t.Context(), gate, text, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	require.Zero(t, r)
	require.Zero(t, d.usage(t).Rev)
	_, err = d.Own(t.Context(), d.holder)
	require.NoError(t, err)
	d.house.Log.Broken.Store(false)
	_, err = d.Redeem(t.Context(), gate, text, nil)
	require.NoError(t, err, "the refused try used nothing up")
}
