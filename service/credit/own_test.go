package credit_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/credit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

func TestOwn_fileAndRecords(t *testing.T) {
	h := servicetest.Open(t)
	person, other := h.Person(7, "王沐宸"), h.Person(8, "李菡萏")
	penalty := servicetest.Record(person, model.RecordPenalty, "行政处罚决定书", "2026-05-10")
	penalty.DocNo, penalty.Severity, penalty.Finality = "顺市监〔2026〕1号", "general", "final"
	honor := servicetest.Record(person, model.RecordHonor, "道德模范", "2026-05-10")
	honor.HonorLevel = "city"
	h.Import(person, other, penalty, honor)
	me := h.Citizen(person)

	own, err := h.Credit.Own(t.Context(), me)
	require.NoError(t, err)
	require.Equal(t, model.PersonIdentity{Name: person.Name, IDNo: person.IDNo}, own.Identity)
	file, stamp, err := h.Credit.Fresh(t.Context(), own.Subject)
	require.NoError(t, err)
	require.Equal(t, own.Stamp, stamp)
	require.Equal(t, 2, file.Summary.Total)
	require.Len(t, h.Log.Noted("own_file.view"), 1)

	remedies := func() map[string][]string {
		records, next, err := h.Credit.OwnRecords(t.Context(), me, "", "", 10)
		require.NoError(t, err)
		require.Empty(t, next)
		out := map[string][]string{}
		for _, r := range records {
			out[r.Record.Title] = r.Remedies
		}
		return out
	}
	require.Equal(t, map[string][]string{"行政处罚决定书": {"objection", "repair"}, "道德模范": {"objection"}}, remedies())
	records, _, err := h.Credit.OwnRecords(t.Context(), me, "", "", 10)
	require.NoError(t, err)
	var ends model.Date
	for _, r := range records {
		ends = max(ends, r.Record.DisplayEnds)
	}
	h.Clock.Set(ends.Start())
	require.Equal(t, []string{"objection", "archive"}, remedies()["行政处罚决定书"], "the subject still sees what is no longer shown")
	again, err := h.Credit.Own(t.Context(), me)
	require.NoError(t, err)
	require.NotEqual(t, own.Stamp, again.Stamp, "time passed the stored summary")
	file, stamp, err = h.Credit.Fresh(t.Context(), own.Subject)
	require.NoError(t, err)
	require.Equal(t, again.Stamp, stamp)
	require.Equal(t, 1, file.Summary.Total)

	theirs, _, err := h.Credit.OwnRecords(t.Context(), h.Citizen(other), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, theirs)
	_, _, err = h.Credit.OwnRecords(t.Context(), h.Citizen(other), "", string(records[0].Record.ID), 10)
	require.True(t, model.Is(err, model.CodeInvalidCursor), "a position in another's file: %v", err)
}

func TestOwn_needsTheRealName(t *testing.T) {
	h := servicetest.Open(t)
	nobody := model.Principal{ID: "acct_1", Role: model.RoleCitizen}
	_, err := h.Credit.Own(t.Context(), nobody)
	require.True(t, model.Is(err, model.CodeNotVerified))
	_, _, err = h.Credit.OwnRecords(t.Context(), nobody, "", "", 10)
	require.True(t, model.Is(err, model.CodeNotVerified))
	_, _, err = h.Credit.AccessLog(t.Context(), nobody, "", 10)
	require.True(t, model.Is(err, model.CodeNotVerified))
}

