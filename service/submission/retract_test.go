package submission_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/service/submission"
	"xinyi/store"
)

// A correction changes what the unit reported, under the same key, and nothing twice.
func TestCorrection(t *testing.T) {
	d := open(t)
	org, person := d.Org("MA444444"), d.Person(1, "王沐宸")
	d.Import(org, person)
	first := permitHead + permitRow(org, 1, "销售食品") + permitRow(org, 2, "销售药品")
	require.Equal(t, 2, d.hand(t, upload(model.RecordPermit, "csv", []byte(first))).Job.Accepted)
	before, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)

	correct := func(text string) submission.State {
		up := upload(model.RecordPermit, "csv", []byte(text))
		up.Mode = model.SubmissionCorrection
		return d.hand(t, up)
	}
	d.House.Clock.Pass(time.Hour)
	changed := permitHead + permitRow(org, 1, "销售预包装食品") + permitRow(org, 2, "销售药品") + permitRow(org, 3, "销售酒类")
	st := correct(changed)
	require.Equal(t, 2, st.Job.Accepted, "one corrected, one new: %v", d.faults(t, st.No))
	require.Equal(t, 1, st.Job.Duplicate)
	after, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	require.Len(t, after, 3)
	require.Equal(t, "销售预包装食品", after[0].Content)
	require.Equal(t, before[0].ID, after[0].ID)
	require.Equal(t, before[0].ReceivedAt, after[0].ReceivedAt, "it was reported when it was reported")
	require.Equal(t, st.No, after[0].Batch)
	require.Equal(t, before[1].Rev, after[1].Rev, "what says the same stays as it is")
	require.Zero(t, correct(changed).Job.Accepted)

	// Another unit's is refused.
	before[1].SourceUSCC = "x"
	changedRecord := *after[1]
	changedRecord.SourceUSCC = "11410203000000000X"
	op, err := store.NewCollection(d.Driver, store.CollectionOptions[model.Record]{Name: "records", ID: func(r *model.Record) string { return string(r.ID) },
		Rev: func(r *model.Record) *int64 { return &r.Rev }}).ReplaceOp(&changedRecord)
	require.NoError(t, err)
	require.NoError(t, d.Driver.Apply(t.Context(), []store.Op{op}))
	st = correct(permitHead + permitRow(org, 2, "销售一切"))
	require.Equal(t, 1, st.Job.Rejected)
	require.Contains(t, d.faults(t, st.No)[0], "other_unit")
}

// That an act was revoked is a withdrawal: it has a reason, a notice and a clock, which a
// correction has not.
func TestCorrection_revoked(t *testing.T) {
	d := open(t)
	for name, c := range map[string]struct {
		body, was, is string
		rejected      bool
	}{
		"revoked":       {"MA444441", "", "revoked", true},
		"final revoked": {"MA444442", "final", "revoked", true},
		"in force anew": {"MA444443", "revoked", "final", true},
		"still revoked": {"MA444444", "revoked", "revoked", false},
		"now final":     {"MA444445", "appeal_window_open", "final", false},
	} {
		t.Run(name, func(t *testing.T) {
			org := d.Org(c.body)
			d.Import(org)
			row := penaltyOf(org, "顺市监罚〔2026〕1号")
			row["finality"] = c.was
			require.Equal(t, 1, d.hand(t, upload(model.RecordPenalty, "ndjson", lines(t, row))).Job.Accepted)
			row["finality"], row["content"] = c.is, "罚款2000元。"
			up := upload(model.RecordPenalty, "ndjson", lines(t, row))
			up.Mode = model.SubmissionCorrection
			st := d.hand(t, up)
			if c.rejected {
				require.Equal(t, "retraction", d.faults(t, st.No)[0][3])
				require.Equal(t, model.Finality(c.was), d.recordOf(t, org).Finality)
				return
			}
			require.Equal(t, 1, st.Job.Accepted, "%v", d.faults(t, st.No))
			require.Equal(t, model.Finality(c.is), d.recordOf(t, org).Finality)
		})
	}
}

// Who saw a record is told that it was taken back, and why; who could not see it is not.
func TestRetractions(t *testing.T) {
	d := open(t)
	org, person := d.Org("MA444444"), d.Person(1, "王示例")
	d.Import(org, person)
	for i, who := range []*ingest.Row{org, person, org} {
		row := penaltyOf(who, fmt.Sprintf("顺市监罚〔2026〕%d号", i+1))
		if i == 2 {
			row["decisionDate"], row["docNo"] = "2021-05-11", "顺市监罚〔2021〕3号" // its display is over
		}
		require.Equal(t, 1, d.hand(t, upload(model.RecordPenalty, "ndjson", lines(t, row))).Job.Accepted)
		records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(who))
		require.NoError(t, err)
		_, err = d.Retract(t.Context(), officer, records[len(records)-1].ID, "", fmt.Sprintf("理由%d", i+1), nil)
		require.NoError(t, err)
	}
	for day, n := range map[model.Date]int{"2026-11-21": 0, "2026-11-22": 1, "2026-12-22": 1, "2026-12-23": 0} {
		notices, next, err := d.repo.Retractions(t.Context(), day, "", 10)
		require.NoError(t, err)
		require.Empty(t, next)
		require.Len(t, notices, n, day)
		if n > 0 {
			require.Equal(t, "理由1", notices[0].Reason)
			require.Equal(t, "顺市监罚〔2026〕1号", notices[0].DocNo)
			require.Equal(t, model.Date("2026-11-22"), notices[0].WithdrawnOn)
		}
	}
	list, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	require.NotEmpty(t, list)
	again, _, err := d.Retractions(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, again, 1)
}

