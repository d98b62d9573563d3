package ingest

import (
	"context"
	"slices"

	"xinyi/model"
)

// Taken is what became of one row of Once, in the order of the rows.
type Taken struct {
	// Record is the record that came in; "" for rows that make none, or no new one.
	Record    model.RecordID
	Duplicate bool
	// Faults are why the row was rejected.
	Faults []Fault
}

// Once takes a few rows (at most one batch) whole: what is right of them comes in with
// the audit entry and the answer of the request, in one commit, or nothing does. job names
// the batch and must be new; action stands in the audit log.
//
// CodeExists when the idempotency key was used meanwhile, CodeConflict after many lost races.
func (im *Importer) Once(ctx context.Context, job, action string, rows []*Row, receipt model.Receipt[[]Taken]) ([]Taken, error) {
	r := &run{im: im, job: model.ImportJob{ID: job}, started: im.Clock.Now(), careful: true}
	lines := make([]lineRow, len(rows))
	for i, row := range rows {
		lines[i] = lineRow{i + 1, row}
	}
	c := im.prepareAll(lines, chunk{rows: len(rows)})
	var err error
	for range commitTries {
		for _, it := range c.items { // an earlier draft may have named it
			if it.record != nil {
				it.record.ID = ""
			}
		}
		var d *draft
		if d, err = r.draft(ctx, c, nil); err != nil {
			return nil, err
		}
		taken := d.taken(len(rows))
		if d.batch.Answer, err = receipt.Make(taken); err != nil {
			return nil, err
		}
		r.complete(d)
		d.batch.Job.Done = true
		if err = r.commit(ctx, d.batch, action); !model.Is(err, model.CodeConflict) {
			return taken, err
		}
	}
	return nil, err
}

// taken tells by row what a draft takes.
func (d *draft) taken(rows int) []Taken {
	taken := make([]Taken, rows)
	for _, f := range d.faults {
		taken[f.Line-1].Faults = append(taken[f.Line-1].Faults, f)
	}
	for _, it := range d.chunk.items {
		t := &taken[it.line-1]
		if it.record == nil || len(t.Faults) > 0 {
			continue
		}
		t.Record = it.record.ID
		t.Duplicate = t.Record == ""
	}
	return slices.Clip(taken)
}
