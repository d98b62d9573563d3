package quality_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/ingest"
	desk "xinyi/service/quality"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// behind adds up what a sum of rows leads to: its rows and its records.
func (d *district) behind(t require.TestingT, q desk.Question, counters []string) (sum int64) {
	for q.Limit = 2; ; {
		found, next, err := d.desk.Handed(d.T.Context(), office, q)
		require.NoError(t, err)
		for _, h := range found {
			require.Positive(t, h.Count)
			sum += h.Count
		}
		if q.After = next; next == "" {
			break
		}
	}
	for desk.HasRecords(counters) {
		found, next, err := d.desk.Records(d.T.Context(), office, q)
		require.NoError(t, err)
		sum += int64(len(found))
		if q.After = next; next == "" {
			break
		}
	}
	return sum
}

// accounted: every sum with rows in it is what it leads to.
func (d *district) accounted(t require.TestingT, unit, period string) {
	table, err := d.desk.Table(d.T.Context(), office, unit, period, "", 1)
	require.NoError(t, err)
	for _, f := range table.Units[0].Figures {
		for denominator, names := range map[bool][]string{false: f.KPI.Numerator, true: f.KPI.Denominator} {
			if !desk.HasRows(names) {
				continue
			}
			total := f.Numerator
			if denominator {
				total = f.Denominator
			}
			require.Equal(t, *total, d.behind(t, desk.Question{KPI: f.Key, Denominator: denominator, Unit: unit, Period: period}, names), "%s of %q in %s", f.Key, unit, period)
		}
	}
}

// dies gives an error after eight rows.
type dies struct {
	rowsReader
	read int
	fail error
}

func (r *dies) Next(row *ingest.Row) (int, error) {
	if r.read++; r.read > 8 {
		return 0, r.fail
	}
	return r.rowsReader.Next(row)
}

// A report whose rows come in on both sides of the end of a month, in two runs, is found in both.
func TestHanded_overMonths(t *testing.T) {
	d := openDistrict(t)
	killed := errors.New("killed")
	var rows []*ingest.Row
	for i := range 16 {
		row := d.Org("MA40AB1C")
		if i%2 == 1 {
			row = &ingest.Row{Kind: "nonsense"}
		}
		rows = append(rows, row)
	}
	im := &ingest.Importer{Store: store.NewIngest(d.Subjects), Judge: d.Judge, Sealer: d.Vault, Display: d.display, Auditor: d.Log, IDs: d.IDs,
		Clock: d.Clock, Actor: officer, Quality: d.rules, BatchRows: 2}
	job := rand.Text()
	_, err := im.Import(t.Context(), job, "报送.csv", &dies{rowsReader: rowsReader{rows}, fail: killed}, nil)
	require.ErrorIs(t, err, killed)
	d.Clock.Pass(30 * 24 * time.Hour)
	res, err := im.Import(t.Context(), job, "报送.csv", &rowsReader{rows}, nil)
	require.NoError(t, err)
	require.Equal(t, 8, res.Job.Rejected)

	for _, unit := range []string{"", officer.Unit} {
		for _, period := range []string{"2026-11", "2026-12", "2026Q4", "2026-10"} {
			d.accounted(t, unit, period)
		}
	}
	found, _, err := d.desk.Handed(t.Context(), officer, desk.Question{KPI: "wrong_rate", Period: "2026Q4", Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, desk.Handed{No: job, Unit: officer.Unit, UnitName: servicetest.Authority, FileName: "报送.csv", Month: "2026-11",
		Rows: found[0].Rows, Count: 4}, found[0])
	require.EqualValues(t, 4, found[1].Count)
	faults, _, err := d.desk.Refusals(t.Context(), officer, job, "", 100)
	require.NoError(t, err)
	require.NotEmpty(t, faults)
	_, _, err = d.desk.Refusals(t.Context(), model.Principal{ID: "staff_e", Role: model.RoleDepartment, Unit: otherUnit}, job, "", 100)
	require.True(t, model.Is(err, model.CodeNotFound), err)
}
