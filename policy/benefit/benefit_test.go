package benefit_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gopkg.in/yaml.v3"

	"xinyi/model"
	"xinyi/policy/benefit"
)

func book(t testing.TB) *benefit.Book {
	t.Helper()
	b, err := benefit.Load(benefit.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

type factsCase struct {
	Kind          model.SubjectKind `yaml:"kind"`
	Adult         *bool             `yaml:"adult"`
	Level         *string           `yaml:"level"`
	Grade         *string           `yaml:"grade"`
	SeriousListed *bool             `yaml:"seriousListed"`
	Barred        *bool             `yaml:"barred"`
	HonorLists    []string          `yaml:"honorLists"`
	Disputed      []string          `yaml:"disputed"`
}

func (c factsCase) facts(t *testing.T) benefit.Facts {
	f := benefit.Facts{Kind: c.Kind, Adult: c.Adult, Level: c.Level, Grade: c.Grade, SeriousListed: c.SeriousListed, Barred: c.Barred, HonorLists: c.HonorLists}
	for _, name := range c.Disputed {
		i := slices.IndexFunc(allFacts(), func(f benefit.Fact) bool { return f.String() == name })
		if i < 0 {
			t.Fatalf("unknown fact %q", name)
		}
		f.Disputed = f.Disputed.With(benefit.Fact(i))
	}
	return f
}

func allFacts() []benefit.Fact {
	var all []benefit.Fact
	for f := benefit.Fact(0); f.String() != "unknown"; f++ {
		all = append(all, f)
	}
	return all
}

type benefitCase struct {
	Name  string    `yaml:"name"`
	Rule  string    `yaml:"rule"`
	At    string    `yaml:"at"`
	Facts factsCase `yaml:"facts"`
	Usage struct {
		Day       model.Date `yaml:"day"`
		DayCount  int        `yaml:"dayCount"`
		YearCount int        `yaml:"yearCount"`
		LastAt    string     `yaml:"lastAt"`
	} `yaml:"usage"`
	Want struct {
		Outcome    model.Outcome            `yaml:"outcome"`
		PayPercent int                      `yaml:"payPercent"`
		PayFen     *int64                   `yaml:"payFen"`
		Conditions map[string]model.Outcome `yaml:"conditions"`
		Missing    []string                 `yaml:"missing"`
		Text       string                   `yaml:"text"`
		ValidUntil string                   `yaml:"validUntil"`
	} `yaml:"want"`
}

func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []benefitCase
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	b := book(t)
	for _, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) { tc.run(t, b) })
	}
}

func (tc *benefitCase) run(t *testing.T, b *benefit.Book) {
	at := instant(t, tc.At)
	r, err := b.Rule(tc.Rule, at)
	if err != nil {
		t.Fatal(err)
	}
	u := model.Usage{Day: tc.Usage.Day, DayCount: tc.Usage.DayCount, YearCount: tc.Usage.YearCount}
	if u.Day != "" {
		u.Month, u.Year = string(u.Day[:7]), string(u.Day[:4])
	}
	if tc.Usage.LastAt != "" {
		u.LastAt = instant(t, tc.Usage.LastAt)
	}
	d := r.Decide(tc.Facts.facts(t), u, at)
	if d.Outcome != tc.Want.Outcome || d.PayPercent != tc.Want.PayPercent || (d.PayFen == nil) != (tc.Want.PayFen == nil) ||
		(d.PayFen != nil && *d.PayFen != *tc.Want.PayFen) || !slices.Equal(d.Missing, tc.Want.Missing) || d.RuleVersion != r.Version {
		t.Errorf("%+v", d)
	}
	text := ""
	for _, c := range d.Conditions {
		text += c.Text
		if want, ok := tc.Want.Conditions[c.ID]; ok && want != c.Outcome {
			t.Errorf("%s is %s, want %s", c.ID, c.Outcome, want)
		}
		delete(tc.Want.Conditions, c.ID)
	}
	if len(tc.Want.Conditions) > 0 || !strings.Contains(text, tc.Want.Text) {
		t.Errorf("missing %v or %q in %s", tc.Want.Conditions, tc.Want.Text, text)
	}
	if tc.Want.ValidUntil != "" && !d.ValidUntil.Equal(instant(t, tc.Want.ValidUntil)) {
		t.Errorf("valid until %v", d.ValidUntil)
	}
}

