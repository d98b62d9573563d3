package credit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
)

// Whatever the limit, pages give every record that the public may see, once, in order, and
// come to an end, also behind long runs of records that are not shown.
func TestEnterpriseRecords_paging(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA00PAGE")
	rows := []*ingest.Row{org}
	add := func(n int, kind model.RecordKind, disclosure model.Disclosure) {
		for range n {
			r := servicetest.Record(org, kind, fmt.Sprintf("记录 %d", len(rows)), "2026-05-10")
			r.DocNo, r.Disclosure = fmt.Sprintf("顺市监〔2026〕%d号", len(rows)), string(disclosure)
			rows = append(rows, r)
		}
	}
	add(5, model.RecordPermit, model.DisclosurePublic)
	add(230, model.RecordPermit, model.DisclosureGovShare)
	add(3, model.RecordHonor, model.DisclosurePublic)
	add(120, model.RecordHonor, model.DisclosureGovShare)
	add(20, model.RecordPermit, model.DisclosurePublic)
	add(101, model.RecordPermit, model.DisclosureGovShare)
	h.Import(rows...)
	all, err := h.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.Len(t, all, len(rows)-1)

	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 100).Draw(rt, "limit")
		section := rapid.SampledFrom([]model.Section{"", model.SectionAdministration, model.SectionHonesty, model.SectionJudicial}).Draw(rt, "section")
		var want, got []model.RecordID
		for _, r := range all {
			if r.Disclosure == model.DisclosurePublic && (section == "" || r.Section == section) {
				want = append(want, r.ID)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			page, next, err := h.Credit.EnterpriseRecords(ctx, org.USCC, section, after, limit)
			if err != nil {
				rt.Fatalf("page %d: %v", pages, err)
			}
			if len(page) > limit || (next != "" && len(page) == 0) {
				rt.Fatalf("page %d has %d records of at most %d, next %q", pages, len(page), limit, next)
			}
			for _, r := range page {
				got = append(got, r.ID)
			}
			after = next
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("pages gave %d records, want %d", len(got), len(want))
		}
	})
}

func TestListEntries_paging(t *testing.T) {
	h := servicetest.Open(t)
	var rows []*ingest.Row
	for i := range 30 {
		org := h.Org(fmt.Sprintf("MA00L%03d", i))
		entry := servicetest.Record(org, model.RecordListEntry, "经营异常名录", "2026-01-10")
		entry.List, entry.LegalBasis = "abnormal", "企业信息公示暂行条例第十七条"
		rows = append(rows, org, entry)
	}
	h.Import(rows...)
	for _, limit := range []int{1, 7, 15, 30, 100} {
		seen := map[string]bool{}
		for after, pages := "", 0; pages == 0 || after != ""; pages++ {
			page, next, err := h.Credit.ListEntries(t.Context(), model.ListAbnormal, "", after, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), limit)
			for _, e := range page {
				require.False(t, seen[e.USCC])
				seen[e.USCC] = true
			}
			after = next
		}
		require.Len(t, seen, 30)
	}
	found, _, err := h.Credit.ListEntries(t.Context(), model.ListAbnormal, rows[0].USCC, "", 10)
	require.NoError(t, err)
	require.Len(t, found, 1)
}
