package consent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/consent"
	"xinyi/service/credit"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
)

func granted(about *ingest.Row, purpose model.Purpose, validTo string) *ingest.Row {
	return &ingest.Row{Kind: ingest.KindConsent, USCC: about.USCC, Name: about.Name, IDNo: about.IDNo, Recipient: servicetest.AuthorityCode,
		Purpose: string(purpose), DecisionDate: "2026-01-01", ValidTo: validTo}
}

// What a person let others see is listed page by page and ends when the person says so; the
// same row imported again does not bring it back.
func TestWithdrawOwn(t *testing.T) {
	h, s := desk(t)
	row := h.Person(1, "王沐宸")
	h.Import(row, granted(row, model.PurposeEmployment, "2099-12-31"), granted(row, model.PurposeOther, "2026-06-30"), granted(row, model.PurposeTender, "2099-12-31"))
	me, other := h.Citizen(row), h.Person(2, "李清照")
	h.Import(other)
	var all []consent.Given
	after := ""
	for pages := 0; pages == 0 || after != ""; pages++ {
		page, err := s.Own(t.Context(), me, "", after, 1)
		require.NoError(t, err)
		require.Equal(t, pages == 0, page.Level != nil)
		require.LessOrEqual(t, len(page.Given), 1)
		all, after = append(all, page.Given...), page.Next
	}
	require.Len(t, all, 3)
	require.Equal(t, []bool{true, false, true}, []bool{all[0].Live, all[1].Live, all[2].Live})

	office := model.Principal{ID: "o", Role: model.RoleOffice, Unit: servicetest.AuthorityCode}
	question := credit.Query{Name: "王沐宸", IDNo: row.IDNo, Purpose: model.PurposeEmployment}
	_, err := h.Credit.Query(t.Context(), office, question)
	require.NoError(t, err)
	for id, code := range map[string]model.Code{all[1].ID: model.CodeNotFound, string(me.Subject) + "/none": model.CodeNotFound, "": model.CodeNotFound} {
		require.True(t, model.Is(s.Withdraw(t.Context(), me, id), code), id)
	}
	require.True(t, model.Is(s.Withdraw(t.Context(), h.Citizen(other), all[0].ID), model.CodeNotFound))
	require.True(t, model.Is(s.Withdraw(t.Context(), model.Principal{ID: "a", Role: model.RoleCitizen}, all[0].ID), model.CodeNotVerified))

	require.NoError(t, s.Withdraw(t.Context(), me, all[0].ID))
	_, err = h.Credit.Query(t.Context(), office, question)
	require.True(t, model.Is(err, model.CodeConsentRequired), err)
	require.True(t, model.Is(s.Withdraw(t.Context(), me, all[0].ID), model.CodeNotFound))
	seen := h.Log.Seen("consent.withdraw")
	require.Len(t, seen, 1)
	require.Equal(t, []any{all[0].ID, []model.SubjectID{me.Subject}}, []any{seen[0].Consent, seen[0].Subjects})

	h.Clock.Pass(time.Hour)
	h.Import(granted(row, model.PurposeEmployment, "2099-12-31"))
	page, err := s.Own(t.Context(), me, "", "", 20)
	require.NoError(t, err)
	require.Len(t, page.Given, 3)
	require.False(t, page.Given[0].Live)
	require.True(t, page.Given[0].RevokedAt.Equal(servicetest.Start))
	require.True(t, page.Given[2].Live, "the others go on")
}
