package repair_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/repair"
)

func book(t testing.TB) *repair.Book {
	t.Helper()
	b, err := repair.Load(repair.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectors(t *testing.T) {
	f, err := os.Open("testdata/repair_cases.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 9 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	b := book(t)
	for _, row := range rows[1:] {
		v, err := b.Version(row[0])
		if err != nil {
			t.Fatal(err)
		}
		sev, decision := model.Severity(row[1]), model.Date(row[2])
		if got, err := v.EarliestRepair(sev, decision); err != nil || got != model.Date(row[3]) {
			t.Errorf("%v: earliest repair %s, %v", row, got, err)
		}
		if got, err := v.DisplayEnds(sev, decision); err != nil || got != model.Date(row[4]) {
			t.Errorf("%v: display ends %s, %v", row, got, err)
		}
	}
}

func TestDisplayEnds(t *testing.T) {
	b := book(t)
	for _, tc := range []struct {
		name     string
		sev      model.Severity
		decision model.Date
		listing  repair.Listing
		want     model.Date
	}{
		{"current version", model.SeverityGeneral, "2026-05-10", repair.Listing{}, "2027-05-10"},
		{"case 7: the newer class is kinder", model.SeverityGeneral, "2025-09-01", repair.Listing{}, "2026-09-01"},
		{"a newer version lets nothing go before it is in force", model.SeverityGeneral, "2024-01-15", repair.Listing{}, "2026-04-01"},
		{"the older version may be the kinder one", model.SeverityGeneral, "2023-04-30", repair.Listing{}, "2024-04-30"},
		{"the 2022 serious records of the seed are off display", model.SeveritySerious, "2022-11-02", repair.Listing{}, "2025-11-02"},
		{"minor had no class in 2021", model.SeverityMinor, "2021-03-01", repair.Listing{}, "2023-05-01"},
		{"before the first version", model.SeverityGeneral, "2018-03-01", repair.Listing{}, "2019-03-01"},
		{"case 5: minor is not shown", model.SeverityMinor, "2026-05-10", repair.Listing{}, "2026-05-10"},
		{"minor under the version before", model.SeverityMinor, "2024-05-10", repair.Listing{}, "2024-05-10"},
		{"listed", model.SeveritySerious, "2020-03-01", repair.Listing{Open: true}, ""},
		{"removed after the period", model.SeveritySerious, "2020-03-01", repair.Listing{RemovedOn: "2026-08-01"}, "2026-08-01"},
		{"removed within the period", model.SeveritySerious, "2026-05-10", repair.Listing{RemovedOn: "2027-08-01"}, "2029-05-10"},
	} {
		if got, err := b.DisplayEnds(tc.sev, tc.decision, tc.listing); err != nil || got != tc.want {
			t.Errorf("%s: %s, %v; want %s", tc.name, got, err, tc.want)
		}
	}
	for _, bad := range []struct {
		sev model.Severity
		d   model.Date
	}{{"", "2026-05-10"}, {"grave", "2026-05-10"}, {model.SeverityMinor, ""}, {model.SeverityMinor, "2026-13-01"}} {
		if _, err := b.DisplayEnds(bad.sev, bad.d, repair.Listing{}); !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestEarliestRepair(t *testing.T) {
	b := book(t)
	for _, tc := range []struct {
		sev               model.Severity
		decision, applied model.Date
		want              model.Date
	}{
		{model.SeverityGeneral, "2026-05-10", "2026-07-01", "2026-08-10"}, // case 1
		{model.SeveritySerious, "2026-05-10", "2026-07-01", "2027-05-10"}, // case 4
		{model.SeverityMinor, "2026-05-10", "2026-05-10", "2026-05-10"},   // case 5
		{model.SeveritySerious, "2022-05-10", "2022-06-10", "2022-11-10"}, // R19: six months
		{model.SeverityMinor, "2022-05-10", "2026-06-10", "2023-05-01"},
	} {
		if got, err := b.EarliestRepair(tc.sev, tc.decision, tc.applied); err != nil || got != tc.want {
			t.Errorf("%+v: %s, %v", tc, got, err)
		}
	}
}

func TestEndsOfRecords(t *testing.T) {
	b := book(t)
	for _, tc := range []struct {
		name string
		rec  model.Record
		want model.Date
	}{
		{"general penalty", model.Record{Kind: model.RecordPenalty, Severity: model.SeverityGeneral, DecisionDate: "2026-05-10"}, "2027-05-10"},
		{"severity not stated", model.Record{Kind: model.RecordPenalty, DecisionDate: "2026-05-10"}, "2027-05-10"},
		{"minor penalty", model.Record{Kind: model.RecordPenalty, Severity: model.SeverityMinor, DecisionDate: "2026-05-10"}, "2026-05-10"},
		{"minor penalty whose need is stated", model.Record{Kind: model.RecordPenalty, Severity: model.SeverityMinor, DecisionDate: "2026-05-10",
			Details: []model.Detail{{Key: "displayNeed", Value: "涉及公共安全"}}}, "2026-08-10"},
		{"general penalty, the need changes nothing", model.Record{Kind: model.RecordPenalty, Severity: model.SeverityGeneral, DecisionDate: "2026-05-10",
			Details: []model.Detail{{Key: "displayNeed", Value: "涉及公共安全"}}}, "2027-05-10"},
		{"judgment: the cap", model.Record{Kind: model.RecordJudgment, DecisionDate: "2026-05-10"}, "2031-05-10"},
		{"broken promise", model.Record{Kind: model.RecordCommitment, Fulfilment: "none", DecisionDate: "2026-05-10"}, "2031-05-10"},
		{"kept promise", model.Record{Kind: model.RecordCommitment, Fulfilment: "full", DecisionDate: "2026-05-10"}, ""},
		{"listed", model.Record{Kind: model.RecordListEntry, List: model.ListSerious, DecisionDate: "2020-05-10"}, ""},
		{"listed until", model.Record{Kind: model.RecordListEntry, List: model.ListSerious, DecisionDate: "2026-05-10", ValidTo: "2027-05-09"}, "2027-05-10"},
		{"honour", model.Record{Kind: model.RecordHonor, DecisionDate: "2020-05-10"}, ""},
		{"no date", model.Record{Kind: model.RecordPenalty}, ""},
	} {
		if got := b.Ends(&tc.rec); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func load(text string) (*repair.Book, error) {
	return repair.Load(fstest.MapFS{"r.yaml": {Data: []byte(text)}})
}

const tiny = "name: r\nvalidFrom: 2026-01-01\ntransition: by_decision\nunstated: general\ncap: {months: 60, legalBasis: b}\nversions:\n" +
	" - {key: A, validFrom: 2020-01-01, legalBasis: b, classes: {general: {repairMonths: 3, displayMonths: 120}}}\n" +
	" - {key: B, validFrom: 2024-01-01, legalBasis: b, classes: {general: {repairMonths: 1, displayMonths: 2}, minor: {repairMonths: 0, displayMonths: 0}}}\n"

func TestByDecisionKeepsTheOldVersionUnderTheCap(t *testing.T) {
	b, err := load(tiny)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.DisplayEnds(model.SeverityGeneral, "2021-02-03", repair.Listing{}); err != nil || got != "2026-02-03" {
		t.Errorf("five-year cap: %s, %v", got, err)
	}
	if got, err := b.DisplayEnds(model.SeverityMinor, "2021-02-03", repair.Listing{}); err != nil || got != "2024-01-01" {
		t.Errorf("the next version that knows the severity: %s, %v", got, err)
	}
	if v, err := b.Version("B"); err != nil || !v.Hidden(model.SeverityMinor) || v.Hidden(model.SeverityGeneral) {
		t.Errorf("hidden: %v, %v", v, err)
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	_, err := load("name: r\nvalidFrom: soon\ntransition: kind\ncap: {months: 70}\ncolour: red\n")
	if err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("err = %v", err)
	}
	_, err = load("name: r\nvalidFrom: soon\ntransition: kind\ncap: {months: 70}\nversions:\n" +
		" - {key: A, validFrom: 2020-01-01, legalBasis: b, classes: {grave: {repairMonths: 3, displayMonths: 1}}}\n" +
		" - {key: A, validFrom: 2019-01-01, legalBasis: ''}\n")
	for _, want := range []string{"validFrom", "transition", "cap.months", "cap.legalBasis", "unstated", "grave", "repairMonths", "由早到晚", "classes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported: %v", want, err)
		}
	}
}

// No record is shown beyond five years, and repair never comes after the end of display.
func TestLaws(t *testing.T) {
	b := book(t)
	severities := []model.Severity{model.SeverityMinor, model.SeverityGeneral, model.SeveritySerious}
	rapid.Check(t, func(t *rapid.T) {
		decision := model.Date("2019-07-01").AddDays(rapid.IntRange(0, 2800).Draw(t, "day"))
		sev := rapid.SampledFrom(severities).Draw(t, "severity")
		ends, err := b.DisplayEnds(sev, decision, repair.Listing{})
		if err != nil {
			t.Fatal(err)
		}
		if ends > decision.AddMonths(60) || ends < decision {
			t.Fatalf("%s %s ends %s", sev, decision, ends)
		}
		if from, err := b.EarliestRepair(sev, decision, "2027-01-01"); err != nil || from > ends {
			t.Fatalf("%s %s: repair from %s, ends %s, %v", sev, decision, from, ends, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(tiny)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := load(text)
		if err != nil {
			return
		}
		if _, err := b.DisplayEnds(model.SeverityGeneral, "2026-02-03", repair.Listing{}); err != nil && !model.Is(err, model.CodeInvalidRequest) {
			t.Fatal(err)
		}
	})
}
