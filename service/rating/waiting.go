package rating

import (
	"context"

	"xinyi/model"
	"xinyi/policy/sector"
)

// WorkPublication is a draft of a scheme that waits for its second person (复核发布).
const WorkPublication = "sector_publication"

// Waiting gives a reviewer the drafts that somebody else wrote, due on the day from which they
// are to count. It satisfies service/worklist.Source.
func (s *Schemes) Waiting(_ context.Context, p model.Principal, after string, _ int) ([]model.WorkItem, error) {
	if p.Role != model.RoleReviewer {
		return nil, nil
	}
	drafts, err := s.Drafts.Drafts()
	if err != nil {
		return nil, err
	}
	var items []model.WorkItem
	for _, d := range drafts {
		item := model.WorkItem{Kind: WorkPublication, ID: d.Key, Title: d.Key, Ask: "复核并发布行业评价办法草案。", Since: model.DateOf(d.At), Due: d.ValidFrom,
			Place: "sector/" + d.Key}
		if scheme, err := sector.Read(d.Rules); err == nil {
			item.Title = scheme.Name
		}
		if d.Author != p.ID && item.Key() > after {
			items = append(items, item)
		}
	}
	return items, nil
}
