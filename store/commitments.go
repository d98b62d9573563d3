package store

import (
	"context"

	"xinyi/model"
)

const (
	collCommitments = "commitments"
	// collCommitmentStats: unit/month → how many promises of each type were made and kept.
	collCommitmentStats = "commitment_stats"
	// collCommitmentSerials: division/day → the last number that was given.
	collCommitmentSerials = "commitment_serials"
)

func commitmentIndexes() map[string][]Index {
	return map[string][]Index{
		collCommitments: {{Name: "subject", Fields: []string{"subject"}}, {Name: "shown", Fields: []string{"shown"}},
			{Name: "subject_shown", Fields: []string{"subject", "shown"}}, {Name: "queue", Fields: []string{"queue", "validTo"}},
			{Name: "ending", Fields: []string{"validTo"}}},
		collCommitmentStats:   nil,
		collCommitmentSerials: nil,
	}
}

// Commitments keeps credit promises (信用承诺) and their numbering and statistics; it satisfies
// service/commitment.Store.
type Commitments struct {
	subjects *Subjects
	promises *Collection[model.Commitment]
	stats    *Collection[model.CommitmentStat]
	serials  *Collection[model.CommitmentSerial]
	answers  *Collection[model.IdempotencyRecord]
}

// NewCommitments gives the repository on the same driver as subjects.
func NewCommitments(subjects *Subjects) *Commitments {
	d := subjects.driver
	return &Commitments{subjects: subjects, answers: answers(d),
		promises: promises(d),
		stats: NewCollection(d, CollectionOptions[model.CommitmentStat]{Name: collCommitmentStats, ID: func(s *model.CommitmentStat) string { return s.ID },
			Rev: func(s *model.CommitmentStat) *int64 { return &s.Rev }}),
		serials: NewCollection(d, CollectionOptions[model.CommitmentSerial]{Name: collCommitmentSerials, ID: func(s *model.CommitmentSerial) string { return s.ID },
			Rev: func(s *model.CommitmentSerial) *int64 { return &s.Rev }})}
}

// Commitment gives one promise: CodeNotFound if there is none.
func (c *Commitments) Commitment(ctx context.Context, code string) (*model.Commitment, error) {
	return c.promises.Get(ctx, code)
}

// OfSubject gives a subject's promises, newest first, after the position.
func (c *Commitments) OfSubject(ctx context.Context, id model.SubjectID, after string, limit int) ([]*model.Commitment, string, error) {
	list, err := c.promises.Find(ctx, Query{Index: "subject", Equal: []any{string(id)}, Desc: true, Limit: limit, After: after})
	return list.Items, list.Next, err
}

// Shown gives publishable promises, newest first; id "" = of everybody.
func (c *Commitments) Shown(ctx context.Context, id model.SubjectID, after string, limit int) ([]*model.Commitment, string, error) {
	q := Query{Index: "shown", Equal: []any{"yes"}, Desc: true, Limit: limit, After: after}
	if id != "" {
		q.Index, q.Equal = "subject_shown", []any{string(id), "yes"}
	}
	list, err := c.promises.Find(ctx, q)
	return list.Items, list.Next, err
}

// Waiting gives promises in a queue whose last day is from or later, in its order, until
// yield says no. Promises without a last day wait nowhere.
func (c *Commitments) Waiting(ctx context.Context, queue string, from model.Date, yield func(*model.Commitment) bool) error {
	return queued(ctx, c.promises, queue, from, yield)
}

// Ending gives promises whose last day is from or later, up to to, in its order, after the
// position.
func (c *Commitments) Ending(ctx context.Context, from, to model.Date, after string, limit int) ([]*model.Commitment, string, error) {
	list, err := c.promises.Find(ctx, Query{Index: "ending", From: string(from), To: string(to.AddDays(1)), Limit: limit, After: after})
	return list.Items, list.Next, err
}

// Serial gives the last number of a division and day; Rev 0 before the first.
func (c *Commitments) Serial(ctx context.Context, id string) (model.CommitmentSerial, error) {
	return orNew(ctx, c.serials, id, model.CommitmentSerial{ID: id})
}

// Stat gives the statistic of a unit and month; Rev 0 before the first.
func (c *Commitments) Stat(ctx context.Context, id string) (model.CommitmentStat, error) {
	return orNew(ctx, c.stats, id, model.CommitmentStat{ID: id})
}

// orNew gives a document to change, or fresh where there is none.
func orNew[T any](ctx context.Context, in *Collection[T], id string, fresh T) (T, error) {
	v, err := in.Get(ctx, id)
	if model.Is(err, model.CodeNotFound) {
		return fresh, nil
	}
	if err != nil {
		return fresh, err
	}
	return *v, nil
}

// Stats gives the statistics of a unit from one month to another, both included; of all units
// in order of their codes when unit is "".
func (c *Commitments) Stats(ctx context.Context, unit, from, to string) ([]*model.CommitmentStat, error) {
	var q Query
	if unit != "" {
		q.From, q.To = unit+"/"+from, unit+"/"+to+"\x01"
	}
	var out []*model.CommitmentStat
	err := c.stats.Each(ctx, q, func(s *model.CommitmentStat) error {
		if month := s.ID[len(s.ID)-len("2006-01"):]; month >= from && month <= to {
			out = append(out, s)
		}
		return nil
	})
	return out, err
}

// WriteCommitment does one change of a promise whole or not at all: CodeConflict when something
// moved, CodeExists for a used idempotency key or a fact that is known.
func (c *Commitments) WriteCommitment(ctx context.Context, w model.CommitmentWrite) error {
	var b Batch
	addAnswer(&b, c.answers, w.Answer) // first: a retry hears of its key
	if err := c.add(&b, &w.CommitmentChange); err != nil {
		return err
	}
	b.AddOps(AuditOps(w.Audit)...)
	return promiseError(b.Apply(ctx, c.subjects.driver))
}

// add puts a change into a batch.
func (c *Commitments) add(b *Batch, w *model.CommitmentChange) error {
	b.Add(write(c.promises, &w.Commitment, w.Commitment.Rev))
	b.Add(write(c.stats, &w.Stat, w.Stat.Rev))
	if w.Serial != nil {
		b.Add(write(c.serials, w.Serial, w.Serial.Rev))
	}
	if r := w.Record; r.Rev == 0 {
		b.AddOps(Op{Kind: OpInsert, Coll: collRecordKeys, ID: r.BusinessKey, Body: MarkBody(r.BusinessKey)})
	}
	b.Add(write(c.subjects.records, w.Record, w.Record.Rev))
	b.Add(c.subjects.files.ReplaceOp(w.File))
	ops, err := QualityOps(c.subjects.driver, w.Quality)
	b.AddOps(ops...)
	return err
}

// promiseError tells by the op that failed what happened: a number or a statistic that another
// inserted meanwhile is a lost race.
func promiseError(err error) error {
	if model.Is(err, model.CodeExists) {
		switch FailedColl(err) {
		case collCommitments, collCommitmentSerials, collCommitmentStats:
			return model.Wrap(err, model.CodeConflict, "承诺编码刚被使用，请重试。")
		default:
		}
	}
	return answerError(err)
}
