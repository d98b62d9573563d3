package sector_test

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"xinyi/model"
	"xinyi/policy/sector"
)

func book(t testing.TB) *sector.Book {
	t.Helper()
	b, err := sector.Load(sector.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPublishedDistributions(t *testing.T) {
	f, err := os.Open("testdata/sector_ratings.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 16 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	b := book(t)
	want := map[string]int{"tax 2020": 3928 - 470, "urban_mgmt 2022 city": 45, "intermediary 2022": 248}
	for _, row := range rows[1:] {
		d := sector.Distribution{Sector: row[0], Scope: row[1], Period: row[2], SubjectKind: row[3]}
		if row[4] != "" {
			total, err := strconv.Atoi(row[4])
			if err != nil {
				t.Fatal(err)
			}
			d.Total = &total
		}
		if d.Parts, err = sector.ParseParts(row[5]); err != nil {
			t.Fatal(err)
		}
		left, err := b.Reconcile(d)
		if err != nil {
			t.Errorf("%v: %v", row, err)
			continue
		}
		if (left == nil) != (d.Total == nil) {
			t.Errorf("%v: remainder %v", row, left)
		}
		if d.Total == nil {
			continue
		}
		key := row[0] + " " + row[2]
		if row[0] == "urban_mgmt" && row[4] == "45" {
			key += " city"
		}
		if *left != want[key] {
			t.Errorf("%v: remainder %d, want %d", row, *left, want[key])
		}
		// One more than the total allows is refused.
		if len(d.Parts) > 0 {
			d.Parts[0].Count += *left + 1
			if _, err := b.Reconcile(d); !hasField(err, "parts_over_total") {
				t.Errorf("%v over its total: %v", row, err)
			}
		}
	}
}

func hasField(err error, code string) bool {
	var e *model.Error
	return errors.As(err, &e) && slices.ContainsFunc(e.Fields, func(f model.FieldError) bool { return f.Code == code })
}

func TestReconcileRefuses(t *testing.T) {
	b, total, many := book(t), 5, 1<<62
	good := sector.Distribution{Sector: "tax", Scope: "district:410203", Period: "2021", SubjectKind: "纳税人", Total: &total, Parts: []sector.Part{{Grade: "A", Count: 1}}}
	for code, change := range map[string]func(d *sector.Distribution){
		"unknown_sector":  func(d *sector.Distribution) { d.Sector = "magic" },
		"unknown_subject": func(d *sector.Distribution) { d.SubjectKind = "路人" },
		"scope":           func(d *sector.Distribution) { d.Scope = "410203" },
		"period":          func(d *sector.Distribution) { d.Period = "去年" },
		"unknown_grade":   func(d *sector.Distribution) { d.Parts = []sector.Part{{Grade: "S", Count: 1}} },
		"duplicate":       func(d *sector.Distribution) { d.Parts = append(d.Parts, d.Parts[0]) },
		"count": func(d *sector.Distribution) {
			d.Parts = []sector.Part{{Grade: "A", Count: many}, {Grade: "B", Count: many}}
		},
		"parts_over_total": func(d *sector.Distribution) { d.Parts = []sector.Part{{Grade: "A", Count: 6}} },
	} {
		d := good
		d.Parts = slices.Clone(good.Parts)
		change(&d)
		if _, err := b.Reconcile(d); !hasField(err, code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if left, err := b.Reconcile(good); err != nil || *left != 4 {
		t.Errorf("%v, %v", left, err)
	}
	for _, bad := range []string{"A", "A=x", "=3", "A=-1", ";", "A=1;;B=2"} {
		if _, err := sector.ParseParts(bad); !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestSchemes(t *testing.T) {
	b := book(t)
	if n := len(b.Schemes()); n != 33 {
		t.Errorf("%d schemes, want 31 and two county ones", n)
	}
	none := 0
	for _, s := range b.Schemes() {
		if s.Scale == nil {
			none++
		}
		if !strings.Contains(s.RuleVersion, "@2020-01-01#") {
			t.Errorf("%s: %q", s.Key, s.RuleVersion)
		}
		for _, g := range s.Scale {
			if s.Normalised(g) == sector.Unrated {
				t.Errorf("%s %s is not shown on the common scale", s.Key, g)
			}
		}
	}
	if none != 14 {
		t.Errorf("%d schemes without a scale", none)
	}
	for key, scale := range map[string]string{"tax": "A>B>M>C>D", "labour_integrity": "A>B>C", "township": "标兵>优秀>良好>一般>落后",
		"statistics": "守信>统计信用异常>一般失信>严重失信", "intermediary": "5★>4★>3★>2★>1★", "medical_insurance": "", "gas_station": ""} {
		s, err := b.Scheme(key)
		if err != nil || strings.Join(s.Scale, ">") != scale {
			t.Errorf("%s: %v, %v", key, s, err)
		}
	}
	if _, err := b.Scheme("magic"); !model.Is(err, model.CodeNotFound) {
		t.Errorf("err = %v", err)
	}
	tax, err := b.Scheme("tax")
	if err != nil || tax.Normalised("A") != "优" || tax.Normalised("D") != "差" || tax.Normalised("Z") != "未评" {
		t.Errorf("display of tax, %v", err)
	}
}

func TestValidate(t *testing.T) {
	b := book(t)
	for _, tc := range []struct {
		rec  model.Record
		code string // "" = good
	}{
		{model.Record{Kind: model.RecordRating, Sector: "tax", Grade: "M", Period: "2025"}, ""},
		{model.Record{Kind: model.RecordRating, Sector: "tax", Grade: "S", Period: "2025"}, "unknown_grade"},
		{model.Record{Kind: model.RecordRating, Sector: "tax", Grade: "A", Period: "2025Q1"}, "period"},
		{model.Record{Kind: model.RecordRating, Sector: "township", Grade: "标兵", Period: "2022Q2", Scope: "city:410200"}, ""},
		{model.Record{Kind: model.RecordRating, Sector: "township", Grade: "标兵", Period: "2022"}, "period"},
		{model.Record{Kind: model.RecordRating, Sector: "transport", Grade: "AA", Period: "2022"}, ""},
		{model.Record{Kind: model.RecordRating, Sector: "transport", Grade: strings.Repeat("长", 21), Period: "2022"}, "unknown_grade"},
		{model.Record{Kind: model.RecordRating, Sector: "grain", Grade: "C", Period: "2022"}, ""},
		{model.Record{Kind: model.RecordRating, Sector: "magic", Grade: "A", Period: "2022"}, "unknown_sector"},
		{model.Record{Kind: model.RecordHonor, Sector: "tax", Grade: "A", Period: "2022"}, "not_a_rating"},
		{model.Record{Kind: model.RecordRating, Sector: "tax", Grade: "A", Period: "2022", Scope: "here"}, "scope"},
	} {
		if err := b.Validate(&tc.rec); (tc.code == "") != (err == nil) || (tc.code != "" && !hasField(err, tc.code)) {
			t.Errorf("%+v: %v", tc.rec, err)
		}
	}
}

const tiny = "name: n\ntitle: t\nvalidFrom: 2020-01-01\nschemes:\n - {key: a, name: n, documents: [d], subjects: [s], subjectKinds: [person], scale: null, level: city}\n"

func TestLoadNamesEveryFault(t *testing.T) {
	bad := `name: ""
title: t
validFrom: x
schemes:
  - {key: A, name: n, documents: [], subjects: [s], subjectKinds: [robot], scale: [x], cycle: daily, level: moon}
  - {key: b, name: n, documents: [d], subjects: [s], subjectKinds: [person], scale: [x, x], display: {y: 好}, measures: [{grade: z, text: t}], level: city}
  - {key: b, name: n, documents: [d], subjects: [s], subjectKinds: [person], scale: null, open: true, level: city}
  -
`
	_, err := sector.Load(fstest.MapFS{"a.yaml": {Data: []byte(bad)}})
	for _, want := range []string{"name", "validFrom", `"A"`, "documents", "robot", "至少两级", "cycle", "重复", "display", "measures", "空项"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported: %v", want, err)
		}
	}
	if _, err := sector.Load(fstest.MapFS{"a.yaml": {Data: []byte(tiny + "colour: red\n")}}); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("err = %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(tiny))
	raw, err := os.ReadFile("rules/county.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := sector.Load(fstest.MapFS{"x.yaml": {Data: raw}})
		if err != nil {
			return
		}
		for _, s := range b.Schemes() {
			s.Normalised("A")
		}
	})
}

func FuzzParseParts(f *testing.F) {
	f.Add("A=150;B=58")
	f.Add("优良=23;良好=1;一般=64")
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := sector.ParseParts(s)
		if err != nil {
			return
		}
		for _, p := range parts {
			if p.Grade == "" || p.Count < 0 {
				t.Fatalf("%q → %+v", s, parts)
			}
		}
	})
}

// A new version holds from its day on; before that the old one does, and what is older than all
// versions is judged by the first.
func TestVersions(t *testing.T) {
	raw, err := sector.Write(sector.Scheme{Key: "gas_station", Name: "加油站", Documents: []string{"d"}, Subjects: []string{"加油站"}, SubjectKinds: []string{"organisation"},
		Scale: []string{"蓝", "黄", "红"}, Cycle: "quarter", Level: "county"}, "2027-01-01")
	if err != nil {
		t.Fatal(err)
	}
	county, err := os.ReadFile("rules/county.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := sector.Load(fstest.MapFS{"county.yaml": {Data: county}, "a-later.yaml": {Data: raw}})
	if err != nil {
		t.Fatal(err)
	}
	for day, from := range map[model.Date]model.Date{"2019-01-01": "2020-01-01", "2026-12-31": "2020-01-01", "2027-01-01": "2027-01-01"} {
		of := b.On(day)
		s, err := of.Scheme("gas_station")
		if err != nil || s.ValidFrom != from || len(of.Schemes()) != 2 {
			t.Errorf("on %s: %+v, %v", day, s, err)
		}
	}
	if s, err := b.Scheme("gas_station"); err != nil || s.ValidFrom != "2027-01-01" || !strings.HasPrefix(s.RuleVersion, "sector-gas-station@2027-01-01#") {
		t.Errorf("the newest: %+v, %v", s, err)
	}
	if _, err := sector.Load(fstest.MapFS{"a.yaml": {Data: raw}, "b.yaml": {Data: raw}}); err == nil {
		t.Error("one version twice was accepted")
	}
	if _, err := sector.Write(sector.Scheme{Key: "x", Name: "x", Scale: []string{"A", "A"}, Level: "moon"}, "2027-01-01"); !model.Is(err, model.CodeInvalidRequest) {
		t.Errorf("a bad scheme: %v", err)
	}
	for uscc, want := range map[string]bool{"": false, "11410203005900016A": true, "91410203MA40AB1C3C": true} {
		s, _ := b.Scheme("health_practice")
		if s.Rates(uscc) != want {
			t.Errorf("Rates(%q) = %v", uscc, !want)
		}
	}
}
