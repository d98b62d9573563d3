package store

import (
	"context"
	"time"

	"xinyi/model"
)

const (
	// answerRest is how long an expired answer is left to be replaced by the next one under
	// its key: as long as a request that has read it could be under way, and much more.
	answerRest = time.Hour
	// sweepBatch bounds the deletions that share one write.
	sweepBatch = 500
)

// SweepExpired removes claims of passes that are expired anyway, answers that are no
// longer replayed, rates of callers who ask no more, pieces of files that nobody took and old messages,
// at most limit of each, and gives their number. Several processes may sweep at once: each document goes once.
func SweepExpired(ctx context.Context, d Driver, now time.Time, limit int) (removed int, err error) {
	for coll, before := range map[string]time.Time{collPassClaims: now, collIdempotency: now.Add(-answerRest), collRateLeases: now, collSubmissionParts: now, collMessages: now} {
		n, err := sweep(ctx, d, coll, before, limit)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func sweep(ctx context.Context, d Driver, coll string, before time.Time, limit int) (removed int, err error) {
	for removed < limit {
		page, err := d.Find(ctx, coll, Query{Index: byExpiry.Name, To: before, Limit: min(sweepBatch, limit-removed)})
		if err != nil || len(page.Docs) == 0 {
			return removed, err
		}
		n, err := remove(ctx, d, coll, page.Docs)
		removed += n
		if err != nil || n < len(page.Docs) { // somebody else sweeps, too
			return removed, err
		}
	}
	return removed, nil
}

// remove deletes docs in one write; when one of them has changed or gone, one by one.
func remove(ctx context.Context, d Driver, coll string, docs []Doc) (removed int, err error) {
	ops := make([]Op, len(docs))
	for i, doc := range docs {
		ops[i] = Op{Kind: OpDelete, Coll: coll, ID: doc.ID, Rev: doc.Rev}
	}
	err = d.Apply(ctx, ops)
	if err == nil {
		return len(docs), nil
	}
	if !moved(err) {
		return 0, err
	}
	for i := range ops {
		switch err := d.Apply(ctx, ops[i:i+1]); {
		case err == nil:
			removed++
		case !moved(err):
			return removed, err
		}
	}
	return removed, nil
}

// moved reports whether a document was no longer as it was found.
func moved(err error) bool {
	return model.Is(err, model.CodeConflict) || model.Is(err, model.CodeNotFound)
}
