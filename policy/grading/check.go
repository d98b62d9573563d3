package grading

import (
	"slices"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

// maxPoints bounds every figure of a model, so that sums cannot overflow.
const maxPoints = 10_000

// What a fact may say, from worse to better.
var (
	honorLevels = []string{"town", "county", "city", "province", "state"}
	severities  = []model.Severity{model.SeveritySerious, model.SeverityGeneral, model.SeverityMinor, ""}
	fulfilments = []string{"none", "partial", "pending", "full"}
)

func (m *modelFile) check(file string, faults *rulefile.Faults) {
	faults.Text(file, "model", m.Model)
	faults.Text(file, "title", m.Title)
	faults.Text(file, "base.title", m.Base.Title)
	faults.Date(file, "validFrom", m.ValidFrom)
	if m.Min < 0 || m.Max > 1000 || m.Min > m.Max || m.Base.Points < m.Min || m.Base.Points > m.Max {
		faults.Addf(file, "应有 0 ≤ min ≤ base.points ≤ max ≤ 1000")
	}
	m.checkSubjects(file, faults)
	m.checkGrades(file, faults)
	ids := map[string]bool{"base": true, "limit": true}
	for _, c := range m.Ceilings {
		unique(file, c.ID, ids, faults)
		faults.Text(file, c.ID+".title", c.Title)
		faults.Text(file, c.ID+".citation", c.Citation)
		c.When.check(file, c.ID, faults)
		if m.rank(c.Grade) < 0 {
			faults.Addf(file, "%s: 未知等级 %q", c.ID, c.Grade)
		}
	}
	for i := range m.Items {
		unique(file, m.Items[i].ID, ids, faults)
		m.Items[i].check(file, m.personal(), faults)
	}
}

func unique(file, id string, seen map[string]bool, faults *rulefile.Faults) {
	if id == "" || seen[id] {
		faults.Addf(file, "id %q 为空或重复", id)
	}
	seen[id] = true
}

func (m *modelFile) personal() bool { return slices.Contains(m.Subjects, model.KindNaturalPerson) }

func (m *modelFile) checkSubjects(file string, faults *rulefile.Faults) {
	if len(m.Subjects) == 0 || (m.personal() && len(m.Subjects) > 1) {
		faults.Addf(file, "subjects 不能为空；自然人须有自己的模型")
	}
	for i, k := range m.Subjects {
		if (k != model.KindLegalPerson && k != model.KindSelfEmployed && k != model.KindNaturalPerson) || slices.Contains(m.Subjects[:i], k) {
			faults.Addf(file, "subjects: 未知或重复的主体类别 %q", k)
		}
	}
}

func (m *modelFile) checkGrades(file string, faults *rulefile.Faults) {
	for i, g := range m.Grades {
		if g.Grade == "" || m.rank(g.Grade) != i || (i > 0 && g.Min >= m.Grades[i-1].Min) {
			faults.Addf(file, "grades 应由高到低且不重复")
		}
		if m.personal() && g.Grade != model.LevelExcellent && g.Grade != model.LevelGood && g.Grade != model.LevelBasic {
			faults.Addf(file, "个人只有 excellent、good、basic 三个激励等级，不设负面等级")
		}
	}
	if n := len(m.Grades); n == 0 || m.Grades[n-1].Min > m.Min {
		faults.Addf(file, "grades: 最低等级应覆盖最低分")
	}
	if n := len(m.Grades); m.personal() && n > 0 && (m.Grades[n-1].Grade != model.LevelBasic || m.Base.Points < m.Grades[n-1].Min) {
		faults.Addf(file, "个人最低等级应为 basic")
	}
}

// rank gives the place of a grade, 0 = best; -1 if unknown.
func (m *modelFile) rank(grade string) int {
	return slices.IndexFunc(m.Grades, func(g gradeFile) bool { return g.Grade == grade })
}

func (w *whenFile) check(file, id string, faults *rulefile.Faults) {
	if !slices.Contains(model.RecordKinds(), w.Kind) {
		faults.Addf(file, "%s: 未知的记录类别 %q", id, w.Kind)
	}
	if w.Kind != model.RecordListEntry && len(w.List) > 0 {
		faults.Addf(file, "%s: list 只用于 list_entry", id)
	}
	// Henan 20(2): a penalty is adverse only when it was not appealed in time or was upheld.
	if w.Kind == model.RecordPenalty && len(w.Finality) == 0 {
		faults.Addf(file, "%s: 行政处罚须写明 finality", id)
	}
}

func (it *itemFile) check(file string, personal bool, faults *rulefile.Faults) {
	faults.Text(file, it.ID+".title", it.Title)
	faults.Text(file, it.ID+".citation", it.Citation)
	sources := 0
	for _, given := range []bool{it.Points != 0, it.ByHonorLevel != nil, it.ByGrade != nil, it.BySeverity != nil,
		it.ByFulfilment != nil, it.PerQuantity != nil, it.RegistrationYears != nil} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		faults.Addf(file, "%s: points、byHonorLevel、byGrade、bySeverity、byFulfilment、perQuantity、registrationYears 应恰有一项", it.ID)
	}
	if it.RegistrationYears == nil {
		it.When.check(file, it.ID, faults)
	}
	lowest, highest := it.bounds(file, faults)
	if lowest < -maxPoints || highest > maxPoints {
		faults.Addf(file, "%s: 分值超出范围", it.ID)
	}
	if personal && lowest < 0 {
		faults.Addf(file, "%s: 个人模型只做加法，不能扣分", it.ID)
	}
	if it.Pick == pickBest && lowest < 0 || (it.Pick == pickLatest && it.ByGrade == nil) ||
		!slices.Contains([]string{pickEach, pickLatest, pickBest}, it.Pick) {
		faults.Addf(file, "%s: pick 应为空、latest_per_sector（仅 byGrade）或 best_per_title（仅加分）", it.ID)
	}
	for i, a := range it.Ages {
		if a.WithinMonths < 1 || a.WithinMonths > 1200 || a.Percent < 0 || a.Percent > 100 || (i > 0 && a.WithinMonths <= it.Ages[i-1].WithinMonths) {
			faults.Addf(file, "%s: ages 应由近到远，percent 在 0–100 之间", it.ID)
		}
	}
	if (it.Cap.Min != nil && (*it.Cap.Min > 0 || *it.Cap.Min < -maxPoints)) || (it.Cap.Max != nil && (*it.Cap.Max < 0 || *it.Cap.Max > maxPoints)) {
		faults.Addf(file, "%s: 应有 cap.min ≤ 0 ≤ cap.max", it.ID)
	}
}

