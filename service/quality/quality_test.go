package quality_test

import (
	"crypto/rand"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/quality"
	"xinyi/policy/repair"
	"xinyi/policy/summary"
	"xinyi/service/ingest"
	desk "xinyi/service/quality"
	"xinyi/service/servicetest"
	"xinyi/store"
)

const otherUnit = "11410203005900022X"

var (
	officer = model.Principal{ID: "staff_d", Role: model.RoleDepartment, Unit: servicetest.AuthorityCode, UnitName: servicetest.Authority}
	office  = model.Principal{ID: "staff_o", Role: model.RoleOffice, UnitName: "信用办"}
)

// district is a house with the quality desk and an importer for each unit.
type district struct {
	*servicetest.House
	rules   *quality.Rules
	counts  *store.Quality
	desk    *desk.Service
	display *repair.Book
	rows    []quality.Submission // what was submitted
}

func openDistrict(t testing.TB) *district {
	h := servicetest.Open(t)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	book, err := quality.Load(quality.Seed(), calendar)
	require.NoError(t, err)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	counts := store.NewQuality(h.Driver)
	return &district{House: h, rules: book.On("2026-11-22"), counts: counts, display: display,
		desk: &desk.Service{Store: counts, Book: book, Auditor: h.Log, Clock: h.Clock}}
}

type rowsReader struct{ rows []*ingest.Row }

func (r *rowsReader) Next(row *ingest.Row) (int, error) {
	if len(r.rows) == 0 {
		return 0, io.EOF
	}
	*row, r.rows = *r.rows[0], r.rows[1:]
	return 1, nil
}

// submit brings rows in as p, in batches of the given size.
func (d *district) submit(p model.Principal, batch int, rows ...*ingest.Row) ingest.Result {
	im := &ingest.Importer{Store: store.NewIngest(d.Subjects), Judge: d.Judge, Sealer: d.Vault, Display: d.display, Auditor: d.Log, IDs: d.IDs,
		Clock: d.Clock, Actor: p, Quality: d.rules, BatchRows: batch}
	res, err := im.Import(d.T.Context(), rand.Text(), "test", &rowsReader{rows}, nil)
	require.NoError(d.T, err)
	if p.Role == model.RoleDepartment {
		d.rows = append(d.rows, quality.Submission{Unit: p.Unit, On: model.DateOf(d.Clock.Now()), Rows: model.RowCounts{Accepted: res.Accepted, Duplicate: res.Duplicate, Rejected: res.Rejected}})
	}
	return res
}

// change alters one stored record with the counters in the same batch, as the desks of
// corrections and retractions do.
func (d *district) change(id model.RecordID, change func(*model.Record)) {
	ctx := d.T.Context()
	before, err := d.Subjects.RecordsOf(ctx, id.Subject())
	require.NoError(d.T, err)
	file, err := d.Subjects.File(ctx, id.Subject())
	require.NoError(d.T, err)
	after := slices.Clone(before)
	at := slices.IndexFunc(after, func(r *model.Record) bool { return r.ID == id })
	changed := *after[at]
	change(&changed)
	after[at] = &changed
	next := *file
	require.NoError(d.T, summary.Refresh(&next, after, d.Judge, d.Clock.Now()))
	delta := &model.QualityDelta{ID: d.IDs.Next(), Counts: model.QualityCounts{}}
	d.rules.Change(quality.Change{FileBefore: file, FileAfter: &next, Before: before, After: after}, delta.Counts)
	ops, err := store.QualityOps(d.Driver, delta)
	require.NoError(d.T, err)
	body, err := store.Encode(&changed)
	require.NoError(d.T, err)
	require.NoError(d.T, d.Driver.Apply(ctx, append(ops, store.Op{Kind: store.OpReplace, Coll: "records", ID: string(id), Rev: changed.Rev, Body: body})))
}

// all gives the counters of the area and every unit.
func (d *district) all() model.QualityCounts {
	s, err := d.counts.Sheets(d.T.Context(), "", 1000)
	require.NoError(d.T, err)
	area, err := d.counts.Sheet(d.T.Context(), model.QualityArea)
	require.NoError(d.T, err)
	require.Equal(d.T, area.Counts[model.QualityArea], s.Counts[model.QualityArea])
	return s.Counts
}

