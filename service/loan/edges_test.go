package loan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/servicetest"
)

// The answer says whether details are open, so it ends when a consent starts or ends.
func TestCheck_validUntilTheConsentTurns(t *testing.T) {
	h, s := desk(t)
	rows := good(h, "MA00AUTH")
	h.Import(rows...)
	starts, ends := servicetest.Start.Add(time.Hour), servicetest.Start.Add(3*time.Hour)
	coming := model.Consent{ID: "c", Recipient: bankUnit, Purpose: model.PurposeBankAssess, GrantedAt: starts, ValidTo: ends}
	others := coming
	others.Recipient, others.GrantedAt = "91410203MA0BANKYYY", servicetest.Start.Add(time.Minute)
	h.Change(model.SubjectID(rows[0].USCC), func(f *model.SubjectFile) { f.Consents = []model.Consent{others, coming} })
	for _, c := range []struct {
		at         time.Time
		authorised bool
		until      time.Time
	}{
		{servicetest.Start, false, starts},
		{starts.Add(-time.Millisecond), false, starts},
		{starts, true, ends},
		{ends.Add(-time.Millisecond), true, ends},
	} {
		h.Clock.Set(c.at)
		r, err := s.Check(t.Context(), bank, code(t, rows[0]))
		require.NoError(t, err)
		require.Equal(t, c.authorised, r.Authorised, c.at)
		require.True(t, r.ValidUntil.Equal(c.until), "at %s: until %s, want %s", c.at, r.ValidUntil, c.until)
	}
	h.Clock.Set(ends)
	r, err := s.Check(t.Context(), bank, code(t, rows[0]))
	require.NoError(t, err)
	require.False(t, r.Authorised)
	require.True(t, r.ValidUntil.IsZero() || r.ValidUntil.After(ends), r.ValidUntil)
}

// One subject that the list is not for spoils no batch.
func TestCheckAll_withSubjectsTheListIsNotFor(t *testing.T) {
	h, s := desk(t)
	rows, odd := good(h, "MA000NE1"), h.Org("MA000DD1")
	h.Import(append(rows, odd)...)
	h.Change(model.SubjectID(odd.USCC), func(f *model.SubjectFile) { f.Kind = "association" })
	results, err := s.CheckAll(t.Context(), bank, []model.UnifiedSocialCreditCode{code(t, odd), code(t, rows[0])})
	require.NoError(t, err)
	require.Equal(t, []bool{false, true}, []bool{results[0].Listed, results[1].Listed})
	require.Len(t, h.Log.Seen("whitelist.check")[0].Subjects, 2)
}

// An answer that is remembered says what the first one said, to every bank.
func TestCheck_remembersTheWholeAnswer(t *testing.T) {
	h, s := desk(t)
	rows := good(h, "MA00KEPT")
	rows[0].EstablishedOn = "2026-01-15"
	h.Import(rows...)
	first, err := s.Check(t.Context(), bank, code(t, rows[0]))
	require.NoError(t, err)
	other := bank
	other.Unit = "91410203MA0BANKYYY"
	for _, p := range []model.Principal{bank, other} {
		again, err := s.Check(t.Context(), p, code(t, rows[0]))
		require.NoError(t, err)
		require.True(t, first.ValidUntil.Equal(again.ValidUntil), again.ValidUntil)
		again.ValidUntil = first.ValidUntil
		require.Equal(t, first, again)
	}
}
