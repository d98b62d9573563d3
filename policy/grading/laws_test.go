package grading_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/grading"
)

var (
	kinds = []model.RecordKind{model.RecordHonor, model.RecordPenalty, model.RecordListEntry, model.RecordRating, model.RecordCommitment,
		model.RecordJudgment, model.RecordContract, model.RecordPermit}
	honors      = []string{"", "town", "county", "city", "province", "state"}
	severities  = []model.Severity{model.SeveritySerious, model.SeverityGeneral, model.SeverityMinor}
	fulfilments = []string{"none", "partial", "pending", "full"}
	taxGrades   = []string{"D", "C", "M", "B", "A"}
	lists       = []model.ListKind{model.ListSerious, model.ListAbnormal, model.ListWatch, model.ListHonor}
	finalities  = []model.Finality{model.FinalityFinal, model.FinalityFinal, model.FinalityAmended, model.FinalityReview, model.FinalityRevoked, ""}
)

func drawDate(t *rapid.T, label string, optional bool) model.Date {
	if optional && rapid.IntRange(0, 2).Draw(t, label+"?") > 0 {
		return ""
	}
	return model.Date("2022-01-01").AddDays(rapid.IntRange(0, 2600).Draw(t, label))
}

// crowd are records that stand for one another or fall on one day, which records of any kind on
// any day hardly ever do.
type crowd struct {
	kinds []model.RecordKind
	days  []model.Date // of decisions; nil = any
}

func drawCrowd(t *rapid.T) crowd {
	c := crowd{kinds: kinds}
	if rapid.Bool().Draw(t, "of a kind") {
		c.kinds = []model.RecordKind{rapid.SampledFrom([]model.RecordKind{model.RecordRating, model.RecordHonor, model.RecordListEntry}).Draw(t, "of")}
	}
	if rapid.Bool().Draw(t, "on few days") {
		c.days = []model.Date{"2026-05-10", "2026-06-30"}
	}
	return c
}

func drawRecord(t *rapid.T, c crowd, i int) *model.Record {
	decided := model.Date("")
	if c.days == nil {
		decided = drawDate(t, "decided", false)
	} else {
		decided = rapid.SampledFrom(c.days).Draw(t, "decided")
	}
	r := &model.Record{ID: model.RecordID(fmt.Sprintf("s/%04d", i)), Kind: rapid.SampledFrom(c.kinds).Draw(t, "kind"),
		DecisionDate: decided, DisplayEnds: drawDate(t, "ends", true), WithdrawnOn: drawDate(t, "withdrawn", true),
		ValidTo: drawDate(t, "validTo", true), DutyFulfilledOn: drawDate(t, "duty", true), Disputed: rapid.IntRange(0, 4).Draw(t, "disputed") == 0}
	r.Title = rapid.SampledFrom([]string{"甲", "乙", "丙"}).Draw(t, "title")
	r.HonorLevel = rapid.SampledFrom(honors).Draw(t, "honor")
	r.Category = rapid.SampledFrom([]string{"", "volunteer", "blood_donation", "donation"}).Draw(t, "category")
	r.Severity = rapid.SampledFrom(severities).Draw(t, "severity")
	r.Finality = rapid.SampledFrom(finalities).Draw(t, "finality")
	r.Fulfilment = rapid.SampledFrom(fulfilments).Draw(t, "fulfilment")
	r.Sector = rapid.SampledFrom([]string{"tax", "tax", "elsewhere"}).Draw(t, "sector")
	r.Grade = rapid.SampledFrom(taxGrades).Draw(t, "grade")
	r.List = rapid.SampledFrom(lists).Draw(t, "list")
	r.Quantity = rapid.IntRange(0, 500).Draw(t, "quantity")
	return r
}

func drawFacts(t *rapid.T) grading.Facts {
	f := grading.Facts{Kind: model.KindLegalPerson, Registration: &model.Registration{EstablishedOn: drawDate(t, "established", true)}}
	if rapid.Bool().Draw(t, "person") {
		f = grading.Facts{Kind: model.KindNaturalPerson, OptIn: true}
	}
	c := drawCrowd(t)
	for i := range rapid.IntRange(0, 9).Draw(t, "records") {
		r := drawRecord(t, c, i)
		if i > 0 && c.days != nil && rapid.Bool().Draw(t, "again") { // the same fact, on another paper
			again := *f.Records[0]
			again.ID, r = r.ID, &again
		}
		f.Records = append(f.Records, r)
	}
	return f
}

