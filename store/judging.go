package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"xinyi/model"
)

// collJudging holds the runs that judge everybody again.
const collJudging = "judging"

// Judging reads and writes what judging everybody again needs; it satisfies
// service/judging.Store.
type Judging struct {
	*Subjects
	runs *Collection[model.JudgingRun]
}

// NewJudging gives the repository on the same driver as subjects.
func NewJudging(subjects *Subjects) *Judging {
	return &Judging{Subjects: subjects, runs: NewCollection(subjects.driver, CollectionOptions[model.JudgingRun]{Name: collJudging,
		ID: func(r *model.JudgingRun) string { return r.ID }, Rev: func(r *model.JudgingRun) *int64 { return &r.Rev }})}
}

// Run gives the state of a run: CodeNotFound if there was none.
func (s *Judging) Run(ctx context.Context, id string) (model.JudgingRun, error) {
	r, err := s.runs.Get(ctx, id)
	if err != nil {
		return model.JudgingRun{}, err
	}
	return *r, nil
}

// Page reads the next subjects after the position and decodes the files that stale asks
// for. They pass by the cache: everybody comes once.
func (s *Judging) Page(ctx context.Context, after string, limit int, stale func(model.FileHead) bool) (model.JudgingPage, error) {
	page, err := s.driver.Find(ctx, collSubjects, Query{After: after, Limit: limit})
	if err != nil {
		return model.JudgingPage{}, err
	}
	out := model.JudgingPage{Seen: len(page.Docs), Next: page.Next}
	for _, doc := range page.Docs {
		h := model.FileHead{ID: model.SubjectID(doc.ID), Rev: doc.Rev}
		if !readHead(bsoncore.Document(doc.Body), &h) {
			return out, unreadable(errMalformed)
		}
		if !stale(h) {
			continue
		}
		f, err := Decode[model.SubjectFile](doc)
		if err != nil {
			return out, err
		}
		f.Rev = doc.Rev
		out.Files = append(out.Files, f)
	}
	return out, nil
}

// Commit writes a batch with the run's new state. moved tells whose file somebody else
// changed first; CodeConflict with moved "" means that somebody else has the run.
func (s *Judging) Commit(ctx context.Context, in *model.JudgingBatch) (moved model.SubjectID, err error) {
	var b Batch
	b.Grow(len(in.Files) + 2)
	for _, f := range in.Files {
		b.Add(s.files.ReplaceOp(f))
	}
	b.Add(write(s.runs, &in.Run, in.Run.Rev))
	if in.Audit != nil {
		b.AddOps(AuditOps(*in.Audit)...)
	}
	err = b.Apply(ctx, s.driver)
	if op := (*OpError)(nil); errors.As(err, &op) && op.Coll == collSubjects {
		return model.SubjectID(op.ID), err
	}
	if in.Run.Rev == 0 && model.Is(err, model.CodeExists) {
		err = model.Wrap(err, model.CodeConflict, "全员重评正由另一个进程进行，请稍后再看。")
	}
	return "", err
}
