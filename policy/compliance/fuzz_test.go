package compliance

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"xinyi/model"
)

// FuzzLoad: a book that loads refuses what blocks, and has no need that cannot be looked up.
func FuzzLoad(f *testing.F) {
	raw, err := os.ReadFile("rules/compliance.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(strings.ReplaceAll(string(raw), "severity: refuse", "severity: warn")))
	f.Add([]byte(strings.ReplaceAll(string(raw), "severity: warn", "severity: refuse")))
	f.Add([]byte("checks: [{check: E01}]\nfields: [{kinds: [permit], refuse: [x], given: y}]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := Load(fstest.MapFS{"a.yaml": {Data: raw}})
		if err != nil {
			return
		}
		for _, c := range blocking {
			if !b.Refuses(c) {
				t.Fatalf("%s is a mere warning", c)
			}
		}
		for kind, needs := range b.needs {
			for _, n := range needs {
				if n.get == nil {
					t.Fatalf("%s needs %s", kind, n.column)
				}
				n.get(&Act{Record: &model.Record{Kind: kind}})
			}
		}
	})
}