func judge(t *rapid.T, b *grading.Book, f grading.Facts, on model.Date) model.Judgement {
	t.Helper()
	j, err := b.Judge(f, on)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// place orders grades: a greater place is a better grade.
func place(grade string) int {
	return slices.Index([]string{"E", "D", "C", "B", "A", model.LevelBasic, model.LevelGood, model.LevelExcellent}, grade)
}

const today model.Date = "2026-11-22"

func TestOrderOfRecordsNeverMatters(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		want := judge(t, b, f, today)
		f.Records = rapid.Permutation(f.Records).Draw(t, "order")
		if got := judge(t, b, f, today); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\n%+v", got, want)
		}
	})
}

func TestExplanationAddsUp(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		j := judge(t, b, f, today)
		sum := total(j)
		if f.Kind == model.KindLegalPerson && sum != j.Score {
			t.Fatalf("score %d, explained %d", j.Score, sum)
		}
		if f.Kind == model.KindNaturalPerson {
			for _, e := range j.Explanation {
				if (e.Points < 0 && e.ItemID != "limit") || j.Score != 0 || place(j.Grade) < place(model.LevelBasic) {
					t.Fatalf("a person is marked down: %+v", j)
				}
			}
		}
		for _, e := range j.Explanation {
			if !fair(f.Records, e) {
				t.Fatalf("what is disputed or revoked counts: %+v", e)
			}
			if e.Title == "" || (e.ItemID != "limit" && e.Citation == "") {
				t.Fatalf("unexplained item %+v", e)
			}
		}
	})
}

// fair reports whether an item names nothing revoked, and marks down for more than what is disputed.
func fair(records []*model.Record, e model.Explanation) bool {
	disputed := 0
	for _, r := range records {
		switch {
		case !slices.Contains(e.Records, r.ID):
		case r.Finality == model.FinalityRevoked:
			return false
		case r.Disputed:
			disputed++
		}
	}
	return e.Points >= 0 || len(e.Records) == 0 || disputed < len(e.Records)
}

// Judging on every day before ValidUntil gives the same judgement, and on ValidUntil it
// gives another one.
func TestValidUntilIsExact(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		j := judge(t, b, f, today)
		j.AsOf = ""
		horizon := today.AddDays(1000)
		until := horizon
		if !j.ValidUntil.IsZero() {
			until = model.DateOf(j.ValidUntil)
		}
		for d := today.AddDays(1); d <= min(until, horizon); d = d.AddDays(1) {
			then := judge(t, b, f, d)
			same := then.Score == j.Score && then.Grade == j.Grade && reflect.DeepEqual(then.Explanation, j.Explanation)
			if d < until && !same {
				t.Fatalf("changes on %s, said valid until %s\n%+v\n%+v", d, until, j, then)
			}
			if d == until && same && !j.ValidUntil.IsZero() {
				t.Fatalf("nothing changes on %s\n%+v", d, then)
			}
		}
	})
}

// improve makes one fact better; ok is false when it does not apply.
func improve(r *model.Record, how int) (ok bool) {
	switch how {
	case 0: // a higher honour
		i := slices.Index(honors, r.HonorLevel)
		if i+1 == len(honors) {
			return false
		}
		r.HonorLevel = honors[i+1]
	case 1: // a milder penalty
		i := slices.Index(severities, r.Severity)
		if i+1 == len(severities) {
			return false
		}
		r.Severity = severities[i+1]
	case 2: // a promise kept better
		i := slices.Index(fulfilments, r.Fulfilment)
		if i+1 == len(fulfilments) {
			return false
		}
		r.Fulfilment = fulfilments[i+1]
	case 3: // a better tax grade
		i := slices.Index(taxGrades, r.Grade)
		if i+1 == len(taxGrades) {
			return false
		}
		r.Grade = taxGrades[i+1]
	case 4: // more hours
		r.Quantity += 10
	case 5: // an objection
		r.Disputed = true
	case 6: // off an adverse list, judgment fulfilled, penalty withdrawn
		if (r.Kind != model.RecordPenalty && r.Kind != model.RecordJudgment && r.Kind != model.RecordListEntry) || r.List == model.ListHonor {
			return false
		}
		r.WithdrawnOn = "2020-01-01"
	}
	return true
}

