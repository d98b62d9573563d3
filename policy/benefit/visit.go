package benefit

import (
	"fmt"
	"slices"

	"xinyi/model"
)

// Excluding gives the benefits that cannot be used on the same visit as r: those at its site
// that day, none of the two being stackable. A visit is a holder's day at a site. A version
// decides for whole days, so that who asks later gets the same.
func (b *Book) Excluding(r *Rule, day model.Date) (others []*Rule) {
	if r.Stackable {
		return nil
	}
	for _, code := range b.sites[r.SiteID] {
		if code == r.Code {
			continue
		}
		if o := b.on(code, day); o != nil && o.SiteID == r.SiteID && o.SubjectType == r.SubjectType && !o.Stackable {
			others = append(others, o)
		}
	}
	return others
}

// Visited adds to a decision by this rule what was used on the same visit: used is one of those
// that exclude it, nil where none was used.
func (r *Rule) Visited(d model.Decision, used *Rule, day model.Date) model.Decision {
	reason := model.Reason{ID: ConditionVisit, Outcome: model.Eligible, Text: "今天在同一站点没有使用过不能同时使用的优惠。"}
	if used != nil {
		reason.Outcome, reason.Text = model.NotEligible, fmt.Sprintf("今天在同一站点已经使用“%s”，两项不能同时使用，明天 0 时起可使用本项；本次按标准执行。", used.Title)
		d.Outcome = model.NotEligible
		d.PayPercent, d.PayFen = r.pay(false)
		d.ValidUntil = model.Sooner(d.ValidUntil, spanEnd(day, SpanDay))
	}
	d.Conditions = slices.Concat(d.Conditions, []model.Reason{reason})
	return d
}
