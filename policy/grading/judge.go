package grading

import (
	"cmp"
	"slices"
	"strings"

	"xinyi/model"
)

// Facts is what a judgement is made from.
type Facts struct {
	Kind model.SubjectKind
	// OptIn: the person joined the incentive level. Organisations need not.
	OptIn        bool
	Registration *model.Registration // nil for persons
	// Records in any order; they are not changed.
	Records []*model.Record
}

// maxSteps bounds the search for the exact day of change. Past it ValidUntil is still
// safe, only perhaps early.
const maxSteps = 64

// Judge gives the judgement on a day. The score of a person is not kept. Errors:
// CodeNotFound where no model applies (a person who did not join, a day before the first
// model), CodeInvalidRequest for a bad day.
func (b *Book) Judge(f Facts, on model.Date) (model.Judgement, error) {
	d := dayOf(on)
	if d == 0 {
		return model.Judgement{}, model.Errorf(model.CodeInvalidRequest, "评价日期应为 YYYY-MM-DD，请检查后重试。")
	}
	s, until := b.inForce(f.Kind, f.OptIn, d)
	if s == nil {
		return model.Judgement{}, model.Errorf(model.CodeNotFound, "没有适用的评价模型：个人的信用激励等级公布之后，由本人自愿加入才有。")
	}
	now := s.tally(&f, d)
	j := s.judgement(&f, &now)
	j.AsOf = on
	j.ValidUntil = s.changes(&f, &now, until).date().Start()
	return j, nil
}

// Version names the model in force for such a subject on a day (name@date#hash8); "" where
// none applies.
func (b *Book) Version(kind model.SubjectKind, optIn bool, on model.Date) string {
	if s, _ := b.inForce(kind, optIn, dayOf(on)); s != nil {
		return s.version
	}
	return ""
}

// inForce gives the model of the day and the first day of its successor (0: none); nil
// where no model applies.
func (b *Book) inForce(kind model.SubjectKind, optIn bool, on day) (s *scoring, until day) {
	if kind == model.KindNaturalPerson && !optIn {
		return nil, 0
	}
	for _, v := range b.bySubject[kind] {
		if v.from > on {
			return s, v.from
		}
		s = v
	}
	return s, 0
}

// hit is one record that counts for one rule (item or ceiling).
type hit struct {
	rule   int
	rec    int // index into Facts.Records; -1 = the registration
	points int
}

// tally is what counts on one day.
type tally struct {
	on       day
	hits     []hit // by item, then record id
	ceilings []hit
	next     day // first day after on that something might count differently; 0 = never
}

func (t *tally) change(d day) {
	if d > t.on && (t.next == 0 || d < t.next) {
		t.next = d
	}
}

func (s *scoring) tally(f *Facts, on day) tally {
	t := tally{on: on, hits: make([]hit, 0, len(f.Records)+len(s.years))}
	var grouped []hit
	for i, r := range f.Records {
		for _, rule := range s.items[r.Kind] {
			it := &s.file.Items[rule]
			if !it.When.match(r) || !t.counts(&it.When, r) {
				continue
			}
			points, change := it.aged(it.points(r), dayOf(r.DecisionDate), on)
			t.change(change)
			switch {
			case it.Pick != pickEach:
				grouped = append(grouped, hit{rule, i, points})
			case points > 0 || (points < 0 && !r.Disputed):
				t.hits = append(t.hits, hit{rule, i, points})
			}
		}
		for _, rule := range s.ceils[r.Kind] {
			c := &s.file.Ceilings[rule]
			if c.When.match(r) && !r.Disputed && t.counts(&c.When, r) {
				t.ceilings = append(t.ceilings, hit{rule, i, 0})
			}
		}
	}
	t.hits = s.pick(f, t.hits, grouped)
	t.registration(s, f)
	slices.SortFunc(t.hits, f.order)
	slices.SortFunc(t.ceilings, f.order)
	return t
}

// order sorts by rule, then record id, so that the order of the records does not matter.
func (f *Facts) order(a, b hit) int {
	if a.rule != b.rule {
		return cmp.Compare(a.rule, b.rule)
	}
	if a.rec < 0 || b.rec < 0 {
		return cmp.Compare(a.rec, b.rec)
	}
	return strings.Compare(string(f.Records[a.rec].ID), string(f.Records[b.rec].ID))
}

