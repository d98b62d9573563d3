package summary_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/summary"
)

const org model.SubjectID = "91410203MA40AB1C3C"

func record(n int, kind model.RecordKind) *model.Record {
	return &model.Record{ID: model.RecordID(fmt.Sprintf("%s/%03d", org, n)), Subject: org, Kind: kind, Section: model.SectionAdministration,
		Title: fmt.Sprint("记录 ", n), DecisionDate: "2026-05-10", Disclosure: model.DisclosurePublic}
}

// What the public may not see is marked, and makes no label.
func TestOf_disclosure(t *testing.T) {
	open, hidden, rating := record(1, model.RecordListEntry), record(2, model.RecordListEntry), record(3, model.RecordRating)
	open.List, hidden.List = model.ListAbnormal, model.ListHonor
	hidden.Disclosure, rating.Disclosure = model.DisclosureGovShare, model.DisclosureAuthorised
	rating.Sector, rating.Grade = "tax", "A"
	sum, _ := summary.Of([]*model.Record{open, hidden, rating}, "2026-11-22")
	require.Len(t, sum.Lists, 2)
	require.Len(t, sum.Ratings, 1)
	require.Empty(t, sum.Labels, "the label would tell of the entry")
	require.Equal(t, map[model.Section]int{model.SectionAdministration: 1}, sum.Counts)
	require.Equal(t, 3, sum.Total)
	public := sum.Within(model.DisclosurePublic)
	require.Len(t, public.Lists, 1)
	require.Equal(t, open.ID, public.Lists[0].RecordID)
	require.Empty(t, public.Ratings)
	require.Len(t, sum.Lists, 2, "the summary itself stays as it is")
	require.Len(t, sum.Within(model.DisclosurePublic, model.DisclosureGovShare).Lists, 2)

	hidden.Disclosure = model.DisclosurePublic
	sum, _ = summary.Of([]*model.Record{hidden}, "2026-11-22")
	require.Equal(t, []string{"守信激励对象"}, sum.Labels)
}

// Until the instant it gives, time alone changes nothing; the order of records neither.
func TestOf_validUntil(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const day model.Date = "2026-11-22"
		date := rapid.Custom(func(rt *rapid.T) model.Date {
			if rapid.Bool().Draw(rt, "none") {
				return ""
			}
			return day.AddDays(rapid.IntRange(-5, 15).Draw(rt, "days"))
		})
		kinds := []model.RecordKind{model.RecordListEntry, model.RecordPenalty, model.RecordRating, model.RecordPermit, model.RecordCommitment, model.RecordJudgment}
		var records []*model.Record
		for i := range rapid.IntRange(0, 6).Draw(rt, "records") {
			r := record(i, rapid.SampledFrom(kinds).Draw(rt, "kind"))
			r.List = rapid.SampledFrom([]model.ListKind{model.ListHonor, model.ListSerious}).Draw(rt, "list")
			r.Finality = rapid.SampledFrom([]model.Finality{model.FinalityFinal, model.FinalityReview, model.FinalityRevoked}).Draw(rt, "finality")
			r.Severity = rapid.SampledFrom([]model.Severity{model.SeverityGeneral, model.SeveritySerious}).Draw(rt, "severity")
			r.Fulfilment = rapid.SampledFrom([]string{"", "none", "full"}).Draw(rt, "fulfilment")
			r.Sector, r.Grade = rapid.SampledFrom([]string{"tax", "labour"}).Draw(rt, "sector"), fmt.Sprint(i)
			r.DisplayEnds, r.WithdrawnOn, r.ValidTo = date.Draw(rt, "displayEnds"), date.Draw(rt, "withdrawnOn"), date.Draw(rt, "validTo")
			r.DutyFulfilledOn = date.Draw(rt, "dutyFulfilledOn")
			records = append(records, r)
		}
		now, until := summary.Of(records, day)
		for d := day; d < day.AddDays(20); d = d.AddDays(1) {
			then, _ := summary.Of(records, d)
			if until.IsZero() || d.Start().Before(until) {
				require.Equal(rt, now, then, "on %s, valid until %s", d, until.In(model.Shanghai).Format(time.DateOnly))
			}
		}
		again, same := summary.Of(rapid.Permutation(records).Draw(rt, "order"), day)
		require.Equal(rt, now, again)
		require.Equal(rt, until, same)
	})
}

// Who stands on a serious list because of a record is shown with it until the removal.
func TestOf_heldByAListing(t *testing.T) {
	penalty, entry := record(1, model.RecordPenalty), record(2, model.RecordListEntry)
	penalty.Severity, penalty.Finality, penalty.DisplayEnds = model.SeveritySerious, model.FinalityFinal, "2026-10-01"
	entry.List, entry.DecisionDate = model.ListSerious, "2026-06-01"
	for _, c := range []struct {
		name   string
		change func(p, e *model.Record)
		held   bool
		ends   model.Date // of the negative fact, on the day before the display would end
	}{
		{"listed without end", func(_, _ *model.Record) {}, true, ""},
		{"removed later", func(_, e *model.Record) { e.WithdrawnOn = "2026-12-01" }, true, "2026-12-01"},
		{"listed until", func(_, e *model.Record) { e.ValidTo = "2026-12-31" }, true, "2027-01-01"},
		{"removed before", func(_, e *model.Record) { e.WithdrawnOn = "2026-09-01" }, false, "2026-10-01"},
		{"listing revoked", func(_, e *model.Record) { e.Finality = model.FinalityRevoked }, false, "2026-10-01"},
		{"listed before the act", func(p, _ *model.Record) { p.DecisionDate = "2026-07-01" }, false, "2026-10-01"},
		{"listed after the end", func(_, e *model.Record) { e.DecisionDate = "2026-10-02" }, false, "2026-10-01"},
		{"not serious", func(p, _ *model.Record) { p.Severity = model.SeverityGeneral }, false, "2026-10-01"},
		{"another list", func(_, e *model.Record) { e.List = model.ListWatch }, false, "2026-10-01"},
		{"withdrawn itself", func(p, _ *model.Record) { p.WithdrawnOn = "2026-10-20" }, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, e := *penalty, *entry
			c.change(&p, &e)
			records := []*model.Record{&p, &e}
			before, _ := summary.Of(records, "2026-09-30")
			require.Empty(t, before.Held)
			require.Len(t, before.Negatives, 1)
			require.Equal(t, c.ends, before.Negatives[0].Until)
			sum, _ := summary.Of(records, "2026-11-22")
			if !c.held {
				require.Empty(t, sum.Held)
				require.Empty(t, sum.Negatives)
				return
			}
			require.Equal(t, []model.RecordID{p.ID}, sum.Held)
			require.Len(t, sum.Negatives, 1)
			if c.ends != "" {
				after, _ := summary.Of(records, c.ends)
				require.Empty(t, after.Held)
				require.Empty(t, after.Negatives)
			}
		})
	}
}

// A judgment is adverse until the day on which it was obeyed, not before that day has come.
func TestOf_obeyedJudgment(t *testing.T) {
	r := record(1, model.RecordJudgment)
	r.Finality, r.DutyFulfilledOn = model.FinalityFinal, "2026-11-30"
	sum, until := summary.Of([]*model.Record{r}, "2026-11-22")
	require.Len(t, sum.Negatives, 1)
	require.Equal(t, model.Date("2026-11-30").Start(), until)
	sum, _ = summary.Of([]*model.Record{r}, "2026-11-30")
	require.Empty(t, sum.Negatives)
}
