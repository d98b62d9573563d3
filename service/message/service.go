// Package message is the desk of messages (消息): an outbox that survives restarts, where
// subjects agreed to be written to, and the dead letters (死信) that somebody must see to.
//
// A message is written before anybody sends it, with an id that says for what it is, and sent
// at least once: when a sender dies between sending and marking, the next one sends the same
// id again. What a channel may do with the id (an SMS platform drops the second) is its own.
package message

import (
	"context"
	"sync/atomic"
	"time"

	"xinyi/model"
	"xinyi/policy/message"
)

// Store keeps outbox and contacts.
type Store interface {
	// Enqueue writes new messages; those that are there already stay as they are.
	Enqueue(ctx context.Context, list []model.Message) error
	Message(ctx context.Context, id string) (*model.Message, error)
	Due(ctx context.Context, now time.Time, limit int) ([]*model.Message, error)
	Queued(ctx context.Context, queue model.MessageState, after string, limit int) ([]*model.Message, string, error)
	MessagesOf(ctx context.Context, subject model.SubjectID, after string, limit int) ([]*model.Message, string, error)
	SaveWithJob(ctx context.Context, m *model.Message, job model.JobState) error
	Revive(ctx context.Context, m *model.Message, entry model.AuditEntry, answer *model.IdempotencyRecord) error
	Contact(ctx context.Context, subject model.SubjectID) (model.MessageContact, error)
	SaveContact(ctx context.Context, c *model.MessageContact, entry model.AuditEntry, answer *model.IdempotencyRecord) error
}

// Channel sends messages one way (WeChat, SMS).
type Channel interface {
	Channel() model.MessageChannel
	// Send sends m to a clear address. It may be called again with the same m.ID, which then
	// should reach the reader once. CodeInvalidRequest, CodeForbidden, CodeNotFound and
	// CodeConsentRequired say that trying again is of no use; all else is tried again.
	Send(ctx context.Context, to string, m *model.Message) error
}

// Rules give the edition of a day.
type Rules interface {
	On(day model.Date) (*message.Edition, error)
}

// Sealer keeps addresses.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
	IndexAll(kind, value string) []string
}

// Files say for which enterprises a citizen may act.
type Files interface {
	EnterpriseCredit(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, model.Stamp, error)
	// Represents reports whether an account may act for an enterprise now.
	Represents(ctx context.Context, account, uscc string) (bool, error)
}

// Logins tell whose account a WeChat user's is.
type Logins interface {
	FindLogin(ctx context.Context, indexes []string) (account string, err error)
}

// Auditor keeps the log.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Note(ev model.AuditEvent)
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Service is the desk. All fields but Channels are required.
type Service struct {
	Store Store
	Rules Rules
	// Channels are tried in this order.
	Channels []Channel
	// OpenID exchanges a wx.login code for the openid of the user.
	OpenID  func(ctx context.Context, code string) (string, error)
	Logins  Logins
	Files   Files
	Sealer  Sealer
	Auditor Auditor
	Clock   model.Clock

	sent, failed, dead, oldest atomic.Int64
}

// Stats are counters of this process since it started.
type Stats struct {
	Sent, Failed, Dead int64
	// Oldest is how many seconds the message that waits longest has been due, as this process
	// saw it when it last sent.
	Oldest int64
}

// Stats gives the counters.
func (s *Service) Stats() Stats {
	return Stats{Sent: s.sent.Load(), Failed: s.failed.Load(), Dead: s.dead.Load(), Oldest: s.oldest.Load()}
}

func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) edition() (*message.Edition, error) { return s.Rules.On(model.DateOf(s.Clock.Now())) }

// Draft is a message before it is written.
type Draft struct {
	Subject model.SubjectID
	Kind    string
	// Day and Ref say for what it is: there is one message of a kind for both.
	Day model.Date
	Ref string
	// Until is the last day on which sending it helps; "" = any.
	Until  model.Date
	Values map[string]string // of the template; never about a person
}

// Compose makes a message for the outbox, for a caller that writes it in its own batch.
func (s *Service) Compose(d Draft) (model.Message, error) {
	e, err := s.edition()
	if err != nil {
		return model.Message{}, err
	}
	m, err := e.Write(d.Kind, d.Values)
	if err != nil {
		return m, err
	}
	now := s.now()
	m.ID, m.Subject, m.Ref = model.MessageID(d.Subject, d.Day, d.Kind, d.Ref), d.Subject, d.Ref
	m.State, m.Queue = model.MessageWaiting, string(model.MessageWaiting)
	m.CreatedAt, m.NextAt, m.ExpiresAt = now, now, now.AddDate(0, 0, e.KeepDays)
	if d.Until != "" {
		m.UselessAt = d.Until.AddDays(1).Start().UTC()
	}
	return m, nil
}
