package store

import (
	"context"

	"xinyi/model"
)

// Consents writes what subjects agree to; it satisfies service/consent.Store.
type Consents struct {
	*Subjects
	answers *Collection[model.IdempotencyRecord]
}

// NewConsents gives the repository on the same driver as subjects.
func NewConsents(subjects *Subjects) *Consents {
	return &Consents{Subjects: subjects, answers: answers(subjects.driver)}
}

// WriteLevel writes a change of what a subject agreed to whole or not at all: CodeConflict when
// the file moved, CodeExists for a used idempotency key.
func (c *Consents) WriteLevel(ctx context.Context, w model.LevelWrite) error {
	var b Batch
	addAnswer(&b, c.answers, w.Answer) // first: a retry hears of its key
	b.Add(c.files.ReplaceOp(w.File))
	ops, err := QualityOps(c.driver, w.Quality)
	if err != nil {
		return err
	}
	b.AddOps(ops...)
	b.AddOps(AuditOps(w.Audit)...)
	return answerError(b.Apply(ctx, c.driver))
}
