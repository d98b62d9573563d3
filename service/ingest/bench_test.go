package ingest_test

import (
	"strconv"
	"strings"
	"testing"

	"xinyi/service/ingest"
	"xinyi/service/ingest/synth"
)

// BenchmarkImport reports rows/s of one district: parse, index, seal, commit.
func BenchmarkImport(b *testing.B) {
	text := district(b, synth.Config{People: 2000, Orgs: 200, Seed: 3, AsOf: "2026-11-01"})
	rows := strings.Count(text, "\n")
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		d := newDesk(b)
		d.BatchRows = 2000
		b.StartTimer()
		if _, err := d.Import(b.Context(), strconv.Itoa(i), "f", ingest.NewNDJSON(strings.NewReader(text)), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
