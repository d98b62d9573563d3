package store

import (
	"context"

	"xinyi/model"
)

// Answers keeps the stored answers of idempotent requests.
type Answers struct {
	driver  Driver
	answers *Collection[model.IdempotencyRecord]
}

// NewAnswers gives the repository.
func NewAnswers(d Driver) *Answers { return &Answers{d, answers(d)} }

func answers(d Driver) *Collection[model.IdempotencyRecord] {
	return NewCollection(d, CollectionOptions[model.IdempotencyRecord]{Name: collIdempotency,
		ID:  func(r *model.IdempotencyRecord) string { return r.ID },
		Rev: func(r *model.IdempotencyRecord) *int64 { return &r.Rev }})
}

// addAnswer adds the answer of an idempotent request to the batch of its effect, if there is
// one: in the place of the expired answer that it was read with, else as a new one.
func addAnswer(b *Batch, to *Collection[model.IdempotencyRecord], answer *model.IdempotencyRecord) {
	switch {
	case answer == nil:
	case answer.Rev > 0:
		b.Add(to.ReplaceOp(answer))
	default:
		b.Add(to.InsertOp(answer))
	}
}

// answerError tells what a failed batch says about its answer: CodeExists when the key was
// used meanwhile, CodeRequestInFlight when an expired answer was replaced or swept by
// somebody else. Other errors stay as they are.
func answerError(err error) error {
	if FailedColl(err) == collIdempotency && !model.Is(err, model.CodeExists) {
		return model.Wrap(err, model.CodeRequestInFlight, "同一请求正在处理，请稍后用同一个键重试。")
	}
	return err
}

// Answer gives the stored answer: CodeNotFound if there is none. It is durable, and its
// effect with it: a read alone may show what a stalled disk still loses, and who hears the
// answer would count on it. CodeRequestInFlight if it was replaced or swept meanwhile.
func (a *Answers) Answer(ctx context.Context, id string) (model.IdempotencyRecord, error) {
	r, err := a.answers.Get(ctx, id)
	if err != nil {
		return model.IdempotencyRecord{}, err
	}
	if err := a.driver.Apply(ctx, []Op{{Kind: OpCheck, Coll: collIdempotency, ID: id, Rev: r.Rev}}); err != nil {
		return model.IdempotencyRecord{}, answerError(err)
	}
	return *r, nil
}

// WithAnswer writes an audit entry and, when given, a stored answer in one batch: CodeExists
// when the key was used meanwhile, CodeRequestInFlight when it is being used now.
func WithAnswer(ctx context.Context, d Driver, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	addAnswer(&b, answers(d), answer)
	b.AddOps(AuditOps(entry)...)
	return answerError(b.Apply(ctx, d))
}