// counts reports whether a matching record counts on the day, and notes when that changes.
func (t *tally) counts(w *whenFile, r *model.Record) bool {
	if r.Finality == model.FinalityRevoked {
		return false
	}
	begin, end := dayOf(r.DecisionDate), first(dayOf(r.DisplayEnds), dayOf(r.WithdrawnOn))
	if (r.Kind == model.RecordHonor || r.Kind == model.RecordListEntry) && r.ValidTo != "" {
		if last := dayOf(r.ValidTo); last != 0 {
			end = first(end, last.next())
		}
	}
	if w.DutyOpen {
		end = first(end, dayOf(r.DutyFulfilledOn))
	}
	if end != 0 && end <= begin {
		return false
	}
	t.change(begin)
	t.change(end)
	return begin <= t.on && (end == 0 || t.on < end)
}

// first gives the earlier of two days; 0 is none.
func first(a, b day) day {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// registration counts the years since the establishment.
func (t *tally) registration(s *scoring, f *Facts) {
	if f.Registration == nil {
		return
	}
	since := dayOf(f.Registration.EstablishedOn)
	if since == 0 {
		return
	}
	for _, rule := range s.years {
		points := 0
		for _, y := range s.file.Items[rule].RegistrationYears {
			reached := since.plusMonths(12 * y.Years)
			t.change(reached)
			if reached <= t.on {
				points = y.Points
			}
		}
		if points != 0 {
			t.hits = append(t.hits, hit{rule, -1, points})
		}
	}
}

// judgement writes the tally out.
func (s *scoring) judgement(f *Facts, t *tally) model.Judgement {
	m := s.file
	score := m.Base.Points
	ex := make([]model.Explanation, 1, 2+len(t.hits)+len(t.ceilings))
	ex[0] = model.Explanation{ItemID: "base", Title: m.Base.Title, Points: m.Base.Points, Citation: m.Base.Citation}
	ids := make([]model.RecordID, 0, len(t.hits)+len(t.ceilings))
	for run := range runs(t.hits) {
		it := &m.Items[run[0].rule]
		points := it.sum(run)
		score += points
		var recs []model.RecordID
		ids, recs = f.records(ids, run)
		ex = append(ex, model.Explanation{ItemID: it.ID, Title: it.Title, Points: points, Citation: it.Citation, Records: recs})
	}
	if limited := min(max(score, m.Min), m.Max); limited != score {
		ex = append(ex, model.Explanation{ItemID: "limit", Title: "总分上下限", Points: limited - score})
		score = limited
	}
	for run := range runs(t.ceilings) {
		c := &m.Ceilings[run[0].rule]
		var recs []model.RecordID
		ids, recs = f.records(ids, run)
		ex = append(ex, model.Explanation{ItemID: c.ID, Title: c.Title, Citation: c.Citation, Records: recs})
	}
	j := model.Judgement{Model: m.Model, RuleVersion: s.version, Score: score, Grade: m.grade(score, t.ceilings), Explanation: ex}
	if f.Kind == model.KindNaturalPerson {
		j.Score = 0
	}
	return j
}

// runs gives the hits of one rule after another.
func runs(hits []hit) func(yield func([]hit) bool) {
	return func(yield func([]hit) bool) {
		for start := 0; start < len(hits); {
			end := start + 1
			for end < len(hits) && hits[end].rule == hits[start].rule {
				end++
			}
			if !yield(hits[start:end]) {
				return
			}
			start = end
		}
	}
}

func (it *itemFile) sum(run []hit) int {
	sum := 0
	for _, h := range run {
		sum += h.points
	}
	return it.clamp(sum)
}

// records appends the ids of a run to the shared backing and gives the part that is the run's.
func (f *Facts) records(ids []model.RecordID, run []hit) (all, part []model.RecordID) {
	start := len(ids)
	for _, h := range run {
		if h.rec >= 0 {
			ids = append(ids, f.Records[h.rec].ID)
		}
	}
	if len(ids) == start {
		return ids, nil
	}
	return ids, ids[start:len(ids):len(ids)]
}
