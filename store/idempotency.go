package store

import (
	"context"

	"xinyi/model"
)

// Answers keeps the stored answers of idempotent requests.
type Answers struct {
	answers *Collection[model.IdempotencyRecord]
}

// NewAnswers gives the repository.
func NewAnswers(d Driver) *Answers { return &Answers{answers(d)} }

func answers(d Driver) *Collection[model.IdempotencyRecord] {
	return NewCollection(d, CollectionOptions[model.IdempotencyRecord]{Name: collIdempotency,
		ID: func(r *model.IdempotencyRecord) string { return r.ID }})
}

// Answer gives the stored answer: CodeNotFound if there is none.
func (a *Answers) Answer(ctx context.Context, id string) (model.IdempotencyRecord, error) {
	r, err := a.answers.Get(ctx, id)
	if err != nil {
		return model.IdempotencyRecord{}, err
	}
	return *r, nil
}

// WithAnswer writes an audit entry and, when given, a stored answer in one batch:
// CodeExists when the key was used meanwhile.
func WithAnswer(ctx context.Context, d Driver, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	if answer != nil {
		b.Add(answers(d).InsertOp(answer))
	}
	b.AddOps(AuditOps(entry)...)
	return b.Apply(ctx, d)
}
