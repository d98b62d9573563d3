package judging_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/grading"
	"xinyi/policy/summary"
	"xinyi/service/ingest"
	"xinyi/service/judging"
	"xinyi/service/servicetest"
	"xinyi/store"
)

func desk(h *servicetest.House, judge summary.Judge) *judging.Service {
	return &judging.Service{Store: store.NewJudging(h.Subjects), Judge: judge, Auditor: h.Log, Clock: h.Clock, Holder: "one",
		Actor: model.Principal{ID: "system", Role: model.RoleOffice}}
}

// change is one edit of a seed model.
type change struct{ file, old, new string }

var newBase = change{"enterprise.yaml", "points: 720", "points: 730"}

// amended gives the seed models and, from today on, versions of them with the changes.
func amended(t testing.TB, changes ...change) grading.Files {
	t.Helper()
	all := fstest.MapFS{}
	for _, name := range []string{"enterprise.yaml", "personal.yaml"} {
		raw, err := fs.ReadFile(grading.Seed(), name)
		require.NoError(t, err)
		all[name] = &fstest.MapFile{Data: raw}
	}
	for _, c := range changes {
		raw := string(all[c.file].Data)
		require.Contains(t, raw, c.old)
		raw = strings.Replace(raw, "validFrom: 2020-09-01", "validFrom: 2026-11-22", 1)
		all["next-"+c.file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(raw, c.old, c.new))}
	}
	book, err := grading.Load(all)
	require.NoError(t, err)
	return grading.Files{Book: book}
}

// town imports n organisations, each with a penalty, and n people, the odd ones joined.
func town(h *servicetest.House, n int) (orgs []*ingest.Row) {
	var rows []*ingest.Row
	for i := range n {
		org := h.Org(fmt.Sprintf("MA%06d", i))
		penalty := servicetest.Record(org, model.RecordPenalty, "行政处罚决定书", "2026-05-10")
		penalty.DocNo, penalty.Severity, penalty.Finality = fmt.Sprintf("顺市监〔2026〕%d号", i+1), "general", "final"
		person := h.Person(i, "王五")
		person.LevelOptIn = i%2 == 1
		kept := servicetest.Record(person, model.RecordContract, "水费缴纳", "2026-01-10")
		kept.Fulfilment = "full"
		rows, orgs = append(rows, org, penalty, person, kept), append(orgs, org)
	}
	h.Import(rows...)
	return orgs
}
