package loan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	screening "xinyi/policy/loan"
	"xinyi/service/ingest"
	"xinyi/service/loan"
	"xinyi/service/servicetest"
)

const bankUnit = "91410203MA0BANKXXX"

var bank = model.Principal{ID: "client", Role: model.RoleBank, Unit: bankUnit, UnitName: "演示银行", RequestID: "req"}

type batch string

func (b batch) BatchNo() string { return string(b) }

func desk(t *testing.T) (*servicetest.House, *loan.Service) {
	t.Helper()
	h := servicetest.Open(t)
	rules, err := screening.Load(screening.Seed())
	require.NoError(t, err)
	return h, &loan.Service{Files: h.Credit, Screener: rules, Batches: batch("WL1"), Auditor: h.Log, Clock: h.Clock}
}

func code(t *testing.T, row *ingest.Row) model.UnifiedSocialCreditCode {
	c, err := model.ParseUnifiedSocialCreditCode(row.USCC)
	require.NoError(t, err)
	return c
}

// good is an enterprise that the whitelist takes.
func good(h *servicetest.House, body string) []*ingest.Row {
	org := h.Org(body)
	tax := servicetest.Record(org, model.RecordRating, "纳税信用评价", "2026-04-20")
	tax.Sector, tax.Grade, tax.Period = "tax", "A", "2025"
	honor := servicetest.Record(org, model.RecordHonor, "诚信示范单位", "2026-04-20")
	honor.HonorLevel = "city"
	return []*ingest.Row{org, tax, honor}
}

func TestCheck_listedUntilAListEntryAndAgainAfterIt(t *testing.T) {
	h, s := desk(t)
	rows := good(h, "MA00G00D")
	h.Import(rows...)
	c := code(t, rows[0])
	r, err := s.Check(t.Context(), bank, c)
	require.NoError(t, err)
	require.True(t, r.Listed)
	require.Equal(t, "WL1", r.BatchNo)
	require.Equal(t, model.DateOf(servicetest.Start), r.AsOf)
	require.Empty(t, r.Reasons, "reasons are for those whom the enterprise let look")

	entry := servicetest.Record(rows[0], model.RecordListEntry, "经营异常名录", "2026-11-20")
	entry.List, entry.LegalBasis, entry.ValidTo = "abnormal", "企业信息公示暂行条例第十七条", "2026-12-31"
	h.Import(entry)
	r, err = s.Check(t.Context(), bank, c)
	require.NoError(t, err)
	require.False(t, r.Listed)
	require.False(t, r.ValidUntil.IsZero())
	require.False(t, r.ValidUntil.After(model.Date("2027-01-01").Start()))

	h.Clock.Set(model.Date("2027-01-01").Start())
	r, err = s.Check(t.Context(), bank, c)
	require.NoError(t, err)
	require.True(t, r.Listed, "the entry ended at midnight")
	looks := h.Log.Seen("whitelist.check")
	require.Len(t, looks, 3)
	require.Equal(t, []string{"listed", "not_listed", "listed"}, []string{looks[0].Outcome, looks[1].Outcome, looks[2].Outcome})
}

func TestCheck_validUntilIsHonoured(t *testing.T) {
	h, s := desk(t)
	rows := good(h, "MA00Y0NG")
	rows[0].EstablishedOn = "2026-01-15" // listed a year later
	h.Import(rows...)
	r, err := s.Check(t.Context(), bank, code(t, rows[0]))
	require.NoError(t, err)
	require.False(t, r.Listed)
	require.Equal(t, model.Date("2027-01-15").Start().UTC(), r.ValidUntil.UTC())
	h.Clock.Set(r.ValidUntil.Add(-time.Millisecond))
	r, err = s.Check(t.Context(), bank, code(t, rows[0]))
	require.NoError(t, err)
	require.False(t, r.Listed)
	h.Clock.Pass(time.Millisecond)
	r, err = s.Check(t.Context(), bank, code(t, rows[0]))
	require.NoError(t, err)
	require.True(t, r.Listed)
}

