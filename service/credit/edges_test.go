package credit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/summary"
	"xinyi/service/credit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
)

func officer() model.Principal {
	return model.Principal{ID: "o", Role: model.RoleOffice, Unit: bank, RequestID: "req"}
}

// Of a natural person others hear pass or standard, no record is opened for it, and the
// end of the answer tells nothing about the person.
func TestQuery_person(t *testing.T) {
	h := servicetest.Open(t)
	plain, good, apart := h.Person(7, "王沐宸"), h.Person(8, "李菡萏"), h.Person(9, "赵沐宸")
	apart.LevelOptIn = false
	rows := []*ingest.Row{plain, good, apart}
	for i := range 3 {
		honor := servicetest.Record(good, model.RecordHonor, fmt.Sprint("荣誉", i), "2026-05-10")
		honor.HonorLevel = "state"
		rows = append(rows, honor)
	}
	h.Import(rows...)
	midnight := model.Date("2026-11-23").Start()
	for _, c := range []struct {
		row  *ingest.Row
		want string
	}{{plain, "standard"}, {good, "pass"}, {apart, "standard"}} {
		r, err := h.Credit.Query(t.Context(), officer(), credit.Query{Name: c.row.Name, IDNo: c.row.IDNo, Purpose: model.PurposeAward})
		require.NoError(t, err)
		require.Equal(t, c.want, r.Incentive, c.row.Name)
		require.Empty(t, r.Records)
		require.Equal(t, []string{"result"}, r.Shown)
		require.True(t, r.Stamp.ValidUntil.Equal(midnight), r.Stamp.ValidUntil)
		entries := h.Log.Seen("credit.query")
		last := entries[len(entries)-1]
		require.Equal(t, c.want, last.Outcome)
		require.Equal(t, []string{"result"}, last.Shown, "the log says what was shown")
		require.Equal(t, c.row != apart, last.RuleVersion != "", "the rules that judged")
	}
}

// Who needs a person's consent cannot find out without it whether a number is known.
func TestQuery_unknownPersonLikeOneWithoutConsent(t *testing.T) {
	h := servicetest.Open(t)
	person := h.Person(7, "王沐宸")
	h.Import(person)
	var answers []error
	for _, q := range []credit.Query{{Name: person.Name, IDNo: person.IDNo}, {Name: "李菡萏", IDNo: person.IDNo}, {Name: person.Name, IDNo: h.Person(8, "").IDNo}} {
		q.Purpose = model.PurposeBankAssess
		_, err := h.Credit.Query(t.Context(), asBank(bank), q)
		require.True(t, model.Is(err, model.CodeConsentRequired), err)
		answers = append(answers, err)
	}
	require.Equal(t, answers[0], answers[1])
	require.Equal(t, answers[0], answers[2])
	require.Len(t, h.Log.Seen("credit.query"), 3)
}

// An answer that rests on a consent ends when the consent does.
func TestQuery_validUntilTheConsentTurns(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA0C0N5T")
	contract := servicetest.Record(org, model.RecordContract, "合同履行", "2026-05-10")
	h.Import(org, contract)
	ends := servicetest.Start.Add(90 * time.Minute)
	granted, coming := consent("c1"), consent("c2")
	granted.ValidTo = ends
	coming.Purpose, coming.GrantedAt = model.PurposeAward, servicetest.Start.Add(time.Hour)
	h.Change(model.SubjectID(org.USCC), func(f *model.SubjectFile) { f.Consents = []model.Consent{granted, coming} })
	r, err := h.Credit.Query(t.Context(), asBank(bank), credit.Query{USCC: org.USCC, Purpose: model.PurposeBankAssess})
	require.NoError(t, err)
	require.True(t, r.Stamp.ValidUntil.Equal(ends), r.Stamp.ValidUntil)
	require.Len(t, r.Records, 1)
	r, err = h.Credit.Query(t.Context(), officer(), credit.Query{USCC: org.USCC, Purpose: model.PurposeAward})
	require.NoError(t, err)
	require.True(t, r.Stamp.ValidUntil.Equal(coming.GrantedAt), "one more record may be shown then: %v", r.Stamp.ValidUntil)
	require.Empty(t, r.Records)
	h.Clock.Set(coming.GrantedAt)
	r, err = h.Credit.Query(t.Context(), officer(), credit.Query{USCC: org.USCC, Purpose: model.PurposeAward})
	require.NoError(t, err)
	require.Len(t, r.Records, 1)
}

