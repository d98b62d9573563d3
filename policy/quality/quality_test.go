package quality_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/quality"
)

const unit = "11410203005900016A"

func rules(t testing.TB) *quality.Rules {
	t.Helper()
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	book, err := quality.Load(quality.Seed(), calendar)
	require.NoError(t, err)
	return book.On("2026-11-22")
}

func at(day model.Date) time.Time { return day.Start().Add(10 * time.Hour) }

func penalty(decided, received model.Date) *model.Record {
	return &model.Record{ID: "91410203MA40AB1C3C/1", Subject: "91410203MA40AB1C3C", Kind: model.RecordPenalty, Disclosure: model.DisclosurePublic,
		DecisionDate: decided, ReceivedAt: at(received), SourceUSCC: unit, ReportedBy: unit}
}

// The worked clocks of domain §2.5.
func TestRecord_late(t *testing.T) {
	r := rules(t)
	for _, c := range []struct {
		decided, received model.Date
		counter           string // of on_time and late; "" = nobody can say
	}{
		{"2023-09-22", "2023-10-09", "on_time"},
		{"2023-09-22", "2023-10-10", "late"},
		{"2026-09-30", "2026-10-15", "on_time"},
		{"2026-09-30", "2026-10-16", "late"},
		{"2019-03-01", "2019-03-05", ""}, // no calendar of 2019
		{"2019-03-01", "2019-06-05", "late"},
	} {
		counts := model.QualityCounts{}
		r.Record(penalty(c.decided, c.received), 1, counts)
		got := counts[unit][string(c.received[:7])]
		require.EqualValues(t, 1, got["reported"])
		for _, counter := range []string{"on_time", "late"} {
			want := int64(0)
			if counter == c.counter {
				want = 1
			}
			require.Equal(t, want, got[counter], "%+v %s", c, counter)
			require.Equal(t, want, got[counter+"_penalty"], "%+v %s", c, counter)
		}
		require.Equal(t, counts[unit], counts[model.QualityArea])
	}
	loaded := penalty("2023-09-22", "2026-10-10")
	loaded.ReportedBy = ""
	counts := model.QualityCounts{}
	r.Record(loaded, 1, counts)
	require.Zero(t, counts[unit]["2026-10"]["late"], "what the operator loads is no report")
	require.EqualValues(t, 1, counts[unit]["2026-10"]["records"])
}

// Qinghai, February 2024 (domain §2.5): 3.6 % of 9,220 permits and 0.08 % of 119,634 penalties
// are 0.34 % together, not 1.84 %.
func TestTable_weightedMean(t *testing.T) {
	month := map[string]int64{"late_permit": 332, "on_time_permit": 9220 - 332, "late_penalty": 96, "on_time_penalty": 119634 - 96,
		"late": 332 + 96, "on_time": 9220 + 119634 - 332 - 96}
	p, err := quality.ParsePeriod("2024-02")
	require.NoError(t, err)
	values := table(rules(t), quality.Sheet{Counts: map[string]map[string]int64{"2024-02": month}}, p)
	require.Equal(t, "3.60", values["late_rate_permit"].Value)
	require.Equal(t, "0.08", values["late_rate_penalty"].Value)
	require.Equal(t, "0.33", values["late_rate"].Value) // 428 of 128,854
	require.Equal(t, "99.67", values["timely_rate"].Value)
	require.False(t, *values["timely_rate"].Met)
}

func table(r *quality.Rules, s quality.Sheet, p quality.Period) map[string]quality.Figure {
	values := map[string]quality.Figure{}
	for _, f := range r.Table(s, p, true) {
		values[f.Key] = f
	}
	return values
}

