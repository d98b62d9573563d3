package jobs

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/quality"
)

// count adds what a batch changes of the quality counters. What is only archived counts as
// before; what is erased no longer counts.
func (a *Ageing) count(ctx context.Context, b *model.AgeingBatch) error {
	if a.Quality == nil {
		return nil
	}
	changed, files := map[model.RecordID]*model.Record{}, map[model.SubjectID]*model.SubjectFile{}
	for _, r := range b.Changed {
		changed[r.ID] = r
	}
	for _, f := range b.Files {
		files[f.ID] = f
	}
	for _, r := range b.Erased {
		changed[r.ID] = nil
		if files[r.Subject] != nil {
			continue
		}
		f, err := a.Store.File(ctx, r.Subject)
		if err != nil {
			return err
		}
		files[f.ID], b.Unmoved = f, append(b.Unmoved, f)
	}
	if len(files) == 0 {
		return nil
	}
	delta := &model.QualityDelta{ID: a.IDs.Next(), Counts: model.QualityCounts{}}
	rules := a.Quality()
	for id, f := range files {
		before, err := a.Store.RecordsOf(ctx, id) // after its file: whoever writes one writes the other
		if err != nil {
			return err
		}
		after := slices.Clone(before)
		for i, r := range after {
			if now, ok := changed[r.ID]; ok {
				after[i] = now
			}
		}
		after = slices.DeleteFunc(after, func(r *model.Record) bool { return r == nil })
		rules.Change(quality.Change{FileBefore: f, FileAfter: f, Before: before, After: after}, delta.Counts)
	}
	b.Quality = delta
	return nil
}
