package store

import (
	"context"
	"strings"
	"time"

	"xinyi/model"
)

// ByIDs gives the redemptions among ids that exist.
func (b *Benefits) ByIDs(ctx context.Context, ids []string) ([]*model.Redemption, error) {
	return b.redemptions.GetMany(ctx, ids)
}

// UsedBy gives the redemption that used a pass: CodeNotFound if none did.
func (b *Benefits) UsedBy(ctx context.Context, passID string) (*model.Redemption, error) {
	used, err := b.claims.Get(ctx, passID)
	if err != nil {
		return nil, err
	}
	return b.redemptions.Get(ctx, used.Redemption)
}

// Reverse writes a reversed redemption, the counters without it, audit entry and answer in
// one batch: CodeConflict when redemption or counters moved.
func (b *Benefits) Reverse(ctx context.Context, w model.ReversalWrite) error {
	var batch Batch
	addAnswer(&batch, b.answers, w.Answer)
	batch.Add(b.redemptions.ReplaceOp(&w.Redemption))
	batch.Add(b.usage.ReplaceOp(&usageDoc{ID: usageID(w.Usage.Holder, w.Usage.Benefit), Usage: w.Usage}))
	if w.Budget != nil {
		batch.Add(b.budgets.ReplaceOp(&budgetDoc{ID: w.Budget.Benefit, Usage: *w.Budget}))
	}
	batch.AddOps(AuditOps(w.Audit)...)
	return answerError(batch.Apply(ctx, b.driver))
}

// KeepDifference writes what was paid too little for a redemption and its audit entry:
// CodeConflict when it moved.
func (b *Benefits) KeepDifference(ctx context.Context, r model.Redemption, entry model.AuditEntry) error {
	var batch Batch
	batch.Add(b.redemptions.ReplaceOp(&r))
	batch.AddOps(AuditOps(entry)...)
	return batch.Apply(ctx, b.driver)
}

// KeepDuplicate writes a duplicate use and its audit entry: CodeExists when it was kept before.
func (b *Benefits) KeepDuplicate(ctx context.Context, u model.DuplicateUse, entry model.AuditEntry) error {
	// One of before 2026-12 has the account in its id, before the device.
	day, use, _ := strings.Cut(u.ID, "/"+u.PassID+"/")
	err := b.duplicates.Each(ctx, Query{Prefix: day + "/" + u.PassID + "/"}, func(kept *model.DuplicateUse) error {
		if strings.HasSuffix(kept.ID, "/"+use) {
			return model.Errorf(model.CodeExists, "")
		}
		return nil
	})
	if err != nil {
		return err
	}
	var batch Batch
	batch.Add(b.duplicates.InsertOp(&u))
	batch.AddOps(AuditOps(entry)...)
	return batch.Apply(ctx, b.driver)
}

// Duplicates counts the duplicate uses of a site's day and what was paid too little by them.
func (b *Benefits) Duplicates(ctx context.Context, site string, day model.Date) (count int, differenceFen int64, err error) {
	from, to := span(site + "/" + string(day))
	err = b.duplicates.Each(ctx, Query{From: from, To: to}, func(u *model.DuplicateUse) error {
		count++
		differenceFen += u.DifferenceFen
		return nil
	})
	return count, differenceFen, err
}

// UsedSince gives the passes that a site's redemptions of a day used, as far as they were
// recorded at or after since.
func (b *Benefits) UsedSince(ctx context.Context, site string, day model.Date, since time.Time) (passes []string, err error) {
	from, to := span(site + "/" + string(day))
	for q := (Query{From: from, To: to, Desc: true, Limit: 1000}); ; {
		page, err := b.driver.Find(ctx, collRedemptions, q)
		if err != nil {
			return nil, err
		}
		for _, doc := range page.Docs { // by number: in the order of recording
			if redeemedAt(doc).Before(since) {
				return passes, nil
			}
			id, _ := doc.Body.Lookup("passId").StringValueOK()
			passes = append(passes, id)
		}
		if q.After = page.Next; q.After == "" {
			return passes, nil
		}
	}
}
