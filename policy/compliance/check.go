package compliance

import (
	"slices"
	"strings"

	"xinyi/model"
)

// Act is a row as it was read, with what the checks need beside the record.
type Act struct {
	Record *model.Record
	// Content is the clear text, also of natural persons, whose record holds it sealed.
	Content string
	// Details are the clear ones, likewise.
	Details   []model.Detail
	Procedure string // summary or ordinary
	// Subject is what the row is about.
	Subject model.SubjectKind
	// AuthorityKnown and SourceKnown: the unit stands in the register.
	AuthorityKnown, SourceKnown bool
	// Submitter is who sends the row; zero = the office itself, for any unit.
	Submitter model.Principal
	Today     model.Date
}

func (a *Act) person() bool { return a.Subject == model.KindNaturalPerson }

// Finding is one thing that is wrong with a row.
type Finding struct {
	Check  Check
	Column string // key of the cell
	Code   string // lower_snake rule
	Reason string // Chinese sentence that says what to do, never the value
	Refuse bool   // else a warning
}

// cells that can be needed.
var cells = map[string]func(*Act) string{
	"title":         func(a *Act) string { return a.Record.Title },
	"docNo":         func(a *Act) string { return a.Record.DocNo },
	"content":       func(a *Act) string { return a.Content },
	"category":      func(a *Act) string { return a.Record.Category },
	"legalBasis":    func(a *Act) string { return a.Record.LegalBasis },
	"authority":     func(a *Act) string { return a.Record.Authority },
	"authorityUscc": func(a *Act) string { return a.Record.AuthorityUSCC },
	"source":        func(a *Act) string { return a.Record.Source },
	"sourceUscc":    func(a *Act) string { return a.Record.SourceUSCC },
	"decisionDate":  func(a *Act) string { return string(a.Record.DecisionDate) },
	"validFrom":     func(a *Act) string { return string(a.Record.ValidFrom) },
	"validTo":       func(a *Act) string { return string(a.Record.ValidTo) },
	"list":          func(a *Act) string { return string(a.Record.List) },
	"sector":        func(a *Act) string { return a.Record.Sector },
	"grade":         func(a *Act) string { return a.Record.Grade },
	"fulfilment":    func(a *Act) string { return a.Record.Fulfilment },
}

// cellOf gives how the cell of a column is read; nil for an unknown column.
func cellOf(column string) func(*Act) string {
	if key, ok := strings.CutPrefix(column, model.DetailColumn); ok && key != "" {
		return func(a *Act) string { return model.DetailOf(a.Details, key) }
	}
	return cells[column]
}

// asked reports whether the act needs the cell at all.
func (n *need) asked(a *Act) bool {
	if n.onlyOrgan && a.person() || n.given != nil && n.given(a) == "" {
		return false
	}
	if n.categories == nil {
		return true
	}
	for value := range values(a.Record.Category) {
		if slices.Contains(n.categories, value) {
			return true
		}
	}
	return false
}

// findings collects what the checks find.
type findings struct {
	*Book
	list []Finding
}

func (f *findings) add(check Check, column, code, reason string) {
	f.list = append(f.list, Finding{check, column, code, reason, f.Refuses(check)})
}

func (f *findings) warn(check Check, column, code, reason string) {
	f.list = append(f.list, Finding{check, column, code, reason, false})
}

// Check gives what is wrong with an act; nil when nothing is.
func (b *Book) Check(a *Act) []Finding {
	f := findings{Book: b}
	f.missing(a)
	f.dates(a)
	f.categories(a)
	f.fines(a)
	f.personal(a)
	f.summary(a)
	f.units(a)
	return f.list
}

func (f *findings) missing(a *Act) {
	for _, n := range f.needs[a.Record.Kind] {
		if n.get(a) != "" || !n.asked(a) {
			continue
		}
		if n.warn {
			f.warn(Missing, n.column, "missing", "该项应当填写，请尽快补充。")
		} else {
			f.add(Missing, n.column, "missing", "该项为必填项，请补充。")
		}
	}
}

