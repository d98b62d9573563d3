package credit_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/servicetest"
)

// A record's display ends at midnight in Kaifeng, whether or not anybody wrote meanwhile;
// the first look after it renews the file once, and the renewed file is kept.
func TestFresh_displayEndPassesAtMidnight(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA00D1P1")
	penalty := servicetest.Record(org, model.RecordPenalty, "行政处罚决定书", "2026-05-10")
	penalty.DocNo, penalty.Severity, penalty.Finality = "顺市监〔2026〕1号", "general", "final"
	h.Import(org, penalty)

	records, _, err := h.Credit.EnterpriseRecords(t.Context(), org.USCC, "", "", 10)
	require.NoError(t, err)
	require.Len(t, records, 1)
	ends := records[0].DisplayEnds.Start()
	require.True(t, ends.After(servicetest.Start), "the penalty is shown today")

	h.Clock.Set(ends.Add(-time.Millisecond))
	before, stamp, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.NoError(t, err)
	require.Equal(t, 1, before.Summary.Counts[model.SectionAdministration])
	require.Len(t, before.Summary.Negatives, 1)
	require.False(t, stamp.ValidUntil.IsZero())
	require.False(t, stamp.ValidUntil.After(ends), "the answer ends with the display")

	h.Clock.Set(ends)
	after, renewed, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.NoError(t, err)
	require.Zero(t, after.Summary.Counts[model.SectionAdministration])
	require.Empty(t, after.Summary.Negatives)
	require.Greater(t, after.Judgement.Score, before.Judgement.Score, "what is no longer shown no longer counts")
	require.Greater(t, renewed.Rev, stamp.Rev, "the renewed file is written back")
	records, _, err = h.Credit.EnterpriseRecords(t.Context(), org.USCC, "", "", 10)
	require.NoError(t, err)
	require.Empty(t, records)

	_, again, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.NoError(t, err)
	require.Equal(t, renewed, again, "a second look writes nothing")
	stored, err := h.Subjects.File(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.Empty(t, stored.Summary.Negatives)
}

func TestFresh_listEndsAfterItsLastDay(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA00L1T1")
	entry := servicetest.Record(org, model.RecordListEntry, "守信激励名单", "2026-01-10")
	entry.List, entry.LegalBasis, entry.ValidTo = "honor", "河南省社会信用条例第三十条", "2026-12-31"
	h.Import(org, entry)

	for _, c := range []struct {
		at     time.Time
		listed int
	}{
		{servicetest.Start, 1},
		{model.Date("2027-01-01").Start().Add(-time.Millisecond), 1},
		{model.Date("2027-01-01").Start(), 0},
	} {
		h.Clock.Set(c.at)
		f, stamp, err := h.Credit.Enterprise(t.Context(), org.USCC)
		require.NoError(t, err)
		require.Len(t, f.Summary.Lists, c.listed, c.at)
		require.Len(t, f.Summary.Labels, c.listed, c.at)
		entries, _, err := h.Credit.ListEntries(t.Context(), model.ListHonor, "", "", 10)
		require.NoError(t, err)
		require.Len(t, entries, c.listed, c.at)
		require.True(t, stamp.ValidUntil.IsZero() || c.at.Before(stamp.ValidUntil), "an answer is true when it is given")
	}
}

// A crowd that looks at the moment the stored summary ends gets the renewed one, all of it.
func TestFresh_crowdAtMidnight(t *testing.T) {
	h := servicetest.Open(t)
	if !h.Driver.Capabilities().Concurrency {
		t.Skip("skipped by declared capability: concurrency")
	}
	org := h.Org("MA0CR0WD")
	entry := servicetest.Record(org, model.RecordListEntry, "经营异常名录", "2026-01-10")
	entry.List, entry.LegalBasis, entry.ValidTo = "abnormal", "企业信息公示暂行条例第十七条", "2026-12-31"
	h.Import(org, entry)
	h.Clock.Set(model.Date("2027-01-01").Start())
	var looks sync.WaitGroup
	for range 32 {
		looks.Go(func() {
			f, _, err := h.Credit.Enterprise(t.Context(), org.USCC)
			if err != nil || len(f.Summary.Lists) != 0 {
				t.Errorf("a look at midnight: %v, lists %v", err, f)
			}
		})
	}
	looks.Wait()
}

func TestEnterprise_formerCodes(t *testing.T) {
	h := servicetest.Open(t)
	org, old := h.Org("MA0000NU"), h.Org("MA000A1T")
	org.FormerCodes = old.USCC + ";410203000012343"
	h.Import(org)
	for _, code := range []string{org.USCC, old.USCC, "410203000012343"} {
		f, _, err := h.Credit.Enterprise(t.Context(), code)
		require.NoError(t, err, code)
		require.Equal(t, org.USCC, string(f.ID))
		_, _, err = h.Credit.EnterpriseRecords(t.Context(), code, "", "", 10)
		require.NoError(t, err, code)
	}
	_, _, err := h.Credit.Enterprise(t.Context(), h.Org("MA000N0T").USCC)
	require.True(t, model.Is(err, model.CodeNotFound), err)
}
