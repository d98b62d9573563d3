package submission_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// One officer's upload puts nobody on a list that a second person publishes after a notice and
// a window, nor changes who stands there; whom a unit honours it reports.
func TestListsThatAreNotReported(t *testing.T) {
	d := open(t)
	org, person := d.Org("MA444444"), d.Person(1, "王示例")
	// As the operator loads it, or the listing desk publishes it.
	stands := servicetest.Record(org, model.RecordListEntry, "经营异常名录", "2026-11-20")
	stands.List, stands.LegalBasis, stands.DocNo, stands.SourceUSCC, stands.AuthorityUSCC = "abnormal", "企业信息公示暂行条例第十七条", "顺市监异〔2026〕1号", unitCode, unitCode
	d.Import(org, person, stands)
	data, err := d.Template(model.RecordListEntry)
	require.NoError(t, err)
	entries := store.NewLists(d.Driver, d.House.Clock)

	for _, kind := range []struct {
		label string
		list  model.ListKind
		stood int
	}{{"严重失信", model.ListSerious, 0}, {"经营异常", model.ListAbnormal, 1}, {"重点关注", model.ListWatch, 0}} {
		for _, mode := range []model.SubmissionMode{model.SubmissionNew, model.SubmissionCorrection} {
			up := upload(model.RecordListEntry, "xlsx", fillIn(t, data, org, map[string]string{"名单种类": kind.label, "认定文书号": "顺市监异〔2026〕1号", "有效期至": "2026-11-30"}))
			up.Mode = mode
			st := d.hand(t, up)
			require.Equal(t, 1, st.Job.Rejected, "%s %s", kind.label, mode)
			require.Equal(t, "listing_desk", d.faults(t, st.No)[0][3])
		}
		found, _, err := entries.Entries(t.Context(), kind.list, "", "", 10)
		require.NoError(t, err)
		require.Len(t, found, kind.stood, kind.label)
		for _, e := range found {
			require.Empty(t, e.Until, "nothing of it was changed")
		}
	}
	st := d.hand(t, upload(model.RecordListEntry, "csv", []byte("主体名称,证件号码,名单种类,名单名称,列入依据,列入日期,认定单位\n"+
		person.Name+","+person.IDNo+",严重失信,某名单,某规定第一条,2026-11-20,"+servicetest.Authority+"\n")))
	require.Equal(t, "listing_desk", d.faults(t, st.No)[0][3])
	require.Equal(t, 1, d.hand(t, upload(model.RecordListEntry, "xlsx", fillIn(t, data, org, nil))).Job.Accepted, "守信激励")
}
