package benefit

import (
	"context"
	"slices"
	"strings"

	"xinyi/model"
)

// Day is the redemptions of a caller's sites on one day.
type Day struct {
	Items           []*model.Redemption
	Next            string
	Count, Reversed int
	// Duplicates are passes that were taken without a network although they were used
	// elsewhere; DifferenceFen is what was paid too little for them.
	Duplicates    int
	DifferenceFen int64
}

// Day lists the caller's own sites together, newest first; "" is today. The look is noted in
// the log, but a gate sees its own day also while that cannot be written. CodeForbidden for a
// caller without any site.
func (s *Service) Day(ctx context.Context, p model.Principal, day model.Date, after string, limit int) (Day, error) {
	sites := slices.Compact(slices.Sorted(slices.Values(p.Sites)))
	if len(sites) == 0 {
		return Day{}, model.Errorf(model.CodeForbidden, "该账号没有绑定站点，请联系管理员。")
	}
	if day == "" {
		day = model.DateOf(s.Clock.Now())
	}
	from := "" // day and number of the last one shown: the position in each site's list
	if after != "" {
		at := slices.IndexFunc(sites, func(site string) bool { return strings.HasPrefix(after, site+"/"+string(day)+"/") })
		if at < 0 {
			return Day{}, model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
		}
		from = after[len(sites[at]):]
	}
	var out Day
	more := false
	for _, site := range sites {
		next, err := s.addSite(ctx, &out, site, day, from, limit)
		if err != nil {
			return Day{}, err
		}
		more = more || next != ""
	}
	slices.SortFunc(out.Items, func(a, b *model.Redemption) int { return strings.Compare(b.No, a.No) })
	if len(out.Items) > limit {
		out.Items, more = out.Items[:limit], true
	}
	if more {
		out.Next = out.Items[len(out.Items)-1].ID
	}
	ev := s.event(p, "gate.list", "", nil)
	ev.Outcome, ev.Ref = "shown", string(day)
	for _, r := range out.Items {
		if !slices.Contains(ev.Subjects, r.Holder) {
			ev.Subjects = append(ev.Subjects, r.Holder)
		}
	}
	s.Auditor.Note(ev)
	return out, nil
}

// addSite adds the next redemptions of a site and its totals.
func (s *Service) addSite(ctx context.Context, out *Day, site string, day model.Date, from string, limit int) (next string, err error) {
	if from != "" {
		from = site + from
	}
	items, next, err := s.Store.Redemptions(ctx, site, day, from, limit)
	if err != nil {
		return "", err
	}
	count, reversed, err := s.Store.Totals(ctx, site, day)
	if err != nil {
		return "", err
	}
	duplicates, difference, err := s.Store.Duplicates(ctx, site, day)
	if err != nil {
		return "", err
	}
	out.Items = append(out.Items, items...)
	out.Count, out.Reversed = out.Count+count, out.Reversed+reversed
	out.Duplicates, out.DifferenceFen = out.Duplicates+duplicates, out.DifferenceFen+difference
	return next, nil
}
