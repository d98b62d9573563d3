package judging_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/summary"
	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
	"xinyi/service/servicetest"
)

// BenchmarkRun judges a district of the county's mix again, from digests and, for
// comparison, from records. One operation is everybody.
func BenchmarkRun(b *testing.B) {
	for name, from := range map[string]func(summary.Judge) summary.Judge{
		"digests": func(j summary.Judge) summary.Judge { return j },
		"records": func(j summary.Judge) summary.Judge { return forgetful{j} },
	} {
		b.Run(name, func(b *testing.B) {
			h := servicetest.Open(b)
			h.Import(district(b)...)
			subjects, judged := 0, 0
			for n := 1; b.Loop(); n++ {
				b.StopTimer()
				next := desk(h, from(amended(b, change{"enterprise.yaml", "points: 720", fmt.Sprintf("points: %d", 720+n%200)},
					change{"personal.yaml", "points: 600", fmt.Sprintf("points: %d", 600+n%20)})))
				b.StartTimer()
				run, err := next.Run(b.Context(), nil)
				require.NoError(b, err)
				subjects, judged = subjects+run.Seen, judged+run.Judged
			}
			b.ReportMetric(float64(subjects)/b.Elapsed().Seconds(), "subjects/s")
			b.ReportMetric(float64(judged)/b.Elapsed().Seconds(), "judged/s")
		})
	}
}

// forgetful never finds a digest.
type forgetful struct{ judge }

type judge = summary.Judge

func (forgetful) Again(*model.SubjectFile, model.Date) (j model.Judgement, ok bool, err error) {
	return j, false, nil
}

func district(t testing.TB) (rows []*ingest.Row) {
	d, err := synth.New(synth.Config{People: 5000, Orgs: 500, PerPerson: 15, Seed: 7, AsOf: "2026-11-01"})
	require.NoError(t, err)
	require.NoError(t, d.Each(func(row *ingest.Row) error {
		own := *row
		rows = append(rows, &own)
		return nil
	}))
	return rows
}