func TestSeedIsMarkedAsDemo(t *testing.T) {
	b := book(t)
	at := instant(t, "2026-11-22T10:00:00+08:00")
	scenes := map[model.Scene]bool{}
	for _, r := range b.Published(at) {
		scenes[r.Scene] = true
		if !r.Demo || r.DemoNote == "" || !strings.HasPrefix(r.Version, r.Code+"@"+string(r.ValidFrom)+"#") {
			t.Errorf("%s: demo %v, version %s", r.Code, r.Demo, r.Version)
		}
	}
	for _, s := range []model.Scene{model.SceneTour, model.SceneRead, model.SceneTravel, model.SceneMedical, model.SceneRent} {
		if !scenes[s] {
			t.Errorf("no rule for %s", s)
		}
	}
	if got := b.Published(instant(t, "2026-03-31T23:59:59+08:00")); len(got) != 0 {
		t.Errorf("%d rules before their first day", len(got))
	}
	if _, err := b.Rule("NOPE", at); !model.Is(err, model.CodeNotFound) {
		t.Errorf("err = %v", err)
	}
}

func TestFactsOf(t *testing.T) {
	at := instant(t, "2026-11-22T10:00:00+08:00")
	file := &model.SubjectFile{ID: "p_x", Kind: model.KindNaturalPerson, Adult: true, ValidUntil: at.Add(time.Hour),
		Judgement: &model.Judgement{Model: "personal", Grade: model.LevelGood, Explanation: []model.Explanation{{Records: []model.RecordID{"p_x/2"}}}},
		Summary: model.Summary{Lists: []model.ListMember{
			{Kind: model.ListHonor, Title: "最美志愿者", RecordID: "p_x/1"},
			{Kind: model.ListSerious, RecordID: "p_x/3", Disputed: true},
		}}}
	f := benefit.FactsOf(file, at)
	if !*f.Adult || *f.Level != model.LevelGood || f.Grade != nil || *f.SeriousListed || !f.Disputed.Has(benefit.FactSeriousListed) ||
		!slices.Equal(f.HonorLists, []string{"最美志愿者"}) || !f.ValidUntil.Equal(file.ValidUntil) {
		t.Errorf("%+v", f)
	}
	r, err := book(t).Rule("TT-PARK-80", at)
	if err != nil {
		t.Fatal(err)
	}
	d := r.Decide(f, model.Usage{}, at)
	if d.Outcome != model.Undetermined || !slices.Equal(d.Missing, []string{"serious_listed"}) || !slices.Equal(d.Facts, []model.RecordID{"p_x/2", "p_x/3"}) ||
		len(d.Parameters) != 1 || d.Parameters[0] != (model.Param{Name: "levels", Value: "excellent,good", Since: "2026-04-01"}) {
		t.Errorf("%+v", d)
	}
	file.Summary.Lists[1].Disputed = false
	if f := benefit.FactsOf(file, at); !*f.SeriousListed || f.Disputed != 0 {
		t.Errorf("%+v", f)
	}
	if f := benefit.FactsOf(file, at.Add(time.Hour)); f.Level != nil || f.SeriousListed != nil || f.HonorLists != nil || f.Adult == nil {
		t.Errorf("a stale file tells %+v", f)
	}
}

const draft = `code: T-1
status: published
validFrom: 2026-01-01
demo: true
demoNote: d
scene: tour
title: t
summary: s
partner: {name: p}
siteId: s
siteName: s
subjectType: person
value: {type: percent, value: 80}
legalBasis: b
conditions:
  - {id: a, cel: adult, needs: [adult], eligible: x, notEligible: y, undetermined: z}
`

