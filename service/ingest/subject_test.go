package ingest_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"xinyi/service/ingest"
)

const (
	codeA, codeB = "91410203MA40AB1C3C", "92410203MA9F3K2D7M"
	regNo        = "410203100000015"
)

func enterprise(code, name string, more ...string) *ingest.Row {
	r := &ingest.Row{Kind: ingest.KindEnterprise, USCC: code, Name: name, Status: "存续"}
	for i, v := range more {
		*[]*string{&r.FormerCodes, &r.RegNo, &r.FormerNames}[i] = v
	}
	return r
}

func permit(code, name, docNo string) *ingest.Row {
	return &ingest.Row{Kind: "permit", USCC: code, Name: name, DocNo: docNo, Title: "许可", Authority: "某局", Source: "某局", DecisionDate: "2026-01-01"}
}

func listed(code, name string) *ingest.Row {
	r := permit(code, name, "")
	r.Kind, r.List, r.LegalBasis = "list_entry", "abnormal", "条例第一条"
	return r
}

// bring imports rows, each in a batch of its own or all in one.
func bring(t *testing.T, d *desk, batchRows int, rows ...*ingest.Row) ingest.Result {
	t.Helper()
	var b strings.Builder
	for _, r := range rows {
		if err := json.NewEncoder(&b).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	d.BatchRows = batchRows
	digest := sha256.Sum256([]byte(b.String()))
	res, err := d.Import(t.Context(), hex.EncodeToString(digest[:]), "f", ingest.NewNDJSON(strings.NewReader(b.String())), nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestImport_subjectsMeet(t *testing.T) {
	stat := func(n string) *ingest.Row {
		return &ingest.Row{Kind: ingest.KindRatingStat, Sector: "grain", Scope: "city:410200", Period: "2022", SubjectLabel: "粮食企业", Distribution: n}
	}
	consent := &ingest.Row{Kind: ingest.KindConsent, USCC: codeA, Recipient: codeB, Purpose: "bank_assess", DecisionDate: "2026-01-01", ValidTo: "2027-01-01"}
	person := func(name string) *ingest.Row {
		return &ingest.Row{Kind: ingest.KindPerson, Name: name, IDNo: "410203190001019990"}
	}
	child := &ingest.Row{Kind: ingest.KindPerson, Name: "小明", IDNo: "410203201501014513"}
	cases := map[string]struct {
		rows   []*ingest.Row
		dup    int
		faults string // line column code; ...
	}{
		"the same distribution twice":            {rows: []*ingest.Row{stat("A=1"), stat("A=2")}},
		"the same person twice":                  {rows: []*ingest.Row{person("王沐宸"), person("王沐宸")}},
		"one number with two names":              {rows: []*ingest.Row{person("王沐宸"), person("李若汐")}, faults: "2 name name_mismatch"},
		"a child":                                {rows: []*ingest.Row{child}, faults: "1 idNo minor"},
		"the same enterprise twice":              {rows: []*ingest.Row{enterprise(codeA, "甲", regNo), enterprise(codeA, "甲", regNo)}},
		"a former code leads to its subject":     {rows: []*ingest.Row{enterprise(codeA, "甲", codeB), permit(codeB, "甲", "1号")}},
		"a former code is no code of its own":    {rows: []*ingest.Row{enterprise(codeA, "甲", codeB), enterprise(codeB, "乙")}, faults: "2 uscc former_code"},
		"a current code is nobody's former one":  {rows: []*ingest.Row{enterprise(codeB, "乙"), enterprise(codeA, "甲", codeB)}, faults: "2 formerCodes alias_conflict"},
		"a registration number has one owner":    {rows: []*ingest.Row{enterprise(codeA, "甲", "", regNo), enterprise(codeB, "乙", "", regNo)}, faults: "2 regNo alias_conflict"},
		"its own code is no former one":          {rows: []*ingest.Row{enterprise(codeA, "甲", codeA)}, faults: "1 formerCodes same_code"},
		"a fact twice is once":                   {rows: []*ingest.Row{enterprise(codeA, "甲"), permit(codeA, "", "顺[2026]1号"), permit(codeA, "甲", "顺〔2026〕1号")}, dup: 1},
		"a fact under a former code is the same": {rows: []*ingest.Row{enterprise(codeA, "甲", codeB), permit(codeA, "甲", "1号"), permit(codeB, "甲", "1号")}, dup: 1},
		"a consent twice is once":                {rows: []*ingest.Row{enterprise(codeA, "甲"), consent, consent}, dup: 1},
		"a former name is a name":                {rows: []*ingest.Row{enterprise(codeA, "甲"), enterprise(codeA, "乙"), permit(codeA, "甲", "1号")}},
		"an id that is too long":                 {rows: []*ingest.Row{{Kind: ingest.KindRatingStat, Sector: strings.Repeat("长", 400), Scope: "a/b", Period: "1", SubjectLabel: "x"}}, faults: "1 sector length; 1 sector format; 1 scope format"},
		"control characters":                     {rows: []*ingest.Row{enterprise(codeA, "甲\x00")}, faults: "1 name alphabet"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, batch := range []int{1, 100} {
				res := bring(t, newDesk(t), batch, tc.rows...)
				var faults []string
				for _, f := range res.Faults {
					faults = append(faults, string(rune('0'+f.Line))+" "+f.Column+" "+f.Code)
				}
				slices.Sort(faults)
				want := strings.Split(tc.faults, "; ")
				slices.Sort(want)
				if got := strings.Join(faults, "; "); got != strings.Join(want, "; ") || res.Duplicate != tc.dup {
					t.Errorf("batches of %d: faults %q, %d duplicates, want %q, %d", batch, got, res.Duplicate, tc.faults, tc.dup)
				}
			}
		})
	}
}

// A new name reaches the list entries that were there, the search and the file.
func TestImport_rename(t *testing.T) {
	for _, batch := range []int{1, 100} {
		d := newDesk(t)
		bring(t, d, batch, enterprise(codeA, "甲"), listed(codeA, "甲"), enterprise(codeA, "乙"))
		f, err := d.subjects.File(t.Context(), codeA)
		if err != nil || f.Name != "乙" || !slices.Equal(f.FormerNames, []string{"甲"}) || len(f.Summary.Lists) != 1 {
			t.Fatalf("%+v %v", f, err)
		}
		state := d.state(t)
		for _, want := range []string{`list_entries {"_id":"abnormal/` + codeA, `search_names {"_id":"` + codeA} {
			i := slices.IndexFunc(state, func(s string) bool { return strings.HasPrefix(s, want) })
			if i < 0 || !strings.Contains(state[i], `"name":"乙"`) {
				t.Errorf("%s is not renamed: %v", want, state)
			}
		}
		// Back again: the name is no former one any more.
		bring(t, d, batch, enterprise(codeA, "甲"))
		if f, err = d.subjects.File(t.Context(), codeA); err != nil || !slices.Equal(f.FormerNames, []string{"乙"}) {
			t.Fatalf("%+v %v", f, err)
		}
	}
}

// Rejected rows are kept with the job: a run that goes on, or that finds all done,
// reports those of earlier runs.
func TestImport_faultsStay(t *testing.T) {
	d := newDesk(t)
	rows := []*ingest.Row{enterprise(codeA, "甲"), permit(codeB, "乙", "1号"), permit(codeA, "丙", "2号"), permit(codeA, "甲", "3号")}
	first := bring(t, d, 1, rows...)
	again := bring(t, d, 1, rows...)
	if len(first.Faults) != 2 || len(again.Faults) != 2 || *again.Faults[0] != *first.Faults[0] || again.Job.Rejected != 2 || again.Rows != 0 {
		t.Fatalf("first %+v, again %+v", first, again)
	}
	if first.Faults[0].Code != "unknown_subject" || first.Faults[1].Line != 3 || first.Job.Accepted != 2 {
		t.Fatalf("%+v %+v", first.Faults[0], first.Job)
	}
}
