// Package worklist shows one person what waits for them (待办), with clocks. Each desk that
// has such things is a Source; the list is their items in order of the due day.
package worklist

import (
	"cmp"
	"context"
	"slices"

	"xinyi/model"
)

// Source is a desk with things that wait for people.
type Source interface {
	// Waiting gives items of the caller whose key is after the position, at least the
	// first limit of them in order of model.WorkItem.Key (or all there are).
	Waiting(ctx context.Context, p model.Principal, after string, limit int) ([]model.WorkItem, error)
}

// Auditor records looks.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
}

// Service merges the sources. All fields are required.
type Service struct {
	Sources []Source
	Auditor Auditor
	Clock   model.Clock
}

// Waiting gives a page of the caller's work, soonest due first, logged before it is
// answered; next is "" at the end.
func (s *Service) Waiting(ctx context.Context, p model.Principal, after string, limit int) (items []model.WorkItem, next string, err error) {
	for _, source := range s.Sources {
		some, err := source.Waiting(ctx, p, after, limit+1)
		if err != nil {
			return nil, "", err
		}
		items = append(items, some...)
	}
	slices.SortFunc(items, func(a, b model.WorkItem) int { return cmp.Compare(a.Key(), b.Key()) })
	if len(items) > limit {
		items = items[:limit]
		next = items[limit-1].Key()
	}
	ev := model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: "worklist.view",
		Purpose: model.PurposeOther, Outcome: "shown", RequestID: p.RequestID}
	return items, next, s.Auditor.Record(ctx, ev)
}
