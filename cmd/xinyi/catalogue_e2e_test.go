package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/ingest"
)

// TestCatalogue reads the catalogue as the public does, and brings in rows that it takes
// and rows that it does not.
func TestCatalogue(t *testing.T) {
	w := startDemo(t)
	w.catalogueInPages()
	w.catalogueOfADay()
	w.catalogueRefuses()
}

func (w *world) catalogueInPages() {
	codes, cursor, tags := []string(nil), "", []string(nil)
	for {
		target := "/v1/catalogue?limit=20" + cursor
		a := w.do("", "GET", target, nil).want(200)
		tag := a.header.Get("ETag")
		require.NotContains(w.t, tags, tag, "each page has its own validator")
		tags = append(tags, tag)
		w.do("", "GET", target, nil, "If-None-Match", tag).want(304)
		page := as[api.Catalogue](a)
		require.Len(w.t, page.Classes, 13)
		require.NotEmpty(w.t, page.NeverCollected)
		for _, it := range page.Items {
			codes = append(codes, it.DataCode)
			require.NotEmpty(w.t, it.LegalBasis, it.DataCode)
			require.NotEmpty(w.t, it.Providers, it.DataCode)
			if slices.Contains(it.SubjectKinds, string(model.KindNaturalPerson)) {
				require.NotEqual(w.t, "public", it.Disclosure, it.DataCode)
			}
		}
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
		w.do("", "GET", "/v1/catalogue?class=contract"+cursor, nil).refused(400, model.CodeInvalidCursor)
	}
	require.True(w.t, slices.IsSorted(codes))
	require.Equal(w.t, len(codes), len(slices.Compact(slices.Clone(codes))))
	require.Greater(w.t, len(codes), 40)
	for _, bad := range []string{"on=2026-02-30", "on=today", "kind=gossip", "subjectKind=dog", "class=A", "limit=0"} {
		w.do("", "GET", "/v1/catalogue?"+bad, nil).refused(400, model.CodeInvalidRequest)
	}
}

func (w *world) catalogueOfADay() {
	for day, want := range map[string]struct {
		edition string
		classes int
	}{"2026-05-10": {"2024", 13}, "2023-05-10": {"2022", 12}, "2022-05-10": {"2021", 11}, "2009-05-10": {"2021", 11}} {
		page := as[api.Catalogue](w.do("", "GET", "/v1/catalogue?on="+day, nil).want(200))
		require.Equal(w.t, want.edition, page.Edition.Key, day)
		require.Len(w.t, page.Classes, want.classes, day)
	}
	page := as[api.Catalogue](w.do("", "GET", "/v1/catalogue?kind=penalty&subjectKind=legal_person", nil).want(200))
	require.Len(w.t, page.Items, 1)
	require.Equal(w.t, "public", page.Items[0].Disclosure)
	require.Equal(w.t, &api.RetentionTerm{From: "display_end", Months: 120}, page.Items[0].Retention)
	require.Equal(w.t, "2021-12-16", page.Items[0].ValidFrom)
	require.Empty(w.t, page.Items[0].ValidTo)
	require.Empty(w.t, as[api.Catalogue](w.do("", "GET", "/v1/catalogue?class=intellectual_property&on=2023-05-10", nil).want(200)).Items)
}

// catalogueRefuses: what the catalogue lists is seen by the public afterwards, what it does
// not list, or what the law forbids, is refused by cell and seen by nobody.
func (w *world) catalogueRefuses() {
	firm := w.lastEnterprise()
	row := func(change func(*ingest.Row)) *ingest.Row {
		r := &ingest.Row{Kind: string(model.RecordRegistration), Category: "intellectual_property", USCC: firm.USCC, Name: firm.Name, Title: "发明专利权",
			Authority: "开封市市场监督管理局", Source: "开封市市场监督管理局", DecisionDate: "2025-05-10"}
		change(r)
		return r
	}
	rows := []*ingest.Row{
		row(func(*ingest.Row) {}),
		row(func(r *ingest.Row) { r.Title, r.DecisionDate = "早年专利权", "2023-05-10" }),
		row(func(r *ingest.Row) { r.Kind, r.Category, r.Title = "jaywalking", "", "闯红灯" }),
		row(func(r *ingest.Row) {
			r.Kind, r.Category, r.Title, r.Fulfilment = "contract", "", "物业费拖欠", "none"
		}),
		row(func(r *ingest.Row) { r.Title = "专利权，联系电话13800001234" }),
	}
	res, err := w.server.platform.importer().Import(w.t.Context(), "catalogue-e2e", "test", &rowReader{rows: rows}, nil)
	require.NoError(w.t, err)
	require.Equal(w.t, 1, res.Accepted)
	require.Equal(w.t, 4, res.Rejected)
	var found []string
	for _, f := range res.Faults {
		found = append(found, f.Check+" "+f.Column+" "+f.Code)
	}
	require.Equal(w.t, []string{"E16 category outside_catalogue", "E16 kind outside_catalogue", "E16 title blocked", "E11 title personal_data"}, found)
	require.Contains(w.t, res.Faults[2].Reason, "《河南省社会信用条例》第二十七条")

	records := as[api.PublicRecords](w.do("", "GET", "/v1/enterprises/"+firm.USCC+"/records?limit=100", nil).want(200))
	var titles []string
	for _, r := range records.Items {
		titles = append(titles, r.Title)
	}
	require.Contains(w.t, titles, "发明专利权")
	for _, hidden := range []string{"早年", "闯红灯", "物业费", "13800001234"} {
		require.NotContains(w.t, strings.Join(titles, " "), hidden)
	}
}
