package judging_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/judging"
	"xinyi/service/servicetest"
)

var auditor = model.Principal{ID: "auditor", Role: model.RoleOffice}

// The judgement that a look-up gave on a day is computed again from the records of then,
// whatever came in and however often the file was judged since.
func TestExplain_anyPastDay(t *testing.T) {
	h := servicetest.Open(t)
	next := desk(h, h.Judge)
	subjects := 0
	rapid.Check(t, func(rt *rapid.T) {
		h.Clock.Set(servicetest.Start)
		subjects++
		about := h.Org(fmt.Sprintf("MB%06d", subjects))
		if rapid.Bool().Draw(rt, "person") {
			about = h.Person(subjects, "王五")
		}
		h.Import(about)
		id := h.IDOf(about)
		given := map[model.Date]model.Judgement{}
		for range rapid.IntRange(2, 6).Draw(rt, "days") {
			today := model.DateOf(h.Clock.Now())
			var rows []*ingest.Row
			for range rapid.IntRange(0, 3).Draw(rt, "rows") {
				rows = append(rows, drawRow(rt, about, today))
			}
			if len(rows) > 0 {
				h.Import(rows...)
			}
			f, _, err := h.Credit.Fresh(t.Context(), id)
			require.NoError(rt, err)
			given[today] = *f.Judgement
			h.Clock.Pass(time.Duration(rapid.IntRange(1, 400).Draw(rt, "pass")) * 24 * time.Hour)
		}
		for day, want := range given {
			a, err := next.Explain(t.Context(), auditor, judging.Question{Subject: id, On: day, ReceivedBy: day})
			require.NoError(rt, err)
			got := a.Judgement
			require.Equal(rt, want.ValidUntil.UTC(), got.ValidUntil.UTC(), "on %s", day)
			got.ValidUntil, got.AsOf = want.ValidUntil, want.AsOf // the stored one may be some days old, and still hold
			require.Equal(rt, want, got, "on %s", day)
		}
		today := model.DateOf(h.Clock.Now())
		_, _, err := h.Credit.Fresh(t.Context(), id)
		require.NoError(rt, err)
		a, err := next.Explain(t.Context(), auditor, judging.Question{Subject: id, On: today})
		require.NoError(rt, err)
		require.True(rt, a.Holds && a.Same, "the file keeps what is computed: %+v", a)
	})
}

// drawRow is a fact of the last two years.
func drawRow(rt *rapid.T, about *ingest.Row, today model.Date) *ingest.Row {
	kind := rapid.SampledFrom([]model.RecordKind{model.RecordHonor, model.RecordPenalty, model.RecordCommitment, model.RecordContract, model.RecordPermit}).Draw(rt, "kind")
	on := today.AddDays(-rapid.IntRange(0, 700).Draw(rt, "ago"))
	r := servicetest.Record(about, kind, rapid.SampledFrom([]string{"甲", "乙", "丙"}).Draw(rt, "title"), on)
	switch kind {
	case model.RecordHonor:
		r.HonorLevel = rapid.SampledFrom([]string{"town", "county", "city"}).Draw(rt, "level")
	case model.RecordPenalty:
		r.Severity, r.Finality = rapid.SampledFrom([]string{"minor", "general", "serious"}).Draw(rt, "severity"), "final"
		r.DocNo = fmt.Sprintf("顺市监〔2026〕%d号", rapid.IntRange(1, 1_000_000).Draw(rt, "no"))
	case model.RecordCommitment, model.RecordContract:
		r.Category, r.Fulfilment = "proactive", rapid.SampledFrom([]string{"full", "partial", "none"}).Draw(rt, "fulfilment")
	}
	return r
}

func TestExplain_refuses(t *testing.T) {
	h := servicetest.Open(t)
	org, person := h.Org("MA000E1P"), h.Person(1, "王五")
	person.LevelOptIn = false
	h.Import(org, person)
	next := desk(h, h.Judge)
	for name, c := range map[string]struct {
		q    judging.Question
		code model.Code
	}{
		"tomorrow":                {judging.Question{Subject: h.IDOf(org), On: "2026-11-23"}, model.CodeInvalidRequest},
		"no day":                  {judging.Question{Subject: h.IDOf(org), On: "2026-02-30"}, model.CodeInvalidRequest},
		"before any model":        {judging.Question{Subject: h.IDOf(org), On: "2020-08-31"}, model.CodeNotFound},
		"who did not join":        {judging.Question{Subject: h.IDOf(person), On: "2026-11-22"}, model.CodeNotFound},
		"nobody":                  {judging.Question{Subject: "91410203MA0000000X", On: "2026-11-22"}, model.CodeNotFound},
		"a day that is no date":   {judging.Question{Subject: h.IDOf(org), On: "2026"}, model.CodeInvalidRequest},
		"received on no such day": {judging.Question{Subject: h.IDOf(org), On: "2026-11-22", ReceivedBy: "2026-13-01"}, model.CodeInvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := next.Explain(t.Context(), auditor, c.q)
			require.True(t, model.Is(err, c.code), err)
		})
	}
	require.Empty(t, h.Log.Seen("judgement.explain"))
	h.Log.Broken.Store(true)
	_, err := next.Explain(t.Context(), auditor, judging.Question{Subject: h.IDOf(org), On: "2026-11-22"})
	require.True(t, model.Is(err, model.CodeAuditUnavailable), "nobody looks unseen: %v", err)
	h.Log.Broken.Store(false)
	a, err := next.Explain(t.Context(), auditor, judging.Question{Subject: h.IDOf(org), On: "2026-11-22"})
	require.NoError(t, err)
	require.True(t, a.Same)
	require.Len(t, h.Log.Seen("judgement.explain"), 1)
}