func TestDatedParametersAndVersions(t *testing.T) {
	first := strings.Replace(draft, "conditions:\n", `parameters:
  levels:
    - {since: 2026-01-01, value: [excellent], basis: b}
    - {since: 2026-06-01, value: [excellent, good], basis: b}
conditions:
  - {id: level, cel: level in param.levels, needs: [level], eligible: x, notEligible: y, undetermined: z}
`, 1)
	second := strings.NewReplacer("2026-01-01", "2026-09-01", "value: 80", "value: 70").Replace(draft)
	b, err := benefit.Load(fstest.MapFS{"1.yaml": {Data: []byte(first)}, "2.yaml": {Data: []byte(second)}})
	if err != nil {
		t.Fatal(err)
	}
	yes, good := true, "good"
	f := benefit.Facts{Kind: model.KindNaturalPerson, Adult: &yes, Level: &good}
	for _, tc := range []struct {
		at      string
		outcome model.Outcome
		percent int
		until   string
	}{
		{"2026-05-31T23:59:59+08:00", model.NotEligible, 100, "2026-06-01T00:00:00+08:00"},
		{"2026-06-01T00:00:00+08:00", model.Eligible, 80, "2026-09-01T00:00:00+08:00"},
		{"2026-09-01T00:00:00+08:00", model.Eligible, 70, ""},
	} {
		at := instant(t, tc.at)
		r, err := b.Rule("T-1", at)
		if err != nil {
			t.Fatal(err)
		}
		d := r.Decide(f, model.Usage{}, at)
		if d.Outcome != tc.outcome || d.PayPercent != tc.percent || (tc.until == "") != d.ValidUntil.IsZero() ||
			(tc.until != "" && !d.ValidUntil.Equal(instant(t, tc.until))) {
			t.Errorf("%s: %+v", tc.at, d)
		}
	}
	// A version kept by somebody decides nothing once its successor is in force.
	old := b.Versions("T-1")[0]
	if d := old.Decide(f, model.Usage{}, instant(t, "2026-09-01T00:00:00+08:00")); d.Outcome != model.NotEligible {
		t.Errorf("superseded version: %s", d.Outcome)
	}
}

