package listing

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"xinyi/model"
	"xinyi/policy/measures"
)

// Draft is what a data officer writes.
type Draft struct {
	model.ListFacts
	Responsible []model.ResponsiblePerson
}

// Draft records a planned listing (拟认定) of the caller's unit. CodeNoLegalBasis when list
// rule, basis or measure is not in force; CodeNotFound for an unknown organisation;
// CodeExists when the same document has listed it already.
func (s *Service) Draft(ctx context.Context, p model.Principal, in Draft, receipt model.Receipt[View]) (View, error) {
	if p.Role != model.RoleDepartment || p.Unit == "" {
		return View{}, model.Errorf(model.CodeForbidden, "名单由认定单位的数据员起草，请联系本单位管理员。")
	}
	now := s.Clock.Now()
	c := &model.ListCase{ID: s.IDs.Next(), State: model.ListDraft, Unit: p.Unit, UnitName: p.UnitName, CreatedAt: stamp(now)}
	if in.NoticedOn != "" {
		c.Notice = noticeOf(&in.ListFacts)
	}
	v, err := s.fill(ctx, p, c, in)
	if err == nil {
		err = s.unlisted(ctx, c)
	}
	if err != nil {
		return View{}, s.refused(ctx, s.event(p, "listing.draft", ""), err)
	}
	w := model.ListWrite{Case: *c}
	if c.NoticedOn != "" {
		if err := s.tell(&w); err != nil {
			return View{}, err
		}
	}
	err = s.save(ctx, s.event(p, "listing.draft", string(c.State), c.USCC), &v, w, receipt)
	return v, err
}

// Revise replaces what a draft of the caller's unit says, for instance that an objection
// came in or the province has reviewed it. match tells whether the caller read the current
// revision: CodePreconditionFailed otherwise. CodeInvalidRequest for what the prior notice did not say.
func (s *Service) Revise(ctx context.Context, p model.Principal, id string, match func(v *View) bool, in Draft) (View, error) {
	v, err := s.read(ctx, p, "listing.revise", id, match)
	if err != nil {
		return View{}, err
	}
	c := &v.ListCase
	ev := s.event(p, "listing.revise", string(c.State), c.USCC)
	if c.State != model.ListDraft {
		return View{}, s.refused(ctx, ev, wrongState(c))
	}
	if in.USCC != c.USCC || in.Kind != c.Kind {
		return View{}, s.refused(ctx, ev, model.Invalid("/uscc", "immutable", "主体和名单种类不能改，请撤回后重新起草。"))
	}
	noticed := c.NoticedOn
	if err := notice(c, &in.ListFacts); err != nil {
		return View{}, s.refused(ctx, ev, err)
	}
	if v, err = s.fill(ctx, p, c, in); err != nil {
		return View{}, s.refused(ctx, ev, err)
	}
	w := model.ListWrite{Case: v.ListCase}
	if v.NoticedOn != "" && v.NoticedOn != noticed {
		if err := s.tell(&w); err != nil {
			return View{}, err
		}
	}
	err = s.save(ctx, ev, &v, w, nil)
	if model.Is(err, model.CodeConflict) {
		err = stale()
	}
	return v, err
}

func noticeOf(f *model.ListFacts) *model.PriorNotice {
	return &model.PriorNotice{On: f.NoticedOn, Basis: f.Basis, Article: f.Article, Reason: f.Reason, Measures: slices.Clone(f.Measures)}
}

// notice keeps in a draft what the prior notice said. What it did not say needs another one, on a
// later day: the subject objects to what it was told (HN 28).
func notice(c *model.ListCase, next *model.ListFacts) error {
	said := c.Notice
	if said == nil && c.NoticedOn != "" {
		said = noticeOf(&c.ListFacts)
	}
	switch {
	case next.NoticedOn == "":
	case said == nil || next.NoticedOn > said.On:
		said = noticeOf(next)
	case c.Kind != model.ListHonor && !said.Covers(next):
		return model.Invalid("/priorNotice/on", "not_noticed", "依据、条款、理由或措施与已告知的不一致（措施只能减少）；请重新告知，并填写新的告知日期。")
	}
	c.Notice = said
	return nil
}

