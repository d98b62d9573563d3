package store

import (
	"context"
	"slices"
	"strings"

	"xinyi/model"
)

const (
	// collQualityCounters holds the folded counters, one document per unit and year.
	collQualityCounters = "quality_counters"
	// collQualityDeltas holds what batches changed and nobody has folded yet.
	collQualityDeltas = "quality_deltas"
	// collQualityReports leads from unit and month to the records that were submitted.
	collQualityReports = "quality_reports"
	// collQualityHanded leads from unit and month to the imports whose rows were counted.
	collQualityHanded = "quality_handed"
	// collQualityEntered holds the numbers that the office entered, by unit and month.
	collQualityEntered = "quality_entered"
)

// Queues names the collections that are emptied from the front, for engines in which what was
// deleted stands in the way of a scan for a while.
func Queues() []string { return []string{collQualityDeltas} }

// qualityYear are the counters of a unit in a year, by month.
type qualityYear struct {
	ID     string                      `bson:"_id"` // unit/year
	Months map[string]map[string]int64 `bson:"months"`
	// Folds counts the folds and Names are the units', in the document foldsID alone.
	Folds int64             `bson:"folds,omitempty"`
	Names map[string]string `bson:"names,omitempty"`
	Rev   int64             `bson:"-"`
}

// foldsID is replaced by every fold: two folds cannot cross, and a reader sees that
// none came between its reads. No unit is called so.
const foldsID = "~folds"

// foldMost bounds the deltas in one fold.
const foldMost = 200

// Quality keeps the quality counters (考核计数). They are the sum of the deltas that
// batches wrote; Fold adds deltas to the counters, and readers count in those that are
// not folded yet, so that a figure is never behind the records.
type Quality struct {
	driver  Driver
	years   *Collection[qualityYear]
	deltas  *Collection[model.QualityDelta]
	entered *Collection[model.QualityEntry]
	records *Collection[model.Record]
	jobs    *Collection[model.ImportJob]
	faults  *Collection[model.ImportFault]
}

// NewQuality gives the repository.
func NewQuality(d Driver) *Quality {
	return &Quality{driver: d, deltas: qualityDeltas(d), jobs: importJobs(d), faults: importFaults(d),
		years: NewCollection(d, CollectionOptions[qualityYear]{Name: collQualityCounters, ID: func(y *qualityYear) string { return y.ID },
			Rev: func(y *qualityYear) *int64 { return &y.Rev }}),
		entered: NewCollection(d, CollectionOptions[model.QualityEntry]{Name: collQualityEntered, ID: func(e *model.QualityEntry) string { return e.ID },
			Rev: func(e *model.QualityEntry) *int64 { return &e.Rev }}),
		records: NewCollection(d, CollectionOptions[model.Record]{Name: collRecords, ID: func(r *model.Record) string { return string(r.ID) },
			Rev: func(r *model.Record) *int64 { return &r.Rev }})}
}

func qualityDeltas(d Driver) *Collection[model.QualityDelta] {
	return NewCollection(d, CollectionOptions[model.QualityDelta]{Name: collQualityDeltas, ID: func(q *model.QualityDelta) string { return q.ID }})
}

// QualityOps are what a batch writes so that the counters keep up with it; none for nil.
func QualityOps(d Driver, delta *model.QualityDelta) ([]Op, error) {
	if delta == nil {
		return nil, nil
	}
	var b Batch
	if len(delta.Counts) > 0 {
		b.Add(qualityDeltas(d).InsertOp(delta))
	}
	for _, r := range delta.Reports {
		at := string(model.DateOf(r.ReceivedAt))[:7] + "/" + string(r.ID)
		units := []string{model.QualityArea}
		if unit := r.SourceUSCC; unit != "" {
			units = append(units, unit)
		} else if r.ReportedBy != "" {
			units = append(units, r.ReportedBy)
		}
		for _, unit := range units {
			id := unit + "/" + at
			b.AddOps(Op{Kind: OpMark, Coll: collQualityReports, ID: id, Body: MarkBody(id)})
		}
	}
	if job := delta.Job; job != nil {
		for _, unit := range []string{model.QualityArea, job.Unit} {
			id := unit + "/" + string(model.DateOf(job.UpdatedAt))[:7] + "/" + job.ID
			b.AddOps(Op{Kind: OpMark, Coll: collQualityHanded, ID: id, Body: MarkBody(id)})
		}
	}
	return b.Ops()
}

// Fold adds what batches left to the counters, and gives how many deltas that were. Any
// process may call it; of two at once one does the work and the other hears
// CodeConflict.
func (q *Quality) Fold(ctx context.Context) (folded int, err error) {
	for {
		n, err := q.foldSome(ctx)
		folded += n
		if err != nil || n < foldMost {
			return folded, err
		}
	}
}

