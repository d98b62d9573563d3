package listing

import (
	"cmp"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/measures"
)

// Condition is one thing that must hold before a listing is published (domain §16.2).
type Condition struct {
	Code    string
	Pointer string // what to change
	Text    string
	OK      bool
	// Waits: nothing is to be done, the day comes by itself.
	Waits bool
}

// conditions judges a draft on a day. Pure, but for the tables.
func (s *Service) conditions(c *model.ListCase, people []model.ResponsiblePerson, f *model.SubjectFile, day model.Date) (measures.ListRule, []Condition) {
	var all []Condition
	add := func(code, pointer string, ok bool, text string) {
		all = append(all, Condition{Code: code, Pointer: pointer, Text: text, OK: ok})
	}
	rule, err := s.Tables.List(c.Kind, day)
	add("list_rule", "/kind", err == nil, "该类名单有现行有效的认定规则。")
	if err != nil {
		return rule, all
	}
	_, err = s.Tables.Basis(c.Basis, day)
	add("legal_basis", "/basis", err == nil && slices.Contains(rule.Bases, c.Basis), "认定依据在依据清单内，且现行有效。")
	add("measures", "/measures", s.measuresHold(c, rule, day), "所附措施都在措施清单内、适用于该名单，且依据现行有效。")
	_, refusal := s.record(c, rule, f.Kind, day)
	add("catalogue", "/reason", refusal == nil, "信息目录列有该类名单，事由不含不得归集的内容。")
	add("prior_notice", "/priorNotice/on", c.NoticedOn != "" && c.NoticeHow != "", "已事先告知（或公示）依据、理由、措施和异议权利，并写明日期和方式。")
	add("evidence", "/priorNotice/evidence", len(c.Evidence) > 0, "已附事先告知或公示的证据。")
	open := Condition{Code: "objection_window", Pointer: "/priorNotice/on", OK: c.WindowEnds != "" && day > c.WindowEnds, Waits: c.WindowEnds != "",
		Text: "异议期已满。"}
	if open.Waits {
		open.Text = "异议期至 " + string(c.WindowEnds) + "，期满后才能公布。"
	}
	all = append(all, open)
	add("objection", "/objection", c.Objection == model.ObjectionNone || c.Objection == model.ObjectionRejected && c.ObjectionNote != "",
		"没有未办结或成立的异议；异议不成立的，已写明答复。")
	add("decision_date", "/decisionDate", c.DecisionDate == "" || c.DecisionDate <= day && c.DecisionDate > c.WindowEnds,
		"认定日期在异议期满之后，且不晚于今天（不填时为公布之日）。")
	add("title", "/docNo", c.Title != "" && c.DocNo != "" && c.Reason != "", "已写明名单名称、认定文号和事由。")
	if len(rule.Responsible) > 0 {
		add("responsible", "/responsible", named(rule.Responsible, people), "已写明法定代表人等责任人员。")
	}
	if rule.ProvincialReview {
		add("provincial_review", "/provincialNo", c.ProvincialNo != "", "已经省级社会信用主管部门审核，并写明审核文号。")
	}
	if rule.Final {
		add("finality", "/finality", c.Finality == model.FinalityFinal || c.Finality == model.FinalityAmended, "所依据的决定已经生效。")
	}
	if rule.Severity {
		add("severity", "/severity", c.Severity == model.SeveritySerious, "所依据的行为由认定机关的裁量基准定为严重。")
	}
	if rule.Term || c.ValidTo != "" {
		add("term", "/validTo", c.ValidTo != "" && c.ValidTo >= day, "已写明有效期至，且不早于今天。")
	}
	if len(rule.ExcludedBy) > 0 {
		barred := slices.ContainsFunc(f.Summary.Lists, func(m model.ListMember) bool { return slices.Contains(rule.ExcludedBy, m.Kind) })
		add("excluded", "/uscc", !barred, "主体不在与之冲突的名单内。")
	}
	return rule, all
}

// named reports whether every role is named.
func named(roles []string, people []model.ResponsiblePerson) bool {
	for _, role := range roles {
		if !slices.ContainsFunc(people, func(p model.ResponsiblePerson) bool { return p.Role == role && p.Name != "" }) {
			return false
		}
	}
	return true
}

func (s *Service) measuresHold(c *model.ListCase, rule measures.ListRule, day model.Date) bool {
	for _, code := range c.Measures {
		if _, err := s.measure(code, c.Kind, rule, day); err != nil {
			return false
		}
	}
	return true
}

// measure gives a measure that may meet an organisation on the list: CodeNoLegalBasis otherwise.
func (s *Service) measure(code string, kind model.ListKind, rule measures.ListRule, day model.Date) (measures.Measure, error) {
	m, err := s.Tables.Measure(code, day)
	if err != nil {
		return m, err
	}
	if !slices.Contains(rule.Classes, m.Class) || !slices.Contains(m.Lists, kind) || !slices.Contains(m.Targets, measures.TargetOrganisation) {
		return m, model.Errorf(model.CodeNoLegalBasis, "所列措施不适用于该类名单，请从措施清单中选择。")
	}
	return m, nil
}

// unmet gives CodeNotReady with each condition that does not hold; nil when all do.
func unmet(all []Condition) error {
	e := &model.Error{Code: model.CodeNotReady, Detail: "公布的条件尚未具备，请按 errors 中的说明补齐。"}
	for _, c := range all {
		if !c.OK {
			e.Fields = append(e.Fields, model.FieldError{Pointer: c.Pointer, Code: c.Code, Detail: "须" + strings.TrimSuffix(c.Text, "。") + "。"})
		}
	}
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// Queues: a draft waits at its unit until everything but time is settled, then at the
// reviewers; a task at the unit it is addressed to.
func unitQueue(unit string) string { return "unit/" + unit }

const reviewers = "review"

func reviewQueue(rule measures.ListRule, unit string) string {
	if rule.Reviewer == measures.ReviewerUnit {
		return reviewers + "/" + unit
	}
	return reviewers
}

// place sets where a draft waits and by when.
func (s *Service) place(c *model.ListCase, rule measures.ListRule, all []Condition) error {
	c.Queue, c.Due = unitQueue(c.Unit), cmp.Or(c.WindowEnds, model.NoClock)
	if slices.ContainsFunc(all, func(x Condition) bool { return !x.OK && !x.Waits }) {
		return nil
	}
	due, err := s.Calendar.AddWorkdays(c.WindowEnds, rule.ReviewDays)
	if model.Is(err, model.CodeCalendarMissing) {
		due, err = model.NoClock, nil // the wait is real, its end is not known yet
	}
	c.Queue, c.Due = reviewQueue(rule, c.Unit), due
	return err
}