// A list or a rating whose record may not be shown is not shown either.
func TestQuery_summaryWithinTheDisclosure(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA0D15C2")
	tax := servicetest.Record(org, model.RecordRating, "纳税信用评价", "2026-05-10")
	tax.Sector, tax.Grade, tax.Disclosure = "tax", "A", string(model.DisclosureAuthorised)
	watch := servicetest.Record(org, model.RecordListEntry, "重点关注", "2026-05-10")
	watch.List, watch.LegalBasis, watch.Disclosure = "watch", "某办法", string(model.DisclosureGovShare)
	h.Import(org, tax, watch)
	r, err := h.Credit.Query(t.Context(), officer(), credit.Query{USCC: org.USCC, Purpose: model.PurposeAward})
	require.NoError(t, err)
	require.Empty(t, r.File.Summary.Ratings)
	require.Len(t, r.File.Summary.Lists, 1)
	f, _, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.NoError(t, err)
	require.Len(t, f.Summary.Ratings, 1, "the shared file is as it was")
	require.Empty(t, f.Summary.Within(model.DisclosurePublic).Lists)
	entries, _, err := h.Credit.ListEntries(t.Context(), model.ListWatch, "", "", 10)
	require.NoError(t, err)
	require.Empty(t, entries, "a list entry that only offices share is on no public list")
}

// A page of own records is one look, whatever the filter passes over.
func TestOwnRecords_section(t *testing.T) {
	h := servicetest.Open(t)
	person := h.Person(7, "王沐宸")
	rows := []*ingest.Row{person}
	for i := range 130 {
		kind := model.RecordPermit
		if i%40 == 39 {
			kind = model.RecordHonor
		}
		r := servicetest.Record(person, kind, fmt.Sprint("记录", i), "2026-05-10")
		r.DocNo = fmt.Sprintf("顺市监〔2026〕%d号", i+1)
		rows = append(rows, r)
	}
	h.Import(rows...)
	me := h.Citizen(person)
	first, next, err := h.Credit.OwnRecords(t.Context(), me, model.SectionHonesty, "", 2)
	require.NoError(t, err)
	require.Len(t, first, 2)
	require.Len(t, h.Log.Noted("own_records.view"), 1)
	second, next, err := h.Credit.OwnRecords(t.Context(), me, model.SectionHonesty, next, 2)
	require.NoError(t, err)
	require.Len(t, second, 1)
	require.Empty(t, next)
	require.Len(t, h.Log.Noted("own_records.view"), 2)
}

// A person's id opens no public file, and a renewed summary is no update of the facts.
func TestEnterprise_personsAndUpdates(t *testing.T) {
	h := servicetest.Open(t)
	person, org := h.Person(7, "王沐宸"), h.Org("MA0000PD")
	entry := servicetest.Record(org, model.RecordListEntry, "守信激励名单", "2026-01-10")
	entry.List, entry.LegalBasis, entry.ValidTo = "honor", "某办法", "2026-12-31"
	h.Import(person, org, entry)
	_, _, err := h.Credit.Enterprise(t.Context(), string(h.IDOf(person)))
	require.True(t, model.Is(err, model.CodeNotFound), err)
	_, _, err = h.Credit.EnterpriseStamp(t.Context(), string(h.IDOf(person)))
	require.True(t, model.Is(err, model.CodeNotFound), err)
	before, stamp, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-11-22"), stamp.Day)
	h.Clock.Set(model.Date("2027-01-01").Start())
	after, renewed, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.NoError(t, err)
	require.Equal(t, model.Date("2027-01-01"), renewed.Day)
	require.Greater(t, after.Rev, before.Rev)
	require.Equal(t, before.UpdatedAt, after.UpdatedAt)
}

// A judge whose judgements are never current makes an error, not an empty answer.
func TestFresh_neverCurrent(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA000DD0")
	h.Import(org)
	h.Credit.Judge = renamed{h.Credit.Judge}
	f, _, err := h.Credit.Enterprise(t.Context(), org.USCC)
	require.True(t, model.Is(err, model.CodeUnavailable), err)
	require.Nil(t, f)
}

// renamed claims another version than the one that it judges by.
type renamed struct{ judge }

// judge has another name than its method.
type judge = summary.Judge

func (renamed) Version(model.SubjectKind, bool, model.Date) string { return "another" }
