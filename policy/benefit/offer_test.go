package benefit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// Of benefits that exclude each other the one that costs least is best, whatever their order;
// others are not compared.
func TestOffers(t *testing.T) {
	price, other := int64(4000), int64(5000)
	rule := func(code, site string, v benefit.Value, base *int64, stackable bool) *benefit.Rule {
		return &benefit.Rule{Definition: benefit.Definition{Code: code, Title: code, SiteID: site, Value: v, BasePriceFen: base, Stackable: stackable}}
	}
	percent := func(n int) benefit.Value { return benefit.Value{Type: benefit.ValuePercent, Value: n} }
	quota := func(n int) benefit.Value { return benefit.Value{Type: benefit.ValueQuota, Value: n, Unit: "册"} }
	decide := func(r *benefit.Rule, o model.Outcome) benefit.Offered {
		d := model.Decision{Outcome: o, PayPercent: 100}
		if o == model.Eligible {
			var fen *int64
			d.PayPercent, fen = r.Price()
			d.PayFen = fen
		}
		return benefit.Offered{Rule: r, Decision: &d}
	}
	yes := func(r *benefit.Rule) benefit.Offered { return decide(r, model.Eligible) }
	all := []benefit.Offered{
		yes(rule("P80", "park", percent(80), &price, false)),
		yes(rule("P60", "park", percent(60), &price, false)),
		yes(rule("OFF10", "park", benefit.Value{Type: benefit.ValueAmount, Value: 1000}, &price, false)),
		decide(rule("FREE", "park", benefit.Value{Type: benefit.ValueFree}, &price, false), model.NotEligible),
		yes(rule("DEP0", "park", benefit.Value{Type: benefit.ValueDeposit}, &price, false)),
		yes(rule("OTHERPRICE", "park", percent(50), &other, false)),
		yes(rule("ELSEWHERE", "library", percent(10), &price, false)),
		yes(rule("BOOKS10", "library2", quota(10), nil, false)),
		yes(rule("BOOKS20", "library2", quota(20), nil, false)),
		yes(rule("SAME-B", "shop", percent(70), nil, false)),
		yes(rule("SAME-A", "shop", percent(70), nil, false)),
		yes(rule("WITH", "pool", percent(90), nil, true)),
		yes(rule("ALONE", "pool", percent(80), nil, false)),
	}
	got := map[string]string{}
	for i, o := range benefit.Offers(all) {
		if o != nil {
			got[all[i].Rule.Code] = map[bool]string{true: "best: "}[o.Best] + o.Text
		}
	}
	const apart = "best: 同一站点还有其他可享的优惠，一天只能选用一项。"
	const best, with = "best: 同一站点可享的优惠中，这一项最划算。", "best: 可与同一站点的其他优惠同时使用。"
	better := func(code string) string {
		return "“" + code + "”更划算，两项不能同时使用，建议选用那一项。"
	}
	require.Equal(t, map[string]string{"P80": better("P60"), "P60": best, "OFF10": better("P60"), "BOOKS10": better("BOOKS20"), "BOOKS20": best,
		"SAME-B": better("SAME-A"), "SAME-A": best, "DEP0": apart, "OTHERPRICE": apart, "WITH": with, "ALONE": with}, got)
}
