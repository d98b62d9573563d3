package benefit

import (
	"cmp"
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/measures"
)

// What a rule is written with.
type (
	Definition = benefit.Definition
	Partner    = benefit.Partner
	Value      = benefit.Value
	ValueType  = benefit.ValueType
	Per        = benefit.Per
	Window     = benefit.Window
	Budget     = benefit.Budget
	Parameter  = benefit.Parameter
	Condition  = benefit.Condition
	// Line is one line of the check list.
	Line = benefit.Check
	// Difference is one thing in which two versions differ.
	Difference = benefit.Difference
)

// The states that a version can be published in.
const (
	StatusPublished = benefit.StatusPublished
	StatusPaused    = benefit.StatusPaused
)

// Drafts keeps drafts and published versions of rules.
type Drafts interface {
	// Draft gives a benefit's draft: CodeNotFound if there is none; Rev is good all the same.
	Draft(ctx context.Context, code string) (model.BenefitDraft, error)
	Drafts() ([]model.BenefitDraft, error)
	SaveDraft(ctx context.Context, d model.BenefitDraft, entry model.AuditEntry, answer *model.IdempotencyRecord) error
	Publish(ctx context.Context, d model.BenefitDraft, entry model.AuditEntry, answer *model.IdempotencyRecord) error
}

// Bases says which legal bases are in force: CodeNoLegalBasis otherwise.
type Bases interface {
	Basis(code string, on model.Date) (measures.Basis, error)
}

// RuleDesk is where benefit rules are made (惠民规则): one person drafts, may try the draft on
// everybody, and another one publishes it. All fields but Pace are required.
type RuleDesk struct {
	Drafts Drafts
	Rules  Rules
	// Whole says why the book would not load with one more version in it; nil = it would.
	Whole   func(code string, from model.Date, raw []byte) error
	Bases   Bases
	Runs    Simulations
	Budgets Budgets
	Files   Files
	Auditor Auditor
	Clock   model.Clock
	// Pace is on how many files a draft is tried in a second at most, so that look-ups go on
	// beside it; 0 = as fast as it goes.
	Pace int
}

// Draft is a version that waits for a second person.
type Draft struct {
	model.BenefitDraft
	Rule *Rule
	// Against is the version that the draft would follow: the one whose dates cover the
	// draft's first day; "" if there is none. Changes are what differs from it.
	Against string
	Changes []Difference
}

// History is a benefit with its draft, the check list of that, and all its versions.
type History struct {
	Code   string
	Draft  *Draft
	Checks []Line
	// Versions are the published ones, oldest first; Changes what differs in each from the
	// one before it.
	Versions []*Rule
	Changes  [][]Difference
}

// order puts the versions by their first days, each with what differs from the one before it.
func (h *History) order(versions []*Rule) error {
	slices.SortFunc(versions, func(a, b *Rule) int { return cmp.Compare(a.ValidFrom, b.ValidFrom) })
	h.Versions, h.Changes = versions, make([][]Difference, len(versions))
	for i := 1; i < len(versions); i++ {
		var err error
		if h.Changes[i], err = benefit.Diff(&versions[i-1].Definition, &versions[i].Definition); err != nil {
			return err
		}
	}
	return nil
}

// List gives every benefit that has a version or a draft, in code order.
func (s *RuleDesk) List(ctx context.Context) ([]string, error) {
	drafts, err := s.Drafts.Drafts()
	if err != nil {
		return nil, err
	}
	codes := s.Rules.Book().Codes()
	for _, d := range drafts {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes), ctx.Err()
}

// History gives one benefit. Errors: CodeNotFound.
func (s *RuleDesk) History(ctx context.Context, code string) (History, error) {
	h := History{Code: code}
	if err := h.order(s.Rules.Book().Versions(code)); err != nil {
		return History{}, err
	}
	d, err := s.draft(ctx, code)
	switch {
	case err == nil:
		h.Draft, h.Checks = &d, s.checks(&d)
	case !model.Is(err, model.CodeNotFound):
		return History{}, err
	case len(h.Versions) == 0:
		return History{}, model.Errorf(model.CodeNotFound, "没有这项优惠规则，请从规则列表中选择。")
	}
	return h, nil
}

func (s *RuleDesk) draft(ctx context.Context, code string) (Draft, error) {
	d, err := s.Drafts.Draft(ctx, code)
	if model.Is(err, model.CodeNotFound) {
		return Draft{BenefitDraft: d}, model.Wrap(err, model.CodeNotFound, "这项优惠没有待发布的草案，请先起草。")
	}
	if err != nil {
		return Draft{}, err
	}
	rule, err := benefit.Parse(d.Rules)
	if err != nil {
		return Draft{BenefitDraft: d}, err
	}
	return s.compared(d, rule)
}

// compared gives a draft with what differs from the version that it would follow.
func (s *RuleDesk) compared(d model.BenefitDraft, rule *Rule) (Draft, error) {
	out := Draft{BenefitDraft: d, Rule: rule}
	old, err := s.Rules.Book().Rule(d.Code, d.ValidFrom.Start())
	if err != nil { // there is none
		return out, nil
	}
	out.Against = old.Version
	out.Changes, err = benefit.Diff(&old.Definition, &rule.Definition)
	return out, err
}

