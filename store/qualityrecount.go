package store

import (
	"context"
	"slices"
	"strings"

	"xinyi/model"
)

// collQualityRecount holds a recount under way: recountID → its state, unit/year → the
// counters so far.
const collQualityRecount = "quality_recount"

// recountID is behind every unit.
const recountID = "~recount"

// QualityRecounts keeps what a recount has counted, and puts it in the place of the counters
// at its end. Nobody else may write records meanwhile.
type QualityRecounts struct {
	*Quality
	*Judging
	states *Collection[model.QualityRecount]
	sums   *Collection[qualityYear]
}

// NewQualityRecounts gives the repository on the same driver as subjects.
func NewQualityRecounts(subjects *Subjects) *QualityRecounts {
	d := subjects.driver
	return &QualityRecounts{Quality: NewQuality(d), Judging: NewJudging(subjects),
		states: NewCollection(d, CollectionOptions[model.QualityRecount]{Name: collQualityRecount, ID: func(r *model.QualityRecount) string { return r.ID },
			Rev: func(r *model.QualityRecount) *int64 { return &r.Rev }}),
		sums: NewCollection(d, CollectionOptions[qualityYear]{Name: collQualityRecount, ID: func(y *qualityYear) string { return y.ID }})}
}

// Recount gives the recount that was stopped, with what it had counted; Rev 0 if none was.
func (q *QualityRecounts) Recount(ctx context.Context) (*model.QualityRecount, model.QualityCounts, error) {
	r, err := q.states.Get(ctx, recountID)
	if model.Is(err, model.CodeNotFound) {
		return &model.QualityRecount{ID: recountID}, model.QualityCounts{}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	counts := model.QualityCounts{}
	return r, counts, q.sums.Each(ctx, Query{To: recountID}, func(y *qualityYear) error {
		unit, _, _ := strings.Cut(y.ID, "/")
		counts.Merge(model.QualityCounts{unit: y.Months}, 1)
		return nil
	})
}

// Counted gives all counters, folded, with the revision that changes with every fold.
func (q *QualityRecounts) Counted(ctx context.Context) (model.QualityCounts, int64, error) {
	if _, err := q.Fold(ctx); err != nil {
		return nil, 0, err
	}
	folds, err := q.folds(ctx)
	if err != nil {
		return nil, 0, err
	}
	counts := model.QualityCounts{}
	return counts, folds.Rev, q.years.Each(ctx, Query{To: foldsID}, func(y *qualityYear) error {
		unit, _, _ := strings.Cut(y.ID, "/")
		counts.Merge(model.QualityCounts{unit: y.Months}, 1)
		return nil
	})
}

// Save writes how far a recount is.
func (q *QualityRecounts) Save(ctx context.Context, r *model.QualityRecount, counts model.QualityCounts) error {
	var b Batch
	b.Add(write(q.states, r, r.Rev))
	counted := map[string]bool{}
	for _, y := range yearsIn(counts) {
		counted[y.ID] = true
		b.Add(q.sums.PutOp(y))
	}
	for had := (Query{To: recountID, Limit: MaxLimit}); ; {
		page, err := q.driver.Find(ctx, collQualityRecount, had)
		if err != nil {
			return err
		}
		for _, doc := range page.Docs { // what has come to nothing
			if !counted[doc.ID] {
				b.AddOps(q.sums.DeleteOp(doc.ID, doc.Rev))
			}
		}
		if had.After = page.Next; had.After == "" {
			break
		}
	}
	if err := b.Apply(ctx, q.driver); err != nil {
		return err
	}
	r.Rev++
	return nil
}

// Index puts reports into the index by unit and month, where they may stand already.
func (q *QualityRecounts) Index(ctx context.Context, reports []*model.Record) error {
	ops, err := QualityOps(q.driver, &model.QualityDelta{Reports: reports})
	if err != nil || len(ops) == 0 {
		return err
	}
	return q.driver.Apply(ctx, ops)
}

// Finish puts counts in the place of the counters, with the entry, in one batch: CodeConflict
// if somebody has counted since the recount began. What it had kept goes.
func (q *QualityRecounts) Finish(ctx context.Context, r *model.QualityRecount, counts model.QualityCounts, entry model.AuditEntry) error {
	folds, err := q.folds(ctx)
	if err != nil {
		return err
	}
	waiting, err := q.deltas.Find(ctx, Query{Limit: 1})
	if err != nil {
		return err
	}
	if folds.Rev != r.Folds || len(waiting.Items) > 0 {
		return model.Errorf(model.CodeConflict, "重新计数期间有数据被改动，没有写入。请停止其他服务后重新运行。")
	}
	var b Batch
	for unit, name := range r.Names {
		folds.Names[unit] = name
	}
	folds.Folds++
	b.Add(write(q.years, folds, folds.Rev))
	revs := map[string]int64{}
	err = q.years.Each(ctx, Query{To: foldsID}, func(y *qualityYear) error {
		revs[y.ID] = y.Rev
		return nil
	})
	if err != nil {
		return err
	}
	for _, y := range yearsIn(counts) {
		y.Rev = revs[y.ID]
		delete(revs, y.ID)
		b.Add(write(q.years, y, y.Rev))
	}
	for id, rev := range revs {
		b.AddOps(q.years.DeleteOp(id, rev))
	}
	if r.Rev > 0 {
		b.AddOps(q.states.DeleteOp(r.ID, r.Rev))
	}
	b.AddOps(AuditOps(entry)...)
	if err := b.Apply(ctx, q.driver); err != nil {
		return err
	}
	return q.dropSums(ctx)
}

// Drop forgets a recount that was stopped.
func (q *QualityRecounts) Drop(ctx context.Context, r *model.QualityRecount) error {
	if r.Rev > 0 {
		if err := q.states.Delete(ctx, r.ID, r.Rev); err != nil {
			return err
		}
		r.Rev = 0
	}
	return q.dropSums(ctx)
}

// dropSums deletes what was counted; without a state it means nothing.
func (q *QualityRecounts) dropSums(ctx context.Context) error {
	for {
		page, err := q.driver.Find(ctx, collQualityRecount, Query{To: recountID, Limit: 500})
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		var b Batch
		for _, doc := range page.Docs {
			b.AddOps(q.sums.DeleteOp(doc.ID, doc.Rev))
		}
		if err := b.Apply(ctx, q.driver); err != nil {
			return err
		}
	}
}

// EachReported gives what departments handed in and what became of it.
func (q *QualityRecounts) EachReported(ctx context.Context, do func(*model.Submission, model.ImportJob) error) error {
	repo := NewSubmissions(q.Subjects)
	return repo.submissions.Each(ctx, Query{}, func(sub *model.Submission) error {
		job, err := repo.Job(ctx, sub.No)
		if model.Is(err, model.CodeNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return do(sub, job)
	})
}

// yearsIn gives the documents of counts, in order.
func yearsIn(counts model.QualityCounts) []*qualityYear {
	byID := map[string]*qualityYear{}
	for unit, months := range counts {
		for month, counters := range months {
			id := unit + "/" + month[:4]
			if byID[id] == nil {
				byID[id] = &qualityYear{ID: id, Months: map[string]map[string]int64{}}
			}
			byID[id].Months[month] = counters
		}
	}
	years := make([]*qualityYear, 0, len(byID))
	for _, y := range byID {
		years = append(years, y)
	}
	slices.SortFunc(years, func(a, b *qualityYear) int { return strings.Compare(a.ID, b.ID) })
	return years
}