// bounds gives the least and greatest points of one fact.
func (it *itemFile) bounds(file string, faults *rulefile.Faults) (lowest, highest int) {
	see := func(p int) { lowest, highest = min(lowest, p), max(highest, p) }
	see(it.Points)
	ordered(file, it.ID, it.ByHonorLevel, honorLevels, see, faults)
	ordered(file, it.ID, it.BySeverity, severities, see, faults)
	ordered(file, it.ID, it.ByFulfilment, fulfilments, see, faults)
	for _, grades := range it.ByGrade {
		for _, p := range grades {
			see(p)
		}
	}
	if q := it.PerQuantity; q != nil {
		see(q.Points)
		if q.Unit < 1 || q.Points < 1 || it.Cap.Max == nil {
			faults.Addf(file, "%s: perQuantity 须有正的 unit、points 和 cap.max", it.ID)
		}
	}
	for i, y := range it.RegistrationYears {
		see(y.Points)
		if y.Years < 1 || y.Years > 100 || (i > 0 && (y.Years <= it.RegistrationYears[i-1].Years || y.Points < it.RegistrationYears[i-1].Points)) {
			faults.Addf(file, "%s: registrationYears 应由短到长", it.ID)
		}
	}
	return lowest, highest
}

// ordered checks that the points of a table never fall from worse to better. What the
// table leaves out counts nothing.
func ordered[K ~string](file, id string, table map[K]int, fromWorse []K, see func(int), faults *rulefile.Faults) {
	if table == nil {
		return
	}
	for i, k := range fromWorse {
		see(table[k])
		if i > 0 && table[k] < table[fromWorse[i-1]] {
			faults.Addf(file, "%s: %q 的分值低于更差的 %q", id, k, fromWorse[i-1])
		}
	}
	for k := range table {
		if !slices.Contains(fromWorse, k) {
			faults.Addf(file, "%s: 未知的取值 %q", id, k)
		}
	}
}
