package store

import (
	"context"
	"errors"

	"xinyi/model"
)

const (
	collListCases = "list_cases"
	// collListNotices: kind/day/case → why an organisation left the list.
	collListNotices = "list_notices"
	// collJointTasks: case/action/unit → what a unit has to do about a listing.
	collJointTasks = "joint_tasks"
)

// What waits for a desk is found by queue, in order of the due day; all that waits by the
// due day alone.
var (
	byQueue = Index{Name: "queue", Fields: []string{"queue", "due"}}
	byDue   = Index{Name: "due", Fields: []string{"due"}}
)

func listingIndexes() map[string][]Index {
	return map[string][]Index{
		collListCases: {byQueue, byDue, {Name: "state", Fields: []string{"state"}}, {Name: "unit", Fields: []string{"unit"}},
			{Name: "unit_state", Fields: []string{"unit", "state"}}},
		collListNotices: nil,
		collJointTasks: {byQueue, byDue, {Name: "unit", Fields: []string{"unit"}}, {Name: "from", Fields: []string{"from"}},
			{Name: "action", Fields: []string{"action"}}, {Name: "month", Fields: []string{"month"}}},
	}
}

// Listings keeps listings (名单认定) and the joint actions (联合奖惩) about them; it
// satisfies service/listing.Store.
type Listings struct {
	*Subjects
	cases   *Collection[model.ListCase]
	notices *Collection[model.RemovalNotice]
	tasks   *Collection[model.JointTask]
	entries *Collection[model.ListEntry]
	answers *Collection[model.IdempotencyRecord]
	outbox  *Collection[model.Message]
}

// NewListings gives the repository on the same driver as subjects.
func NewListings(subjects *Subjects) *Listings {
	d := subjects.driver
	return &Listings{Subjects: subjects, entries: listEntries(d), answers: answers(d), outbox: messages(d),
		cases:   listCases(d),
		notices: removalNotices(d),
		tasks: NewCollection(d, CollectionOptions[model.JointTask]{Name: collJointTasks, ID: func(t *model.JointTask) string { return t.ID },
			Rev: func(t *model.JointTask) *int64 { return &t.Rev }})}
}

func removalNotices(d Driver) *Collection[model.RemovalNotice] {
	return NewCollection(d, CollectionOptions[model.RemovalNotice]{Name: collListNotices, ID: func(n *model.RemovalNotice) string { return n.ID }})
}

// Case gives one listing: CodeNotFound if there is none.
func (l *Listings) Case(ctx context.Context, id string) (*model.ListCase, error) {
	return l.cases.Get(ctx, id)
}

// Cases gives listings, newest first, after the position; unit or state "" = all.
func (l *Listings) Cases(ctx context.Context, unit string, state model.ListState, after string, limit int) ([]*model.ListCase, string, error) {
	q := Query{Desc: true, Limit: limit, After: after}
	switch {
	case unit != "" && state != "":
		q.Index, q.Equal = "unit_state", []any{unit, string(state)}
	case unit != "":
		q.Index, q.Equal = "unit", []any{unit}
	case state != "":
		q.Index, q.Equal = "state", []any{string(state)}
	}
	list, err := l.cases.Find(ctx, q)
	return list.Items, list.Next, err
}

// CasesIn gives the listings that wait in a queue ("" = in any), due on or after from, in
// order of due day and id, until yield says no.
func (l *Listings) CasesIn(ctx context.Context, queue string, from model.Date, yield func(*model.ListCase) bool) error {
	return queued(ctx, l.cases, queue, from, yield)
}

// TasksIn is CasesIn for tasks of joint actions.
func (l *Listings) TasksIn(ctx context.Context, queue string, from model.Date, yield func(*model.JointTask) bool) error {
	return queued(ctx, l.tasks, queue, from, yield)
}

func queued[T any](ctx context.Context, in *Collection[T], queue string, from model.Date, yield func(*T) bool) error {
	q := Query{Index: byQueue.Name, Equal: []any{queue}, Limit: 100}
	if queue == "" {
		q.Index, q.Equal = byDue.Name, nil
	}
	if from != "" {
		q.From = string(from)
	}
	return enough(in.Each(ctx, q, func(v *T) error {
		if !yield(v) {
			return errEnough
		}
		return nil
	}))
}

