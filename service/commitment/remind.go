package commitment

import (
	"context"

	"xinyi/model"
)

// Reminders hands the promises that are owed and whose last day is within the working days of
// the reminder (T-3 个工作日提醒) to deliver, at most limit at once. They come with every reading
// until that day: who delivers tells the same one once. Promises of approval cases are reminded
// of with their cases. CodeCalendarMissing when the days cannot be counted.
func (s *Service) Reminders(ctx context.Context, limit int, deliver func(context.Context, []*model.Commitment) error) error {
	today := s.today()
	last, err := s.Calendar.AddWorkdays(today, s.RemindWorkdays())
	if err != nil {
		return err
	}
	for after := ""; ; {
		some, next, err := s.Store.Ending(ctx, today, last, after, limit)
		if err != nil {
			return err
		}
		var due []*model.Commitment
		for _, c := range some {
			if c.Fulfilment == model.FulfilmentPending && c.Approval == "" {
				due = append(due, c)
			}
		}
		if len(due) > 0 {
			if err := deliver(ctx, due); err != nil {
				return err
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}