// What a serious listing held was still read by everybody, past its own days.
func TestRetractions_held(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	listed := servicetest.Record(org, model.RecordListEntry, "严重失信主体名单", "2022-05-10")
	listed.List, listed.LegalBasis, listed.DocNo = "serious", "某法第一条", "顺市监异〔2022〕1号"
	d.Import(org, listed)
	row := penaltyOf(org, "顺市监罚〔2021〕3号")
	row["decisionDate"], row["severity"], row["finality"] = "2021-05-11", "serious", "final"
	require.Equal(t, 1, d.hand(t, upload(model.RecordPenalty, "ndjson", lines(t, row))).Job.Accepted)
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	penalty := records[len(records)-1]
	require.False(t, penalty.Displayed("2026-11-22"))
	_, err = d.Retract(t.Context(), officer, penalty.ID, "", "决定被撤销", nil)
	require.NoError(t, err)
	notices, _, err := d.Retractions(t.Context(), "", 10)
	require.NoError(t, err)
	require.Len(t, notices, 1)
}

func TestRetract(t *testing.T) {
	d := open(t)
	org, other := d.Org("MA444444"), d.Org("MA555555")
	d.Import(org, other)
	data, err := d.Template(model.RecordListEntry)
	require.NoError(t, err)
	require.Equal(t, 1, d.hand(t, upload(model.RecordListEntry, "xlsx", fillIn(t, data, org, nil))).Job.Accepted)
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	rec := records[0]
	lists := store.NewLists(d.Driver, d.House.Clock)
	shown := func() int {
		entries, _, err := lists.Entries(t.Context(), model.ListHonor, "", "", 10)
		require.NoError(t, err)
		return len(entries)
	}
	require.Equal(t, 1, shown())

	ctx := t.Context()
	stranger := officer
	stranger.Unit = "11410203000000000X"
	_, err = d.Retract(ctx, stranger, rec.ID, "", "决定被撤销", nil)
	require.True(t, model.Is(err, model.CodeNotFound))
	_, err = d.Retract(ctx, model.Principal{ID: "r", Role: model.RoleReviewer, Unit: officer.Unit}, rec.ID, "", "决定被撤销", nil)
	require.True(t, model.Is(err, model.CodeNotFound))
	_, err = d.Retract(ctx, officer, rec.ID+"0", "", "决定被撤销", nil)
	require.True(t, model.Is(err, model.CodeNotFound))
	for _, reason := range []string{" ", "当事人 410203190001019990 申诉", "请联系13800000000"} {
		_, err = d.Retract(ctx, officer, rec.ID, "", reason, nil)
		require.True(t, model.Is(err, model.CodeInvalidRequest), reason)
	}
	for _, day := range []model.Date{"2026-11-23", "2026-05-10"} {
		_, err = d.Retract(ctx, officer, rec.ID, day, "决定被撤销", nil)
		require.True(t, model.Is(err, model.CodeInvalidRequest), day)
	}
	// Decided on Friday the 13th: three working days end on Wednesday, today is Sunday.
	done, err := d.Retract(ctx, officer, rec.ID, "2026-11-13", "决定被上级机关撤销", nil)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-11-18"), done.WithdrawBy)
	require.Equal(t, model.Date("2026-11-23"), done.SyncBy)
	require.Equal(t, new(false), done.OnTime)
	require.Zero(t, shown())
	listings := store.NewListings(d.Subjects)
	for day, n := range map[model.Date]int{"2026-11-22": 1, "2026-12-22": 1, "2026-12-23": 0} {
		notices, _, err := listings.Notices(ctx, model.ListHonor, day, "", 10)
		require.NoError(t, err)
		require.Len(t, notices, n, day)
		if n > 0 {
			require.Equal(t, "决定被上级机关撤销", notices[0].Reason)
			require.Equal(t, org.USCC, notices[0].USCC)
			require.Equal(t, rec.DecisionDate, notices[0].ListedOn)
		}
	}
	got, err := d.Subjects.Record(ctx, rec.ID)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-11-22"), got.WithdrawnOn)
	require.Equal(t, "决定被上级机关撤销", got.WithdrawnReason)
	file, err := d.Subjects.File(ctx, d.IDOf(org))
	require.NoError(t, err)
	require.Zero(t, file.Summary.Total)
	events := d.Log.Seen("record.retract")
	require.Len(t, events, 1)
	require.Equal(t, []model.SubjectID{d.IDOf(org)}, events[0].Subjects)
	_, err = d.Retract(ctx, model.Principal{ID: "o", Role: model.RoleOffice}, rec.ID, "", "决定被撤销", nil)
	require.True(t, model.Is(err, model.CodeConflict))
	// What was withdrawn is not corrected back into being.
	up := upload(model.RecordListEntry, "xlsx", fillIn(t, data, org, map[string]string{"列入事由": "别的"}))
	up.Mode = model.SubmissionCorrection
	require.Equal(t, 1, d.hand(t, up).Job.Rejected)
}

// What is wrong is taken back whether or not anybody can count the days.
func TestRetract_noCalendar(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	require.Equal(t, 1, d.hand(t, upload(model.RecordPenalty, "ndjson", lines(t, penaltyOf(org, "顺市监罚〔2026〕1号")))).Job.Accepted)
	d.House.Clock.Set(model.Date("2026-12-31").Start().Add(9 * time.Hour)) // of the year after no calendar is loaded
	done, err := d.Retract(t.Context(), officer, d.recordOf(t, org).ID, "2026-12-31", "决定被撤销", nil)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-12-31"), done.On)
	require.Empty(t, done.WithdrawBy+done.SyncBy)
	require.Nil(t, done.OnTime)
	require.Equal(t, done.On, d.recordOf(t, org).WithdrawnOn)
}
