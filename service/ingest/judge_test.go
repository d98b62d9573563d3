package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/compliance"
	"xinyi/service/ingest"
)

const (
	market     = "顺河回族区市场监督管理局"
	marketCode = "11410203005900016A"
	adult      = "410203190001019990"
)

// sound is a penalty of a firm that nothing is to be said about.
func sound(change func(*ingest.Row)) *ingest.Row {
	r := &ingest.Row{Kind: "penalty", USCC: codeA, Name: "甲", Title: "行政处罚决定书", DocNo: "顺市监〔2026〕7号", Content: "罚款2000元", Category: "fine", FineFen: 200_000,
		LegalBasis: "《行政处罚法》第九条", Authority: market, AuthorityUSCC: marketCode, Source: market, SourceUSCC: marketCode, DecisionDate: "2026-05-10"}
	change(r)
	return r
}

func ofPerson(r *ingest.Row) {
	r.USCC, r.Name, r.IDNo, r.Procedure = "", "王沐宸", adult, "ordinary"
}

func said(list ...*ingest.Fault) (out []string) {
	for _, f := range list {
		level := "refuse"
		if f.Warning {
			level = "warn"
		}
		out = append(out, fmt.Sprintf("%d %s %s %s %s", f.Line, f.Check, f.Column, f.Code, level))
	}
	return out
}

