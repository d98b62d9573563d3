package store

import (
	"context"
	"strings"
	"time"

	"xinyi/model"
)

// Few files and records are in these indexes: those that time alone will change.
var (
	byValidUntil  = Index{Name: "validUntil", Fields: []string{"validUntil"}}
	byDisplayEnds = Index{Name: "displayEnds", Fields: []string{"displayEnds"}}
)

func ageingIndexes() map[string][]Index {
	return map[string][]Index{collSubjects: {byValidUntil}, collRecords: {byDisplayEnds}, collRedemptionSums: nil}
}

// Ageing finds what has become due by time alone and writes what comes of it; it satisfies
// service/jobs.Ageing.
type Ageing struct {
	*Subjects
	lists  *Collection[model.ListEntry]
	states *Collection[model.JobState]
}

// NewAgeing gives the repository on the same driver as subjects.
func NewAgeing(subjects *Subjects) *Ageing {
	return &Ageing{Subjects: subjects, lists: listEntries(subjects.driver), states: jobStates(subjects.driver)}
}

// Outdated gives subjects whose stored summary or judgement ended by now, in that order,
// after the position.
func (a *Ageing) Outdated(ctx context.Context, now time.Time, after string, limit int) ([]model.SubjectID, string, error) {
	page, err := a.driver.Find(ctx, collSubjects, Query{Index: byValidUntil.Name, To: now.Add(time.Millisecond), Limit: limit, After: after})
	ids := make([]model.SubjectID, len(page.Docs))
	for i, d := range page.Docs {
		ids[i] = model.SubjectID(d.ID)
	}
	return ids, page.Next, err
}

// Ending gives the records whose display ends from the first day on and before the second,
// in that order, after the position; "" = open.
func (a *Ageing) Ending(ctx context.Context, from, before model.Date, after string, limit int) ([]*model.Record, string, error) {
	q := Query{Index: byDisplayEnds.Name, Limit: limit, After: after}
	if from != "" {
		q.From = string(from)
	}
	if before != "" {
		q.To = string(before)
	}
	list, err := a.records.Find(ctx, q)
	return list.Items, list.Next, err
}

// All gives all records in order of id, after the position.
func (a *Ageing) All(ctx context.Context, after string, limit int) ([]*model.Record, string, error) {
	list, err := a.records.Find(ctx, Query{Limit: limit, After: after})
	return list.Items, list.Next, err
}

// Age writes a batch: CodeConflict when a record, a file or the job has moved meanwhile.
func (a *Ageing) Age(ctx context.Context, in *model.AgeingBatch) error {
	var b Batch
	b.Add(jobOp(a.states, in.Job))
	for _, r := range in.Changed {
		b.Add(a.records.ReplaceOp(r))
	}
	b.AddOps(a.reported(in.Changed...)...)
	for _, r := range in.Erased {
		b.AddOps(a.records.DeleteOp(string(r.ID), r.Rev))
		if r.Kind == model.RecordListEntry && !r.Subject.IsPerson() {
			if err := a.unlist(ctx, &b, r); err != nil {
				return err
			}
		}
	}
	for _, f := range in.Files {
		b.Add(a.files.ReplaceOp(f))
	}
	for _, f := range in.Unmoved {
		b.AddOps(a.files.CheckOp(string(f.ID), f.Rev))
	}
	counted, err := QualityOps(a.driver, in.Quality)
	if err != nil {
		return err
	}
	b.AddOps(counted...)
	b.AddOps(AuditOps(in.Audit...)...)
	return lost(b.Apply(ctx, a.driver))
}

func (a *Ageing) unlist(ctx context.Context, b *Batch, r *model.Record) error {
	_, tail, _ := strings.Cut(string(r.ID), "/")
	doc, err := a.driver.Get(ctx, collListEntries, string(r.List)+"/"+string(r.Subject)+"/"+tail)
	if model.Is(err, model.CodeNotFound) {
		return nil
	}
	b.AddOps(a.lists.DeleteOp(doc.ID, doc.Rev))
	return err
}
