package approval_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/approval"
	"xinyi/policy/clock"
)

func calendar(t testing.TB) *clock.Calendar {
	t.Helper()
	c, err := clock.Load(clock.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The day to remind is a working day that leaves three working days, or the first day.
func TestRemindOn(t *testing.T) {
	cal := calendar(t)
	for _, tc := range []struct {
		first, by model.Date
		days      int
		want      model.Date
	}{
		{"2026-11-20", "2026-11-27", 3, "2026-11-24"}, // Friday: Tuesday
		{"2026-11-18", "2026-11-25", 3, "2026-11-20"}, // Wednesday: the Friday before
		{"2026-11-24", "2026-11-26", 3, "2026-11-24"}, // shorter than the reminder: at once
		{"2026-09-21", "2026-10-09", 3, "2026-09-29"}, // over the National Day holiday
		{"2026-09-28", "2026-10-12", 3, "2026-10-08"}, // Saturday 10-10 is worked
		{"2026-02-09", "2026-02-26", 3, "2026-02-14"}, // over the Spring Festival: a worked Saturday
		{"2026-11-20", "2026-11-27", 1, "2026-11-26"},
	} {
		got, err := approval.RemindOn(tc.first, tc.by, tc.days, cal)
		if err != nil || got != tc.want {
			t.Errorf("%s → %s: %s, %v, want %s", tc.first, tc.by, got, err, tc.want)
		}
	}
	if _, err := approval.RemindOn("2026-12-01", "2027-01-08", 3, cal); !model.Is(err, model.CodeCalendarMissing) {
		t.Errorf("err = %v", err)
	}
}

// Deadlines of accepted cases, over holidays and worked weekends; a missing calendar is said.
func TestOpen_deadlines(t *testing.T) {
	it, err := book(t).Item("SP-FOOD-001", today)
	if err != nil {
		t.Fatal(err)
	}
	cal, grade := calendar(t), "A"
	for _, tc := range []struct{ on, by model.Date }{
		{"2026-11-19", "2026-11-26"}, {"2026-11-22", "2026-11-27"}, {"2026-09-24", "2026-10-09"}, {"2026-09-30", "2026-10-13"}, {"2026-04-30", "2026-05-11"}, {"2026-12-24", "2026-12-31"},
	} {
		plan, err := it.Check(approval.Facts{Grade: &grade}, []string{"D01"}, tc.on, cal)
		if err != nil {
			t.Fatal(err)
		}
		c, err := it.Open(&plan, approval.Asked{Mode: plan.Mode, Missing: []string{"D01"}, PromiseHash: plan.PromiseHash, UnitName: "大厅"}, tc.on)
		if err != nil || c.SupplyBy != tc.by || c.State != model.ApprovalSupplying {
			t.Errorf("%s: %s %s, %v, want %s", tc.on, c.State, c.SupplyBy, err, tc.by)
		}
	}
	plan, err := it.Check(approval.Facts{Grade: &grade}, []string{"D01"}, "2026-12-28", cal)
	if err != nil {
		t.Fatal(err)
	}
	_, err = it.Open(&plan, approval.Asked{Mode: model.ModeDeferred, Missing: []string{"D01"}}, "2026-12-28")
	if !model.Is(err, model.CodeCalendarMissing) {
		t.Errorf("err = %v", err)
	}
	if c, err := it.Open(&plan, approval.Asked{Mode: model.ModeNormal, Missing: []string{"D01"}}, "2026-12-28"); err != nil || c.State != model.ApprovalNotified {
		t.Errorf("the normal way: %s, %v", c.State, err)
	}
}

// plainCase is what a case should be, told the simple way.
type plainCase struct {
	promised, commitment bool
	owed                 []string
	lastPaper            model.Date
	checkFrom            model.Date // papers in hand
	end                  string     // "", supplied, breached
}

// Random steps on cases of all items agree with a plain model of the states; a refused step
// changes nothing.
func TestCase_model(t *testing.T) {
	items := book(t).Items(today)
	rapid.Check(t, func(t *rapid.T) {
		it := rapid.SampledFrom(items).Draw(t, "item")
		grade := rapid.SampledFrom([]string{"A", "D"}).Draw(t, "grade")
		var missing []string
		for _, m := range slices.Concat(it.MainMaterials, it.DeferrableMaterials) {
			if rapid.IntRange(0, 2).Draw(t, "missing") == 0 {
				missing = append(missing, m.Code)
			}
		}
		plan, err := it.Check(approval.Facts{Grade: &grade}, missing, today, weekdays{})
		if err != nil {
			t.Fatal(err)
		}
		asked := approval.Asked{Mode: rapid.SampledFrom([]model.ApprovalMode{plan.Mode, model.ModeNormal, model.ModeDeferred, model.ModeInstant}).Draw(t, "mode"),
			Missing: missing, PromiseHash: plan.PromiseHash}
		c, err := it.Open(&plan, asked, today)
		if open := asked.Mode == plan.Mode || asked.Mode == model.ModeNormal; open != (err == nil) {
			t.Fatalf("asked %s, planned %s: %v", asked.Mode, plan.Mode, err)
		}
		if err != nil {
			return
		}
		c.AcceptedAt = today.Start()
		want := plainCase{promised: c.Mode == model.ModeDeferred || c.Mode == model.ModeCommitment, commitment: c.Mode == model.ModeCommitment, owed: missing, lastPaper: today, checkFrom: today}
		day := today
		t.Repeat(map[string]func(*rapid.T){
			"day": func(t *rapid.T) { day = day.AddDays(rapid.IntRange(1, 30).Draw(t, "days")) },
			"supply": func(t *rapid.T) {
				codes := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"M01", "D01", "D02", "D03", "X"}), 1, 3, func(s string) string { return s }).Draw(t, "codes")
				before := fmt.Sprint(c)
				err := approval.Supply(&c, codes, day)
				ok := want.promised && want.end == "" && !slices.ContainsFunc(codes, func(s string) bool { return !slices.Contains(want.owed, s) })
				if ok != (err == nil) {
					t.Fatalf("supply %v of %v: %v", codes, want.owed, err)
				}
				if err != nil {
					if fmt.Sprint(c) != before {
						t.Fatal("a refused step changed the case")
					}
					return
				}
				want.lastPaper = day
				want.owed = slices.DeleteFunc(slices.Clone(want.owed), func(s string) bool { return slices.Contains(codes, s) })
				if len(want.owed) == 0 {
					want.end, want.checkFrom = "supplied", day
					if c.Late != (day > c.SupplyBy) {
						t.Fatalf("late %v on %s, due %s", c.Late, day, c.SupplyBy)
					}
				}
			},
			"breach": func(t *rapid.T) {
				before := fmt.Sprint(c)
				err := it.Breach(&c, day)
				checked := want.commitment && day <= want.checkFrom.AddDays(it.PostCheckDays)
				ok := want.promised && (want.end == "" && (day > plan.SupplyBy || checked) || want.end == "supplied" && checked)
				if ok != (err == nil) {
					t.Fatalf("breach on %s, due %s, %+v: %v", day, plan.SupplyBy, want, err)
				}
				if err == nil {
					want.end = "breached"
				} else if fmt.Sprint(c) != before {
					t.Fatal("a refused step changed the case")
				}
			},
			"correct": func(t *rapid.T) {
				before := fmt.Sprint(c)
				err := approval.Correct(&c, day)
				if (err == nil) != (want.end == "breached") {
					t.Fatalf("correct %+v: %v", want, err)
				}
				if err == nil {
					if len(want.owed) > 0 { // they had come in time
						want.lastPaper = max(want.lastPaper, min(day, plan.SupplyBy))
					}
					want.end, want.owed, want.checkFrom = "supplied", nil, want.lastPaper
				} else if fmt.Sprint(c) != before {
					t.Fatal("a refused step changed the case")
				}
			},
			"": func(t *rapid.T) {
				state := map[string]model.ApprovalState{"supplied": model.ApprovalSupplied, "breached": model.ApprovalBreached}[want.end]
				switch {
				case state != "":
				case want.promised:
					state = model.ApprovalSupplying
				case len(missing) > 0:
					state = model.ApprovalNotified
				default:
					state = model.ApprovalAccepted
				}
				if c.State != state || !slices.Equal(c.Owed(), want.owed) && len(c.Owed())+len(want.owed) > 0 {
					t.Fatalf("%s owing %v, want %s %v", c.State, c.Owed(), state, want.owed)
				}
				if c.Overdue(day) != (state == model.ApprovalSupplying && day > plan.SupplyBy) {
					t.Fatal("overdue")
				}
				if (c.BanDays > 0) != (state == model.ApprovalBreached) {
					t.Fatal("a ban follows a breach and nothing else")
				}
			},
		})
	})
}
