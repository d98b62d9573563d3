package store

import (
	"context"
	"strings"
	"time"

	"xinyi/model"
)

const (
	collSubmissions = "submissions"
	// collSubmissionParts: no/number → a sealed piece of the file, as long as it is needed.
	collSubmissionParts = "submission_parts"
	// collRetractions: day/record → why a public record was taken back.
	collRetractions = "retraction_notices"
)

// bySubmissionQueue finds what is to be done, oldest first.
var bySubmissionQueue = Index{Name: "queue", Fields: []string{"queue", "receivedAt"}}

type submissionPart struct {
	ID        string       `bson:"_id"`
	Body      model.Sealed `bson:"body"`
	ExpiresAt time.Time    `bson:"expiresAt"`
}

// Submissions keeps what departments hand in, and takes back what they withdraw.
type Submissions struct {
	*Ingest
	submissions *Collection[model.Submission]
	parts       *Collection[submissionPart]
	answers     *Collection[model.IdempotencyRecord]
	notices     *Collection[model.RemovalNotice]
	retracted   *Collection[model.RetractionNotice]
}

// NewSubmissions gives the repository on the same driver as subjects.
func NewSubmissions(subjects *Subjects) *Submissions {
	d := subjects.driver
	return &Submissions{Ingest: NewIngest(subjects), answers: answers(d), notices: removalNotices(d),
		retracted: NewCollection(d, CollectionOptions[model.RetractionNotice]{Name: collRetractions, ID: func(n *model.RetractionNotice) string { return n.ID }}),
		submissions: NewCollection(d, CollectionOptions[model.Submission]{Name: collSubmissions,
			ID:  func(s *model.Submission) string { return s.ID },
			Rev: func(s *model.Submission) *int64 { return &s.Rev }}),
		parts: NewCollection(d, CollectionOptions[submissionPart]{Name: collSubmissionParts, ID: func(p *submissionPart) string { return p.ID }})}
}

func ensureSubmissions(ctx context.Context, d Driver) error {
	if err := d.EnsureIndexes(ctx, collSubmissions, []Index{bySubmissionQueue}); err != nil {
		return err
	}
	if err := d.EnsureIndexes(ctx, collRetractions, nil); err != nil {
		return err
	}
	return d.EnsureIndexes(ctx, collSubmissionParts, []Index{byExpiry})
}

// Receive writes a new submission, its audit entry and the answer in one batch.
func (s *Submissions) Receive(ctx context.Context, sub *model.Submission, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	addAnswer(&b, s.answers, answer)
	b.Add(s.submissions.InsertOp(sub))
	b.AddOps(AuditOps(entry)...)
	return answerError(b.Apply(ctx, s.driver))
}

// Submission gives one of a unit's: CodeNotFound if there is none.
func (s *Submissions) Submission(ctx context.Context, unit, no string) (*model.Submission, error) {
	return s.submissions.Get(ctx, unit+"/"+no)
}

// OfUnit gives a unit's submissions, newest first, after the given id.
func (s *Submissions) OfUnit(ctx context.Context, unit, after string, limit int) ([]*model.Submission, string, error) {
	from, to := span(unit)
	if after != "" {
		if !strings.HasPrefix(after, from) {
			return nil, "", model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
		}
		to = after
	}
	list, err := s.submissions.Find(ctx, Query{From: from, To: to, Desc: true, Limit: limit})
	if err != nil || list.Next == "" {
		return list.Items, "", err
	}
	return list.Items, list.Items[len(list.Items)-1].ID, nil
}

// Queued gives submissions with work to do, oldest first.
func (s *Submissions) Queued(ctx context.Context, limit int) ([]*model.Submission, error) {
	list, err := s.submissions.Find(ctx, Query{Index: bySubmissionQueue.Name, Equal: []any{model.SubmissionQueue}, Limit: limit})
	return list.Items, err
}

// Save replaces a submission at its revision and counts it up.
func (s *Submissions) Save(ctx context.Context, sub *model.Submission) error {
	return s.submissions.Replace(ctx, sub)
}

// PutPart keeps a sealed piece of a file; one that nobody takes goes at the expiry.
func (s *Submissions) PutPart(ctx context.Context, id string, body model.Sealed, expires time.Time) error {
	return s.parts.Put(ctx, &submissionPart{ID: id, Body: body, ExpiresAt: expires})
}

// Part gives a sealed piece.
func (s *Submissions) Part(ctx context.Context, id string) (model.Sealed, error) {
	p, err := s.parts.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.Body, nil
}

// DropParts removes the pieces of a submission's file.
func (s *Submissions) DropParts(ctx context.Context, no string) error {
	from, to := span(no)
	for {
		page, err := s.driver.Find(ctx, collSubmissionParts, Query{From: from, To: to, Limit: 8})
		if err != nil || len(page.Docs) == 0 {
			return err
		}
		if n, err := remove(ctx, s.driver, collSubmissionParts, page.Docs); err != nil || n == 0 {
			return err
		}
	}
}

// Withdraw writes a withdrawn record, its subject's file and list entry, the audit entry and
// the answer in one batch: CodeConflict when one of them moved.
func (s *Submissions) Withdraw(ctx context.Context, w model.Withdrawal) error {
	var b Batch
	addAnswer(&b, s.answers, w.Answer)
	b.Add(s.records.ReplaceOp(w.Record))
	b.AddOps(s.reported(w.Record)...)
	b.Add(s.files.ReplaceOp(w.File))
	if w.List != nil {
		b.Add(s.lists.PutOp(w.List))
	}
	if w.Notice != nil {
		b.Add(s.notices.InsertOp(w.Notice))
	}
	if w.Retracted != nil {
		b.Add(s.retracted.InsertOp(w.Retracted))
	}
	counted, err := QualityOps(s.driver, w.Quality)
	if err != nil {
		return err
	}
	b.AddOps(counted...)
	b.AddOps(AuditOps(w.Audit)...)
	return answerError(b.Apply(ctx, s.driver))
}

// Retractions gives the notices that are shown on day, newest first.
func (s *Submissions) Retractions(ctx context.Context, day model.Date, after string, limit int) ([]*model.RetractionNotice, string, error) {
	return shownNotices(ctx, s.retracted, "", day, after, limit, func(n *model.RetractionNotice) (string, model.Date) { return n.ID, n.ShownUntil })
}
