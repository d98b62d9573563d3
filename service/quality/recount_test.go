package quality_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/ingest"
	desk "xinyi/service/quality"
	"xinyi/service/servicetest"
	"xinyi/store"
)

func (d *district) recounter(s desk.RecountStore) *desk.Recount {
	return &desk.Recount{Store: s, Book: d.desk.Book, Auditor: d.Log, Clock: d.Clock, Actor: model.Principal{ID: "operator"},
		Alone: func(context.Context) error { return nil }}
}

// townOf brings in n organisations with a reported permit each, in several submissions.
func (d *district) townOf(n int) {
	var rows []*ingest.Row
	for i := range n {
		org := d.Org(fmt.Sprintf("MB%06d", i))
		permit := servicetest.Record(org, model.RecordPermit, "许可", "2026-11-10")
		permit.DocNo, permit.SourceUSCC = fmt.Sprintf("汴〔2026〕%d号", i), servicetest.AuthorityCode
		rows = append(rows, org, permit)
	}
	d.submit(officer, 50, rows...)
}

// forget leaves the store as one was that is older than the counters.
func (d *district) forget(colls ...string) {
	for _, coll := range colls {
		for {
			page, err := d.Driver.Find(d.T.Context(), coll, store.Query{Limit: 500})
			require.NoError(d.T, err)
			if len(page.Docs) == 0 {
				break
			}
			var ops []store.Op
			for _, doc := range page.Docs {
				ops = append(ops, store.Op{Kind: store.OpDelete, Coll: coll, ID: doc.ID, Rev: doc.Rev})
			}
			require.NoError(d.T, d.Driver.Apply(d.T.Context(), ops))
		}
	}
}

// A store that is older than the counters gets them, with the way to the reports; a second
// recount finds nothing to change, and what nobody can tell from records stays.
func TestRecount(t *testing.T) {
	d := openDistrict(t)
	d.townOf(30)
	d.Clock.Pass(40 * 24 * time.Hour)
	want := d.all()
	_, err := d.counts.Fold(t.Context())
	require.NoError(t, err)

	r := d.recounter(store.NewQualityRecounts(d.Subjects))
	is, err := r.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, desk.Recounted{Subjects: 30, Records: 30, Counters: is.Counters}, is, "nothing differs")
	require.Equal(t, want, d.all())

	d.forget("quality_counters", "quality_deltas", "quality_reports")
	is, err = r.Run(t.Context(), nil)
	require.NoError(t, err)
	require.NotZero(t, is.Changed)
	for _, counter := range []string{"rows", "rows_accepted"} { // nothing told of these any more
		for unit := range want {
			want.Add(unit, "2026-11", counter, -want[unit]["2026-11"][counter])
		}
	}
	require.Equal(t, want, d.all())
	reports, _, err := d.counts.Reports(t.Context(), servicetest.AuthorityCode, "2026-11", "", 100)
	require.NoError(t, err)
	require.Len(t, reports, 30)
	table, err := d.desk.Table(t.Context(), office, servicetest.AuthorityCode, "2026-11", "", 1)
	require.NoError(t, err)
	require.Equal(t, servicetest.Authority, table.Units[0].Name)
	require.Len(t, d.Log.Seen("quality.recount"), 2)
}

// A recount that was killed goes on where it was; one after which somebody counted starts over.
func TestRecount_resumes(t *testing.T) {
	for name, between := range map[string]func(d *district) (extra int){
		"alone": func(*district) int { return 0 },
		"with a change": func(d *district) int {
			d.submit(officer, 5, d.Org("MA40AB1C"))
			return 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := openDistrict(t)
			if !d.Driver.Capabilities().Concurrency {
				t.Skip("FerretDB: 1200 people take minutes where every query scans")
			}
			d.townOf(1200)
			d.forget("quality_counters", "quality_deltas")
			killed := errors.New("killed")
			r := d.recounter(&dying{QualityRecounts: store.NewQualityRecounts(d.Subjects), after: 2, err: killed})
			r.SaveEvery = 100
			_, err := r.Run(t.Context(), nil)
			require.ErrorIs(t, err, killed)
			extra := between(d)

			r = d.recounter(store.NewQualityRecounts(d.Subjects))
			is, err := r.Run(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, 1200+extra, is.Subjects)
			require.Equal(t, extra == 0, is.Resumed > 0)
			counts := d.fromScratch()
			got := d.all()
			for unit := range counts { // of the rows those that were counted are known
				for _, c := range []string{"rows", "rows_accepted", "rows_duplicate", "rows_rejected"} {
					counts.Add(unit, "2026-11", c, -counts[unit]["2026-11"][c])
					got.Add(unit, "2026-11", c, -got[unit]["2026-11"][c])
				}
			}
			require.Equal(t, counts, got)
			left, err := d.Driver.Find(t.Context(), "quality_recount", store.Query{Limit: 1})
			require.NoError(t, err)
			require.Empty(t, left.Docs)
		})
	}
}

// dying ends after some pages.
type dying struct {
	*store.QualityRecounts
	after int
	err   error
}

func (s *dying) Page(ctx context.Context, after string, limit int, wanted func(model.FileHead) bool) (model.JudgingPage, error) {
	if s.after--; s.after < 0 {
		return model.JudgingPage{}, s.err
	}
	return s.QualityRecounts.Page(ctx, after, limit, wanted)
}

// What somebody writes meanwhile is not lost: the recount gives way.
func TestRecount_besideOthers(t *testing.T) {
	d := openDistrict(t)
	d.townOf(3)
	r := d.recounter(store.NewQualityRecounts(d.Subjects))
	r.Alone = func(context.Context) error { // just before the end
		d.submit(officer, 5, d.Org("MA40AB1C"))
		return nil
	}
	_, err := r.Run(t.Context(), nil)
	require.True(t, model.Is(err, model.CodeConflict), err)
	require.Equal(t, d.fromScratch(), d.all())
	r.Alone = func(context.Context) error { return nil }
	_, err = r.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, d.fromScratch(), d.all())
}