func TestABetterFactNeverLowers(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		if len(f.Records) == 0 {
			return
		}
		before := judge(t, b, f, today)
		i := rapid.IntRange(0, len(f.Records)-1).Draw(t, "which")
		if !improve(f.Records[i], rapid.IntRange(0, 6).Draw(t, "how")) {
			return
		}
		after := judge(t, b, f, today)
		if after.Score < before.Score || place(after.Grade) < place(before.Grade) {
			t.Fatalf("%+v\n%+v", before, after)
		}
	})
}

func TestOneMoreFact(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		before := judge(t, b, f, today)
		r := drawRecord(t, crowd{kinds: kinds}, 900)
		if len(f.Records) > 0 && rapid.Bool().Draw(t, "like another") {
			like := *f.Records[0]
			like.ID, like.HonorLevel, like.Fulfilment, r = r.ID, r.HonorLevel, r.Fulfilment, &like
		}
		good := r.Kind == model.RecordHonor || (r.Kind == model.RecordListEntry && r.List == model.ListHonor) ||
			(r.Kind == model.RecordCommitment || r.Kind == model.RecordContract) && r.Fulfilment == "full"
		bad := r.Kind == model.RecordPenalty || r.Kind == model.RecordJudgment || (r.Kind == model.RecordListEntry && r.List != model.ListHonor) ||
			r.Kind == model.RecordCommitment && (r.Fulfilment == "none" || r.Fulfilment == "partial")
		f.Records = append(f.Records, r)
		after := judge(t, b, f, today)
		if good && (after.Score < before.Score || place(after.Grade) < place(before.Grade)) {
			t.Fatalf("a good fact lowered: %+v\n%+v", before, after)
		}
		if bad && (after.Score > before.Score || place(after.Grade) > place(before.Grade)) {
			t.Fatalf("a bad fact raised: %+v\n%+v", before, after)
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	bk := book(b)
	f := grading.Facts{Kind: model.KindLegalPerson, Registration: &model.Registration{EstablishedOn: "2015-02-28"}}
	for i := range 15 {
		f.Records = append(f.Records, &model.Record{ID: model.RecordID(fmt.Sprintf("s/%d", 100-i)), Kind: kinds[i%len(kinds)], Title: fmt.Sprint("t", i),
			Finality: model.FinalityFinal, Severity: model.SeverityGeneral, List: model.ListHonor, HonorLevel: "city", Fulfilment: "full", Sector: "tax",
			Grade: "A", Period: "2025", DecisionDate: model.Date("2025-01-31").AddDays(i * 17), DisplayEnds: "2027-06-30"})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bk.Judge(f, today); err != nil {
			b.Fatal(err)
		}
	}
}

// What random records hardly ever show: two entries of one list in either order, and a bad
// rating alone while it is disputed.
func TestCeilingsAndDisputes(t *testing.T) {
	b := book(t)
	listed := func(id model.RecordID) *model.Record {
		return &model.Record{ID: id, Kind: model.RecordListEntry, List: model.ListSerious, Finality: model.FinalityFinal, DecisionDate: "2026-05-10"}
	}
	grade := func(records ...*model.Record) model.Judgement {
		j, err := b.Judge(grading.Facts{Kind: model.KindLegalPerson, Registration: &model.Registration{}, Records: records}, today)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	if one, other := grade(listed("s/1"), listed("s/2")), grade(listed("s/2"), listed("s/1")); one.Grade != "E" || !reflect.DeepEqual(one, other) {
		t.Errorf("%+v\n%+v", one, other)
	}
	rated := &model.Record{ID: "s/3", Kind: model.RecordRating, Sector: "tax", Grade: "D", Period: "2025", DecisionDate: "2026-05-10"}
	worse := grade(rated)
	disputed := *rated
	disputed.Disputed = true
	if nothing := grade(); worse.Score >= nothing.Score || grade(&disputed).Score != nothing.Score {
		t.Errorf("%d, disputed %d, without %d", worse.Score, grade(&disputed).Score, nothing.Score)
	}
}
