package benefit_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
)

// withCompanions is the ticket with two companions at most.
func withCompanions(t *testing.T) inForce {
	return inForce{book(t, "basePriceFen: 4000", "basePriceFen: 4000\ncompanions: 2")}
}

func fen(n int64) *int64 { return &n }

// A holder brings as many as the rule allows; all of them pay alike, the gate hears what they
// pay together, and the use counts once.
func TestCompanions_fromIssueToSettlement(t *testing.T) {
	d := open(t)
	d.Rules = withCompanions(t)
	for _, n := range []int{-1, 3} {
		_, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket, Companions: n}, nil)
		require.True(t, model.Is(err, model.CodeInvalidRequest), err)
	}
	issued, err := d.Issue(t.Context(), d.holder, benefit.Wanted{Benefit: ticket, Companions: 2}, nil)
	require.NoError(t, err)
	c, err := d.Check(t.Context(), gate, issued.Text)
	require.NoError(t, err)
	require.Equal(t, benefit.Check{Result: "pass", BenefitCode: ticket, PayPercent: 60, PayFen: fen(7200), Companions: 2, HolderMasked: "王*"}, c)
	r, err := d.Redeem(t.Context(), gate, issued.Text, nil)
	require.NoError(t, err)
	require.Equal(t, []any{"pass", 2, int64(7200), int64(12000), int64(2400)}, []any{r.Result, r.Companions, *r.PayFen, *r.StandardFen, *r.Decision.PayFen})
	require.Equal(t, 1, d.usage(t).Total)
	again, err := d.replays().Replay(t.Context(), operator, benefit.ReplayQuestion{RedemptionNo: r.No})
	require.NoError(t, err)
	require.True(t, again.Same())

	// Without a network the second use of the day is over the cap, and a pass is used twice.
	at := d.house.Clock.Now()
	text := d.mintFor(t, pass.Claims{Benefit: ticket, PayPercent: 60, Companions: 1, HolderMasked: "王*", Site: site})
	out := d.upload(t, gate, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "a"}, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "b"})
	require.Equal(t, []any{"standard", int64(8000), int64(3200)}, []any{out[0].Redemption.Result, *out[0].Redemption.PayFen, out[0].DifferenceFen})
	require.Equal(t, []any{"duplicate", int64(3200)}, []any{out[1].Outcome, out[1].DifferenceFen})

	var file strings.Builder
	s, err := d.Settle(t.Context(), gate, "", "", benefit.NewSettlementCSV(&file))
	require.NoError(t, err)
	require.Equal(t, benefit.Sums{Uses: 2, Granted: 1, Duplicates: 1, Companions: 3, Standard: 20000, Due: 15200, Relief: 4800, Difference: 6400}, s.Totals)
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "同行人", rows[0][8])
	require.Equal(t, []string{"2", "1", "1"}, []string{rows[1][8], rows[2][8], rows[3][8]})
}

// mintFor signs a pass of the holder that is good offline too.
func (d *desk) mintFor(t *testing.T, claims pass.Claims) string {
	claims.ID, claims.IssuedAt = pass.NewID(), d.house.Clock.Now().Truncate(time.Second)
	claims.ExpiresAt, claims.OfflineUntil = claims.IssuedAt.Add(time.Minute), claims.IssuedAt.Add(10*time.Minute)
	text, err := d.Passes.Mint(t.Context(), d.holder.Subject, claims)
	require.NoError(t, err)
	return text
}

// At the standard price a gate hears the same for every cause, companions or not: their number
// is what the pass says, which the gate can read anyway.
func TestCompanions_neutral(t *testing.T) {
	want := benefit.Check{Result: "standard", BenefitCode: ticket, PayPercent: 100, PayFen: fen(12000), Companions: 2, HolderMasked: "王*"}
	for name, happens := range map[string]func(*desk){
		"listed":  func(d *desk) { d.list(false) },
		"used":    func(d *desk) { useOnce(t, d) },
		"another": func(d *desk) { useOther(t, d) },
		"paused":  func(d *desk) { d.Rules = inForce{book(t, "status: published", "status: paused")} },
	} {
		d := open(t)
		d.Rules = withCompanions(t)
		text := d.mint(t, d.holder.Subject, pass.Claims{Benefit: ticket, PayPercent: 60, Companions: 2, HolderMasked: "王*", Site: site})
		happens(d)
		c, err := d.Check(t.Context(), gate, text)
		require.NoError(t, err)
		require.Equal(t, want, c, name)
	}
	// A rule that allows fewer from now on: as many come in.
	d := open(t)
	d.Rules = inForce{book(t, "basePriceFen: 4000", "basePriceFen: 4000\ncompanions: 1")}
	r, err := d.Redeem(t.Context(), gate, d.mint(t, d.holder.Subject, pass.Claims{Benefit: ticket, PayPercent: 60, Companions: 2, HolderMasked: "王*", Site: site}), nil)
	require.NoError(t, err)
	require.Equal(t, []any{"pass", 1, int64(4800)}, []any{r.Result, r.Companions, *r.PayFen})
}