// checks goes through the check list with what is in force now.
func (s *RuleDesk) checks(d *Draft) []Line {
	a := benefit.Around{Today: model.DateOf(s.Clock.Now())}
	for _, r := range s.Rules.Book().Versions(d.Code) {
		a.Starts = append(a.Starts, r.ValidFrom)
	}
	_, a.Basis = s.Bases.Basis(d.Rule.Basis, d.ValidFrom)
	a.Whole = s.Whole(d.Code, d.ValidFrom, d.Rules)
	return d.Rule.Checks(a)
}

// Propose writes a new draft. Errors: CodeInvalidRequest with every fault, CodeExists when
// there is a draft already.
func (s *RuleDesk) Propose(ctx context.Context, p model.Principal, def Definition, receipt model.Receipt[Draft]) (Draft, error) {
	have, err := s.draft(ctx, def.Code)
	if err == nil {
		return Draft{}, model.Errorf(model.CodeExists, "这项优惠已有待发布的草案，请修改该草案。")
	}
	if !model.Is(err, model.CodeNotFound) {
		return Draft{}, err
	}
	return s.save(ctx, p, def, have.BenefitDraft, "benefit_rule.draft", receipt)
}

// Revise replaces the draft that the caller has read; fresh judges that. Who revises is an
// author too. Errors: CodeNotFound, CodeInvalidRequest, CodePreconditionFailed.
func (s *RuleDesk) Revise(ctx context.Context, p model.Principal, def Definition, fresh func(*History) error) (Draft, error) {
	h, err := s.History(ctx, def.Code)
	if err != nil {
		return Draft{}, err
	}
	if h.Draft == nil {
		return Draft{}, model.Errorf(model.CodeNotFound, "这项优惠没有待发布的草案，请先起草。")
	}
	if err := fresh(&h); err != nil {
		return Draft{}, err
	}
	d, err := s.save(ctx, p, def, h.Draft.BenefitDraft, "benefit_rule.revise", nil)
	return d, moved(err)
}

func (s *RuleDesk) save(ctx context.Context, p model.Principal, def Definition, over model.BenefitDraft, action string, receipt model.Receipt[Draft]) (Draft, error) {
	raw, rule, err := benefit.Write(def)
	if err != nil {
		return Draft{}, err
	}
	authors := over.Authors
	if !slices.Contains(authors, p.ID) {
		authors = append(slices.Clone(authors), p.ID)
	}
	d, err := s.compared(model.BenefitDraft{Code: def.Code, ValidFrom: def.ValidFrom, Author: p.ID, Authors: authors, At: s.Clock.Now().UTC(), Rules: raw, Rev: over.Rev}, rule)
	if err != nil {
		return Draft{}, err
	}
	answer, err := receipt.Make(d)
	if err != nil {
		return Draft{}, err
	}
	err = s.logged(p, action, "changed", d.Code, rule.Version, func(entry model.AuditEntry) error { return s.Drafts.SaveDraft(ctx, d.BenefitDraft, entry, answer) })
	d.Rev++
	return d, err
}

// Publish makes the draft that the caller has read a version, which every process applies and
// which is in force from its first day on. Errors: CodeNotFound; CodeSecondPerson for who
// wrote it; CodePreconditionFailed; CodeNotReady with every line of the check list that does
// not hold; CodeExists when the key was used.
func (s *RuleDesk) Publish(ctx context.Context, p model.Principal, code string, fresh func(*History) error, receipt model.Receipt[History]) (History, error) {
	h, err := s.History(ctx, code)
	if err != nil {
		return History{}, err
	}
	d := h.Draft
	if d == nil {
		return History{}, model.Errorf(model.CodeNotFound, "这项优惠没有待发布的草案，请先起草。")
	}
	if slices.Contains(d.Authors, p.ID) {
		return History{}, &model.Error{Code: model.CodeSecondPerson}
	}
	if err := fresh(&h); err != nil {
		return History{}, err
	}
	refused := &model.Error{Code: model.CodeNotReady}
	for _, c := range h.Checks {
		if !c.OK {
			refused.Fields = append(refused.Fields, model.FieldError{Code: c.ID, Detail: c.Text})
		}
	}
	if len(refused.Fields) > 0 {
		return History{}, refused
	}
	done := History{Code: code}
	if err := done.order(append(slices.Clone(h.Versions), d.Rule)); err != nil {
		return History{}, err
	}
	answer, err := receipt.Make(done)
	if err != nil {
		return History{}, err
	}
	return done, moved(s.logged(p, "benefit_rule.publish", "published", code, d.Rule.Version, func(entry model.AuditEntry) error {
		return s.Drafts.Publish(ctx, d.BenefitDraft, entry, answer)
	}))
}

// logged writes a change together with its entry.
func (s *RuleDesk) logged(p model.Principal, action, outcome, code, version string, write func(model.AuditEntry) error) error {
	entry, err := s.Auditor.Begin(model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: action,
		Outcome: outcome, Ref: code, RuleVersion: version, RequestID: p.RequestID})
	if err != nil {
		return err
	}
	err = write(entry)
	s.Auditor.End(entry, err)
	return err
}

func moved(err error) error {
	if model.Is(err, model.CodeConflict) {
		return model.Wrap(err, model.CodePreconditionFailed, "草案刚被他人修改，请重新读取后再操作。")
	}
	return err
}
