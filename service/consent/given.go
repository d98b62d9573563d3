package consent

import (
	"context"
	"slices"
	"strings"
	"time"

	"xinyi/model"
)

// Given is a consent by which somebody else may look at a subject's data (授权他人查询).
type Given struct {
	model.Consent
	// RecipientName is what the register calls the recipient; "" when it does not know it.
	RecipientName string
	// Live says that the recipient may look, or will when the consent starts.
	Live bool
}

// Page is a part of what a subject agreed to, or may agree to.
type Page struct {
	// Level stands first in the list of a person; nil on later pages and for an enterprise.
	Level *Level
	Given []Given
	// Next is where the list goes on; "" at the end.
	Next string
}

// Own lists what the caller agreed to, or (uscc) an enterprise that they represent, in the
// order in which it came; also what was withdrawn or has ended. CodeNotVerified until the real
// name is bound; CodeForbidden and CodeNotLegalRep by whom they may act for.
func (s *Service) Own(ctx context.Context, p model.Principal, uscc, after string, limit int) (Page, error) {
	f, err := s.of(ctx, p, uscc)
	if err != nil {
		return Page{}, err
	}
	var out Page
	if uscc == "" && after == "" {
		level := s.level(f)
		out.Level = &level
		limit--
	}
	rest := f.Consents
	if after != "" && after != model.LevelConsent {
		i := slices.IndexFunc(rest, func(c model.Consent) bool { return c.ID == after })
		rest = rest[i+1:] // a consent is never deleted
	}
	for i := range rest {
		if i == limit {
			out.Next = model.LevelConsent
			if i > 0 {
				out.Next = rest[i-1].ID
			}
			break
		}
		given, err := s.given(ctx, rest[i])
		if err != nil {
			return Page{}, err
		}
		out.Given = append(out.Given, given)
	}
	ev := s.event(p, "own_consents.view", "shown", f.ID)
	ev.Shown = []string{"consents"}
	s.Auditor.Note(ev)
	return out, nil
}

func (s *Service) given(ctx context.Context, c model.Consent) (Given, error) {
	out := Given{Consent: c, Live: lives(c, s.Clock.Now())}
	f, err := s.Store.File(ctx, model.SubjectID(c.Recipient))
	if err == nil {
		out.RecipientName = f.Name
	} else if !model.Is(err, model.CodeNotFound) {
		return Given{}, err
	}
	return out, nil
}

// lives reports whether there is something to withdraw.
func lives(c model.Consent, now time.Time) bool { return c.RevokedAt.IsZero() && now.Before(c.ValidTo) }

// of gives the file of the caller, or of an enterprise that they represent.
func (s *Service) of(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, error) {
	if p.Subject == "" || uscc == "" {
		return s.own(ctx, p)
	}
	f, _, err := s.Files.EnterpriseCredit(ctx, p, uscc)
	return f, err
}

// Withdraw ends a consent of the caller, or of an enterprise that they represent, from now on:
// whoever had it is refused as soon as this returns. CodeNotFound for what is not theirs, was
// withdrawn or has ended; otherwise as Own.
func (s *Service) Withdraw(ctx context.Context, p model.Principal, id string) error {
	whose, _, _ := strings.Cut(id, "/")
	uscc := whose
	if uscc == string(p.Subject) || model.SubjectID(uscc).IsPerson() || uscc == id {
		uscc = "" // a stranger's is not found among the caller's own
	}
	return model.Retry(ctx, func() error {
		f, err := s.of(ctx, p, uscc)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(f.Consents, func(c model.Consent) bool { return c.ID == id })
		if i < 0 {
			return model.Errorf(model.CodeNotFound, "没有这个同意事项，请从“我的信用”中选择。")
		}
		now := s.Clock.Now()
		if !lives(f.Consents[i], now) {
			return model.Errorf(model.CodeNotFound, "该授权已经撤回或到期，无需再撤回。")
		}
		after := *f
		after.Consents = slices.Clone(f.Consents)
		after.Consents[i].RevokedAt = now.UTC().Truncate(time.Millisecond)
		ev := s.event(p, "consent.withdraw", "withdrawn", f.ID)
		ev.Consent = id
		w := model.LevelWrite{File: &after}
		if w.Audit, err = s.Auditor.Begin(ev); err != nil {
			return err
		}
		err = s.Store.WriteLevel(ctx, w)
		s.Auditor.End(w.Audit, err)
		return err
	})
}