func TestTable_stocksTrendsAndMissingNumbers(t *testing.T) {
	r := rules(t)
	sheet := quality.Sheet{
		Counts: map[string]map[string]int64{
			"2026-09": {"records": 9_000_000}, "2026-10": {"records": 800_000, "late": 6, "on_time": 4, "serious_orgs": 3}, "2026-11": {"records": -50_000, "serious_orgs": -1},
			"2027-01": {"records": 7}, model.QualityUndated: {"orgs": 100, "orgs_covered": 99},
		},
		Entered: map[string]map[string]int64{"2025-01": {"population": 600_000}, "2026-01": {"population": 650_000}, "2026-03": {"trainings": 1}, "2026-10": {"trainings": 1}},
	}
	october, _ := quality.ParsePeriod("2026-10")
	v := table(r, sheet, october)
	require.Equal(t, "15.08", v["records_per_capita"].Value)
	require.True(t, *v["records_per_capita"].Met)
	require.Equal(t, "13.85", v["records_per_capita"].Previous)
	require.Equal(t, "60.00", v["late_rate"].Value)
	require.True(t, v["late_rate"].Concern, "over 50 %%")
	require.Equal(t, "99.00", v["org_coverage"].Value)
	require.Equal(t, "2.00", v["trainings"].Value, "the whole year")
	require.Nil(t, v["adult_coverage"].Denominator)
	require.Empty(t, v["adult_coverage"].Value)
	require.Equal(t, []string{"adults"}, v["adult_coverage"].Missing)
	require.False(t, *v["serious_share"].Met, "it rose")
	november, _ := quality.ParsePeriod("2026-11")
	v = table(r, sheet, november)
	require.EqualValues(t, 9_750_000, *v["records_per_capita"].Numerator)
	require.True(t, *v["serious_share"].Met)
	require.Empty(t, v["late_rate"].Value, "nothing to divide by is not 0 %%")
	year, _ := quality.ParsePeriod("2026")
	require.Equal(t, "60.00", table(r, sheet, year)["late_rate"].Value)
	before, _ := quality.ParsePeriod("2024")
	require.Equal(t, []string{"population"}, table(r, sheet, before)["records_per_capita"].Missing)
}

func TestPeriod(t *testing.T) {
	for text, before := range map[string]string{"2026-11": "2026-10", "2026-01": "2025-12", "2026Q1": "2025Q4", "2026Q4": "2026Q3", "2026": "2025"} {
		p, err := quality.ParsePeriod(text)
		require.NoError(t, err)
		require.Equal(t, text, p.Text)
		require.Equal(t, before, p.Before().Text)
	}
	q, _ := quality.ParsePeriod("2026Q4")
	require.Equal(t, []string{"2026-10", "2026-11", "2026-12"}, q.Months())
	for _, bad := range []string{"", "2026-13", "2026Q5", "26", "2026-1", "1999"} {
		_, err := quality.ParsePeriod(bad)
		require.True(t, model.Is(err, model.CodeInvalidRequest), bad)
	}
}

// Times on a list that overlap are one; an organisation counts once.
func TestSubject_seriousOnce(t *testing.T) {
	entry := func(n int, from, until model.Date) *model.Record {
		return &model.Record{ID: model.RecordID(fmt.Sprintf("91410203MA40AB1C3C/%d", n)), Kind: model.RecordListEntry, List: model.ListSerious, DecisionDate: from, ValidTo: until, ReceivedAt: at(from)}
	}
	counts := model.QualityCounts{}
	rules(t).Subject(&model.SubjectFile{ID: "91410203MA40AB1C3C"}, []*model.Record{entry(1, "2026-03-05", "2026-08-31"), entry(2, "2026-01-10", "2026-04-01"), entry(3, "2026-10-01", "2026-10-20")}, 1, counts)
	require.Equal(t, model.QualityCounts{model.QualityArea: {
		"2026-01":            {"serious_orgs": 1},
		"2026-09":            {"serious_orgs": -1},
		model.QualityUndated: {"orgs": 1, "orgs_covered": 1},
	}}, counts)
}

func TestLoad_namesEveryFault(t *testing.T) {
	bad := `name: ""
title: t
validFrom: 2020-01-01
lateAfterWorkdays: 0
concern: {kpi: nothing, over: 1}
entered: [{key: records, name: n}]
kpis:
  - {key: a, name: n, formula: f, source: s, numerator: [magic], measure: feet}
  - {key: a, name: n, formula: f, source: s, numerator: [late], measure: count, target: {op: is, value: 1}}
`
	_, err := quality.Load(fstest.MapFS{"a.yaml": {Data: []byte(bad)}}, nil)
	for _, want := range []string{"name", "lateAfterWorkdays", "nothing", `"records"`, "magic", "measure", "重复", "target.op"} {
		require.ErrorContains(t, err, want)
	}
}

func FuzzLoad(f *testing.F) {
	raw, err := os.ReadFile("rules/kpi.yaml")
	require.NoError(f, err)
	f.Add(raw)
	f.Add([]byte(strings.ReplaceAll(string(raw), "percent", "count")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		book, err := quality.Load(fstest.MapFS{"x.yaml": {Data: raw}}, nil)
		if err != nil {
			return
		}
		p, _ := quality.ParsePeriod("2026")
		book.On("2026-01-01").Table(quality.Sheet{}, p, true)
	})
}