// TestImport_checks: every check fires on a row and leaves one alone that is nearly so.
func TestImport_checks(t *testing.T) {
	department := model.Principal{ID: "d", Role: model.RoleDepartment, Unit: marketCode, UnitName: market}
	for name, c := range map[string]struct {
		by     model.Principal
		change func(*ingest.Row)
		found  string // check column code level
	}{
		"sound":                           {change: func(*ingest.Row) {}},
		"E01":                             {change: func(r *ingest.Row) { r.Authority = "" }, found: "E01 authority missing refuse"},
		"E01 asked for":                   {change: func(r *ingest.Row) { r.LegalBasis = "" }, found: "E01 legalBasis missing warn"},
		"E01 near: spaces around":         {change: func(r *ingest.Row) { r.Authority = "  " + market + " " }},
		"E02":                             {change: func(r *ingest.Row) { r.USCC = "91410203MA40AB1C3D" }, found: "E02 uscc check_character refuse"},
		"E02 of the authority":            {change: func(r *ingest.Row) { r.AuthorityUSCC = "11410203005900016B" }, found: "E02 authorityUscc check_character refuse"},
		"E02 near: lower case and spaces": {change: func(r *ingest.Row) { r.USCC = "91410203 ma40ab1c3c" }},
		"E03":                             {change: func(r *ingest.Row) { ofPerson(r); r.IDNo = "410203190001019991" }, found: "E03 idNo check_character refuse"},
		"E03 near: an old division":       {change: func(r *ingest.Row) { ofPerson(r); r.IDNo = "410211190001019990" }},
		"E04":                             {change: func(r *ingest.Row) { r.Name = "乙" }, found: "E04 name name_mismatch refuse"},
		"E04 not in the register":         {change: func(r *ingest.Row) { r.USCC, r.Name = codeB, "" }, found: "E04 uscc unknown_subject refuse"},
		"E04 near: no name":               {change: func(r *ingest.Row) { r.Name = "" }},
		"E01 a report without a name":     {by: department, change: func(r *ingest.Row) { r.Name = "" }, found: "E01 name missing refuse"},
		"E05":                             {change: func(r *ingest.Row) { r.DecisionDate = "2026/05/10" }, found: "E05 decisionDate date refuse"},
		"E05 future":                      {change: func(r *ingest.Row) { r.DecisionDate = "2026-11-23" }, found: "E05 decisionDate future refuse"},
		"E05 near: today":                 {change: func(r *ingest.Row) { r.DecisionDate = "2026-11-22" }},
		"E06":                             {change: func(r *ingest.Row) { r.ValidFrom, r.ValidTo = "2026-05-11", "2026-05-10" }, found: "E06 validTo range refuse"},
		"E06 near: one day":               {change: func(r *ingest.Row) { r.ValidFrom, r.ValidTo = "2026-05-10", "2026-05-10" }},
		"E07":                             {change: func(r *ingest.Row) { r.Finality = "done" }, found: "E07 finality enum refuse"},
		"E07 of categories":               {change: func(r *ingest.Row) { r.Category = "fine;scolding" }, found: "E07 category enum refuse"},
		"E07 near: two categories":        {change: func(r *ingest.Row) { r.Category = "fine;warning" }},
		"E08":                             {change: func(r *ingest.Row) { r.DocNo, r.Title = "顺市监[2026]1号", "另一标题" }, found: "E08 docNo duplicate warn"},
		"E08 by code, under another name": {change: func(r *ingest.Row) { r.DocNo, r.Authority = "顺市监【2026】1号", "顺河区市场监管局" }, found: "E08 docNo duplicate warn"},
		"E08 near: of another authority": {change: func(r *ingest.Row) {
			r.DocNo, r.Authority, r.AuthorityUSCC = "顺市监〔2026〕1号", "顺河回族区城市管理局", "11410203005900112K"
		}},
		"E09":                         {change: func(r *ingest.Row) { r.FineFen = 0 }, found: "E09 fineFen fine_without_amount refuse"},
		"E09 the other way":           {change: func(r *ingest.Row) { r.Category = "warning" }, found: "E09 category amount_without_fine refuse"},
		"E09 near: a warning":         {change: func(r *ingest.Row) { r.Category, r.FineFen, r.Content = "warning", 0, "警告" }},
		"E10":                         {change: func(r *ingest.Row) { r.FineFen = 20 }, found: "E10 fineFen text_mismatch warn"},
		"E10 near: 万元 in the text":    {change: func(r *ingest.Row) { r.Content = "罚款0.2万元" }},
		"E11":                         {change: func(r *ingest.Row) { r.Content = "法定代表人电话13800001234，罚款2000元" }, found: "E11 content personal_data refuse"},
		"E11 near: masked":            {change: func(r *ingest.Row) { r.Content = "法定代表人电话138****1234，罚款2000元" }},
		"E12":                         {change: func(r *ingest.Row) { ofPerson(r); r.Procedure = "summary" }, found: "E12 procedure blocked refuse"},
		"E12 near: of a firm":         {change: func(r *ingest.Row) { r.Procedure = "summary" }},
		"E13":                         {change: func(r *ingest.Row) { r.Authority = "某局" }, found: "E13 authority unknown_unit warn"},
		"E13 near: a former name":     {change: func(r *ingest.Row) { r.Authority = "开封市工商行政管理局" }},
		"E14":                         {change: func(r *ingest.Row) { r.DocNo = "顺市监〔2025〕7号" }, found: "E14 docNo doc_year warn"},
		"E14 near: without a year":    {change: func(r *ingest.Row) { r.DocNo = "顺市监2025-7号" }},
		"E15":                         {by: department, change: func(r *ingest.Row) { r.SourceUSCC = "11410203005900040T" }, found: "E15 sourceUscc other_unit refuse"},
		"E15 near: its own":           {by: department, change: func(*ingest.Row) {}},
		"E15 near: the office's load": {change: func(r *ingest.Row) { r.SourceUSCC = "11410203005900040T" }},
		"E16":                         {change: func(r *ingest.Row) { r.Kind = "jaywalking" }, found: "E16 kind outside_catalogue refuse"},
		"E16 by its class": {change: func(r *ingest.Row) {
			r.Kind, r.Category, r.FineFen, r.DecisionDate, r.DocNo = "registration", "intellectual_property", 0, "2023-05-10", ""
		}, found: "E16 category outside_catalogue refuse"},
		"E16 near: its class is there": {change: func(r *ingest.Row) {
			r.Kind, r.Category, r.FineFen, r.DecisionDate, r.DocNo = "registration", "intellectual_property", 0, "2024-05-10", ""
		}},
		"E16 by its provider": {change: func(r *ingest.Row) { r.Kind, r.Category = "judgment", "" }, found: "E16 source outside_catalogue refuse"},
		"E16 near: an unknown provider is not guessed": {change: func(r *ingest.Row) {
			r.Kind, r.Category, r.Source, r.SourceUSCC = "judgment", "", "某单位", ""
		}, found: "E13 source unknown_unit warn"},
		"E16 blocked":               {change: func(r *ingest.Row) { r.Title, r.LegalBasis = "闯红灯", "社区公约" }, found: "E16 title blocked refuse"},
		"E16 near: under a law":     {change: func(r *ingest.Row) { r.Title, r.LegalBasis = "闯红灯", "《道路交通安全法》第九十条" }},
		"E16 wider than it may":     {change: func(r *ingest.Row) { ofPerson(r); r.Disclosure = "public" }, found: "E16 disclosure disclosure refuse"},
		"E16 near: narrower":        {change: func(r *ingest.Row) { r.Disclosure = "gov_share" }, found: "E16 disclosure disclosure warn"},
		"E16 near: as it is listed": {change: func(r *ingest.Row) { r.Disclosure = "public" }},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			bring(t, d, 100, enterprise(codeA, "甲"), sound(func(r *ingest.Row) { r.DocNo = "顺市监〔2026〕1号" }))
			d.Actor, d.Named = c.by, c.by.Unit != ""
			row := sound(c.change)
			res := bring(t, d, 100, row)
			want, refused := []string(nil), 0
			if c.found != "" {
				want = []string{"1 " + c.found}
			}
			if strings.HasSuffix(c.found, "refuse") {
				refused = 1
			}
			if got := said(slices.Concat(res.Faults, res.Warnings)...); !slices.Equal(got, want) || res.Rejected != refused || len(res.Faults) != refused {
				t.Fatalf("found %v of %+v, want %v", got, res.Progress, want)
			}
			if refused == 0 && len(want) != res.Warned {
				t.Errorf("%d rows warned", res.Warned)
			}
		})
	}
}

