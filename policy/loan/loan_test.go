package loan_test

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
	"xinyi/policy/loan"
)

const today model.Date = "2026-11-22"

func book(t testing.TB) *loan.Book {
	t.Helper()
	b, err := loan.Load(loan.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// good is a firm that meets every rule.
func good() *model.SubjectFile {
	return &model.SubjectFile{ID: "91410203MA40AB1C3C", Kind: model.KindLegalPerson, ValidUntil: model.Date("2027-04-20").Start(),
		Registration: &model.Registration{Status: "存续", EstablishedOn: "2015-03-01"},
		Judgement:    &model.Judgement{Model: "enterprise", Grade: "B"},
		Summary:      model.Summary{Ratings: []model.RatingGrade{{Sector: "tax", Grade: "A", RecordID: "x/tax"}}}}
}

type flags struct {
	Kind     model.ListKind `yaml:"kind"`
	Disputed bool           `yaml:"disputed"`
}

func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name           string     `yaml:"name"`
		EstablishedOn  model.Date `yaml:"establishedOn"`
		Status         string     `yaml:"status"`
		TaxGrade       string     `yaml:"taxGrade"`
		RatingDisputed bool       `yaml:"ratingDisputed"`
		PublicGrade    string     `yaml:"publicGrade"`
		Lists          []flags    `yaml:"lists"`
		Negatives      []flags    `yaml:"negatives"`
		Want           struct {
			Listed     bool                     `yaml:"listed"`
			Reasons    map[string]model.Outcome `yaml:"reasons"`
			ValidUntil model.Date               `yaml:"validUntil"`
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
			f := good()
			set(&f.Registration.EstablishedOn, tc.EstablishedOn)
			set(&f.Registration.Status, tc.Status)
			set(&f.Judgement.Grade, tc.PublicGrade)
			set(&f.Summary.Ratings[0].Grade, tc.TaxGrade)
			f.Summary.Ratings[0].Disputed = tc.RatingDisputed
			for i, l := range tc.Lists {
				f.Summary.Lists = append(f.Summary.Lists, model.ListMember{Kind: l.Kind, Disputed: l.Disputed, RecordID: model.RecordID(fmt.Sprint("x/l", i))})
			}
			for i, n := range tc.Negatives {
				f.Summary.Negatives = append(f.Summary.Negatives, model.NegativeRef{Disputed: n.Disputed, RecordID: model.RecordID(fmt.Sprint("x/n", i))})
			}
			got, err := b.Screen(f, today)
			if err != nil || got.Listed != tc.Want.Listed || got.RulesVersion != b.Version(today) || len(got.Reasons) != 7 {
				t.Fatalf("%+v, %v", got, err)
			}
			for _, r := range got.Reasons {
				want, ok := tc.Want.Reasons[r.ID]
				if (ok && want != r.Outcome) || r.Text == "" {
					t.Errorf("%+v, want %s", r, want)
				}
				delete(tc.Want.Reasons, r.ID)
			}
			if len(tc.Want.Reasons) > 0 {
				t.Errorf("no reason %v", tc.Want.Reasons)
			}
			if tc.Want.ValidUntil != "" && !got.ValidUntil.Equal(tc.Want.ValidUntil.Start()) {
				t.Errorf("valid until %v", got.ValidUntil)
			}
		})
	}
}

// set replaces a value; "none" empties it, "" keeps it.
func set[S ~string](to *S, v S) {
	if v == "none" {
		*to = ""
	} else if v != "" {
		*to = v
	}
}

func TestErrors(t *testing.T) {
	b := book(t)
	person := &model.SubjectFile{ID: "p_x", Kind: model.KindNaturalPerson}
	for _, tc := range []struct {
		f    *model.SubjectFile
		on   model.Date
		code model.Code
	}{{person, today, model.CodeInvalidRequest}, {good(), "2026-02-30", model.CodeInvalidRequest}, {good(), "2020-01-01", model.CodeNotFound}} {
		if _, err := b.Screen(tc.f, tc.on); !model.Is(err, tc.code) {
			t.Errorf("%s %s: %v", tc.f.ID, tc.on, err)
		}
	}
	if v := b.Version("2020-01-01"); v != "" {
		t.Errorf("version %q", v)
	}
}

