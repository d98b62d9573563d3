package ingest

import (
	"slices"

	"xinyi/model"
	"xinyi/policy/quality"
)

// reporter is the unit whose submission an import is; "" when the operator loads data.
func (im *Importer) reporter() string {
	if im.Actor.Role == model.RoleDepartment {
		return im.Actor.Unit
	}
	return ""
}

// count gives what a draft changes of the quality counters, written in its batch.
func (r *run) count(d *draft) *model.QualityDelta {
	rules := r.im.Quality
	if rules == nil {
		return nil
	}
	delta := &model.QualityDelta{ID: r.im.IDs.Next(), Counts: model.QualityCounts{}}
	for _, id := range d.order {
		before := d.before[id]
		if before.Rev == 0 {
			before = nil
		}
		after := d.records[id] // what was there, then what is added
		known := after[:len(after)-len(d.added[id])]
		if was := d.amended[id]; was != nil {
			rules.Change(quality.Change{FileBefore: before, FileAfter: d.files[id], Before: was, After: after}, delta.Counts)
			continue
		}
		rules.Subject(before, known, -1, delta.Counts)
		rules.Subject(d.files[id], after, 1, delta.Counts)
		for _, rec := range d.added[id] {
			rules.Record(rec, 1, delta.Counts)
			delta.Name(rec.SourceUSCC, rec.Source)
		}
	}
	if unit := r.im.reporter(); unit != "" {
		delta.Name(unit, r.im.Actor.UnitName)
		job := &d.batch.Job
		on, rows := model.DateOf(job.UpdatedAt), model.RowCounts{Accepted: d.accepted, Duplicate: d.duplicate, Rejected: d.rejected}
		rules.Submission(quality.Submission{Unit: unit, On: on, Rows: rows}, delta.Counts)
		job.Count(unit, r.im.Actor.UnitName, on, rows)
		delta.Job = job
		delta.Reports = slices.DeleteFunc(slices.Clone(d.batch.Records), func(rec *model.Record) bool {
			return rec.Kind != model.RecordPermit && rec.Kind != model.RecordPenalty
		})
	}
	return delta
}
