package exchange

import (
	"cmp"
	"context"
	"strings"

	"xinyi/model"
)

// Waiting gives what the upstream platform sent back, or would, to the unit that reported
// it; the office sees all. It satisfies service/worklist.Source.
func (s *Service) Waiting(ctx context.Context, p model.Principal, after string, limit int) ([]model.WorkItem, error) {
	unit := p.Unit
	switch {
	case p.Role == model.RoleOffice:
		unit = ""
	case p.Role != model.RoleDepartment || unit == "":
		return nil, nil
	}
	// These have no clock: they come after all that have one.
	place := ""
	if due := model.DueOf(after); due > model.NoClock {
		return nil, nil
	} else if due == model.NoClock {
		place = strings.TrimPrefix(after, string(model.NoClock)+"/")
		place = strings.TrimSuffix(place, "/"+kindReturned)
	}
	rows, err := s.Store.Waiting(ctx, unit, place, limit)
	items := make([]model.WorkItem, len(rows))
	for i, r := range rows {
		items[i] = item(r)
	}
	return items, err
}

// kindReturned is a line that the platform refused, or that was held back.
const kindReturned = "upstream_return"

func item(r *model.ExchangeRow) model.WorkItem {
	title := r.Title
	if title == "" {
		title = "自然人行政许可或行政处罚信息"
	}
	ask := r.Reason
	if r.Status == model.ExchangeRejected {
		ask = strings.TrimSpace("上级平台退回 " + r.Code + "：" + r.Reason)
	}
	return model.WorkItem{Kind: kindReturned, ID: strings.ReplaceAll(string(r.Record), "/", "."), Title: title, Ask: ask, USCC: r.USCC, Unit: cmp.Or(r.UnitName, r.Unit),
		Since: r.Since, Due: model.NoClock, Place: r.Place}
}