// fill puts the facts into a draft and completes it: window, citation, where it waits.
func (s *Service) fill(ctx context.Context, p model.Principal, c *model.ListCase, in Draft) (View, error) {
	day := s.today()
	rule, basis, err := s.lawful(in, day)
	if err != nil {
		return View{}, err
	}
	f, _, err := s.Files.Enterprise(ctx, string(in.USCC))
	if err != nil {
		return View{}, err
	}
	in.USCC = f.ID // by a former code the current one is meant
	c.ListFacts, c.Name, c.UpdatedAt = in.ListFacts, f.Name, stamp(s.Clock.Now())
	c.RuleVersion, c.LegalBasis = s.Tables.Version(), basis.Citation+in.Article
	if !slices.Contains(c.Authors, p.ID) {
		c.Authors = append(slices.Clone(c.Authors), p.ID)
	}
	if c.Title == "" {
		c.Title = rule.Title
	}
	if c.WindowEnds = ""; c.NoticedOn != "" {
		if c.WindowEnds, err = s.Calendar.AddWorkdays(c.NoticedOn, rule.WindowDays); err != nil {
			return View{}, err
		}
	}
	if err := s.seal(c, in.Responsible); err != nil {
		return View{}, err
	}
	_, all := s.conditions(c, in.Responsible, f, day)
	if err := s.place(c, rule, all); err != nil {
		return View{}, err
	}
	return View{ListCase: *c, People: in.Responsible, Rule: rule, Conditions: all, AsOf: day}, nil
}

// unlisted refuses what an earlier listing or an import has put on record.
func (s *Service) unlisted(ctx context.Context, c *model.ListCase) error {
	if c.DocNo == "" {
		return nil
	}
	key := s.Key(&model.Record{Kind: model.RecordListEntry, List: c.Kind, DocNo: c.DocNo, Authority: c.UnitName, AuthorityUSCC: c.Unit}, c.USCC)
	known, err := s.Store.Known(ctx, key)
	if err == nil && known {
		err = model.Errorf(model.CodeExists, "同一文号的名单信息已经在库，请核对文号后再起草。")
	}
	return err
}

// lawful refuses a draft that rests on nothing in force.
func (s *Service) lawful(in Draft, day model.Date) (rule measures.ListRule, basis measures.Basis, err error) {
	if in.NoticedOn > day {
		return rule, basis, model.Invalid("/priorNotice/on", "future", "告知日期不能晚于今天。")
	}
	if rule, err = s.Tables.List(in.Kind, day); err != nil {
		return rule, basis, at("/kind", err)
	}
	if basis, err = s.Tables.Basis(in.Basis, day); err != nil {
		return rule, basis, at("/basis", err)
	}
	if !slices.Contains(rule.Bases, in.Basis) {
		return rule, basis, at("/basis", model.Errorf(model.CodeNoLegalBasis, "所列依据不能作为该类名单的认定依据，请改用认定规则所列的依据。"))
	}
	for _, code := range in.Measures {
		if _, err = s.measure(code, in.Kind, rule, day); err != nil {
			return rule, basis, at("/measures", err)
		}
	}
	return rule, basis, nil
}

// at names the place of an error of the tables.
func at(pointer string, err error) error {
	code := model.CodeOf(err)
	e := &model.Error{Code: code, Err: err, Fields: []model.FieldError{{Pointer: pointer, Code: string(code), Detail: "没有现行有效的依据。"}}}
	var known *model.Error
	if errors.As(err, &known) {
		e.Detail = known.Detail
	}
	return e
}

func (s *Service) seal(c *model.ListCase, people []model.ResponsiblePerson) error {
	c.Responsible = nil
	if len(people) == 0 {
		return nil
	}
	plain, err := json.Marshal(people)
	if err != nil {
		return model.Wrap(err, model.CodeInternal, "")
	}
	c.Responsible, err = s.Sealer.Seal(model.SealListing, c.ID, plain)
	return err
}

// save writes one change with its audit entry and answer.
func (s *Service) save(ctx context.Context, ev model.AuditEvent, v *View, w model.ListWrite, receipt model.Receipt[View]) error {
	v.Rev = w.Case.Rev + 1 // as the store will count it
	var err error
	if w.Answer, err = receipt.Make(*v); err != nil {
		return err
	}
	ev.Ref = w.Case.ID
	if w.Audit, err = s.Auditor.Begin(ev); err != nil {
		return err
	}
	err = s.Store.Write(ctx, w)
	s.Auditor.End(w.Audit, err)
	return err
}