// An account sees the enterprises that it is bound to, and of others not even whether
// there are any.
func TestEnterpriseCredit_bound(t *testing.T) {
	h := servicetest.Open(t)
	mine, theirs, person := h.Org("MA000M1N"), h.Org("MA000THE"), h.Person(7, "王沐宸")
	mine.LegalRep, mine.LegalRepIDNo = person.Name, person.IDNo
	watch := servicetest.Record(mine, model.RecordListEntry, "内部关注名单", "2026-05-10")
	watch.List, watch.LegalBasis, watch.Disclosure = "watch", "某办法", string(model.DisclosureGovShare)
	h.Import(person, mine, theirs, servicetest.Record(mine, model.RecordPermit, "许可", "2026-05-10"), watch)
	account := &model.Account{ID: "acct_1", Subject: h.IDOf(person), Enterprises: []model.EnterpriseBinding{{USCC: mine.USCC, As: "legal_representative"}}}
	entry, err := h.Log.Begin(model.AuditEvent{Action: "test"})
	require.NoError(t, err)
	require.NoError(t, store.NewAccounts(h.Driver).CreateAccount(t.Context(), account, nil, entry))
	me := model.Principal{ID: account.ID, Role: model.RoleCitizen}
	f, _, err := h.Credit.EnterpriseCredit(t.Context(), me, mine.USCC)
	require.NoError(t, err)
	require.NotEmpty(t, f.Judgement.Grade)
	require.Len(t, h.Log.Noted("own_enterprise.view"), 1)
	records, next, err := h.Credit.RepresentedRecords(t.Context(), me, mine.USCC, "", "", 10)
	require.NoError(t, err)
	require.Empty(t, next)
	disclosures := map[string]model.Disclosure{}
	for _, r := range records {
		disclosures[r.Record.Title] = r.Record.Disclosure
	}
	require.Equal(t, model.DisclosurePublic, disclosures["许可"])
	require.Equal(t, model.DisclosureGovShare, disclosures["内部关注名单"], "what the public does not see")
	require.Len(t, h.Log.Noted("own_enterprise_records.view"), 1)
	_, _, err = h.Credit.RepresentedRecords(t.Context(), me, theirs.USCC, "", "", 10)
	require.True(t, model.Is(err, model.CodeForbidden), err)
	require.Len(t, h.Log.Seen("own_enterprise_records.view"), 1, "a refused look is in the log")
	for _, other := range []string{theirs.USCC, h.Org("MA000N0N").USCC} {
		_, _, err = h.Credit.EnterpriseCredit(t.Context(), me, other)
		require.True(t, model.Is(err, model.CodeForbidden), err)
	}
	require.Len(t, h.Log.Noted("own_enterprise.view"), 1)
	refused := h.Log.Seen("own_enterprise.view")
	require.Len(t, refused, 2, "a refused look is in the log")
	require.Empty(t, refused[0].Subjects)

	for _, c := range []struct {
		account, uscc string
		want          bool
	}{{account.ID, mine.USCC, true}, {account.ID, theirs.USCC, false}, {"acct_gone", mine.USCC, false}, {account.ID, h.Org("MA000N0N").USCC, false}} {
		got, err := h.Credit.Represents(t.Context(), c.account, c.uscc)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%v", c)
	}

	// The binding ends when the register names somebody else.
	h.Change(model.SubjectID(mine.USCC), func(f *model.SubjectFile) {
		changed := *f.Registration
		changed.LegalRepIndex = "somebody else"
		f.Registration = &changed
	})
	acts, err := h.Credit.Represents(t.Context(), account.ID, mine.USCC)
	require.NoError(t, err)
	require.False(t, acts)
	_, _, err = h.Credit.EnterpriseCredit(t.Context(), me, mine.USCC)
	require.True(t, model.Is(err, model.CodeNotLegalRep), err)
	refused = h.Log.Seen("own_enterprise.view")
	require.Len(t, refused, 3)
	require.Equal(t, []model.SubjectID{model.SubjectID(mine.USCC)}, refused[2].Subjects)
}

// Of a revoked act nothing is left to repair.
func TestOwnRecords_revoked(t *testing.T) {
	h := servicetest.Open(t)
	person := h.Person(7, "王沐宸")
	penalty := servicetest.Record(person, model.RecordPenalty, "行政处罚决定书", "2026-05-11")
	penalty.DocNo, penalty.Severity, penalty.Finality = "顺市监〔2026〕1号", "general", "revoked"
	h.Import(person, penalty)
	records, _, err := h.Credit.OwnRecords(t.Context(), h.Citizen(person), "", "", 10)
	require.NoError(t, err)
	require.Len(t, records, 1)
	require.Equal(t, []string{"objection"}, records[0].Remedies)
}

// A record that a serious listing holds is shown past its own days: whoever reads it is told so, as the
// public sees it.
func TestRecords_held(t *testing.T) {
	h := servicetest.Open(t)
	person := h.Person(7, "王沐宸")
	penalty := servicetest.Record(person, model.RecordPenalty, "行政处罚决定书", "2021-05-10")
	penalty.DocNo, penalty.Severity, penalty.Finality = "顺市监〔2021〕1号", "serious", "final"
	listed := servicetest.Record(person, model.RecordListEntry, "严重失信主体名单", "2022-05-10")
	listed.List, listed.LegalBasis, listed.DocNo = "serious", "某法第一条", "顺市监异〔2022〕1号"
	h.Import(person, penalty, listed)
	me, id := h.Citizen(person), h.IDOf(person)
	held := func() (credit.OwnRecord, bool, error) {
		records, _, err := h.Credit.OwnRecords(t.Context(), me, "", "", 10)
		require.NoError(t, err)
		for _, r := range records {
			if r.Record.Kind == model.RecordPenalty {
				stored, err := h.Credit.Record(t.Context(), officer(), r.Record.ID)
				return r, stored.Live, err
			}
		}
		return credit.OwnRecord{}, false, nil
	}
	own, live, err := held()
	require.NoError(t, err)
	require.Less(t, own.Record.DisplayEnds, model.Date("2026-11-22"))
	require.True(t, own.Live && live)
	require.Equal(t, []string{"objection", "repair"}, own.Remedies)
	h.Change(id, func(f *model.SubjectFile) { f.Summary.Held = nil }) // as when the listing has ended
	own, _, err = held()
	require.True(t, model.Is(err, model.CodeNotFound), err)
	require.False(t, own.Live)
	require.Equal(t, []string{"objection", "archive"}, own.Remedies)
}

