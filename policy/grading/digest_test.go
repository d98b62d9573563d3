package grading_test

import (
	"fmt"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/grading"
)

func fileOf(f grading.Facts) *model.SubjectFile {
	return &model.SubjectFile{ID: "s", Kind: f.Kind, LevelOptIn: f.OptIn, Registration: f.Registration}
}

// A digest judges as the records do, on any day, whatever their order.
func TestDigestJudgesAsTheRecordsDo(t *testing.T) {
	files := grading.Files{Book: book(t)}
	rapid.Check(t, func(t *rapid.T) {
		facts := drawFacts(t)
		for _, r := range facts.Records {
			r.Period = rapid.SampledFrom([]string{"", "2024", "2025"}).Draw(t, "period")
		}
		f := fileOf(facts)
		f.Facts = files.Digest(f, rapid.Permutation(facts.Records).Draw(t, "order"))
		on := drawDate(t, "on", false)
		want, err := files.Judge(f, facts.Records, on)
		require.NoError(t, err)
		got, ok, err := files.Again(f, on)
		require.NoError(t, err)
		require.True(t, ok)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\n%+v", got, want)
		}
	})
}

func TestDigestThatCannotTell(t *testing.T) {
	const items = `
model: enterprise
title: 企业
validFrom: 2020-01-01
subjects: [legal_person]
base: {points: 500, title: 起评分, citation: 一}
min: 0
max: 1000
grades: [{grade: A, min: 600}, {grade: E, min: 0}]
items:
  - {id: x, title: 项, citation: 二, points: 1, when: {kind: %s}%s}
`
	penalty := &model.Record{ID: "s/1", Kind: model.RecordContract, DecisionDate: "2024-01-01"}
	stranger := &model.Record{ID: "t/1", Kind: model.RecordContract}
	for name, c := range map[string]struct {
		kind, more string
		record     *model.Record
		cut        int
		ok         bool
	}{
		"as it was":                     {"contract", "", penalty, 0, true},
		"a kind that is left out":       {"permit", "", penalty, 0, false},
		"titles that are not kept":      {"contract", ", pick: best_per_title", penalty, 0, false},
		"cut off":                       {"contract", "", penalty, 3, false},
		"nothing":                       {"contract", "", penalty, 100, false},
		"a record of another":           {"contract", "", stranger, 0, false},
		"titles that tell acts of one":  {"honor", ", pick: best_per_title", penalty, 0, true},
		"a reward is told by its title": {"reward", ", pick: best_per_title", penalty, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := grading.Load(fstest.MapFS{"m.yaml": {Data: fmt.Appendf(nil, items, c.kind, c.more)}})
			require.NoError(t, err)
			files, f := grading.Files{Book: b}, &model.SubjectFile{ID: "s", Kind: model.KindLegalPerson}
			f.Facts = files.Digest(f, []*model.Record{c.record})
			f.Facts = f.Facts[:max(0, len(f.Facts)-c.cut)]
			_, ok, err := files.Again(f, today)
			require.NoError(t, err)
			require.Equal(t, c.ok, ok)
		})
	}
}

// Whatever stands in a document, a digest is read or refused.
func FuzzDigest(f *testing.F) {
	b, err := grading.Load(grading.Seed())
	if err != nil {
		f.Fatal(err)
	}
	files, file := grading.Files{Book: b}, &model.SubjectFile{ID: "s", Kind: model.KindLegalPerson}
	f.Add([]byte{})
	f.Add(files.Digest(file, []*model.Record{{ID: "s/1", Kind: model.RecordPenalty, Severity: "minor", Finality: "final", DecisionDate: "2026-01-01",
		Quantity: -3, Disputed: true}, {ID: "s/2", Kind: model.RecordHonor, Title: "甲", DecisionDate: "2026-01-01", HonorLevel: "city"}}))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file := *file
		file.Facts = raw
		if j, ok, err := files.Again(&file, today); err != nil || ok && j.Grade == "" {
			t.Fatalf("%+v %v", j, err)
		}
	})
}

func BenchmarkJudgeAgain(b *testing.B) {
	files := grading.Files{Book: book(b)}
	f := &model.SubjectFile{ID: "p_01j9z8q4t5v6w7x8y9zabcdefgh", Kind: model.KindNaturalPerson, LevelOptIn: true}
	var records []*model.Record
	for i := range 15 {
		records = append(records, &model.Record{ID: model.RecordID(fmt.Sprintf("%s/01j9z8q4t5v6w7x8y9zabcd%03d", f.ID, i)), Kind: kinds[i%len(kinds)],
			Title: fmt.Sprint("t", i), Finality: model.FinalityFinal, Severity: model.SeverityMinor, List: model.ListHonor, HonorLevel: "city",
			Fulfilment: "full", DecisionDate: model.Date("2025-01-31").AddDays(i * 17)})
	}
	f.Facts = files.Digest(f, records)
	b.ReportAllocs()
	b.ReportMetric(float64(len(f.Facts)), "bytes/digest")
	for b.Loop() {
		if _, ok, err := files.Again(f, today); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
	b.ReportMetric(float64(len(f.Facts)), "bytes/digest")
}
