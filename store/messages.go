package store

import (
	"context"
	"strings"
	"time"

	"xinyi/model"
)

const (
	collMessages        = "messages"
	collMessageContacts = "message_contacts"
)

// byMessageQueue finds messages that wait, or died, in order of their time.
var byMessageQueue = Index{Name: "queue", Fields: []string{"queue", "nextAt"}}

func messageIndexes() map[string][]Index {
	return map[string][]Index{collMessages: {byMessageQueue, byExpiry}, collMessageContacts: nil}
}

// Messages is the outbox (发件箱) and where subjects agreed to be written to.
type Messages struct {
	driver   Driver
	messages *Collection[model.Message]
	contacts *Collection[model.MessageContact]
	jobs     *Jobs
	answers  *Collection[model.IdempotencyRecord]
}

// NewMessages gives the repository.
func NewMessages(d Driver, clock model.Clock) *Messages {
	return &Messages{driver: d, messages: messages(d), answers: answers(d), jobs: NewJobs(d, clock),
		contacts: NewCollection(d, CollectionOptions[model.MessageContact]{Name: collMessageContacts,
			ID: func(c *model.MessageContact) string { return string(c.Subject) }, Rev: func(c *model.MessageContact) *int64 { return &c.Rev }})}
}

func messages(d Driver) *Collection[model.Message] {
	return NewCollection(d, CollectionOptions[model.Message]{Name: collMessages,
		ID: func(m *model.Message) string { return m.ID }, Rev: func(m *model.Message) *int64 { return &m.Rev }})
}

// Enqueue writes new messages; those that are there already stay as they are.
func (s *Messages) Enqueue(ctx context.Context, list []model.Message) error {
	for {
		ids := make([]string, len(list))
		for i := range list {
			ids[i] = list[i].ID
		}
		have, err := s.messages.GetMany(ctx, ids)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, m := range have {
			known[m.ID] = true
		}
		var b Batch
		for i := range list {
			if !known[list[i].ID] {
				known[list[i].ID] = true
				b.Add(s.messages.InsertOp(&list[i]))
			}
		}
		if err = b.Apply(ctx, s.driver); !model.Is(err, model.CodeExists) {
			return err
		} // else another process wrote one of them just now
	}
}

// Message gives one: CodeNotFound if there is none.
func (s *Messages) Message(ctx context.Context, id string) (*model.Message, error) {
	return s.messages.Get(ctx, id)
}

// Due gives messages whose time has come, oldest first.
func (s *Messages) Due(ctx context.Context, now time.Time, limit int) ([]*model.Message, error) {
	list, err := s.messages.Find(ctx, Query{Index: byMessageQueue.Name, Equal: []any{string(model.MessageWaiting)}, To: now.Add(time.Millisecond), Limit: limit})
	return list.Items, err
}

// Queued gives messages of a queue in order of their time, dead ones newest first.
func (s *Messages) Queued(ctx context.Context, queue model.MessageState, after string, limit int) ([]*model.Message, string, error) {
	list, err := s.messages.Find(ctx, Query{Index: byMessageQueue.Name, Equal: []any{string(queue)}, Desc: queue == model.MessageDead, Limit: limit, After: after})
	return list.Items, list.Next, err
}

// MessagesOf gives a subject's messages, newest first, after the given id.
func (s *Messages) MessagesOf(ctx context.Context, subject model.SubjectID, after string, limit int) ([]*model.Message, string, error) {
	from, to := span(string(subject))
	if after != "" {
		if !strings.HasPrefix(after, from) {
			return nil, "", model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
		}
		to = after
	}
	list, err := s.messages.Find(ctx, Query{From: from, To: to, Desc: true, Limit: limit})
	if err != nil || list.Next == "" {
		return list.Items, "", err
	}
	return list.Items, list.Items[len(list.Items)-1].ID, nil
}

// SaveWithJob writes what came of a try in one batch with the sender's state, which fences off a
// sender that lost its lease: CodeConflict.
func (s *Messages) SaveWithJob(ctx context.Context, m *model.Message, job model.JobState) error {
	var b Batch
	b.Add(s.messages.ReplaceOp(m))
	return s.jobs.SaveWith(ctx, job, &b)
}

// Revive writes a message that somebody asked to be sent again: CodeConflict when it moved.
func (s *Messages) Revive(ctx context.Context, m *model.Message, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	addAnswer(&b, s.answers, answer)
	b.Add(s.messages.ReplaceOp(m))
	b.AddOps(AuditOps(entry)...)
	return answerError(b.Apply(ctx, s.driver))
}

// Contact gives a subject's addresses; none and Rev 0 before anybody agreed.
func (s *Messages) Contact(ctx context.Context, subject model.SubjectID) (model.MessageContact, error) {
	return orNew(ctx, s.contacts, string(subject), model.MessageContact{Subject: subject})
}

// SaveContact writes addresses over their revision: CodeConflict when somebody was faster.
func (s *Messages) SaveContact(ctx context.Context, c *model.MessageContact, entry model.AuditEntry, answer *model.IdempotencyRecord) error {
	var b Batch
	addAnswer(&b, s.answers, answer)
	b.Add(write(s.contacts, c, c.Rev))
	b.AddOps(AuditOps(entry)...)
	err := b.Apply(ctx, s.driver)
	if model.Is(err, model.CodeExists) && FailedColl(err) == collMessageContacts {
		return model.Wrap(err, model.CodeConflict, "消息设置刚被修改，请重试。")
	}
	return answerError(err)
}
