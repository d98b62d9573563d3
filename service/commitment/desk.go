package commitment

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/commitment"
)

// Signing is what a citizen signs: a letter by id, and the hash of the text that was shown.
type Signing struct {
	Letter string
	Hash   string
	Reason string
	// USCC is the enterprise that the citizen signs for; "" = for themselves.
	USCC string
}

// Letters gives types and letters in force today.
func (s *Service) Letters() (*commitment.Edition, error) { return s.Rules.On(s.today()) }

// RemindWorkdays is how many working days before a last day to remind; one where no rules are
// in force.
func (s *Service) RemindWorkdays() int {
	edition, err := s.Letters()
	if err != nil {
		return 1
	}
	return edition.RemindWorkdays()
}

// Sign makes a promise of the caller, or of an enterprise they represent. CodeNotVerified,
// CodeForbidden and CodeNotLegalRep by whom they may act for; CodeInvalidRequest when another
// text was shown than the one in force; CodeNotReady when such promises are closed to the
// subject; CodeExists while the same promise runs; CodeOutsideCatalog for a reason that may not be recorded;
// CodeCalendarMissing when its end cannot be told.
func (s *Service) Sign(ctx context.Context, p model.Principal, in Signing, receipt model.Receipt[model.Commitment]) (out model.Commitment, err error) {
	err = model.Retry(ctx, func() error {
		out, err = s.sign(ctx, p, in, receipt)
		return err
	})
	return out, err
}

func (s *Service) sign(ctx context.Context, p model.Principal, in Signing, receipt model.Receipt[model.Commitment]) (model.Commitment, error) {
	f, err := s.promisor(ctx, p, in.USCC)
	if err != nil {
		return model.Commitment{}, err
	}
	ev := s.event(p, "commitment.sign", "signed", f.ID)
	edition, err := s.Letters()
	if err != nil {
		return model.Commitment{}, err
	}
	letter, err := s.signable(ctx, edition, in, f)
	if err != nil {
		return model.Commitment{}, s.refused(ctx, ev, err)
	}
	ends, err := letter.Ends(s.today(), s.Calendar)
	if err != nil {
		return model.Commitment{}, err
	}
	change, err := s.Prepare(ctx, &model.CommitmentDraft{File: f, Letter: letter.ID, LetterVersion: letter.Version, Hash: letter.Hash, Type: letter.Type,
		Text:     model.CommitmentText{Reason: in.Reason, Content: letter.Title + "\n" + letter.Content, Liability: letter.Liability},
		SignedBy: p.ID, Method: "online", ValidTo: ends, Unit: letter.Unit.USCC, UnitName: letter.Unit.Name})
	if model.Is(err, model.CodeOutsideCatalog) {
		err = s.refused(ctx, ev, err)
	}
	if err != nil {
		return model.Commitment{}, err
	}
	return s.save(ctx, ev, change, receipt)
}

// promisor gives the fresh file of whom the caller promises for.
func (s *Service) promisor(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, error) {
	if p.Subject == "" {
		return nil, model.Errorf(model.CodeNotVerified, "请先完成实名认证，再办理信用承诺。")
	}
	if uscc != "" {
		f, _, err := s.Files.EnterpriseCredit(ctx, p, uscc)
		return f, err
	}
	f, _, err := s.Files.Fresh(ctx, p.Subject)
	return f, err
}

// signable gives the letter if the subject may sign it now.
func (s *Service) signable(ctx context.Context, edition *commitment.Edition, in Signing, f *model.SubjectFile) (*commitment.Letter, error) {
	letter, err := edition.Letter(in.Letter)
	if err != nil {
		return nil, err
	}
	if in.Hash != letter.Hash {
		return nil, model.Invalid("/textHash", "text_changed", "所签的不是现行文本，请重新读取、阅读后签署。")
	}
	if !slices.Contains(letter.Subjects, f.Kind) {
		return nil, model.Invalid("/letter", "subject_kind", "这份承诺书不适用于该类主体，请另选。")
	}
	t, err := edition.Type(letter.Type)
	if err != nil {
		return nil, err
	}
	if err := t.Bars(&f.Summary, s.today()); err != nil {
		return nil, err
	}
	return letter, s.running(ctx, f.ID, letter.ID)
}

// running refuses a second promise on a letter while the first one runs. The batch replaces
// the file, so that of two at once one fails and finds the other's.
func (s *Service) running(ctx context.Context, id model.SubjectID, letter string) error {
	for after := ""; ; {
		some, next, err := s.Store.OfSubject(ctx, id, after, 100)
		if err != nil {
			return err
		}
		for _, c := range some {
			if c.Letter == letter && c.Fulfilment == model.FulfilmentPending && (c.ValidTo == "" || c.ValidTo >= s.today()) {
				return model.Errorf(model.CodeExists, "这份承诺书已经签署，尚在有效期内，不必重复签署。")
			}
		}
		if after = next; after == "" {
			return nil
		}
	}
}

// Own gives the promises of the caller, or of an enterprise they represent, newest first, with
// their texts. The view is noted without waiting.
func (s *Service) Own(ctx context.Context, p model.Principal, uscc, after string, limit int) ([]model.Commitment, string, error) {
	f, err := s.promisor(ctx, p, uscc)
	if err != nil {
		return nil, "", err
	}
	found, next, err := s.Store.OfSubject(ctx, f.ID, after, limit)
	if err != nil {
		return nil, "", err
	}
	out := make([]model.Commitment, len(found))
	for i, c := range found {
		if out[i], err = s.Opened(c); err != nil {
			return nil, "", err
		}
	}
	ev := s.event(p, "own_commitments.view", "shown", f.ID)
	ev.Purpose, ev.Shown = model.PurposeSelfView, []string{"commitments"}
	s.Auditor.Note(ev)
	return out, next, nil
}

// Shown is a promise that everybody may read.
type Shown struct {
	*model.Commitment
	Disputed bool // 异议中
}

// Public gives promises of organisations that may be published, of one or ("") of all. What
// the file no longer shows, or has taken back, is passed over, so that a page may be short.
func (s *Service) Public(ctx context.Context, code, after string, limit int) ([]Shown, string, error) {
	id := model.SubjectID("")
	if code != "" {
		f, _, err := s.Files.Enterprise(ctx, code)
		if err != nil {
			return nil, "", err
		}
		id = f.ID
	}
	found, next, err := s.Store.Shown(ctx, id, after, limit)
	if err != nil {
		return nil, "", err
	}
	var out []Shown
	for _, c := range found {
		r, err := s.Records.Record(ctx, c.RecordID)
		if model.Is(err, model.CodeNotFound) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if r.Displayed(s.today()) && !c.Subject.IsPerson() {
			out = append(out, Shown{c, r.Disputed})
		}
	}
	return out, next, nil
}
