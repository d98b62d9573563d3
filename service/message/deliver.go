package message

import (
	"context"
	"errors"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/policy/message"
)

// Limits of one delivery.
const (
	page = 100
	most = 2000
	// patience is how many tries in a row may fail before the rest waits for the next
	// delivery: a platform that is down costs its time limit with every try.
	patience = 5
)

// Keep makes a change of one message durable: it calls write with the state of the job that
// sends, which must go into the same batch (jobs.Turn.Save).
type Keep func(ctx context.Context, write func(context.Context, model.JobState) error) error

// Deliver sends what is due, one after the other. It is for one sender at a time; a second one
// is stopped by keep, and at worst sends one message again.
func (s *Service) Deliver(ctx context.Context, keep Keep) error {
	e, err := s.edition()
	if err != nil {
		return err
	}
	misses := 0
	for tried := 0; tried < most; {
		due, err := s.Store.Due(ctx, s.now(), page)
		if err != nil {
			return err
		}
		s.oldest.Store(0)
		if len(due) == 0 {
			return nil
		}
		s.oldest.Store(int64(s.now().Sub(due[0].NextAt).Seconds()))
		for _, m := range due {
			err := s.try(ctx, e, m)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return err
			}
			if err := keep(ctx, func(ctx context.Context, job model.JobState) error { return s.Store.SaveWithJob(ctx, m, job) }); err != nil {
				return err
			}
			s.count(m)
			if misses++; m.State != model.MessageWaiting || m.Failure == "" {
				misses = 0
			}
			if misses == patience {
				return nil
			}
			tried++
		}
	}
	return nil
}

func (s *Service) count(m *model.Message) {
	switch {
	case m.State == model.MessageSent:
		s.sent.Add(1)
	case m.State == model.MessageDead:
		s.dead.Add(1)
	case m.Failure != "":
		s.failed.Add(1)
	}
}

// try sends m if it may go out now, and sets what came of it. An error says that nothing did.
func (s *Service) try(ctx context.Context, e *message.Edition, m *model.Message) error {
	now := s.now()
	if !m.UselessAt.IsZero() && !now.Before(m.UselessAt) {
		die(m, now, "too_late")
		return nil
	}
	contact, err := s.contact(ctx, m.Subject)
	if err != nil {
		return err
	}
	if at := e.Allowed(now, m.Urgent).UTC(); at.After(now) && s.reachable(&contact) {
		m.NextAt, m.Failure = at, ""
		return nil
	}
	by, err := s.send(ctx, &contact, m)
	now = s.now()
	switch {
	case err == nil:
		m.State, m.Queue, m.Channel, m.SentAt, m.NextAt, m.Failure = model.MessageSent, "", by, now, now, ""
		m.Attempts++
	case ctx.Err() != nil: // this process ends; nobody is to blame
	case final(err):
		m.Attempts++
		die(m, now, why(err))
	default:
		m.Attempts++
		s.again(e, m, now, err)
	}
	return nil
}

// contact gives where a subject agreed to be written to. What somebody agreed for an enterprise
// that the register no longer names as its representative is nobody's agreement.
func (s *Service) contact(ctx context.Context, id model.SubjectID) (model.MessageContact, error) {
	c, err := s.Store.Contact(ctx, id)
	if err != nil || id.IsPerson() || c.Account == "" {
		return c, err
	}
	represents, err := s.Files.Represents(ctx, c.Account, string(id))
	if !represents {
		return model.MessageContact{Subject: id}, err
	}
	return c, err
}

var errNoContact = errors.New("message: nobody agreed to be written to")

// send tries the channels in order and gives the one that took it. A channel that may take it
// later ends the search, lest the reader hears it twice.
func (s *Service) send(ctx context.Context, contact *model.MessageContact, m *model.Message) (model.MessageChannel, error) {
	last := errNoContact
	for _, c := range s.Channels {
		sealed := contact.Address(c.Channel())
		if sealed == nil {
			continue
		}
		to, err := s.Sealer.Open(model.SealContact, sealedAs(contact.Subject, c.Channel()), sealed)
		if err == nil {
			err = c.Send(ctx, string(to), m)
		}
		if err == nil {
			return c.Channel(), nil
		}
		if last = err; !final(err) {
			break
		}
	}
	return "", last
}

// reachable reports whether a channel has an address: who has none need not wait for the day.
func (s *Service) reachable(contact *model.MessageContact) bool {
	return slices.ContainsFunc(s.Channels, func(c Channel) bool { return contact.Address(c.Channel()) != nil })
}

func sealedAs(subject model.SubjectID, by model.MessageChannel) string {
	return string(subject) + "/" + string(by)
}

// final reports whether another try would end the same way.
func final(err error) bool {
	switch model.CodeOf(err) {
	case model.CodeInvalidRequest, model.CodeForbidden, model.CodeNotFound, model.CodeConsentRequired:
		return true
	default:
		return errors.Is(err, errNoContact)
	}
}

func why(err error) string {
	if errors.Is(err, errNoContact) {
		return "no_contact"
	}
	return string(model.CodeOf(err))
}

// again puts m back, later each time; or no more.
func (s *Service) again(e *message.Edition, m *model.Message, now time.Time, err error) {
	wait, ok := e.Wait(m.Attempts)
	if !ok {
		die(m, now, why(err))
		return
	}
	var told *model.Error
	if errors.As(err, &told) {
		wait = max(wait, told.RetryAfter)
	}
	m.Failure, m.NextAt = why(err), e.Allowed(now.Add(wait), m.Urgent).UTC()
}

func die(m *model.Message, now time.Time, why string) {
	m.State, m.Queue, m.Failure, m.NextAt = model.MessageDead, string(model.MessageDead), why, now
}
