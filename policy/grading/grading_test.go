package grading_test

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"xinyi/model"
	"xinyi/policy/grading"
)

func book(t testing.TB) *grading.Book {
	t.Helper()
	b, err := grading.Load(grading.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type recordCase struct {
	Kind         model.RecordKind `yaml:"kind"`
	Title        string           `yaml:"title"`
	Category     string           `yaml:"category"`
	List         model.ListKind   `yaml:"list"`
	Severity     model.Severity   `yaml:"severity"`
	Finality     model.Finality   `yaml:"finality"`
	Sector       string           `yaml:"sector"`
	Grade        string           `yaml:"grade"`
	Period       string           `yaml:"period"`
	Fulfilment   string           `yaml:"fulfilment"`
	HonorLevel   string           `yaml:"honorLevel"`
	Quantity     int              `yaml:"quantity"`
	DecisionDate model.Date       `yaml:"decisionDate"`
	ValidTo      model.Date       `yaml:"validTo"`
	DisplayEnds  model.Date       `yaml:"displayEnds"`
	WithdrawnOn  model.Date       `yaml:"withdrawnOn"`
	Disputed     bool             `yaml:"disputed"`
}

func (c recordCase) record(i int) *model.Record {
	return &model.Record{ID: model.RecordID(fmt.Sprintf("s/%03d", i)), Kind: c.Kind, Title: c.Title, Category: c.Category, List: c.List,
		Severity: c.Severity, Finality: c.Finality, Sector: c.Sector, Grade: c.Grade, Period: c.Period, Fulfilment: c.Fulfilment,
		HonorLevel: c.HonorLevel, Quantity: c.Quantity, DecisionDate: c.DecisionDate, ValidTo: c.ValidTo, DisplayEnds: c.DisplayEnds,
		WithdrawnOn: c.WithdrawnOn, Disputed: c.Disputed}
}

func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name          string            `yaml:"name"`
		Kind          model.SubjectKind `yaml:"kind"`
		OptIn         bool              `yaml:"optIn"`
		EstablishedOn model.Date        `yaml:"establishedOn"`
		On            model.Date        `yaml:"on"`
		Records       []recordCase      `yaml:"records"`
		Want          struct {
			Score      int            `yaml:"score"`
			Grade      string         `yaml:"grade"`
			Points     map[string]int `yaml:"points"`
			ValidUntil model.Date     `yaml:"validUntil"`
		} `yaml:"want"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	b := book(t)
	for _, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) {
			f := grading.Facts{Kind: tc.Kind, OptIn: tc.OptIn, Registration: &model.Registration{EstablishedOn: tc.EstablishedOn}}
			for i, r := range tc.Records {
				f.Records = append(f.Records, r.record(i))
			}
			j, err := b.Judge(f, tc.On)
			if err != nil {
				t.Fatal(err)
			}
			if j.Score != tc.Want.Score || j.Grade != tc.Want.Grade || j.AsOf != tc.On {
				t.Errorf("score %d grade %s, want %d %s\n%+v", j.Score, j.Grade, tc.Want.Score, tc.Want.Grade, j.Explanation)
			}
			got := map[string]int{}
			for _, e := range j.Explanation {
				got[e.ItemID] = e.Points
			}
			for id, want := range tc.Want.Points {
				if p, ok := got[id]; !ok || p != want {
					t.Errorf("%s = %d (%v), want %d", id, p, ok, want)
				}
			}
			if tc.Want.ValidUntil != "" && !j.ValidUntil.Equal(tc.Want.ValidUntil.Start()) {
				t.Errorf("valid until %v, want %s", j.ValidUntil, tc.Want.ValidUntil)
			}
		})
	}
}

func TestWhereNoModelApplies(t *testing.T) {
	b := book(t)
	for _, tc := range []struct {
		f    grading.Facts
		on   model.Date
		code model.Code
	}{
		{grading.Facts{Kind: model.KindNaturalPerson}, "2026-11-22", model.CodeNotFound},
		{grading.Facts{Kind: model.KindLegalPerson}, "2019-01-01", model.CodeNotFound},
		{grading.Facts{Kind: "robot"}, "2026-11-22", model.CodeNotFound},
		{grading.Facts{Kind: model.KindLegalPerson}, "2026-02-30", model.CodeInvalidRequest},
	} {
		if _, err := b.Judge(tc.f, tc.on); !model.Is(err, tc.code) {
			t.Errorf("%+v on %s: %v", tc.f, tc.on, err)
		}
	}
	if v := b.Version(model.KindNaturalPerson, false, "2026-11-22"); v != "" {
		t.Errorf("version = %q", v)
	}
	if v := b.Version(model.KindSelfEmployed, false, "2026-11-22"); !strings.HasPrefix(v, "enterprise@2020-09-01#") {
		t.Errorf("version = %q", v)
	}
}

func TestFilesJudgesASubjectFile(t *testing.T) {
	b := book(t)
	f := &model.SubjectFile{ID: "p_x", Kind: model.KindNaturalPerson, LevelOptIn: true}
	rec := recordCase{Kind: model.RecordHonor, Title: "道德模范", HonorLevel: "city", DecisionDate: "2025-01-01"}.record(1)
	j, err := grading.Files{Book: b}.Judge(f, []*model.Record{rec}, "2026-11-22")
	if err != nil || j.Grade != model.LevelGood || j.Score != 0 || !reflect.DeepEqual(j.Explanation[1].Records, []model.RecordID{rec.ID}) {
		t.Errorf("%+v, %v", j, err)
	}
	if (grading.Files{Book: b}).Version(f.Kind, f.LevelOptIn, "2026-11-22") != j.RuleVersion {
		t.Error("version differs")
	}
}

const tiny = `model: m
title: t
validFrom: 2024-01-01
subjects: [legal_person]
base: {points: 500, title: b, citation: c}
min: 0
max: 1000
grades: [{grade: A, min: 600}, {grade: B, min: 0}]
items:
  - {id: honor, title: h, citation: c, when: {kind: honor}, points: 100}
`

func load(texts ...string) (*grading.Book, error) {
	fsys := fstest.MapFS{}
	for i, text := range texts {
		fsys[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return grading.Load(fsys)
}

func TestVersionsByDate(t *testing.T) {
	b, err := load(tiny, strings.NewReplacer("2024-01-01", "2026-01-01", "points: 500", "points: 650").Replace(tiny))
	if err != nil {
		t.Fatal(err)
	}
	f := grading.Facts{Kind: model.KindLegalPerson}
	before, err := b.Judge(f, "2025-12-31")
	if err != nil || before.Grade != "B" || !before.ValidUntil.Equal(model.Date("2026-01-01").Start()) {
		t.Errorf("%+v, %v", before, err)
	}
	after, err := b.Judge(f, "2026-01-01")
	if err != nil || after.Grade != "A" || !after.ValidUntil.IsZero() || after.RuleVersion == before.RuleVersion {
		t.Errorf("%+v, %v", after, err)
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	bad := `model: ""
title: t
validFrom: then
subjects: [legal_person, natural_person]
base: {points: 2000, title: b}
min: 0
max: 1000
grades: [{grade: E, min: 100}, {grade: E, min: 200}]
ceilings: [{id: base, title: t, citation: "", when: {kind: gossip}, grade: Z}]
items:
  - {id: a, title: t, citation: c, when: {kind: penalty}, points: -1, byGrade: {x: {A: 1}}}
  - {id: a, title: t, citation: c, when: {kind: honor, list: [honor]}, byHonorLevel: {city: 3, state: 2, moon: 9}, pick: some}
  - {id: b, title: t, citation: c, when: {kind: honor}, perQuantity: {unit: 0, points: 1}, ages: [{withinMonths: 3, percent: 200}], cap: {min: 5}}
  - {id: c, title: t, citation: c, registrationYears: [{years: 5, points: 2}, {years: 3, points: 1}]}
  - {id: d, title: t, citation: c, when: {kind: honor}, points: 99999}
`
	_, err := load(bad)
	for _, want := range []string{"model", "validFrom", "subjects", "base.points", "grades", "最低等级", "个人只有", "gossip", "未知等级", "citation",
		"恰有一项", "finality", "重复", "list 只用于", "moon", "更差", "pick", "perQuantity", "ages", "cap.min", "registrationYears", "分值超出", "只做加法"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported", want)
		}
	}
	if _, err := load(tiny + "colour: red\nsize: 3\n"); err == nil || !strings.Contains(err.Error(), "colour") || !strings.Contains(err.Error(), "size") {
		t.Errorf("unknown keys: %v", err)
	}
	if _, err := load(tiny, tiny); err == nil {
		t.Error("two models of one day were accepted")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(tiny)
	for _, name := range []string{"enterprise.yaml", "personal.yaml"} {
		raw, err := os.ReadFile("rules/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	facts := grading.Facts{Kind: model.KindLegalPerson, Registration: &model.Registration{EstablishedOn: "2015-02-28"}}
	for i, kind := range model.RecordKinds() {
		facts.Records = append(facts.Records, &model.Record{ID: model.RecordID(fmt.Sprint("s/", i)), Kind: kind, Finality: model.FinalityFinal,
			Severity: model.SeverityGeneral, List: model.ListSerious, HonorLevel: "city", Fulfilment: "none", Sector: "tax", Grade: "A",
			DecisionDate: "2026-01-31", DisplayEnds: "2029-01-31", Quantity: 1 << 40})
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := load(text)
		if err != nil {
			return
		}
		j, err := b.Judge(facts, "2026-11-22")
		if err != nil {
			return
		}
		if sum := total(j); sum != j.Score || sum < 0 || sum > 1000 {
			t.Fatalf("score %d, explained %d", j.Score, sum)
		}
	})
}

func total(j model.Judgement) int {
	sum := 0
	for _, e := range j.Explanation {
		sum += e.Points
	}
	return sum
}