func (q *Quality) foldSome(ctx context.Context) (int, error) {
	page, err := q.deltas.Find(ctx, Query{Limit: foldMost})
	if err != nil || len(page.Items) == 0 {
		return 0, err
	}
	folds, err := q.folds(ctx)
	if err != nil {
		return 0, err
	}
	sum := model.QualityCounts{}
	var b Batch
	for _, delta := range page.Items {
		sum.Merge(delta.Counts, 1)
		for unit, name := range delta.Names {
			folds.Names[unit] = name
		}
		b.AddOps(q.deltas.DeleteOp(delta.ID, 1))
	}
	folds.Folds++
	b.Add(write(q.years, folds, folds.Rev))
	ids := yearsOf(sum)
	have, err := q.years.GetMany(ctx, ids)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		year := &qualityYear{ID: id, Months: map[string]map[string]int64{}}
		if at := slices.IndexFunc(have, func(y *qualityYear) bool { return y.ID == id }); at >= 0 {
			year = have[at]
		}
		unit, of, _ := strings.Cut(id, "/")
		total := model.QualityCounts{unit: year.Months}
		for month, counters := range sum[unit] {
			if month[:4] == of {
				total.Merge(model.QualityCounts{unit: {month: counters}}, 1)
			}
		}
		year.Months = total[unit]
		b.Add(write(q.years, year, year.Rev))
	}
	return len(page.Items), b.Apply(ctx, q.driver)
}

func (q *Quality) folds(ctx context.Context) (*qualityYear, error) {
	f, err := q.years.Get(ctx, foldsID)
	if model.Is(err, model.CodeNotFound) {
		f, err = &qualityYear{ID: foldsID}, nil
	}
	if err == nil && f.Names == nil {
		f.Names = map[string]string{}
	}
	return f, err
}

// yearsOf lists the documents that counts belong to, in order.
func yearsOf(counts model.QualityCounts) []string {
	var ids []string
	for unit, months := range counts {
		for month := range months {
			if id := unit + "/" + month[:4]; !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// Entry gives the numbers entered for a unit and month; an empty one (Rev 0) where none are.
func (q *Quality) Entry(ctx context.Context, unit, month string) (*model.QualityEntry, error) {
	e, err := q.entered.Get(ctx, unit+"/"+month)
	if model.Is(err, model.CodeNotFound) {
		return &model.QualityEntry{ID: unit + "/" + month}, nil
	}
	return e, err
}

// Enter writes numbers with their audit entry: CodeConflict or CodeExists when somebody else was first.
func (q *Quality) Enter(ctx context.Context, e *model.QualityEntry, entry model.AuditEntry) error {
	var b Batch
	b.Add(write(q.entered, e, e.Rev))
	b.AddOps(AuditOps(entry)...)
	return b.Apply(ctx, q.driver)
}

// Reports gives records that were submitted for a unit in a month, after the position.
func (q *Quality) Reports(ctx context.Context, unit, month, after string, limit int) ([]*model.Record, string, error) {
	return marked(ctx, q.records, collQualityReports, unit+"/"+month, after, limit)
}

// Handed gives the imports whose rows were counted for a unit in a month, after the position.
func (q *Quality) Handed(ctx context.Context, unit, month, after string, limit int) ([]*model.ImportJob, string, error) {
	return marked(ctx, q.jobs, collQualityHanded, unit+"/"+month, after, limit)
}

// marked gives the documents that marks below a prefix lead to, after the position.
func marked[T any](ctx context.Context, c *Collection[T], marks, prefix, after string, limit int) ([]*T, string, error) {
	from, to := span(prefix)
	if after != "" {
		from = from + after + "\x00"
	}
	page, err := c.driver.Find(ctx, marks, Query{From: from, To: to, Limit: limit})
	if err != nil || len(page.Docs) == 0 {
		return nil, "", err
	}
	var ids []string
	for _, doc := range page.Docs {
		ids = append(ids, doc.ID[len(prefix)+1:])
	}
	docs, err := c.GetMany(ctx, ids)
	if page.Next == "" {
		return docs, "", err
	}
	return docs, ids[len(ids)-1], err
}

// Job gives an import: CodeNotFound if there is none.
func (q *Quality) Job(ctx context.Context, id string) (*model.ImportJob, error) {
	return q.jobs.Get(ctx, id)
}

// Refused gives what was found in the rows of an import in order of lines, after the position.
func (q *Quality) Refused(ctx context.Context, job, after string, limit int) ([]*model.ImportFault, string, error) {
	from, to := span(job)
	if after != "" {
		from = after + "\x00"
	}
	list, err := q.faults.Find(ctx, Query{From: from, To: to, Limit: limit})
	if err != nil || list.Next == "" {
		return list.Items, "", err
	}
	return list.Items, list.Items[len(list.Items)-1].ID, nil
}

// Records gives records of all subjects in order of ids, after the position.
func (q *Quality) Records(ctx context.Context, after string, limit int) ([]*model.Record, string, error) {
	query := Query{Limit: limit}
	if after != "" {
		query.From = after + "\x00"
	}
	list, err := q.records.Find(ctx, query)
	if err != nil || list.Next == "" {
		return list.Items, "", err
	}
	return list.Items, string(list.Items[len(list.Items)-1].ID), nil
}
