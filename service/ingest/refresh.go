package ingest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/summary"
)

// refresh sets the summaries of all touched files from all their records, and the
// list entries of organisations.
func (r *run) refresh(ctx context.Context, d, base *draft) error {
	now := r.im.Clock.Now()
	old, err := r.history(ctx, d, base)
	if err != nil {
		return err
	}
	for i, id := range d.order {
		f, records := d.files[id], d.added[id]
		known, changed, err := r.amend(ctx, d, id, old[i])
		if err != nil {
			return err
		}
		if len(known) > 0 {
			records = slices.Concat(known, records)
		}
		d.records[id] = records
		if err := summary.Refresh(f, records, r.im.Judge, now); err != nil {
			return err
		}
		d.batch.Files = append(d.batch.Files, f)
		if d.renamed[id] {
			d.batch.Renamed = append(d.batch.Renamed, f)
			d.addEntries(f, records)
		} else {
			d.addEntries(f, d.added[id])
			d.addEntries(f, changed)
		}
	}
	return nil
}

// history gives the records that the touched subjects had before, in the order of
// d.order. Reading them is most of the work when a file's rows are scattered over
// subjects, so it is done side by side.
func (r *run) history(ctx context.Context, d, base *draft) ([][]*model.Record, error) {
	old := make([][]*model.Record, len(d.order))
	errs := make([]error, r.im.workers())
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(old) && errs[w] == nil; i = int(next.Add(1)) - 1 {
				id := d.order[i]
				switch {
				case base.touched[id]:
					old[i] = base.records[id]
				case d.files[id].Rev > 0:
					old[i], errs[w] = r.im.Store.RecordsOf(ctx, id)
				}
			}
		})
	}
	wg.Wait()
	return old, errors.Join(errs...)
}
