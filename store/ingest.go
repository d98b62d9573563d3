package store

import (
	"context"

	"xinyi/model"
)

// Ingest writes what an import brings in; it satisfies service/ingest.Store.
type Ingest struct {
	*Subjects
	lists *Collection[model.ListEntry]
	stats *Collection[model.RatingStat]
	names *Collection[SearchName]
	jobs  *Collection[model.ImportJob]
}

// NewIngest gives the repository on the same driver as subjects.
func NewIngest(subjects *Subjects) *Ingest {
	d := subjects.driver
	return &Ingest{Subjects: subjects, lists: listEntries(d), stats: ratingStats(d), names: searchNames(d),
		jobs: NewCollection(d, CollectionOptions[model.ImportJob]{Name: collImportJobs,
			ID:  func(j *model.ImportJob) string { return j.ID },
			Rev: func(j *model.ImportJob) *int64 { return &j.Rev }})}
}

// Job gives the state of an import: CodeNotFound if it never ran.
func (s *Ingest) Job(ctx context.Context, id string) (model.ImportJob, error) {
	j, err := s.jobs.Get(ctx, id)
	if err != nil {
		return model.ImportJob{}, err
	}
	return *j, nil
}

// Known gives those business keys that exist.
func (s *Ingest) Known(ctx context.Context, keys []string) (map[string]bool, error) {
	m := make(map[string]bool)
	err := inPages(keys, func(page []string) error {
		docs, err := s.driver.GetMany(ctx, collRecordKeys, page)
		for _, d := range docs {
			m[d.ID] = true
		}
		return err
	})
	return m, err
}

// Commit writes a batch whole or not at all, and counts up the revision of its job.
func (s *Ingest) Commit(ctx context.Context, in *model.ImportBatch) error {
	var b Batch
	for _, f := range in.Files {
		op, err := s.files.ReplaceOp(f)
		if f.Rev == 0 {
			op, err = s.files.InsertOp(f)
		}
		b.Add(op, err)
		if !f.ID.IsPerson() {
			b.Add(s.names.PutOp(searchNameOf(f)))
		}
	}
	for index, id := range in.Persons {
		b.Add(s.persons.InsertOp(&pointer{ID: index, Subject: id}))
	}
	for code, id := range in.Aliases {
		b.Add(s.aliases.PutOp(&pointer{ID: code, Subject: id}))
	}
	for _, r := range in.Records {
		b.AddOps(Op{Kind: OpInsert, Coll: collRecordKeys, ID: r.BusinessKey, Body: keyBody(r.BusinessKey)})
		b.Add(s.records.InsertOp(r))
	}
	for _, e := range in.Lists {
		b.Add(s.lists.PutOp(e))
	}
	for _, st := range in.Stats {
		b.Add(s.stats.PutOp(st))
	}
	job := in.Job
	op, err := s.jobs.ReplaceOp(&job)
	if job.Rev == 0 {
		op, err = s.jobs.InsertOp(&job)
	}
	b.Add(op, err)
	b.AddOps(AuditOps(in.Audit)...)
	return b.Apply(ctx, s.driver)
}