// A code that checks out and is odd all the same comes in with a warning.
func TestImport_oddCode(t *testing.T) {
	d := newDesk(t)
	res := bring(t, d, 100, enterprise("91999903MA40AB1C3J", "丙"), enterprise(codeA, "甲"))
	if got := said(slices.Concat(res.Faults, res.Warnings)...); !slices.Equal(got, []string{"1 E02 uscc division warn"}) || res.Accepted != 2 {
		t.Errorf("%v %+v", got, res.Progress)
	}
}

// No finding repeats what stands in the row.
func TestImport_findingsTellNoValue(t *testing.T) {
	row := sound(func(r *ingest.Row) {
		ofPerson(r)
		r.Title, r.Content, r.Procedure, r.FineFen, r.Authority = "闯红灯13800001234", "因患病减轻，罚款7元", "summary", 99_000_000_000, "秘密单位"
		r.LegalBasis, r.DocNo, r.ValidFrom, r.ValidTo = "秘密依据", "秘〔1999〕9号", "2026-05-11", "2026-05-10"
	})
	res := bring(t, newDesk(t), 10, row)
	if len(res.Faults) < 4 || len(res.Warnings) < 3 {
		t.Fatalf("%v %v", said(res.Faults...), said(res.Warnings...))
	}
	for _, f := range slices.Concat(res.Faults, res.Warnings) {
		for _, secret := range []string{"王沐宸", adult, "13800001234", "秘", "990000000", "1999"} {
			if strings.Contains(f.Reason, secret) {
				t.Errorf("%s tells %q", f.Reason, secret)
			}
		}
	}
}

