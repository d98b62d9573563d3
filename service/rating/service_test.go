package rating_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/sector"
	"xinyi/service/ingest"
	"xinyi/service/rating"
)

// taker takes every row.
type taker struct{}

func (taker) Once(_ context.Context, _, _ string, rows []*ingest.Row, receipt model.Receipt[[]ingest.Taken]) ([]ingest.Taken, error) {
	taken := make([]ingest.Taken, len(rows))
	_, err := receipt.Make(taken)
	return taken, err
}

const scheme = `name: s
title: 行业评价
validFrom: 2020-01-01
schemes:
  - {key: health, name: 依法执业, documents: [办法], subjects: [医疗机构], subjectKinds: [organisation], scale: [优秀, 差], cycle: year, level: county, display: {优秀: 优, 差: 差}}
`

// A distribution is judged by the scheme of today; a version to come judges nothing before
// its day.
func TestTake_distributionOfToday(t *testing.T) {
	next := strings.NewReplacer("2020-01-01", "2027-01-01", "优秀", "A").Replace(scheme)
	book, err := sector.Load(fstest.MapFS{"a.yaml": {Data: []byte(scheme)}, "b.yaml": {Data: []byte(next)}})
	require.NoError(t, err)
	clock := model.Date("2026-12-31").Start()
	at := model.ClockFunc(func() time.Time { return clock })
	desk := &rating.Desk{As: func(model.Principal) rating.Importer { return taker{} }, Book: func() *sector.Book { return book }, IDs: model.NewIDs(at), Clock: at}
	unit := model.Principal{ID: "d", Unit: "11410203005900016A", UnitName: "某局"}
	stats := func(grade string) []rating.Distribution {
		return []rating.Distribution{rating.NewDistribution("health", "district:410203", "2025", "医疗机构", nil, []rating.Part{{Grade: grade, Count: 3}})}
	}
	faults := func(grade string) []model.FieldError {
		res, err := desk.Take(t.Context(), unit, nil, stats(grade), nil)
		require.NoError(t, err)
		return res.Distributions[0].Faults
	}
	require.Empty(t, faults("优秀"))
	require.NotEmpty(t, faults("A"))
	clock = model.Date("2027-01-01").Start()
	require.Empty(t, faults("A"))
	require.NotEmpty(t, faults("优秀"))
}
