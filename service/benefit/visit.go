package benefit

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// visit is what a holder used, on one day, of the benefits that exclude one at its site (同一次到访).
type visit struct {
	visited
	day    model.Date
	usages []model.Usage // of the others, as they were read
}

// visited is what a decision says of a visit; one that was used makes it good for the day only.
type visited struct {
	any  bool          // other benefits exclude the rule
	used *benefit.Rule // the first of them that was used that day; nil = none
}

// visit reads it for a use at a moment; nothing is read where no other benefit excludes the
// rule. A nil rule has none.
func (s *Service) visit(ctx context.Context, holder model.SubjectID, rule *benefit.Rule, at time.Time) (v visit, err error) {
	if rule == nil {
		return v, nil
	}
	v.day = model.DateOf(at)
	for _, other := range s.Rules.Book().Excluding(rule, v.day) {
		v.any = true
		usage, err := s.Store.Usage(ctx, holder, other.Code)
		if err != nil {
			return v, err
		}
		v.usages = append(v.usages, usage)
		if n, _, _, _ := usage.On(v.day); n > 0 && v.used == nil {
			v.used = other
		}
	}
	return v, nil
}

// complete adds the visit to a decision by the rule.
func (v visit) complete(rule *benefit.Rule, d model.Decision) model.Decision {
	if !v.any {
		return d
	}
	return rule.Visited(d, v.used, v.day)
}