func enough(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// Write does one change of a listing whole or not at all: CodeExists for a known business
// key or a used idempotency key, CodeConflict when something moved.
func (l *Listings) Write(ctx context.Context, w model.ListWrite) error {
	var b Batch
	addAnswer(&b, l.answers, w.Answer) // first: a retry hears of its key
	if w.Case.Rev == 0 {
		b.Add(l.cases.InsertOp(&w.Case))
	} else {
		b.Add(l.cases.ReplaceOp(&w.Case))
	}
	if w.File != nil {
		b.Add(l.files.ReplaceOp(w.File))
	}
	switch r := w.Record; {
	case r == nil:
	case r.Rev == 0:
		b.AddOps(Op{Kind: OpInsert, Coll: collRecordKeys, ID: r.BusinessKey, Body: MarkBody(r.BusinessKey)})
		b.Add(l.records.InsertOp(r))
	default:
		b.Add(l.records.ReplaceOp(r))
	}
	if w.Entry != nil {
		b.Add(l.entries.PutOp(w.Entry))
	}
	if w.Notice != nil {
		b.Add(l.notices.InsertOp(w.Notice))
	}
	if w.Message != nil {
		b.Add(l.outbox.InsertOp(w.Message))
	}
	l.addTasks(&b, w.Tasks)
	counted, err := QualityOps(l.driver, w.Quality)
	if err != nil {
		return err
	}
	b.AddOps(counted...)
	b.AddOps(AuditOps(w.Audit)...)
	return listingError(b.Apply(ctx, l.driver))
}

// Known reports whether a fact with this business key is on record.
func (l *Listings) Known(ctx context.Context, key string) (bool, error) {
	_, err := l.driver.Get(ctx, collRecordKeys, key)
	if model.Is(err, model.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (l *Listings) addTasks(b *Batch, tasks []*model.JointTask) {
	for _, t := range tasks {
		if t.Rev == 0 {
			b.Add(l.tasks.InsertOp(t))
		} else {
			b.Add(l.tasks.ReplaceOp(t))
		}
	}
}

// listingError tells by the op that failed what happened.
func listingError(err error) error {
	if model.Is(err, model.CodeExists) && FailedColl(err) == collRecordKeys {
		return model.Wrap(err, model.CodeExists, "同一文号的名单信息已经在库，请核对后再办理。")
	}
	return answerError(err)
}

// Notices gives the removal notices of a list that are shown on day, newest first.
func (l *Listings) Notices(ctx context.Context, kind model.ListKind, day model.Date, after string, limit int) ([]*model.RemovalNotice, string, error) {
	return shownNotices(ctx, l.notices, string(kind)+"/", day, after, limit, func(n *model.RemovalNotice) (string, model.Date) { return n.ID, n.ShownUntil })
}

// shownNotices gives the notices under prefix, which are named by day, that are shown on day,
// newest first; of gives the id and the last day of one.
func shownNotices[T any](ctx context.Context, from *Collection[T], prefix string, day model.Date, after string, limit int, of func(*T) (string, model.Date)) ([]*T, string, error) {
	first, to := prefix+string(day.AddDays(-model.MaxNoticeDays)), prefix+string(day.AddDays(1))
	if after != "" {
		if after < first || after > to {
			return nil, "", model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
		}
		to = after
	}
	q := Query{From: first, To: to, Desc: true, Limit: limit}
	var items []*T
	for {
		list, err := from.Find(ctx, q)
		if err != nil {
			return nil, "", err
		}
		for _, n := range list.Items {
			if _, until := of(n); until < day {
				continue
			}
			if len(items) == limit {
				last, _ := of(items[limit-1])
				return items, last, nil
			}
			items = append(items, n)
		}
		if q.After = list.Next; q.After == "" {
			return items, "", nil
		}
	}
}

// TasksOf gives the tasks of a listing, or of one action of it ("case/action").
func (l *Listings) TasksOf(ctx context.Context, owner string) ([]*model.JointTask, error) {
	from, to := span(owner)
	return l.allTasks(ctx, Query{From: from, To: to})
}

// Action gives the tasks of a joint action; none if there is no such action.
func (l *Listings) Action(ctx context.Context, action string) ([]*model.JointTask, error) {
	return l.allTasks(ctx, Query{Index: "action", Equal: []any{action}})
}

// Month gives the tasks of the joint actions that began in a month.
func (l *Listings) Month(ctx context.Context, month string, yield func(*model.JointTask) error) error {
	return l.tasks.Each(ctx, Query{Index: "month", Equal: []any{month}}, yield)
}

func (l *Listings) allTasks(ctx context.Context, q Query) ([]*model.JointTask, error) {
	var all []*model.JointTask
	err := l.tasks.Each(ctx, q, func(t *model.JointTask) error {
		all = append(all, t)
		return nil
	})
	return all, err
}

// Tasks gives tasks addressed to a unit, or those it initiated, newest listing first;
// unit "" = all.
func (l *Listings) Tasks(ctx context.Context, unit string, initiated bool, after string, limit int) ([]*model.JointTask, string, error) {
	q := Query{Desc: true, Limit: limit, After: after}
	if unit != "" {
		q.Index, q.Equal = "unit", []any{unit}
		if initiated {
			q.Index = "from"
		}
	}
	list, err := l.tasks.Find(ctx, q)
	return list.Items, list.Next, err
}

// WriteTasks does one change of joint actions whole or not at all: CodeConflict when a task
// or the listing moved.
func (l *Listings) WriteTasks(ctx context.Context, w model.JointWrite) error {
	var b Batch
	addAnswer(&b, l.answers, w.Answer)
	if w.Case != nil {
		b.Add(l.cases.ReplaceOp(w.Case))
	}
	l.addTasks(&b, w.Tasks)
	b.AddOps(AuditOps(w.Audit)...)
	return answerError(b.Apply(ctx, l.driver))
}
