package approval_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/approval"
)

const today model.Date = "2026-11-19"

func book(t testing.TB) *approval.Book {
	t.Helper()
	b, err := approval.Load(approval.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// weekdays is a calendar without holidays that ends with 2026.
type weekdays struct{}

func (weekdays) AddWorkdays(d model.Date, n int) (model.Date, error) {
	for n > 0 {
		d = d.AddDays(1)
		if d >= "2027-01-01" {
			return "", model.Errorf(model.CodeCalendarMissing, "no calendar")
		}
		if wd := d.Start().Weekday(); wd != 0 && wd != 6 {
			n--
		}
	}
	return d, nil
}

type adverse struct {
	Kind     string         `yaml:"kind"`
	Severity model.Severity `yaml:"severity"`
	Since    model.Date     `yaml:"since"`
	Disputed bool           `yaml:"disputed"`
}

func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name      string     `yaml:"name"`
		Item      string     `yaml:"item"`
		On        model.Date `yaml:"on"`
		Grade     *string    `yaml:"grade"`
		Person    bool       `yaml:"person"`
		Missing   []string   `yaml:"missing"`
		Lists     []adverse  `yaml:"lists"`
		Negatives []adverse  `yaml:"negatives"`
		Want      struct {
			Mode          model.ApprovalMode `yaml:"mode"`
			Deferrable    []string           `yaml:"deferrable"`
			NotDeferrable []string           `yaml:"notDeferrable"`
			SupplyBy      model.Date         `yaml:"supplyBy"`
			Blockers      []string           `yaml:"blockers"`
			Promise       string             `yaml:"promise"`
			Text          string             `yaml:"text"`
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
			on := max(tc.On, today)
			it, err := b.Item(tc.Item, on)
			if err != nil {
				t.Fatal(err)
			}
			f := approval.Facts{Grade: tc.Grade, Person: tc.Person}
			for i, l := range tc.Lists {
				f.Lists = append(f.Lists, model.ListMember{Kind: model.ListKind(l.Kind), Authority: "某局", Disputed: l.Disputed, RecordID: model.RecordID(fmt.Sprint("x/l", i))})
			}
			for i, n := range tc.Negatives {
				f.Negatives = append(f.Negatives, model.NegativeRef{Kind: model.RecordKind(n.Kind), Severity: n.Severity, Authority: "某局",
					Since: max(n.Since, "2020-01-01"), Disputed: n.Disputed, RecordID: model.RecordID(fmt.Sprint("x/n", i))})
			}
			p, err := it.Check(f, tc.Missing, on, weekdays{})
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			text := ""
			for _, bl := range p.Blockers {
				codes = append(codes, bl.Code)
				text += bl.Text
				if bl.Remedy == "" || strings.Contains(bl.Text+bl.Remedy, "失信") {
					t.Errorf("%+v", bl)
				}
			}
			w := tc.Want
			if p.Mode != w.Mode || !slices.Equal(p.Deferrable, w.Deferrable) || !slices.Equal(p.NotDeferrable, w.NotDeferrable) || p.SupplyBy != w.SupplyBy ||
				!slices.Equal(codes, w.Blockers) || !strings.Contains(p.PromiseTemplate, w.Promise) || !strings.Contains(text, w.Text) || p.RuleVersion != it.Version {
				t.Errorf("%+v", p)
			}
			promised := p.Mode == model.ModeCommitment || p.Mode == model.ModeDeferred
			if promised != (p.PromiseTemplate != "") || promised != strings.Contains(p.Warning, "第六十八条") || strings.Contains(p.PromiseTemplate, "{") {
				t.Errorf("promise %q, warning %q", p.PromiseTemplate, p.Warning)
			}
		})
	}
}

func TestBadMaterials(t *testing.T) {
	it, err := book(t).Item("SP-FOOD-001", today)
	if err != nil {
		t.Fatal(err)
	}
	for _, missing := range [][]string{{"D01", "X99"}, {"D01", "D01"}} {
		_, err := it.Check(approval.Facts{}, missing, today, weekdays{})
		if e, ok := err.(*model.Error); !ok || e.Code != model.CodeInvalidRequest || e.Fields[0].Pointer != "/missingMaterials/1" {
			t.Errorf("%v: %v", missing, err)
		}
	}
	if _, err := book(t).Item("NOPE", today); !model.Is(err, model.CodeNotFound) {
		t.Errorf("err = %v", err)
	}
	if got := book(t).Items("2026-03-31"); len(got) != 0 {
		t.Errorf("%d items before their first day", len(got))
	}
	if got := book(t).Items(today); len(got) < 4 {
		t.Errorf("%d items", len(got))
	}
}

func TestFactsOf(t *testing.T) {
	f := approval.FactsOf(&model.SubjectFile{Kind: model.KindLegalPerson, Judgement: &model.Judgement{Grade: "B"},
		Summary: model.Summary{Lists: []model.ListMember{{Kind: model.ListSerious}}, Negatives: []model.NegativeRef{{Kind: model.RecordPenalty}}}})
	if f.Person || *f.Grade != "B" || len(f.Lists) != 1 || len(f.Negatives) != 1 {
		t.Errorf("%+v", f)
	}
	if f := approval.FactsOf(&model.SubjectFile{Kind: model.KindNaturalPerson, Judgement: &model.Judgement{Grade: model.LevelGood}}); !f.Person || f.Grade != nil {
		t.Errorf("%+v", f)
	}
}

