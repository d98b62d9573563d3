package retention_test

import (
	"os"
	"testing"
	"testing/fstest"

	"xinyi/model"
	"xinyi/policy/retention"
)

// FuzzLoad: a table that loads keeps what ends for some time, and has its bases.
func FuzzLoad(f *testing.F) {
	raw, err := os.ReadFile("rules/retention.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("name: n\nvalidFrom: 2026-01-01\narchive: {months: 1200, legalBasis: b}\nredemption: {months: 1, legalBasis: b}\n"))
	f.Add([]byte("name: n\narchive: {months: -1}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		table, err := retention.Load(fstest.MapFS{"r.yaml": {Data: raw}})
		if err != nil {
			return
		}
		const day = model.Date("2026-11-30")
		if until := table.KeptUntil(&model.Record{DisplayEnds: day}); until <= day {
			t.Fatalf("erased on %s", until)
		}
		if before := table.RedemptionsBefore(day); before >= day {
			t.Fatalf("sums before %s", before)
		}
		if table.Archive.LegalBasis == "" || table.Redemption.LegalBasis == "" {
			t.Fatal("a period without its basis")
		}
	})
}