// fromScratch counts everything that is stored, and the submissions.
func (d *district) fromScratch() model.QualityCounts {
	counts := model.QualityCounts{}
	for after := ""; ; {
		page, err := d.Driver.Find(d.T.Context(), "subjects", store.Query{Limit: 1000, After: after})
		require.NoError(d.T, err)
		for _, doc := range page.Docs {
			f, err := store.Decode[model.SubjectFile](doc)
			require.NoError(d.T, err)
			records, err := d.Subjects.RecordsOf(d.T.Context(), f.ID)
			require.NoError(d.T, err)
			for _, r := range records {
				d.rules.Record(r, 1, counts)
			}
			d.rules.Subject(f, records, 1, counts)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	for _, s := range d.rows {
		d.rules.Submission(s, counts)
	}
	return counts
}

// TestCounts_incrementalIsFromScratch: after any sequence of submissions, loads, corrections,
// retractions and folds the counters are what counting everything anew gives.
func TestCounts_incrementalIsFromScratch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := openDistrict(t)
		orgs := []*ingest.Row{d.Org("MA40AB1C"), d.Org("MA40AB1D"), d.Person(1, "王一"), d.Person(2, "李二")}
		actors := []model.Principal{officer, {ID: "staff_e", Role: model.RoleDepartment, Unit: otherUnit, UnitName: "另一单位"}, {ID: "operator", Role: model.RoleOffice}}
		day := rapid.Custom(func(rt *rapid.T) model.Date {
			return model.DateOf(d.Clock.Now()).AddDays(-rapid.IntRange(0, 30).Draw(rt, "days ago"))
		})
		record := func(rt *rapid.T) *ingest.Row {
			kind := rapid.SampledFrom([]model.RecordKind{model.RecordPermit, model.RecordPenalty, model.RecordListEntry, model.RecordCommitment, model.RecordHonor, "nonsense"}).Draw(rt, "kind")
			row := servicetest.Record(rapid.SampledFrom(orgs).Draw(rt, "about"), kind, "记录", day.Draw(rt, "decided"))
			row.DocNo = rapid.SampledFrom([]string{"汴市监罚〔2026〕1号", "汴市监罚〔2026〕2号", "汴市监罚〔2026〕3号"}).Draw(rt, "docNo")
			row.SourceUSCC = rapid.SampledFrom([]string{"", servicetest.AuthorityCode}).Draw(rt, "source")
			row.List, row.LegalBasis = string(model.ListSerious), "法"
			row.Fulfilment, row.ValidTo = rapid.SampledFrom([]string{"", "full", "pending"}).Draw(rt, "fulfilment"), string(day.Draw(rt, "validTo").AddDays(40))
			return row
		}
		d.submit(actors[2], 3, orgs...)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0, 1:
				var rows []*ingest.Row
				for range rapid.IntRange(1, 6).Draw(rt, "rows") {
					rows = append(rows, record(rt))
				}
				d.submit(rapid.SampledFrom(actors).Draw(rt, "actor"), rapid.IntRange(1, 6).Draw(rt, "batch"), rows...)
			case 2:
				_, err := d.counts.Fold(t.Context())
				require.NoError(rt, err)
			case 3:
				d.Clock.Pass(time.Duration(rapid.IntRange(1, 40).Draw(rt, "days")) * 24 * time.Hour)
			case 4:
				records, _, err := d.counts.Records(t.Context(), "", 100)
				require.NoError(rt, err)
				if len(records) == 0 {
					continue
				}
				today := model.DateOf(d.Clock.Now())
				d.change(rapid.SampledFrom(records).Draw(rt, "record").ID, func(r *model.Record) {
					if rapid.Bool().Draw(rt, "retract") {
						r.WithdrawnOn = today
						return
					}
					r.DecisionDate, r.Disclosure, r.Fulfilment = day.Draw(rt, "corrected"), model.DisclosureGovShare, "none"
				})
			}
			require.Equal(rt, d.fromScratch(), d.all())
		}
		_, err := d.counts.Fold(t.Context())
		require.NoError(rt, err)
		require.Equal(rt, d.fromScratch(), d.all())
		for _, period := range []string{"2026-11", "2026Q4", "2027"} {
			for _, unit := range []string{"", servicetest.AuthorityCode, otherUnit} {
				d.accounted(rt, unit, period)
			}
		}
	})
}
