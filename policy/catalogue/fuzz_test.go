package catalogue

import (
	"os"
	"testing"
	"testing/fstest"

	"xinyi/model"
)

// FuzzLoad: what loads beside known units has whole lines, in editions by their days, and
// answers for every kind of record.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"2021.yaml", "blocklist.yaml", "units.yaml"} {
		raw, err := os.ReadFile("rules/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add(edition("2021", "2021-01-01", "", line("01", "c2021", "")).Data)
	f.Add(edition("2021", "2021-01-01", "2020", line("01", "c2021", ", retention: {from: decision, months: 12}")).Data)
	f.Add([]byte(`{catalogue: edition, edition: AA, validFrom: x, items: [null], classes: [{}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := Load(fstest.MapFS{"a.yaml": {Data: raw}, "u.yaml": {Data: []byte(unitsFile)},
			"z.yaml": edition("ZZ99", "2000-01-01", "", line("01", "cZZ99", ""))})
		if err != nil {
			return
		}
		last := model.Date("")
		for _, e := range b.Editions() {
			if e.ValidFrom < last || e.ValidUntil != "" && e.ValidUntil < e.ValidFrom.AddDays(-1) {
				t.Fatalf("%s stands from %s to %s", e.Key, e.ValidFrom, e.ValidUntil)
			}
			last = e.ValidFrom
			for _, it := range e.Items {
				if _, ok := e.Class(it.Class); !ok || it.LegalBasis == "" || len(it.Subjects) == 0 || len(it.Providers) == 0 {
					t.Fatalf("%s of %s is not whole: %+v", it.Code, e.Key, it)
				}
			}
			for _, kind := range model.RecordKinds() {
				rec := &model.Record{Kind: kind, Category: "x", Title: "表彰"}
				for _, subject := range subjectKinds {
					if found, refusal := b.Find(rec, subject, e.ValidFrom); refusal == nil && found.Item == nil {
						t.Fatalf("%s of a %s is neither found nor refused", kind, subject)
					}
					b.Screen(rec, "内容", subject)
				}
			}
		}
	})
}
