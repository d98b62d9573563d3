package loan

import (
	"slices"
	"time"

	"xinyi/model"
)

// taxSector is the sector scheme of 纳税信用.
const taxSector = "tax"

// Screen says whether an enterprise is on the whitelist on a day, with every rule's
// outcome. The file must be fresh: its ValidUntil not passed. BatchNo and Authorised are
// left to the caller. ValidUntil is the first instant at which time alone could change the
// answer; zero = never. Errors: CodeInvalidRequest for a bad day or a subject the
// whitelist is not for, CodeNotFound before the first rule set.
func (b *Book) Screen(f *model.SubjectFile, on model.Date) (model.WhitelistResult, error) {
	start := on.Start()
	if start.IsZero() {
		return model.WhitelistResult{}, model.Errorf(model.CodeInvalidRequest, "筛查日期应为 YYYY-MM-DD，请检查后重试。")
	}
	set, successor := b.inForce(on)
	if set == nil {
		return model.WhitelistResult{}, model.Errorf(model.CodeNotFound, "这一天还没有白名单筛查规则。")
	}
	if !slices.Contains(set.Subjects, f.Kind) {
		return model.WhitelistResult{}, model.Errorf(model.CodeInvalidRequest, "白名单只面向企业和个体工商户，请填写统一社会信用代码。")
	}
	s := screening{file: f, on: on, start: start}
	s.out = model.WhitelistResult{USCC: string(f.ID), Listed: true, AsOf: on, RulesVersion: set.version, Reasons: make([]model.Reason, 0, len(set.Rules))}
	s.until(f.ValidUntil)
	s.until(successor.Start())
	for i := range set.Rules {
		s.apply(&set.Rules[i])
	}
	slices.Sort(s.out.Facts)
	s.out.Facts = slices.Compact(s.out.Facts)
	return s.out, nil
}

// screening is a result in the making.
type screening struct {
	file  *model.SubjectFile
	on    model.Date
	start time.Time
	out   model.WhitelistResult
}

func (s *screening) until(t time.Time) {
	if t.After(s.start) && (s.out.ValidUntil.IsZero() || t.Before(s.out.ValidUntil)) {
		s.out.ValidUntil = t
	}
}

func (s *screening) apply(r *ruleFile) {
	o := s.outcome(r)
	text := r.Eligible
	switch o {
	case model.NotEligible:
		text = r.NotEligible
	case model.Undetermined:
		text = r.Undetermined
	}
	if o != model.Eligible {
		s.out.Listed = false
	}
	s.out.Reasons = append(s.out.Reasons, model.Reason{ID: r.ID, Outcome: o, Text: text})
}

func (s *screening) outcome(r *ruleFile) model.Outcome {
	switch r.Field {
	case fieldRegMonths:
		return s.regMonths(r.Number)
	case fieldStatus:
		if s.file.Registration == nil {
			return model.Undetermined
		}
		return among(r.Values, s.file.Registration.Status)
	case fieldTaxGrade:
		return s.taxGrade(r.Values)
	case fieldPublicGrade:
		if s.file.Judgement == nil {
			return model.Undetermined
		}
		return among(r.Values, s.file.Judgement.Grade)
	case fieldSeriousList:
		return s.absent(model.ListSerious)
	case fieldAbnormalList:
		return s.absent(model.ListAbnormal)
	case fieldWatchList:
		return s.absent(model.ListWatch)
	}
	return s.noObjection()
}

// among gives undetermined for a value that is not known.
func among(values []string, v string) model.Outcome {
	switch {
	case v == "":
		return model.Undetermined
	case slices.Contains(values, v):
		return model.Eligible
	}
	return model.NotEligible
}

func (s *screening) regMonths(atLeast int) model.Outcome {
	if s.file.Registration == nil {
		return model.Undetermined
	}
	since := s.file.Registration.EstablishedOn
	if since.Start().IsZero() {
		return model.Undetermined
	}
	reached := since.AddMonths(atLeast)
	if reached <= s.on {
		return model.Eligible
	}
	s.until(reached.Start())
	return model.NotEligible
}

// taxGrade looks at the current tax grade; a disputed one that does not suffice is left
// to a person.
func (s *screening) taxGrade(values []string) model.Outcome {
	for _, g := range s.file.Summary.Ratings {
		if g.Sector != taxSector {
			continue
		}
		s.fact(g.RecordID)
		o := among(values, g.Grade)
		if o == model.NotEligible && g.Disputed {
			return model.Undetermined
		}
		return o
	}
	return model.Undetermined
}

func (s *screening) absent(kind model.ListKind) model.Outcome {
	o := model.Eligible
	for i := range s.file.Summary.Lists {
		m := &s.file.Summary.Lists[i]
		if m.Kind != kind {
			continue
		}
		s.fact(m.RecordID)
		if !m.Disputed {
			o = model.NotEligible
		} else if o == model.Eligible {
			o = model.Undetermined
		}
	}
	return o
}

func (s *screening) noObjection() model.Outcome {
	o := model.Eligible
	mark := func(disputed bool, id model.RecordID) {
		if disputed {
			s.fact(id)
			o = model.Undetermined
		}
	}
	for i := range s.file.Summary.Lists {
		mark(s.file.Summary.Lists[i].Disputed, s.file.Summary.Lists[i].RecordID)
	}
	for i := range s.file.Summary.Negatives {
		mark(s.file.Summary.Negatives[i].Disputed, s.file.Summary.Negatives[i].RecordID)
	}
	for i := range s.file.Summary.Ratings {
		mark(s.file.Summary.Ratings[i].Disputed, s.file.Summary.Ratings[i].RecordID)
	}
	return o
}

func (s *screening) fact(id model.RecordID) { s.out.Facts = append(s.out.Facts, id) }
