package loan

import (
	"context"
	"slices"
	"time"

	"xinyi/model"
)

// Files gives files whose summary and judgement are true now.
type Files interface {
	// Enterprise finds by current or former code: CodeNotFound if there is none. What it
	// gives is shared and must not be changed.
	Enterprise(ctx context.Context, code string) (*model.SubjectFile, model.Stamp, error)
	// EnterpriseStamp tells whose file that is and what it stands on, without reading it.
	EnterpriseStamp(ctx context.Context, code string) (model.SubjectID, model.Stamp, error)
}

// Screener decides by the whitelist rule set; pure.
type Screener interface {
	// Screen gives CodeInvalidRequest for a subject that the whitelist is not for,
	// CodeNotFound before the first rule set.
	Screen(f *model.SubjectFile, on model.Date) (model.WhitelistResult, error)
	// Version names the rule set in force on a day.
	Version(on model.Date) string
}

// Batches tells the published screening batch in force ("" before the first).
type Batches interface {
	BatchNo() string
}

// Auditor makes a look durable before it is answered.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
}

// Service answers whitelist questions. All fields are required. It must not be copied.
type Service struct {
	Files    Files
	Screener Screener
	Batches  Batches
	Auditor  Auditor
	Clock    model.Clock

	screened screenings
}

// Check answers whether the enterprise is on the whitelist (白名单核验), logged before it
// is answered. An enterprise that the register does not know is not listed.
func (s *Service) Check(ctx context.Context, p model.Principal, code model.UnifiedSocialCreditCode) (model.WhitelistResult, error) {
	r, known, err := s.screen(ctx, p, code, s.Clock.Now())
	if err != nil {
		return model.WhitelistResult{}, err
	}
	if err := s.Auditor.Record(ctx, s.event(p, r.RulesVersion, outcome(r), known)); err != nil {
		return model.WhitelistResult{}, err
	}
	return r, nil
}

// CheckAll answers many at once, in order and as of one day, under one audit entry that
// names them all.
func (s *Service) CheckAll(ctx context.Context, p model.Principal, codes []model.UnifiedSocialCreditCode) ([]model.WhitelistResult, error) {
	out, all := make([]model.WhitelistResult, 0, len(codes)), make([]model.SubjectID, 0, len(codes))
	now := s.Clock.Now()
	for _, code := range codes {
		r, known, err := s.screen(ctx, p, code, now)
		if err != nil {
			return nil, err
		}
		out, all = append(out, r), append(all, known...)
	}
	if len(out) == 0 {
		return out, nil
	}
	slices.Sort(all) // a code asked for twice is one look
	if err := s.Auditor.Record(ctx, s.event(p, out[0].RulesVersion, "batch", slices.Compact(all))); err != nil {
		return nil, err
	}
	return out, nil
}

// screen gives the result and the subject it is about: none for an unknown code, which may
// be anything, a person's number too, and must not stand in the log.
func (s *Service) screen(ctx context.Context, p model.Principal, code model.UnifiedSocialCreditCode, now time.Time) (model.WhitelistResult, []model.SubjectID, error) {
	today := model.DateOf(now)
	r, ok, err := s.kept(ctx, code.Reveal(), now)
	if ok {
		return r, []model.SubjectID{model.SubjectID(r.USCC)}, nil
	}
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return model.WhitelistResult{}, nil, err
	}
	f, stamp, err := s.Files.Enterprise(ctx, code.Reveal())
	if model.Is(err, model.CodeNotFound) {
		return s.unlisted(code.Reveal(), today), nil, nil
	}
	if err != nil {
		return model.WhitelistResult{}, nil, err
	}
	r, err = s.Screener.Screen(f, today)
	switch {
	case model.Is(err, model.CodeInvalidRequest): // the list is not for such subjects
		return s.unlisted(string(f.ID), today), []model.SubjectID{f.ID}, nil
	case model.Is(err, model.CodeNotFound):
		return model.WhitelistResult{}, nil, model.Wrap(err, model.CodeUnavailable, "白名单筛查规则尚未生效，请稍后再查。")
	case err != nil:
		return model.WhitelistResult{}, nil, err
	}
	r.USCC, r.AsOf, r.BatchNo = string(f.ID), today, s.Batches.BatchNo()
	r.ValidUntil = model.Sooner(r.ValidUntil, model.ConsentsTurn(f.Consents, p.Unit, model.PurposeBankAssess, now))
	r.Authorised = slices.ContainsFunc(f.Consents, func(c model.Consent) bool { return c.Live(p.Unit, model.PurposeBankAssess, now) })
	if !r.Authorised { // details are for those whom the enterprise let look
		r.Reasons, r.Facts = nil, nil
	}
	s.keep(f, stamp, r)
	return r, []model.SubjectID{f.ID}, nil
}

// unlisted answers about whom no rule was asked; good for the day.
func (s *Service) unlisted(uscc string, today model.Date) model.WhitelistResult {
	return model.WhitelistResult{USCC: uscc, AsOf: today, BatchNo: s.Batches.BatchNo(),
		RulesVersion: s.Screener.Version(today), ValidUntil: today.AddDays(1).Start()}
}

func outcome(r model.WhitelistResult) string {
	if r.Listed {
		return "listed"
	}
	return "not_listed"
}

func (s *Service) event(p model.Principal, rules, outcome string, subjects []model.SubjectID) model.AuditEvent {
	return model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName,
		Action: "whitelist.check", Purpose: model.PurposeBankAssess, Outcome: outcome, Shown: []string{"whitelist"},
		RuleVersion: rules, RequestID: p.RequestID, Subjects: subjects}
}