func TestCheck_authorised(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*model.Consent)
		want   bool
	}{
		"live":            {func(*model.Consent) {}, true},
		"revoked":         {func(c *model.Consent) { c.RevokedAt = servicetest.Start }, false},
		"expired":         {func(c *model.Consent) { c.ValidTo = servicetest.Start }, false},
		"another bank":    {func(c *model.Consent) { c.Recipient = "91410203MA0BANKYYY" }, false},
		"another purpose": {func(c *model.Consent) { c.Purpose = model.PurposeTender }, false},
	} {
		h, s := desk(t)
		rows := good(h, "MA00AUTH")
		h.Import(rows...)
		granted := model.Consent{ID: "c", Recipient: bankUnit, Purpose: model.PurposeBankAssess, ValidTo: servicetest.Start.AddDate(1, 0, 0)}
		c.change(&granted)
		h.Change(model.SubjectID(rows[0].USCC), func(f *model.SubjectFile) { f.Consents = []model.Consent{granted} })
		r, err := s.Check(t.Context(), bank, code(t, rows[0]))
		require.NoError(t, err, name)
		require.Equal(t, c.want, r.Authorised, name)
		require.Equal(t, c.want, len(r.Reasons) > 0, name)
	}
}

// A code that the register does not know is not listed and names nobody in the log: eighteen
// digits that check out may be a person's number.
func TestCheck_unknownCode(t *testing.T) {
	h, s := desk(t)
	unknown := code(t, h.Org("MA00N0NE"))
	r, err := s.Check(t.Context(), bank, unknown)
	require.NoError(t, err)
	require.Equal(t, model.WhitelistResult{USCC: unknown.Reveal(), AsOf: model.DateOf(servicetest.Start), BatchNo: "WL1",
		RulesVersion: r.RulesVersion, ValidUntil: model.DateOf(servicetest.Start).AddDays(1).Start()}, r)
	require.NotEmpty(t, r.RulesVersion)
	looks := h.Log.Seen("whitelist.check")
	require.Len(t, looks, 1, "the look is logged")
	require.Empty(t, looks[0].Subjects)
}

func TestCheckAll_inOrderUnderOneEntry(t *testing.T) {
	h, s := desk(t)
	one, two := good(h, "MA000NE1"), []*ingest.Row{h.Org("MA000TW0")}
	one[0].FormerCodes = h.Org("MA00FRMR").USCC
	h.Import(append(one, two...)...)
	former, err := model.ParseUnifiedSocialCreditCode(one[0].FormerCodes)
	require.NoError(t, err)
	unknown := code(t, h.Org("MA00N0NE"))
	asked := []model.UnifiedSocialCreditCode{code(t, two[0]), code(t, one[0]), unknown, code(t, one[0]), former}
	results, err := s.CheckAll(t.Context(), bank, asked)
	require.NoError(t, err)
	var listed []bool
	for _, r := range results {
		listed = append(listed, r.Listed)
	}
	require.Equal(t, []bool{false, true, false, true, true}, listed)
	require.Equal(t, one[0].USCC, results[4].USCC, "a former code is answered under the current one")
	looks := h.Log.Seen("whitelist.check")
	require.Len(t, looks, 1)
	require.ElementsMatch(t, []model.SubjectID{model.SubjectID(one[0].USCC), model.SubjectID(two[0].USCC)}, looks[0].Subjects)

	results, err = s.CheckAll(t.Context(), bank, nil)
	require.NoError(t, err)
	require.Empty(t, results)
	require.Len(t, h.Log.Seen("whitelist.check"), 1)
}

func TestCheck_needsTheLog(t *testing.T) {
	h, s := desk(t)
	rows := good(h, "MA000L0G")
	h.Import(rows...)
	h.Log.Broken.Store(true)
	_, err := s.Check(t.Context(), bank, code(t, rows[0]))
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	_, err = s.CheckAll(t.Context(), bank, []model.UnifiedSocialCreditCode{code(t, rows[0])})
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
}