const tiny = `name: w
title: t
validFrom: 2024-01-01
legalBasis: b
subjects: [legal_person]
rules: [{id: m, field: regMonths, op: ">=", number: 12, eligible: x, notEligible: y, undetermined: z}]
`

func TestVersionsByDate(t *testing.T) {
	b, err := loan.Load(fstest.MapFS{"a.yaml": {Data: []byte(tiny)},
		"b.yaml": {Data: []byte(strings.NewReplacer("2024-01-01", "2027-01-01", "12", "24").Replace(tiny))}})
	if err != nil {
		t.Fatal(err)
	}
	f := good()
	f.Registration.EstablishedOn = "2025-06-30"
	before, err := b.Screen(f, "2026-12-31")
	if err != nil || !before.Listed || !before.ValidUntil.Equal(model.Date("2027-01-01").Start()) {
		t.Errorf("%+v, %v", before, err)
	}
	if after, err := b.Screen(f, "2027-01-01"); err != nil || after.Listed || after.RulesVersion == before.RulesVersion {
		t.Errorf("%+v, %v", after, err)
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	bad := `name: ""
title: t
validFrom: x
legalBasis: b
subjects: [natural_person]
rules:
  - {id: a, field: regMonths, op: in, number: 5, eligible: x, notEligible: y, undetermined: z}
  - {id: a, field: income, op: ">=", number: 12, eligible: "", notEligible: y, undetermined: z}
  - {id: c, field: taxGrade, op: in, eligible: x, undetermined: z}
`
	_, err := loan.Load(fstest.MapFS{"a.yaml": {Data: []byte(bad)}})
	for _, want := range []string{"name", "validFrom", "natural_person", "number", "重复", "income", "a.eligible", "c: values", "c.notEligible"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported: %v", want, err)
		}
	}
	if _, err := loan.Load(fstest.MapFS{"a.yaml": {Data: []byte(tiny)}, "b.yaml": {Data: []byte(tiny)}}); err == nil {
		t.Error("two versions of one day were accepted")
	}
}

// The answer is the same on every day before ValidUntil, changes on it when the file does
// not limit it, and a disputed mark never makes a "no".
func TestLaws(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		f := good()
		f.ValidUntil = model.Date("").Start()
		f.Registration.EstablishedOn = model.Date("2025-08-01").AddDays(rapid.IntRange(0, 400).Draw(t, "age"))
		for i := range rapid.IntRange(0, 3).Draw(t, "lists") {
			f.Summary.Lists = append(f.Summary.Lists, model.ListMember{RecordID: model.RecordID(fmt.Sprint("x/", i)),
				Kind:     rapid.SampledFrom([]model.ListKind{model.ListSerious, model.ListAbnormal, model.ListHonor}).Draw(t, "list"),
				Disputed: rapid.Bool().Draw(t, "disputed")})
		}
		got, err := b.Screen(f, today)
		if err != nil {
			t.Fatal(err)
		}
		for d := today; d < today.AddDays(500); d = d.AddDays(1) {
			then, err := b.Screen(f, d)
			if err != nil {
				t.Fatal(err)
			}
			before := got.ValidUntil.IsZero() || d.Start().Before(got.ValidUntil)
			if same := slices.Equal(then.Reasons, got.Reasons); before != same && (before || d.Start().Equal(got.ValidUntil)) {
				t.Fatalf("on %s: same %v, valid until %v", d, same, got.ValidUntil)
			}
		}
		for i := range f.Summary.Lists {
			f.Summary.Lists[i].Disputed = true
		}
		disputed, err := b.Screen(f, today)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range disputed.Reasons {
			if r.Outcome == model.NotEligible && strings.HasSuffix(r.ID, "_list") {
				t.Fatalf("a dispute made a no: %+v", r)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(tiny))
	raw, err := os.ReadFile("rules/whitelist.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := loan.Load(fstest.MapFS{"x.yaml": {Data: raw}})
		if err != nil {
			return
		}
		if r, err := b.Screen(good(), today); err == nil && !r.ValidUntil.IsZero() && !r.ValidUntil.After(today.Start()) {
			t.Fatalf("%+v", r)
		}
	})
}

func BenchmarkScreen(b *testing.B) {
	bk, f := book(b), good()
	b.ReportAllocs()
	for b.Loop() {
		if r, err := bk.Screen(f, today); err != nil || !r.Listed {
			b.Fatal(r, err)
		}
	}
}
