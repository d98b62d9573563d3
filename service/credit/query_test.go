package credit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/credit"
	"xinyi/service/servicetest"
)

const (
	bank      = "91410203MA0BANKXXX"
	otherBank = "91410203MA0BANKYYY"
)

func consent(id string) model.Consent {
	return model.Consent{ID: id, Recipient: bank, Purpose: model.PurposeBankAssess,
		GrantedAt: servicetest.Start.Add(-24 * time.Hour), ValidTo: servicetest.Start.Add(24 * time.Hour)}
}

func asBank(unit string) model.Principal {
	return model.Principal{ID: "client", Role: model.RoleBank, Unit: unit, UnitName: "演示银行", RequestID: "req"}
}

// Only a live consent for this recipient and this purpose opens a file, and every look,
// refused or not, is in the log before its answer.
func TestQuery_consent(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*model.Consent)
		asked   string // consent named in the query
		at      time.Time
		unit    string
		refused bool
	}{
		"live":                {},
		"live and named":      {asked: "c1"},
		"another one named":   {asked: "c2", refused: true},
		"expired":             {change: func(c *model.Consent) { c.ValidTo = servicetest.Start.Add(-time.Second) }, refused: true},
		"in its last moment":  {at: servicetest.Start.Add(24*time.Hour - time.Millisecond)},
		"at its end":          {at: servicetest.Start.Add(24 * time.Hour), refused: true},
		"not yet granted":     {change: func(c *model.Consent) { c.GrantedAt = servicetest.Start.Add(time.Second) }, refused: true},
		"revoked":             {change: func(c *model.Consent) { c.RevokedAt = servicetest.Start.Add(-time.Second) }, refused: true},
		"for another":         {unit: otherBank, refused: true},
		"for nobody":          {change: func(c *model.Consent) { c.Recipient = "" }, unit: "-", refused: true},
		"for another purpose": {change: func(c *model.Consent) { c.Purpose = model.PurposeTender }, refused: true},
		"none":                {change: func(c *model.Consent) { *c = model.Consent{} }, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			h := servicetest.Open(t)
			org := h.Org("MA0C0N5T")
			h.Import(org)
			granted := consent("c1")
			if c.change != nil {
				c.change(&granted)
			}
			h.Change(model.SubjectID(org.USCC), func(f *model.SubjectFile) { f.Consents = []model.Consent{granted} })
			if !c.at.IsZero() {
				h.Clock.Set(c.at)
			}
			unit := bank
			if c.unit != "" {
				unit = c.unit
			}
			if unit == "-" {
				unit = ""
			}
			q := credit.Query{USCC: org.USCC, Purpose: model.PurposeBankAssess, Consent: c.asked}
			result, err := h.Credit.Query(t.Context(), asBank(unit), q)
			entries := h.Log.Seen("credit.query")
			require.Len(t, entries, 1, "every look is in the log")
			require.Equal(t, []model.SubjectID{model.SubjectID(org.USCC)}, entries[0].Subjects)
			if c.refused {
				require.True(t, model.Is(err, model.CodeConsentRequired), err)
				require.Nil(t, result.File)
				require.Equal(t, string(model.CodeConsentRequired), entries[0].Outcome)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "c1", result.Consent)
			require.Equal(t, "c1", entries[0].Consent)
			require.Equal(t, "shown", entries[0].Outcome)
		})
	}
}

func TestQuery_purposes(t *testing.T) {
	h := servicetest.Open(t)
	org, person := h.Org("MA0PURP0"), h.Person(7, "王沐宸")
	h.Import(org, person)
	byCode := credit.Query{USCC: org.USCC}
	byNumber := credit.Query{Name: person.Name, IDNo: person.IDNo}
	wrongName := credit.Query{Name: "李沐宸", IDNo: person.IDNo}
	unknown := credit.Query{Name: person.Name, IDNo: h.Person(8, "").IDNo}
	for _, c := range []struct {
		name    string
		role    model.Role
		q       credit.Query
		purpose model.Purpose
		code    model.Code
	}{
		{"office, award, organisation", model.RoleOffice, byCode, model.PurposeAward, ""},
		{"office, award, person", model.RoleOffice, byNumber, model.PurposeAward, ""},
		{"office, tender, organisation", model.RoleOffice, byCode, model.PurposeTender, ""},
		{"office, tender, person", model.RoleOffice, byNumber, model.PurposeTender, model.CodePurposeRefused},
		{"office, employment, no consent", model.RoleOffice, byNumber, model.PurposeEmployment, model.CodeConsentRequired},
		{"office, own view of another", model.RoleOffice, byNumber, model.PurposeSelfView, model.CodePurposeRefused},
		{"clerk, approval", model.RoleClerk, byNumber, model.PurposeApproval, ""},
		{"clerk, award", model.RoleClerk, byCode, model.PurposeAward, model.CodePurposeRefused},
		{"bank, approval", model.RoleBank, byCode, model.PurposeApproval, model.CodePurposeRefused},
		{"bank, no consent of the person", model.RoleBank, byNumber, model.PurposeBankAssess, model.CodeConsentRequired},
		{"citizen", model.RoleCitizen, byCode, model.PurposeAward, model.CodePurposeRefused},
		{"no purpose", model.RoleOffice, byCode, "", model.CodePurposeRefused},
		{"a number with another name", model.RoleOffice, wrongName, model.PurposeAward, model.CodeNotFound},
		{"an unknown number", model.RoleOffice, unknown, model.PurposeAward, model.CodeNotFound},
		{"an unknown code", model.RoleOffice, credit.Query{USCC: h.Org("MA0N0NE0").USCC}, model.PurposeAward, model.CodeNotFound},
	} {
		before := len(h.Log.Seen("credit.query"))
		c.q.Purpose = c.purpose
		result, err := h.Credit.Query(t.Context(), model.Principal{ID: "x", Role: c.role, Unit: bank}, c.q)
		require.Equal(t, c.code, model.CodeOf(err), c.name)
		require.Equal(t, c.code == "", result.File != nil, c.name)
		entries := h.Log.Seen("credit.query")
		require.Len(t, entries, before+1, c.name)
		if c.code == model.CodeNotFound || c.code == model.CodePurposeRefused {
			require.Empty(t, entries[before].Subjects, "%s: a refused look names nobody that it did not find", c.name)
		}
	}
}