// A record's class, disclosure and retention are those of the catalogue that was in force
// when the decision was made, whenever it is imported.
func TestImport_oldRecordOldCatalogue(t *testing.T) {
	const units = `{catalogue: units, name: u, title: u, validFrom: 2020-01-01, places: [顺河回族区], types: [{key: authority, name: 单位, names: ["*市场监督管理局"]}]}`
	edition := func(key, from, disclosure, section, months string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`{catalogue: edition, name: e, title: ` + key + `年目录, edition: "` + key + `", document: d, validFrom: ` + from + `, classes: [{key: a, no: 1, name: n, section: ` + section +
			`}], items: [{code: "0301", name: n, class: a, kind: penalty, subjects: [legal_person], providers: [authority], disclosure: ` + disclosure +
			`, nature: negative, updateCycle: monthly, retention: {from: decision, months: ` + months + `}, legalBasis: l}]}`)}
	}
	book, err := catalogue.Load(fstest.MapFS{"u.yaml": {Data: []byte(units)}, "a.yaml": edition("2021", "2021-12-16", "gov_share", "other", "24"),
		"b.yaml": edition("2024", "2024-02-19", "public", "administration", "120")})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	d.Catalogue = book
	old := func(r *ingest.Row) { r.DocNo, r.DecisionDate = "顺市监〔2024〕1号", "2024-02-18" }
	res := bring(t, d, 100, enterprise(codeA, "甲"), sound(old), sound(func(r *ingest.Row) { r.DocNo, r.DecisionDate = "顺市监〔2024〕2号", "2024-02-19" }))
	if res.Rejected > 0 {
		t.Fatal(said(res.Faults...))
	}
	records, err := d.subjects.RecordsOf(t.Context(), codeA)
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	for i, want := range []string{"0301@2021 gov_share other 2026-02-18", "0301@2024 public administration 2034-02-19"} {
		rec := records[i]
		kept, ok := book.Retention(rec)
		if got := fmt.Sprintf("%s %s %s %s", rec.CatalogueRef, rec.Disclosure, rec.Section, kept.Until(rec)); !ok || got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A check that the office made stricter refuses; one that it relaxed lets a row in.
func TestImport_severityIsData(t *testing.T) {
	text, err := compliance.Seed().Open("compliance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	raw := make([]byte, 64<<10)
	n, _ := text.Read(raw)
	rules := strings.NewReplacer("相对人重复, severity: warn", "相对人重复, severity: refuse", "金额不一致, severity: refuse", "金额不一致, severity: warn").Replace(string(raw[:n]))
	d := newDesk(t)
	if d.Compliance, err = compliance.Load(fstest.MapFS{"a.yaml": {Data: []byte(rules)}}); err != nil {
		t.Fatal(err)
	}
	same := func(*ingest.Row) {}
	res := bring(t, d, 100, enterprise(codeA, "甲"), sound(same), sound(same), sound(func(r *ingest.Row) { r.DocNo, r.FineFen = "顺市监〔2026〕8号", 0 }))
	got := said(slices.Concat(res.Faults, res.Warnings)...)
	if want := []string{"3 E08 docNo duplicate refuse", "4 E09 fineFen fine_without_amount warn"}; !slices.Equal(got, want) || res.Duplicate != 0 || res.Accepted != 3 {
		t.Errorf("%v %+v", got, res.Progress)
	}
}

// Who asked not to have good deeds recorded is left alone.
func TestImport_declinedDeeds(t *testing.T) {
	person := &ingest.Row{Kind: ingest.KindPerson, Name: "王沐宸", IDNo: adult, DeedsOptOut: true}
	deed := sound(func(r *ingest.Row) { ofPerson(r); r.Kind, r.Category, r.FineFen = "honor", "volunteer", 0 })
	other := sound(func(r *ingest.Row) { ofPerson(r); r.Kind, r.Category, r.FineFen = "confirmation", "", 0 })
	for _, batch := range []int{1, 100} {
		res := bring(t, newDesk(t), batch, person, deed, other)
		if got := said(res.Faults...); !slices.Equal(got, []string{"2 E16 kind blocked refuse"}) || res.Accepted != 2 {
			t.Errorf("%v %+v", got, res.Progress)
		}
		person.DeedsOptOut = false
		if res := bring(t, newDesk(t), batch, person, deed); res.Accepted != 2 {
			t.Errorf("%v", said(res.Faults...))
		}
		person.DeedsOptOut = true
	}
}
