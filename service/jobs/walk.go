package jobs

import (
	"context"
	"encoding/json"
	"errors"

	"xinyi/model"
)

// errNextBatch says that a record does not fit into the batch and must wait for the next.
var errNextBatch = errors.New("jobs: in the next batch")

// place is a position in a walk: the page. It is read again from its start after a batch
// that did not take all of it; what is done in it does nothing the second time.
type place struct {
	After string `json:"after"`
}

// pages gives records in some order, after a position.
type pages func(ctx context.Context, after string, limit int) ([]*model.Record, string, error)

// ending gives the records whose display ends in [from, before), in that order.
func (a *Ageing) ending(from, before model.Date) pages {
	return func(ctx context.Context, after string, limit int) ([]*model.Record, string, error) {
		return a.Store.Ending(ctx, from, before, after, limit)
	}
}

// walk calls take for the records of pages from the saved position on. What take puts into
// the batch is written page by page, with an audit entry and the position.
func (a *Ageing) walk(ctx context.Context, t *Turn, of pages,
	take func(context.Context, *model.Record, *model.AgeingBatch) error, action, rules string) error {
	var at place
	if t.Position() != "" {
		if err := json.Unmarshal([]byte(t.Position()), &at); err != nil {
			return model.Wrap(err, model.CodeInternal, "任务的位置无法解读，请联系管理员。")
		}
	}
	for {
		records, next, err := of(ctx, at.After, agePage)
		if err != nil {
			return err
		}
		b := &model.AgeingBatch{}
		whole := true
		for _, r := range records {
			err := take(ctx, r, b)
			if whole = !errors.Is(err, errNextBatch); !whole {
				break
			}
			if err != nil {
				return err
			}
		}
		if whole {
			at.After = next
		}
		position, err := json.Marshal(at)
		if err != nil {
			return err
		}
		if err := a.write(ctx, t, string(position), b, action, rules); err != nil {
			return err
		}
		if whole && next == "" {
			return nil
		}
	}
}

// write saves the position, together with the batch when there is anything in it.
func (a *Ageing) write(ctx context.Context, t *Turn, position string, b *model.AgeingBatch, action, rules string) error {
	n := len(b.Changed) + len(b.Erased)
	if n == 0 {
		return t.Save(ctx, position, 0, nil)
	}
	if err := a.forget(ctx, b); err != nil {
		return err
	}
	if err := a.count(ctx, b); err != nil {
		return err
	}
	entry, err := a.Auditor.Begin(a.event(action, rules, t, b))
	if err != nil {
		return err
	}
	b.Audit = []model.AuditEntry{entry}
	err = t.Save(ctx, position, n, func(ctx context.Context, s model.JobState) error {
		b.Job = s
		return a.Store.Age(ctx, b)
	})
	a.Auditor.End(entry, err)
	return err
}