func (f *findings) dates(a *Act) {
	r := a.Record
	switch {
	case r.DecisionDate > a.Today:
		f.add(BadDate, "decisionDate", "future", "决定日期不能晚于今天。")
	case r.DecisionDate != "" && r.DecisionDate < "1949-10-01":
		f.add(BadDate, "decisionDate", "too_early", "决定日期不能早于 1949-10-01。")
	}
	if r.ValidFrom != "" && r.ValidTo != "" && r.ValidFrom > r.ValidTo {
		f.add(DateOrder, "validTo", "range", "有效期至不能早于有效期自。")
	} else if r.ValidTo != "" && r.ValidTo < r.DecisionDate {
		f.add(DateOrder, "validTo", "range", "有效期至不能早于决定日期，请核对两个日期。")
	}
	switch done := r.DutyFulfilledOn; {
	case done > a.Today:
		f.add(BadDate, "dutyFulfilledOn", "future", "义务履行完毕日不能晚于今天，履行完毕后再填写。")
	case done != "" && done < r.DecisionDate && r.Kind == model.RecordJudgment:
		f.add(DateOrder, "dutyFulfilledOn", "range", "义务履行完毕日不能早于裁判日期，请核对两个日期。")
	}
	year, ok := model.DocNo(r.DocNo).Year()
	if ok && r.DecisionDate != "" && year != r.DecisionDate.Start().Year() {
		f.add(DocYear, "docNo", "doc_year", "文号中的年份与决定日期的年份不一致，请核对文号和决定日期。")
	}
}

// categories takes several values separated by ; where a kind has an enumeration.
func (f *findings) categories(a *Act) {
	allowed := f.Categories[a.Record.Kind]
	if allowed == nil || a.Record.Category == "" {
		return
	}
	for value := range values(a.Record.Category) {
		if !slices.Contains(allowed, value) {
			f.add(NotInEnum, "category", "enum", "类别不在允许的取值范围内，请按模板的下拉选项填写；多项以分号分隔。")
			return
		}
	}
}

// values gives the parts of a cell with several values.
func values(cell string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == ';' || r == '；' }) {
			if !yield(strings.TrimSpace(part)) {
				return
			}
		}
	}
}

// summary finds penalties of natural persons that must not be reported (HN 13).
func (f *findings) summary(a *Act) {
	r := a.Record
	if r.Kind != model.RecordPenalty || !a.person() {
		return
	}
	switch {
	case a.Procedure == "summary":
		f.add(SummaryAct, "procedure", "blocked", "自然人适用简易程序的处罚不得归集（《河南省社会信用条例》第十三条）。请删除该行。")
	case r.Severity == model.SeverityMinor && r.DutyFulfilledOn != "" && r.DutyFulfilledOn <= r.DecisionDate:
		f.add(SummaryAct, "severity", "blocked", "自然人违法行为轻微并已自行纠正的处罚不得归集（《河南省社会信用条例》第十三条）。请删除该行。")
	case a.Procedure == "" && r.FineFen > 0 && r.FineFen <= f.SummaryFen:
		f.warn(SummaryAct, "procedure", "summary_suspected", "罚款在简易程序限额以内，请确认是否为当场处罚：是则删除该行，否则填写 ordinary。")
	}
}

func (f *findings) units(a *Act) {
	r := a.Record
	if r.Authority != "" && !a.AuthorityKnown {
		f.add(UnknownUnit, "authority", "unknown_unit", "该机关不在单位名录内，请填写规范名称，或请信用办补充名录。")
	}
	if r.Source != "" && r.Source != r.Authority && !a.SourceKnown {
		f.add(UnknownUnit, "source", "unknown_unit", "该单位不在单位名录内，请填写规范名称，或请信用办补充名录。")
	}
	by := a.Submitter
	if by.Role != model.RoleDepartment {
		return
	}
	switch {
	case r.SourceUSCC != "" && r.SourceUSCC != by.Unit:
		f.add(OtherUnit, "sourceUscc", "other_unit", "数据来源单位不是报送单位，请由来源单位报送。")
	case r.SourceUSCC == "" && r.Source != "" && r.Source != by.UnitName:
		f.add(OtherUnit, "source", "other_unit", "数据来源单位不是报送单位，请由来源单位报送。")
	}
}
