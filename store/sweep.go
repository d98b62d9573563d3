package store

import (
	"context"
	"time"

	"xinyi/model"
)

// SweepExpired removes claims of passes that are expired anyway, answers that are no
// longer replayed and rates of callers who ask no more, at most limit of each, and gives
// their number. Several processes may sweep at once: each document goes once.
func SweepExpired(ctx context.Context, d Driver, now time.Time, limit int) (removed int, err error) {
	for _, coll := range []string{collPassClaims, collIdempotency, collRateLeases} {
		n, err := sweep(ctx, d, coll, now, limit)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func sweep(ctx context.Context, d Driver, coll string, now time.Time, limit int) (removed int, err error) {
	page, err := d.Find(ctx, coll, Query{Index: byExpiry.Name, To: now, Limit: limit})
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Docs {
		err := d.Apply(ctx, []Op{{Kind: OpDelete, Coll: coll, ID: doc.ID, Rev: doc.Rev}})
		switch {
		case err == nil:
			removed++
		case !model.Is(err, model.CodeConflict) && !model.Is(err, model.CodeNotFound):
			return removed, err
		}
	}
	return removed, nil
}