var speed = map[model.ApprovalMode]int{model.ModeNormal: 0, model.ModeDeferred: 1, model.ModeCommitment: 2, model.ModeInstant: 3}

// The normal way is always open; a dispute, a better grade or one adverse record less never
// slows a case down; disputed records alone never refuse.
func TestLaws(t *testing.T) {
	items := book(t).Items(today)
	rapid.Check(t, func(t *rapid.T) {
		it := rapid.SampledFrom(items).Draw(t, "item")
		grade := rapid.SampledFrom([]string{"A", "B", "C", "D", "E"}).Draw(t, "grade")
		f := approval.Facts{Grade: &grade}
		for i := range rapid.IntRange(0, 3).Draw(t, "adverse") {
			id, disputed := model.RecordID(fmt.Sprint("x/", i)), rapid.Bool().Draw(t, "disputed")
			if rapid.Bool().Draw(t, "list") {
				f.Lists = append(f.Lists, model.ListMember{Kind: rapid.SampledFrom([]model.ListKind{model.ListSerious, model.ListAbnormal, model.ListHonor}).Draw(t, "kind"), RecordID: id, Disputed: disputed})
				continue
			}
			f.Negatives = append(f.Negatives, model.NegativeRef{Kind: rapid.SampledFrom([]model.RecordKind{model.RecordPenalty, model.RecordCommitment, model.RecordJudgment}).Draw(t, "kind"),
				Severity: rapid.SampledFrom([]model.Severity{"", model.SeverityMinor, model.SeverityGeneral, model.SeveritySerious}).Draw(t, "severity"),
				Since:    today.AddDays(-rapid.IntRange(0, 1500).Draw(t, "age")), RecordID: id, Disputed: disputed})
		}
		var missing []string
		for _, m := range slices.Concat(it.MainMaterials, it.DeferrableMaterials) {
			if rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
				missing = append(missing, m.Code)
			}
		}
		plan := func(f approval.Facts) model.ApprovalPlan {
			p, err := it.Check(f, missing, today, weekdays{})
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := speed[p.Mode]; !ok || (p.Mode != model.ModeNormal && len(p.Blockers) > 0) {
				t.Fatalf("%+v", p)
			}
			return p
		}
		before := plan(f)
		better := "A"
		if after := plan(approval.Facts{Grade: &better, Lists: f.Lists, Negatives: f.Negatives}); speed[after.Mode] < speed[before.Mode] {
			t.Fatalf("a better grade: %s → %s", before.Mode, after.Mode)
		}
		if after := plan(approval.Facts{Grade: f.Grade}); speed[after.Mode] < speed[before.Mode] {
			t.Fatalf("a clean file: %s → %s", before.Mode, after.Mode)
		}
		marked := approval.Facts{Grade: &better}
		for _, l := range f.Lists {
			l.Disputed = true
			marked.Lists = append(marked.Lists, l)
		}
		for _, n := range f.Negatives {
			n.Disputed = true
			marked.Negatives = append(marked.Negatives, n)
		}
		for _, b := range plan(marked).Blockers {
			if slices.Contains([]string{approval.BlockSerious, approval.BlockAbnormal, approval.BlockNegative, approval.BlockBreach}, b.Code) {
				t.Fatalf("a disputed record refuses: %+v", b)
			}
		}
	})
}

const tiny = `itemCode: X
name: n
dept: d
validFrom: 2026-01-01
modes: [instant]
mainMaterials: [{code: M, name: m}]
legalBasis: b
`

func load(texts ...string) (*approval.Book, error) {
	fsys := fstest.MapFS{}
	for i, text := range texts {
		fsys[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return approval.Load(fsys)
}

func TestVersionsByDate(t *testing.T) {
	b, err := load(tiny, strings.NewReplacer("2026-01-01", "2026-06-01", "[instant]", "[]").Replace(tiny))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		on   model.Date
		mode model.ApprovalMode
	}{{"2026-05-31", model.ModeInstant}, {"2026-06-01", model.ModeNormal}} {
		it, err := b.Item("X", tc.on)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := it.Check(approval.Facts{}, nil, tc.on, weekdays{}); err != nil || p.Mode != tc.mode {
			t.Errorf("%s: %+v, %v", tc.on, p, err)
		}
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	bad := `itemCode: X
name: ""
dept: d
validFrom: x
modes: [deferred, instant]
mainMaterials: [{code: M, name: ""}]
deferrableMaterials: [{code: M, name: m}]
maxDeferred: 3
supplyDays: 0
minGrade: AB
exclusions: {lists: [honor], negatives: [grave]}
postCheckDays: -1
`
	_, err := load(bad)
	for _, want := range []string{"name", "legalBasis", "validFrom", "modes", "promiseTemplate", "supplyDays", "maxDeferred", "minGrade", "postCheckDays", "为空或重复",
		"source", "honor", "grave"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported: %v", want, err)
		}
	}
	if _, err := load(tiny, tiny); err == nil {
		t.Error("two versions of one day were accepted")
	}
	if _, err := load(tiny + "colour: red\n"); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("err = %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(tiny)
	raw, err := os.ReadFile("rules/food-permit.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	grade := "B"
	f.Fuzz(func(t *testing.T, text string) {
		b, err := load(text)
		if err != nil {
			return
		}
		for _, it := range b.Items(today) {
			var missing []string
			for _, m := range it.DeferrableMaterials {
				missing = append(missing, m.Code)
			}
			if _, err := it.Check(approval.Facts{Grade: &grade}, missing, today, weekdays{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