// A department sees records of its own unit, the office all; for the others a record of
// another unit and one that does not exist are the same.
func TestRecord_ownUnit(t *testing.T) {
	h := servicetest.Open(t)
	org, unit, other := h.Org("MA000REC"), h.Org("MA000N1T").USCC, h.Org("MA0000TH").USCC
	permit := servicetest.Record(org, model.RecordPermit, "许可", "2026-05-10")
	permit.SourceUSCC = unit
	nameless := servicetest.Record(org, model.RecordPermit, "另一许可", "2026-05-11")
	h.Import(append([]*ingest.Row{org}, permit, nameless)...)
	records, err := h.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	byTitle := map[string]model.RecordID{}
	for _, r := range records {
		byTitle[r.Title] = r.ID
	}
	for _, c := range []struct {
		name, unit string
		role       model.Role
		id         model.RecordID
		code       model.Code
	}{
		{"own", unit, model.RoleDepartment, byTitle["许可"], ""},
		{"another unit's", other, model.RoleDepartment, byTitle["许可"], model.CodeNotFound},
		{"a caller without unit", "", model.RoleDepartment, byTitle["另一许可"], model.CodeNotFound},
		{"the office", "", model.RoleOffice, byTitle["另一许可"], ""},
		{"another role of the unit", unit, model.RoleClerk, byTitle["许可"], model.CodeNotFound},
		{"nothing there", unit, model.RoleDepartment, byTitle["许可"] + "x", model.CodeNotFound},
	} {
		before := len(h.Log.Seen("record.view"))
		_, err := h.Credit.Record(t.Context(), model.Principal{ID: "d", Role: c.role, Unit: c.unit}, c.id)
		require.Equal(t, c.code, model.CodeOf(err), c.name)
		seen := h.Log.Seen("record.view")
		require.Len(t, seen, before+1, "%s: every look is in the log, refused or not", c.name)
		switch c.name {
		case "nothing there":
			require.Empty(t, seen[before].Ref, "what a caller made up does not go into the log")
			require.Empty(t, seen[before].Subjects)
		default:
			require.Equal(t, string(c.id), seen[before].Ref, c.name)
			require.Equal(t, []model.SubjectID{model.SubjectID(org.USCC)}, seen[before].Subjects)
		}
		if c.code != "" {
			require.Equal(t, string(c.code), seen[before].Outcome, c.name)
			require.Empty(t, seen[before].Shown)
		}
	}
}

// Past its display a record of a breach is only its subject's to read, whatever became of
// it; what honours nobody locks.
func TestRecord_archived(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA000REC")
	office := model.Principal{ID: "o", Role: model.RoleOffice}
	for name, c := range map[string]struct {
		kind   model.RecordKind
		change func(*ingest.Row)
		code   model.Code
	}{
		"a final penalty":            {model.RecordPenalty, func(r *ingest.Row) { r.Finality = "final" }, model.CodeNotFound},
		"a penalty, finality unsaid": {model.RecordPenalty, func(*ingest.Row) {}, model.CodeNotFound},
		"a penalty under review":     {model.RecordPenalty, func(r *ingest.Row) { r.Finality = "under_review" }, model.CodeNotFound},
		"a judgment that was obeyed": {model.RecordJudgment, func(r *ingest.Row) {
			r.Finality, r.DutyFulfilledOn, r.Authority, r.Source = "final", "2021-06-01", "顺河回族区人民法院", "顺河回族区人民法院"
		}, model.CodeNotFound},
		"a serious listing that is over": {model.RecordListEntry, func(r *ingest.Row) { r.List, r.LegalBasis, r.ValidTo = "serious", "某办法", "2022-05-10" }, model.CodeNotFound},
		"a broken promise":               {model.RecordCommitment, func(r *ingest.Row) { r.Fulfilment = "none" }, model.CodeNotFound},
		"an honour that is over":         {model.RecordListEntry, func(r *ingest.Row) { r.List, r.LegalBasis, r.ValidTo = "honor", "某办法", "2022-05-10" }, ""},
		"a permit":                       {model.RecordPermit, func(*ingest.Row) {}, ""},
	} {
		row := servicetest.Record(org, c.kind, name, "2021-05-10")
		row.DocNo = "顺市监〔2021〕" + name + "号"
		c.change(row)
		h.Import(org, row)
		records, err := h.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
		require.NoError(t, err)
		i := slices.IndexFunc(records, func(r *model.Record) bool { return r.Title == name })
		require.GreaterOrEqual(t, i, 0, name)
		h.Clock.Set(model.Date("2026-11-22").Start())
		_, err = h.Credit.Record(t.Context(), office, records[i].ID)
		require.Equal(t, c.code, model.CodeOf(err), name)
	}
}
