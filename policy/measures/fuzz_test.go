package measures_test

import (
	"testing"
	"testing/fstest"

	"xinyi/policy/measures"
)

// FuzzLoad: of tables that load every measure in force has its basis, persons meet incentives
// only, and nothing has been rewritten beside itself.
func FuzzLoad(f *testing.F) {
	seed := files(f)
	for _, name := range []string{"measures.yaml", "lists.yaml", "supervision.yaml", "bases.yaml"} {
		f.Add(seed[name].Data)
	}
	f.Add([]byte("{table: measures, measures: [{code: A}]}"))
	f.Add([]byte("table: x\nbases: [{code: HN, citation: c, validFrom: 2020-01-01, validTo: 2019-01-01}]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := measures.Load(fstest.MapFS{"bases.yaml": seed["bases.yaml"], "x.yaml": {Data: raw}})
		if err != nil {
			return
		}
		for _, m := range b.Measures(today) {
			if m.LegalBasis == "" || m.ValidFrom > today {
				t.Fatalf("%+v", m)
			}
			if _, err := b.Measure(m.Code, today); err != nil {
				t.Fatalf("%s: %v", m.Code, err)
			}
			for _, target := range m.Targets {
				if target == measures.TargetPerson && m.Class != measures.ClassIncentive {
					t.Fatalf("%s meets persons", m.Code)
				}
			}
		}
		if lost := b.Rewritten(b, today); len(lost) > 0 {
			t.Fatalf("rewritten beside itself: %v", lost)
		}
	})
}
