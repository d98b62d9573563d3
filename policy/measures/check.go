package measures

import (
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

// check judges the rows across files and completes their citations. Faults are named by
// the row's own code.
func (b *Book) check(banned []forbidden, faults *rulefile.Faults) {
	for i := range b.measures {
		b.checkMeasure(&b.measures[i], banned, faults)
	}
	b.checkOverlaps(faults)
	for i := range b.lists {
		b.checkList(&b.lists[i], faults)
	}
	for i := range b.supervision {
		b.checkSupervision(&b.supervision[i], faults)
	}
}

func checkPeriod(file, row string, p Period, faults *rulefile.Faults) {
	faults.Date(file, row+".validFrom", p.ValidFrom)
	if p.ValidTo != "" {
		faults.Date(file, row+".validTo", p.ValidTo)
		if p.ValidTo < p.ValidFrom {
			faults.Addf(file, "%s: validTo 不能早于 validFrom", row)
		}
	}
}

func (b *Book) checkMeasure(m *Measure, banned []forbidden, faults *rulefile.Faults) {
	row := "措施 " + m.Code
	checkPeriod("measures", m.Code, m.Period, faults)
	for _, f := range [][2]string{{"code", m.Code}, {"name", m.Name}, {"trigger", m.Trigger}, {"article", m.Article}, {"means", m.Means}, {"implementer", m.Implementer}} {
		faults.Text(row, f[0], f[1])
	}
	basis, ok := b.bases[m.Basis]
	if !ok {
		faults.Addf(row, "没有法规政策依据，不能列入措施清单")
	}
	m.LegalBasis = basis.Citation + m.Article
	if m.Class != ClassIncentive && m.Class != ClassGeneral && m.Class != ClassSerious {
		faults.Addf(row, "class 应为 incentive、general 或 serious")
	}
	if len(m.Targets) == 0 || len(m.Lists) == 0 {
		faults.Addf(row, "targets 和 lists 不能为空")
	}
	for _, t := range m.Targets {
		switch {
		case t != TargetOrganisation && t != TargetPerson:
			faults.Addf(row, "targets 应为 organisation 或 natural_person")
		case t == TargetPerson && m.Class != ClassIncentive:
			faults.Addf(row, "对自然人只予激励，不能列惩戒措施")
		}
	}
	for _, l := range m.Lists {
		if !knownList(l) || (l == model.ListHonor) != (m.Class == ClassIncentive) {
			faults.Addf(row, "lists 中的 %q 与措施类别不符", l)
		}
	}
	for _, f := range banned {
		if slices.ContainsFunc(f.Words, func(w string) bool { return strings.Contains(m.Name+m.Means, w) }) {
			faults.Addf(row, "属于不得实施的措施（%s）", f.Citation)
		}
	}
}

// checkOverlaps refuses two versions of one measure or list on one day.
func (b *Book) checkOverlaps(faults *rulefile.Faults) {
	overlap := func(x, y Period) bool {
		return (y.ValidTo == "" || x.ValidFrom <= y.ValidTo) && (x.ValidTo == "" || y.ValidFrom <= x.ValidTo)
	}
	for i, m := range b.measures {
		for _, other := range b.measures[:i] {
			if m.Code == other.Code && overlap(m.Period, other.Period) {
				faults.Addf("措施 "+m.Code, "有两个版本在同一天生效")
			}
		}
	}
	for i, l := range b.lists {
		for _, other := range b.lists[:i] {
			if l.Kind == other.Kind && overlap(l.Period, other.Period) {
				faults.Addf("名单 "+string(l.Kind), "有两个版本在同一天生效")
			}
		}
	}
}

func knownList(k model.ListKind) bool {
	return slices.Contains([]model.ListKind{model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch}, k)
}

// maxDays bounds the clocks: one count of working days is a year at most.
const maxDays = 250

func (b *Book) checkList(l *ListRule, faults *rulefile.Faults) {
	row := "名单 " + string(l.Kind)
	checkPeriod(row, "名单", l.Period, faults)
	for _, f := range [][2]string{{"title", l.Title}, {"source", l.Source}, {"remedy", l.Remedy}} {
		faults.Text(row, f[0], f[1])
	}
	if !knownList(l.Kind) {
		faults.Addf(row, "kind 不在枚举内")
	}
	if len(l.Bases) == 0 {
		faults.Addf(row, "没有认定依据，不能设立名单")
	}
	for _, code := range l.Bases {
		if _, ok := b.bases[code]; !ok {
			faults.Addf(row, "依据 %q 不在依据清单内", code)
		}
	}
	for _, n := range []int{l.WindowDays, l.ReviewDays, l.ResponseDays, l.FeedbackDays, l.LiftDays, l.NoticeDays} {
		if n < 1 || n > maxDays {
			faults.Addf(row, "各期限应在 1–%d 天之间", maxDays)
		}
	}
	if l.Reported && l.Kind != model.ListHonor {
		faults.Addf(row, "只有守信激励名单可以报送；其他名单须事先告知、由另一人公布")
	}
	if l.Reviewer != ReviewerUnit && l.Reviewer != ReviewerAny {
		faults.Addf(row, "reviewer 应为 unit 或 any")
	}
	for _, c := range l.Classes {
		if (c == ClassIncentive) != (l.Kind == model.ListHonor) {
			faults.Addf(row, "classes 中的 %q 与名单种类不符", c)
		}
	}
	for _, k := range l.ExcludedBy {
		if !knownList(k) || k == l.Kind {
			faults.Addf(row, "excludedBy 应为其他名单")
		}
	}
	for _, r := range l.Responsible {
		if !slices.Contains(model.ResponsibleRoles(), r) {
			faults.Addf(row, "responsible 中有未知的身份 %q", r)
		}
	}
}

func (b *Book) checkSupervision(s *Supervision, faults *rulefile.Faults) {
	const row = "分级监管建议"
	checkPeriod(row, "supervision", s.Period, faults)
	faults.Text(row, "source", s.Source)
	basis, ok := b.bases[s.Basis]
	if !ok {
		faults.Addf(row, "没有法规政策依据")
	}
	s.LegalBasis = basis.Citation
	last := 0
	for _, g := range s.Grades {
		faults.Text(row, "text", g.Text)
		if g.Percent <= last || g.Percent > 1000 {
			faults.Addf(row, "%s: 等级应由好到差，percent 递增且不超过 1000", g.Grade)
		}
		last = g.Percent
	}
}