func TestValues(t *testing.T) {
	yes := true
	f := benefit.Facts{Kind: model.KindNaturalPerson, Adult: &yes}
	at := instant(t, "2026-11-22T10:00:00+08:00")
	for _, tc := range []struct {
		value   string
		base    string
		percent int
		fen     int64 // -1 = none
	}{
		{"{type: percent, value: 80}", "basePriceFen: 999", 80, 799},
		{"{type: percent, value: 80}", "", 80, -1},
		{"{type: amount, value: 500}", "basePriceFen: 1500", 67, 1000},
		{"{type: amount, value: 1500}", "basePriceFen: 1500", 0, 0},
		{"{type: free}", "basePriceFen: 1500", 0, 0},
		{"{type: deposit, value: 50}", "basePriceFen: 1500", 50, 750},
		{"{type: priority}", "", 100, -1},
		{"{type: quota, value: 20, unit: 册}", "", 100, -1},
	} {
		r, err := benefit.Parse([]byte(strings.Replace(draft, "value: {type: percent, value: 80}", "value: "+tc.value+"\n"+tc.base, 1)))
		if err != nil {
			t.Fatal(err)
		}
		d := r.Decide(f, model.Usage{}, at)
		got := int64(-1)
		if d.PayFen != nil {
			got = *d.PayFen
		}
		if d.PayPercent != tc.percent || got != tc.fen {
			t.Errorf("%s %s: %d %%, %d", tc.value, tc.base, d.PayPercent, got)
		}
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	bad := `code: lower
status: live
validFrom: 2026-02-30
validTo: 2025-01-01
demo: false
scene: space
title: " "
summary: 失信的不能用
partner: {name: p}
siteId: s
siteName: s
subjectType: robot
value: {type: percent, value: 120}
basePriceFen: 0
legalBasis: ""
companions: 1
per: {day: -1}
budget: {total: 0}
timeWindow: {weekdays: [8], hours: ["9-18"], blackoutDates: [soon]}
parameters:
  Bad Name: [{since: 2026-01-01, value: 1, basis: b}]
  late: [{since: 2027-01-01, value: 1, basis: ""}]
  mixed: [{since: 2026-01-01, value: 1, basis: b}, {since: 2026-02-01, value: x, basis: b}]
  odd: [{since: 2026-01-01, value: 1.5, basis: b}]
  none: []
conditions:
  - {id: per_day, cel: adult, needs: [adult], eligible: x, notEligible: 您信用不良, undetermined: ""}
  - {id: syntax, cel: "adult &&", needs: [adult], eligible: x, notEligible: y, undetermined: z}
  - {id: type, cel: level, needs: [level], eligible: x, notEligible: y, undetermined: z}
  - {id: unknown, cel: income > 3, needs: [], eligible: x, notEligible: y, undetermined: z}
  - {id: macro, cel: "honor_lists.exists(x, x == 'a')", needs: [honor_lists], eligible: x, notEligible: y, undetermined: z}
  - {id: missing, cel: adult && !barred, needs: [adult], eligible: x, notEligible: y, undetermined: z}
  - {id: extra, cel: adult, needs: [adult, level], eligible: x, notEligible: y, undetermined: z}
  - {id: factless, cel: "1 < 2", needs: [], eligible: x, notEligible: y, undetermined: z}
  - {id: costly, cel: "(level+level+level+level+level+level+level+level).matches('^(a+)+(b+)+(c+)+(d+)+(e+)+(f+)+(g+)+(h+)+$')", needs: [level], eligible: x, notEligible: y, undetermined: z}
`
	_, err := benefit.Parse([]byte(bad))
	for _, want := range []string{"code", "status", "validFrom", "validTo", "demoNote", "scene", "title", "summary: 请换一种说法，不用“失信”", "subjectType", "value:", "basePriceFen",
		"legalBasis", "companions", "per 和", "budget", "weekdays", "hours", "blackoutDates", "Bad Name", "parameters.late", "parameters.late.basis", "parameters.mixed",
		"parameters.odd", "parameters.none", "per_day", "信用不良", "per_day.undetermined", "syntax.cel", "type.cel: 结果", "unknown.cel", "macro.cel",
		`missing.needs: 缺少 "barred"`, `extra.needs: 表达式没有用到 "level"`, "factless.cel", "costly.cel: 表达式过于复杂"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported", want)
		}
	}
	if _, err := benefit.Parse([]byte(draft + "colour: red\n")); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("unknown key: %v", err)
	}
	if _, err := benefit.Load(fstest.MapFS{"1.yaml": {Data: []byte(draft)}, "2.yaml": {Data: []byte(draft)}}); err == nil {
		t.Error("two versions of one day were accepted")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(draft))
	raw, err := os.ReadFile("rules/park-30m.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	yes, s := true, "good"
	facts := benefit.Facts{Kind: model.KindNaturalPerson, Adult: &yes, Level: &s, Grade: &s, SeriousListed: &yes, Barred: &yes,
		HonorLists: []string{s}, ConsentPurposes: []model.Purpose{model.PurposeAward}}
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := benefit.Parse(raw)
		if err != nil {
			return
		}
		d := r.Decide(facts, model.Usage{}.Add(at.Add(-time.Minute)), at)
		if d.PayPercent < 0 || d.PayPercent > 100 || (!d.ValidUntil.IsZero() && !d.ValidUntil.After(at)) {
			t.Fatalf("%+v", d)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	at := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	r, err := book(b).Rule("TT-PARK-80", at)
	if err != nil {
		b.Fatal(err)
	}
	yes, no, level := true, false, model.LevelGood
	f := benefit.Facts{Kind: model.KindNaturalPerson, Adult: &yes, Level: &level, SeriousListed: &no, JudgedRecords: []model.RecordID{"p/1", "p/2"}}
	b.ReportAllocs()
	for b.Loop() {
		if d := r.Decide(f, model.Usage{}, at); d.Outcome != model.Eligible {
			b.Fatal(d)
		}
	}
}
