package store

import (
	"context"
	"errors"

	"xinyi/model"
)

// Ingest writes what an import brings in; it satisfies service/ingest.Store.
type Ingest struct {
	*Subjects
	lists   *Collection[model.ListEntry]
	stats   *Collection[model.RatingStat]
	names   *Collection[SearchName]
	jobs    *Collection[model.ImportJob]
	answers *Collection[model.IdempotencyRecord]
	// faults are the rejected rows of each job, in order of lines.
	faults *Collection[model.ImportFault]
}

// NewIngest gives the repository on the same driver as subjects.
func NewIngest(subjects *Subjects) *Ingest {
	d := subjects.driver
	return &Ingest{Subjects: subjects, lists: listEntries(d), stats: ratingStats(d), names: searchNames(d), answers: answers(d), jobs: importJobs(d), faults: importFaults(d)}
}

func importJobs(d Driver) *Collection[model.ImportJob] {
	return NewCollection(d, CollectionOptions[model.ImportJob]{Name: collImportJobs,
		ID:  func(j *model.ImportJob) string { return j.ID },
		Rev: func(j *model.ImportJob) *int64 { return &j.Rev }})
}

func importFaults(d Driver) *Collection[model.ImportFault] {
	return NewCollection(d, CollectionOptions[model.ImportFault]{Name: collImportFaults, ID: func(f *model.ImportFault) string { return f.ID }})
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

// Aliases gives the subjects of those former codes and registration numbers that exist.
func (s *Ingest) Aliases(ctx context.Context, codes []string) (map[string]model.SubjectID, error) {
	return pointed(ctx, s.aliases, codes)
}

// Faults gives the rejected rows of a job in order of lines, at most limit.
func (s *Ingest) Faults(ctx context.Context, job string, limit int) ([]*model.ImportFault, error) {
	from, to := span(job)
	var all []*model.ImportFault
	err := s.faults.Each(ctx, Query{From: from, To: to}, func(f *model.ImportFault) error {
		if len(all) == limit {
			return errEnough
		}
		all = append(all, f)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return all, err
}

var errEnough = errors.New("enough")

// Commit writes a batch whole or not at all, and counts up the revision of its job.
func (s *Ingest) Commit(ctx context.Context, in *model.ImportBatch) error {
	var b Batch
	addAnswer(&b, s.answers, in.Answer) // first: a retry hears of its key
	b.Grow(len(in.Files) + len(in.Renamed) + len(in.Persons) + len(in.Aliases) + 2*len(in.Records) + len(in.Lists) + len(in.Stats) + len(in.Faults) + 2)
	for _, f := range in.Files {
		op, err := s.files.ReplaceOp(f)
		if f.Rev == 0 {
			op, err = s.files.InsertOp(f)
		}
		b.Add(op, err)
	}
	for _, f := range in.Renamed {
		b.Add(s.names.PutOp(searchNameOf(f)))
	}
	for index, id := range in.Persons {
		b.Add(s.persons.InsertOp(&pointer{ID: index, Subject: id}))
	}
	for code, id := range in.Aliases {
		b.Add(s.aliases.InsertOp(&pointer{ID: code, Subject: id}))
	}
	for _, r := range in.Records {
		b.AddOps(Op{Kind: OpInsert, Coll: collRecordKeys, ID: r.BusinessKey, Body: MarkBody(r.BusinessKey)})
		b.Add(s.records.InsertOp(r))
	}
	b.AddOps(s.reported(in.Records...)...)
	for _, r := range in.Changed {
		b.Add(s.records.ReplaceOp(r))
	}
	b.AddOps(s.reported(in.Changed...)...)
	for _, e := range in.Lists {
		b.Add(s.lists.PutOp(e))
	}
	for _, st := range in.Stats {
		b.Add(s.stats.PutOp(st))
	}
	for _, f := range in.Faults {
		b.Add(s.faults.PutOp(f))
	}
	job := in.Job
	op, err := s.jobs.ReplaceOp(&job)
	if job.Rev == 0 {
		op, err = s.jobs.InsertOp(&job)
	}
	b.Add(op, err)
	counted, err := QualityOps(s.driver, in.Quality)
	if err != nil {
		return err
	}
	b.AddOps(counted...)
	b.AddOps(AuditOps(in.Audit)...)
	err = answerError(b.Apply(ctx, s.driver))
	if in.Answer != nil && model.Is(err, model.CodeExists) && FailedColl(err) != collIdempotency {
		return model.Wrap(err, model.CodeConflict, "数据刚被更新，请重试。")
	}
	return err
}
