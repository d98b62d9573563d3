package listing

import (
	"context"

	"xinyi/model"
)

// maxMonths bounds one statistic.
const maxMonths = 24

// Stats counts the joint actions that began in each month from one to another, both
// included, by kind of list (统计分析): all for the office, those addressed to the own unit
// for a department. The cost follows the tasks of those months.
func (s *Service) Stats(ctx context.Context, p model.Principal, from, to string) ([]model.JointStat, error) {
	months, err := monthsOf(from, to)
	if err != nil {
		return nil, err
	}
	day := s.today()
	var out []model.JointStat
	for _, month := range months {
		byKind := map[model.ListKind]*tally{}
		err := s.Store.Month(ctx, month, func(t *model.JointTask) error {
			if p.Role == model.RoleOffice || p.Unit != "" && t.Unit == p.Unit {
				if byKind[t.Kind] == nil {
					byKind[t.Kind] = newTally(month, t.Kind)
				}
				byKind[t.Kind].add(t, day)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, kind := range []model.ListKind{model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch} {
			if t := byKind[kind]; t != nil {
				t.Actions, t.Subjects = len(t.actions), len(t.subjects)
				out = append(out, t.JointStat)
			}
		}
	}
	return out, nil
}

func monthsOf(from, to string) ([]string, error) {
	first, err := model.ParseDate(from + "-01")
	last, err2 := model.ParseDate(to + "-01")
	if err != nil || err2 != nil || last < first || first.AddMonths(maxMonths-1) < last {
		return nil, model.Invalid("?to", "range", "月份应为 YYYY-MM，从早到晚，至多 24 个月。")
	}
	var months []string
	for m := first; m <= last; m = m.AddMonths(1) {
		months = append(months, string(m[:7]))
	}
	return months, nil
}

// tally counts one month and kind.
type tally struct {
	model.JointStat
	actions, subjects map[string]bool
}

func newTally(month string, kind model.ListKind) *tally {
	return &tally{JointStat: model.JointStat{Month: month, Kind: kind, Measures: map[string]int{}}, actions: map[string]bool{}, subjects: map[string]bool{}}
}

func (c *tally) add(t *model.JointTask, day model.Date) {
	c.actions[t.Action], c.subjects[string(t.USCC)] = true, true
	c.Tasks++
	if !t.RespondedAt.IsZero() {
		c.Responded++
		if model.DateOf(t.RespondedAt) > t.RespondBy {
			c.Late++
		}
	}
	if !t.ReportedAt.IsZero() {
		c.Reported++
	}
	switch t.State {
	case model.JointDeclined:
		c.Declined++
	case model.JointLifting:
		c.Lifting++
	case model.JointLifted:
		c.Lifted++
	}
	if t.Queue != "" && t.Due < day {
		c.Overdue++
	}
	for _, code := range t.Applied {
		c.Measures[code]++
	}
}
