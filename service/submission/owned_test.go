package submission_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/clock"
	rules "xinyi/policy/commitment"
	"xinyi/policy/measures"
	"xinyi/policy/repair"
	"xinyi/service/commitment"
	"xinyi/service/ingest"
	"xinyi/service/listing"
	"xinyi/service/servicetest"
	"xinyi/service/submission"
	"xinyi/store"
)

// corrected hands a correction in.
func (d *desk) corrected(t testing.TB, kind model.RecordKind, format string, data []byte) submission.State {
	t.Helper()
	up := upload(kind, format, data)
	up.Mode = model.SubmissionCorrection
	return d.hand(t, up)
}

func (d *desk) listingDesk(t testing.TB) *listing.Service {
	t.Helper()
	tables, err := measures.Load(measures.Seed())
	require.NoError(t, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	entries, err := catalogue.Load(catalogue.Seed())
	require.NoError(t, err)
	return &listing.Service{Store: store.NewListings(d.Subjects), Files: d.Credit, Tables: tables, Catalogue: entries, Calendar: calendar, Display: display,
		Judge: d.House.Judge, Sealer: d.Vault, Auditor: d.Log, IDs: d.House.IDs, Clock: d.House.Clock, Key: ingest.BusinessKey}
}

// What the listing desk published is ended there: its case, the joint actions and the message to
// the organisation hang on it.
func TestOwned_listing(t *testing.T) {
	d := open(t)
	data, err := d.Template(model.RecordListEntry)
	require.NoError(t, err)
	lists := d.listingDesk(t)
	read := func(*listing.View) bool { return true }
	reviewer := model.Principal{ID: "reviewer", Role: model.RoleReviewer, Unit: unitCode}
	for kind, body := range map[model.ListKind]string{model.ListSerious: "MA444444", model.ListHonor: "MA555555"} {
		const docNo = "顺市监认〔2026〕1号"
		org := d.Org(body)
		d.Import(org)
		facts := model.ListFacts{Kind: kind, USCC: d.IDOf(org), DocNo: docNo, Reason: "事由。", Basis: "HN", NoticedOn: "2026-11-02", NoticeHow: "直接送达",
			Evidence: []model.Evidence{{Title: "送达回证", Digest: strings.Repeat("0", 64)}}, ValidTo: "2027-11-20"}
		draft := listing.Draft{ListFacts: facts}
		if kind == model.ListSerious {
			draft.Finality, draft.Severity, draft.ProvincialNo = model.FinalityFinal, model.SeveritySerious, "豫信审1号"
			draft.Responsible = []model.ResponsiblePerson{{Role: "legal_representative", Name: "欧阳明月"}}
		}
		v, err := lists.Draft(t.Context(), officer, draft, nil)
		require.NoError(t, err)
		v, err = lists.Publish(t.Context(), reviewer, v.ID, read, nil)
		require.NoError(t, err)
		before, err := d.Subjects.Record(t.Context(), v.RecordID)
		require.NoError(t, err)

		for _, who := range []model.Principal{officer, {ID: "office", Role: model.RoleOffice}} {
			_, err = d.Retract(t.Context(), who, v.RecordID, "", "名单有误", nil)
			require.True(t, model.Is(err, model.CodeNotReady), err)
			require.ErrorContains(t, err, "/v1/list-entries/"+v.ID+"/removal")
		}
		st := d.corrected(t, model.RecordListEntry, "xlsx", fillIn(t, data, org, map[string]string{"名单种类": "守信激励", "认定文书号": docNo, "有效期至": "2026-11-30"}))
		require.Equal(t, 1, st.Job.Rejected)
		require.Equal(t, "other_desk", d.faults(t, st.No)[0][3])
		after, err := d.Subjects.Record(t.Context(), v.RecordID)
		require.NoError(t, err)
		require.Equal(t, before, after)
		_, err = lists.Remove(t.Context(), officer, v.ID, read, "复核后移出", nil)
		require.NoError(t, err)
	}
}

// A promise is corrected where it was made: a row would take the day of its finding with it, and
// the ban.
func TestOwned_promise(t *testing.T) {
	d := open(t)
	book, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	lists := d.listingDesk(t)
	promises := &commitment.Service{Store: store.NewCommitments(d.Subjects), Records: d.Subjects, Files: d.Credit, Rules: book, Calendar: lists.Calendar,
		Display: lists.Display, Judge: d.House.Judge, Sealer: d.Vault, Auditor: d.Log, IDs: d.House.IDs, Clock: d.House.Clock, Key: ingest.BusinessKey, Catalogue: lists.Catalogue}
	for name, c := range map[string]struct{ body, approval, says string }{
		"by itself":   {"MA444441", "", "信用承诺"},
		"with a case": {"MA444442", "A1", "办件"},
	} {
		t.Run(name, func(t *testing.T) {
			org := d.Org(c.body)
			d.Import(org)
			f, err := d.Subjects.File(t.Context(), d.IDOf(org))
			require.NoError(t, err)
			made, err := promises.Prepare(t.Context(), &model.CommitmentDraft{File: f, Letter: "proof-general", Type: model.CommitProofItem,
				Text: model.CommitmentText{Reason: "申请办理许可", Content: "承诺书", Liability: "终止办理"}, LetterVersion: "1", Hash: strings.Repeat("0", 64),
				SignedBy: "clerk", Method: "paper", ValidTo: "2026-12-18", Unit: unitCode, UnitName: servicetest.Authority, Approval: c.approval})
			require.NoError(t, err)
			write := func(change *model.CommitmentChange) {
				w := model.CommitmentWrite{CommitmentChange: *change}
				w.Audit, err = d.Log.Begin(model.AuditEvent{Action: "commitment.sign"})
				require.NoError(t, err)
				require.NoError(t, promises.Store.WriteCommitment(t.Context(), w))
				d.Log.End(w.Audit, nil)
			}
			write(made)
			broken, err := promises.Conclude(t.Context(), made.Commitment.Code, model.CommitmentOutcome{Fulfilment: model.FulfilmentNone, Unperformed: "未补交", Penalty: "终止办理"}, officer)
			require.NoError(t, err)
			write(broken)
			before, err := d.Subjects.Record(t.Context(), made.Record.ID)
			require.NoError(t, err)
			require.NotEmpty(t, before.BanDays)

			_, err = d.Retract(t.Context(), officer, before.ID, "", "认定有误", nil)
			require.True(t, model.Is(err, model.CodeNotReady), err)
			require.ErrorContains(t, err, c.says)
			st := d.corrected(t, model.RecordCommitment, "ndjson", lines(t, map[string]any{"uscc": org.USCC, "name": org.Name, "docNo": before.DocNo,
				"title": "申请办理许可", "category": "proof_item", "content": "承诺书", "details": []any{detail("liability", "终止办理")}, "decisionDate": "2026-11-22",
				"validTo": "2026-12-18", "fulfilment": "full", "authority": servicetest.Authority, "authorityUscc": unitCode}))
			require.Equal(t, 1, st.Job.Rejected, "%v", d.faults(t, st.No))
			require.Equal(t, "other_desk", d.faults(t, st.No)[0][3])
			after, err := d.Subjects.Record(t.Context(), before.ID)
			require.NoError(t, err)
			require.Equal(t, before, after)
		})
	}
}

// The list that a record is about stays, and its public entry goes with what the public may see.
func TestCorrection_list(t *testing.T) {
	d := open(t)
	org, serious := d.Org("MA444444"), d.Org("MA555555")
	imported := servicetest.Record(serious, model.RecordListEntry, "严重失信主体名单", "2026-11-20")
	imported.List, imported.LegalBasis, imported.DocNo, imported.SourceUSCC, imported.AuthorityUSCC = "serious", "某法第一条", "顺市监异〔2026〕1号", unitCode, unitCode
	d.Import(org, serious, imported)
	data, err := d.Template(model.RecordListEntry)
	require.NoError(t, err)
	shown := func(kind model.ListKind) int {
		entries, _, err := store.NewLists(d.Driver, d.House.Clock).Entries(t.Context(), kind, "", "", 10)
		require.NoError(t, err)
		return len(entries)
	}
	st := d.corrected(t, model.RecordListEntry, "xlsx", fillIn(t, data, serious, map[string]string{"名单种类": "守信激励", "认定文书号": "顺市监异〔2026〕1号"}))
	require.Equal(t, 1, st.Job.Rejected)
	require.Equal(t, "listing_desk", d.faults(t, st.No)[0][3], "who stands on such a list is nothing to upload")
	require.Equal(t, 1, shown(model.ListSerious))
	require.Zero(t, shown(model.ListHonor))
	d.importer.Lists = nil // as if all lists were reported
	st = d.corrected(t, model.RecordListEntry, "xlsx", fillIn(t, data, serious, map[string]string{"名单种类": "守信激励", "认定文书号": "顺市监异〔2026〕1号"}))
	require.Equal(t, "immutable", d.faults(t, st.No)[0][3])

	row := map[string]any{"uscc": org.USCC, "name": org.Name, "list": "honor", "title": "守合同重信用企业", "docNo": "顺市监认〔2026〕1号", "legalBasis": "某法第一条",
		"decisionDate": "2026-05-11", "authority": servicetest.Authority, "authorityUscc": unitCode}
	require.Equal(t, 1, d.hand(t, upload(model.RecordListEntry, "ndjson", lines(t, row))).Job.Accepted)
	require.Equal(t, 1, shown(model.ListHonor))
	for _, step := range []struct {
		disclosure string
		shown      int
	}{{"gov_share", 0}, {"", 1}} {
		row["disclosure"] = step.disclosure
		st = d.corrected(t, model.RecordListEntry, "ndjson", lines(t, row))
		require.Equal(t, 1, st.Job.Accepted, "%v", d.faults(t, st.No))
		require.Equal(t, step.shown, shown(model.ListHonor), step.disclosure)
	}
}
