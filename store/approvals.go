package store

import (
	"context"
	"time"

	"xinyi/model"
)

const (
	collApprovals = "approvals"
	// collReminderPositions: reader → how far it came in the reminders.
	collReminderPositions = "reminder_positions"
)

func approvalIndexes() map[string][]Index {
	return map[string][]Index{
		collApprovals: {{Name: "queue", Fields: []string{"queue", "supplyBy"}}, {Name: "unit", Fields: []string{"unit"}},
			{Name: "remind", Fields: []string{"remindOn"}}},
		collReminderPositions: nil,
	}
}

// Approvals keeps the cases of the windows (信易批办件); it satisfies service/approval.Store.
type Approvals struct {
	driver    Driver
	cases     *Collection[model.ApprovalCase]
	positions *Collection[model.ReminderPosition]
	answers   *Collection[model.IdempotencyRecord]
	promises  *Commitments
	messages  *Collection[model.Message]
}

// NewApprovals gives the repository; promises are written with their cases.
func NewApprovals(promises *Commitments) *Approvals {
	d := promises.subjects.driver
	return &Approvals{driver: d, promises: promises, answers: answers(d), messages: messages(d),
		cases: NewCollection(d, CollectionOptions[model.ApprovalCase]{Name: collApprovals, ID: func(c *model.ApprovalCase) string { return c.No },
			Rev: func(c *model.ApprovalCase) *int64 { return &c.Rev }}),
		positions: NewCollection(d, CollectionOptions[model.ReminderPosition]{Name: collReminderPositions,
			ID: func(p *model.ReminderPosition) string { return p.ID }, Rev: func(p *model.ReminderPosition) *int64 { return &p.Rev }})}
}

// Case gives one case: CodeNotFound if there is none.
func (a *Approvals) Case(ctx context.Context, no string) (*model.ApprovalCase, error) {
	return a.cases.Get(ctx, no)
}

// Cases gives all cases of a window, newest first, after the position.
func (a *Approvals) Cases(ctx context.Context, unit, after string, limit int) ([]*model.ApprovalCase, string, error) {
	list, err := a.cases.Find(ctx, Query{Index: "unit", Equal: []any{unit}, Desc: true, Limit: limit, After: after})
	return list.Items, list.Next, err
}

// Awaited gives the cases of a queue whose papers are due from the first day on and before the
// second ("" = open), soonest first, after the position.
func (a *Approvals) Awaited(ctx context.Context, queue string, from, before model.Date, after string, limit int) ([]*model.ApprovalCase, string, error) {
	q := Query{Index: "queue", Equal: []any{queue}, Limit: limit, After: after}
	if from != "" {
		q.From = string(from)
	}
	if before != "" {
		q.To = string(before)
	}
	list, err := a.cases.Find(ctx, q)
	return list.Items, list.Next, err
}

// WriteApproval does one change of a case whole or not at all: CodeConflict when something
// moved, CodeExists for a used idempotency key.
func (a *Approvals) WriteApproval(ctx context.Context, w model.ApprovalWrite) error {
	var b Batch
	addAnswer(&b, a.answers, w.Answer)
	b.Add(write(a.cases, &w.Case, w.Case.Rev))
	if w.Promise != nil {
		if err := a.promises.add(&b, w.Promise); err != nil {
			return err
		}
	}
	if w.Message != nil {
		b.Add(a.messages.InsertOp(w.Message))
	}
	b.AddOps(AuditOps(w.Audit)...)
	return promiseError(b.Apply(ctx, a.driver))
}

// Reminding gives cases whose day to remind has come, accepted before a moment, in order of
// that day and number, after the position: such a place. It stops at the first case that came
// in later: that one may still have neighbours on their way.
func (a *Approvals) Reminding(ctx context.Context, by model.Date, settled time.Time, after string, limit int) ([]*model.ApprovalCase, error) {
	q := Query{Index: "remind", To: string(by.AddDays(1))}
	if day := model.DueOf(after); day != "" {
		q.From = string(day)
	}
	var found []*model.ApprovalCase
	err := enough(a.cases.Each(ctx, q, func(c *model.ApprovalCase) error {
		switch {
		case c.ReminderPlace() <= after:
			return nil
		case len(found) == limit || !c.AcceptedAt.Before(settled):
			return errEnough
		}
		found = append(found, c)
		return nil
	}))
	return found, err
}

// Position gives how far a reader came; Rev 0 before its first reading.
func (a *Approvals) Position(ctx context.Context, reader string) (model.ReminderPosition, error) {
	return orNew(ctx, a.positions, reader, model.ReminderPosition{ID: reader})
}

// SavePosition writes a position over its revision: CodeConflict when another was faster.
func (a *Approvals) SavePosition(ctx context.Context, p model.ReminderPosition) error {
	var b Batch
	b.Add(write(a.positions, &p, p.Rev))
	err := b.Apply(ctx, a.driver)
	if model.Is(err, model.CodeExists) {
		return model.Wrap(err, model.CodeConflict, "另一个进程刚读过，请稍后再读。")
	}
	return err
}
