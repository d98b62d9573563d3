package benefit

import (
	"cmp"
	"fmt"
	"slices"

	"xinyi/model"
)

// Offer says how a benefit stands beside the others that a holder may use at the same site.
type Offer struct {
	// Best is true for the one that costs the holder least (最划算) of those that exclude each
	// other, and for every one that may be used together with others.
	Best bool
	Text string
}

// Offered is a benefit with the decision for a holder.
type Offered struct {
	Rule     *Rule
	Decision *model.Decision
}

// Offers compares what a holder may use, in the order given; nil where a benefit is not
// eligible, or stands alone. Compared are benefits of one site that give the same kind of
// thing at the same standard price: prices with prices, deposits with deposits. Of equal ones
// the first by code is best. What is stackable may be used beside any other; of the rest one
// may be used on a visit, whether they can be compared or not.
func Offers(all []Offered) []*Offer {
	out := make([]*Offer, len(all))
	for i := range all {
		out[i] = offer(all, i)
	}
	return out
}

func offer(all []Offered, i int) *Offer {
	one := &all[i]
	if one.Decision.Outcome != model.Eligible {
		return nil
	}
	best, others, apart, beside := one, 0, 0, 0
	for j := range all {
		o := &all[j]
		if j == i || o.Decision.Outcome != model.Eligible || o.Rule.SiteID != one.Rule.SiteID {
			continue
		}
		if one.Rule.Stackable || o.Rule.Stackable {
			beside++
			continue
		}
		if !o.comparable(one) {
			apart++
			continue
		}
		others++
		if cmp.Or(o.worse(best), cmp.Compare(o.Rule.Code, best.Rule.Code)) < 0 {
			best = o
		}
	}
	switch {
	case others == 0 && apart > 0:
		return &Offer{Best: true, Text: "同一站点还有其他可享的优惠，一天只能选用一项。"}
	case others == 0 && beside == 0:
		return nil
	case others == 0:
		return &Offer{Best: true, Text: "可与同一站点的其他优惠同时使用。"}
	case best == one:
		return &Offer{Best: true, Text: "同一站点可享的优惠中，这一项最划算。"}
	}
	return &Offer{Text: fmt.Sprintf("“%s”更划算，两项不能同时使用，建议选用那一项。", best.Rule.Title)}
}

// comparable reports whether two benefits give the same kind of thing.
func (o *Offered) comparable(p *Offered) bool {
	return kindOfValue(o.Rule.Value) == kindOfValue(p.Rule.Value) &&
		(o.Rule.BasePriceFen == nil) == (p.Rule.BasePriceFen == nil) && (o.Rule.BasePriceFen == nil || *o.Rule.BasePriceFen == *p.Rule.BasePriceFen)
}

func kindOfValue(v Value) string {
	if slices.Contains([]ValueType{ValuePercent, ValueAmount, ValueFree}, v.Type) {
		return "price"
	}
	return string(v.Type) + v.Unit
}

// worse compares what the holder pays, or of quotas the other way round what is given: less
// than 0 if o is the better one.
func (o *Offered) worse(p *Offered) int {
	if o.Rule.Value.Type == ValueQuota {
		return cmp.Compare(p.Rule.Value.Value, o.Rule.Value.Value)
	}
	if o.Decision.PayFen != nil && p.Decision.PayFen != nil {
		return cmp.Compare(*o.Decision.PayFen, *p.Decision.PayFen)
	}
	return cmp.Compare(o.Decision.PayPercent, p.Decision.PayPercent)
}
