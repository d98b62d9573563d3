package benefit

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// WorkPublication is a draft of a rule that waits for its second person (复核公布).
const WorkPublication = "benefit_rule_publication"

// Waiting gives a reviewer the drafts that they had no hand in, due on the day from which they
// are to count. It satisfies service/worklist.Source.
func (s *RuleDesk) Waiting(_ context.Context, p model.Principal, after string, _ int) ([]model.WorkItem, error) {
	if p.Role != model.RoleReviewer {
		return nil, nil
	}
	drafts, err := s.Drafts.Drafts()
	if err != nil {
		return nil, err
	}
	var items []model.WorkItem
	for _, d := range drafts {
		item := model.WorkItem{Kind: WorkPublication, ID: d.Code, Title: d.Code, Ask: "复核并公布惠民规则草案。", Since: model.DateOf(d.At), Due: d.ValidFrom,
			Place: "benefit_rule/" + d.Code}
		if rule, err := benefit.Parse(d.Rules); err == nil {
			item.Title = rule.Title
		}
		if !slices.Contains(d.Authors, p.ID) && item.Key() > after {
			items = append(items, item)
		}
	}
	return items, nil
}