// Whether a number exists cannot be told from the refusal.
func TestPerson_unknownAndMisnamedAlike(t *testing.T) {
	h := servicetest.Open(t)
	person := h.Person(7, "王沐宸")
	h.Import(person)
	_, _, misnamed := h.Credit.Person(t.Context(), "李沐宸", person.IDNo)
	_, _, unknown := h.Credit.Person(t.Context(), "李沐宸", h.Person(8, "").IDNo)
	require.True(t, model.Is(misnamed, model.CodeNotFound))
	require.True(t, model.Is(unknown, model.CodeNotFound))
}

// Authorised records are for those with a consent; what has been withdrawn is for nobody.
func TestQuery_disclosure(t *testing.T) {
	h := servicetest.Open(t)
	org := h.Org("MA0D15C1")
	permit := servicetest.Record(org, model.RecordPermit, "许可", "2026-05-10")
	levy := servicetest.Record(org, model.RecordLevy, "征收", "2026-05-10")
	contract := servicetest.Record(org, model.RecordContract, "合同履行", "2026-05-10")
	revoked := servicetest.Record(org, model.RecordPenalty, "处罚", "2026-05-10")
	revoked.DocNo, revoked.Finality = "顺市监〔2026〕2号", string(model.FinalityRevoked)
	h.Import(org, permit, levy, contract, revoked)
	titles := func(p model.Principal, purpose model.Purpose) (out []string) {
		result, err := h.Credit.Query(t.Context(), p, credit.Query{USCC: org.USCC, Purpose: purpose})
		require.NoError(t, err)
		for _, r := range result.Records {
			out = append(out, r.Record.Title)
		}
		return out
	}
	require.ElementsMatch(t, []string{"许可", "征收"}, titles(model.Principal{ID: "o", Role: model.RoleOffice}, model.PurposeAward))
	h.Change(model.SubjectID(org.USCC), func(f *model.SubjectFile) { f.Consents = []model.Consent{consent("c1")} })
	require.ElementsMatch(t, []string{"许可", "征收", "合同履行"}, titles(asBank(bank), model.PurposeBankAssess))
	public, _, err := h.Credit.EnterpriseRecords(t.Context(), org.USCC, "", "", 10)
	require.NoError(t, err)
	require.Len(t, public, 1)
	require.Equal(t, "许可", public[0].Title)
}

// Without the log nobody sees another's file; one's own stays open.
func TestLooks_needTheLog(t *testing.T) {
	h := servicetest.Open(t)
	org, person := h.Org("MA0L0G00"), h.Person(7, "王沐宸")
	permit := servicetest.Record(org, model.RecordPermit, "许可", "2026-05-10")
	permit.SourceUSCC = org.USCC
	h.Import(org, person, permit)
	records, err := h.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	h.Log.Broken.Store(true)
	office := model.Principal{ID: "o", Role: model.RoleOffice}
	result, err := h.Credit.Query(t.Context(), office, credit.Query{USCC: org.USCC, Purpose: model.PurposeAward})
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	require.Nil(t, result.File)
	_, err = h.Credit.Query(t.Context(), office, credit.Query{USCC: org.USCC, Purpose: model.PurposeSelfView})
	require.True(t, model.Is(err, model.CodeAuditUnavailable), "a refusal that cannot be logged: %v", err)
	record, err := h.Credit.Record(t.Context(), office, records[0].ID)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	require.Nil(t, record.Record)
	_, err = h.Credit.Own(t.Context(), h.Citizen(person))
	require.NoError(t, err)
}
