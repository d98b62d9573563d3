package compliance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"xinyi/model"
)

func seedBook(t testing.TB) *Book {
	t.Helper()
	b, err := Load(Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// act is a sound permit or penalty of 2026-05-10 with cells changed.
func act(t *testing.T, base string, set map[string]any) *Act {
	t.Helper()
	cells := map[string]any{"kind": base, "title": "决定书", "docNo": "顺市监〔2026〕1号", "content": "准予", "category": "general", "authority": "顺河回族区市场监督管理局",
		"authorityUscc": "11410203005900016A", "source": "顺河回族区市场监督管理局", "sourceUscc": "11410203005900016A", "decisionDate": "2026-05-10",
		"validFrom": "2026-05-10", "validTo": "2099-12-31", "subject": "legal_person"}
	if base == "penalty" {
		for k, v := range map[string]any{"content": "罚款2000元", "category": "fine", "fineFen": 200_000, "procedure": "ordinary", "legalBasis": "《行政处罚法》第九条"} {
			cells[k] = v
		}
	}
	for k, v := range set {
		if _, known := cells[k]; !known && !strings.HasPrefix(k, model.DetailColumn) && k != "severity" && k != "dutyFulfilledOn" {
			t.Fatalf("unknown cell %s", k)
		}
		cells[k] = v
	}
	text := func(k string) string { s, _ := cells[k].(string); return s }
	fine, _ := cells["fineFen"].(int)
	var details []model.Detail
	for k := range cells {
		if key, ok := strings.CutPrefix(k, model.DetailColumn); ok {
			details = append(details, model.Detail{Key: key, Value: text(k)})
		}
	}
	return &Act{Details: details, Record: &model.Record{Kind: model.RecordKind(text("kind")), Title: text("title"), DocNo: text("docNo"), Category: text("category"),
		LegalBasis: text("legalBasis"), Authority: text("authority"), AuthorityUSCC: text("authorityUscc"), Source: text("source"), SourceUSCC: text("sourceUscc"),
		DecisionDate: model.Date(text("decisionDate")), ValidFrom: model.Date(text("validFrom")), ValidTo: model.Date(text("validTo")), FineFen: int64(fine),
		Severity: model.Severity(text("severity")), DutyFulfilledOn: model.Date(text("dutyFulfilledOn"))},
		Content: text("content"), Procedure: text("procedure"), Subject: model.SubjectKind(text("subject")), Today: "2026-11-22"}
}

func TestCheck(t *testing.T) {
	var cases []struct {
		Name, Base string
		Set        map[string]any
		Unknown    []string
		By         string
		Found      []string
	}
	raw, err := os.ReadFile("testdata/checks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	b := seedBook(t)
	for _, c := range cases {
		a := act(t, c.Base, c.Set)
		a.AuthorityKnown, a.SourceKnown = !slices.Contains(c.Unknown, a.Record.Authority), !slices.Contains(c.Unknown, a.Record.Source)
		if c.By != "" {
			a.Submitter = model.Principal{Role: model.RoleDepartment, Unit: c.By, UnitName: "报送单位"}
		}
		var got []string
		for _, f := range b.Check(a) {
			level := "warn"
			if f.Refuse {
				level = "refuse"
			}
			got = append(got, fmt.Sprintf("%s %s %s %s", f.Check, f.Column, f.Code, level))
			if !strings.HasSuffix(f.Reason, "。") {
				t.Errorf("%s: reason %q", c.Name, f.Reason)
			}
		}
		if !slices.Equal(got, c.Found) {
			t.Errorf("%s: found %v, want %v", c.Name, got, c.Found)
		}
	}
}

func TestFinesIn(t *testing.T) {
	for text, want := range map[string][]int64{
		"罚款2000元":                 {200_000},
		"罚款人民币 2,000.5 元":         {200_050},
		"罚款0.2万元":                 {200_000},
		"处以罚款：￥12，000元整":          {1_200_000},
		"处贰仟伍佰元罚款":                {250_000},
		"罚款一万二千元":                 {1_200_000},
		"罚款两千元":                   {200_000},
		"没收违法所得500元，并处3000元的罚款":   {300_000},
		"罚款十五元":                   {1_500},
		"罚款壹拾万元整":                 {10_000_000},
		"没收违法所得500元":              nil,
		"罚款":                      nil,
		"罚款若干元":                   nil,
		"罚款99999999999999999999元": nil,
	} {
		if got := finesIn(text); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestHoldsPersonalNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"410203190001019990": true, "号码41020319000101999x。": true, "４１０２０３１９０００１０１９９９０": true, "410203 19000101 9990": true,
		"13800001234": true, "手机:138-0000-1234": true, "2026-01-02 13800001234": true, "Tel13800001234": true, "身份证410203000101999": true,
		"1,13800001234": true, "410203190013019990": false, "410203********9990": false, "138****1234": false, "91410200584364333F": false,
		"914102005843643338": false, "410203100000015": false, "注册号410203000101999": false, "12800001234": false, "138000012345": false,
		"顺〔2026〕1号": false, "20260102030405": false, "": false, "电话0371-23456789": false,
	} {
		if got := HoldsPersonalNumber(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Whatever the text, the scans end without a panic, and hiding the digits ends a finding.
func FuzzText(f *testing.F) {
	for _, s := range []string{"罚款壹拾万元", "处1,000.000001万元罚款", "身份证４１０２０３１９０００１０１９９９Ｘ", "罚款,元", "罚款1.元"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		finesIn(s)
		HoldsPersonalNumber(s)
		hidden := strings.Map(func(r rune) rune {
			if r = plainDigit(r); '0' <= r && r <= '9' {
				return '*'
			}
			return r
		}, s)
		if HoldsPersonalNumber(hidden) {
			t.Fatalf("%q", s)
		}
	})
}

func TestLoad_faults(t *testing.T) {
	raw, err := os.ReadFile("rules/compliance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, now, want string }{
		{"check: E12, name: 自然人简易程序处罚, severity: refuse", "check: E12, name: 自然人简易程序处罚, severity: warn", "E12"},
		{"{check: E13, name: 机关不在单位名录内, severity: warn}", "{check: E13, name: 机关不在单位名录内, severity: shrug}", "E13"},
		{"refuse: [docNo]", "refuse: [colour]", "colour"},
		{"kinds: [rating]", "kinds: [gossip]", "gossip"},
		{"summaryFen: 20000", "summaryFen: 0", "summaryFen"},
		{"title: 双公示", "titel: 双公示", "titel"},
	} {
		text := strings.Replace(string(raw), c.old, c.now, 1)
		if _, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}}); text == string(raw) || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.now, err)
		}
	}
}

// The office may be stricter or more lenient where the checks do not block.
func TestRefuses(t *testing.T) {
	raw, err := os.ReadFile("rules/compliance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(raw), "name: 文号年份与决定年份不符, severity: warn", "name: 文号年份与决定年份不符, severity: refuse", 1)
	strict, err := Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	if !strict.Refuses(DocYear) || seedBook(t).Refuses(DocYear) || strict.Version() == seedBook(t).Version() {
		t.Error("the severity does not follow the rules")
	}
}
