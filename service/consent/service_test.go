package consent_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/grading"
	"xinyi/policy/quality"
	"xinyi/service/consent"
	"xinyi/service/servicetest"
	"xinyi/store"
)

func desk(t *testing.T) (*servicetest.House, *consent.Service) {
	t.Helper()
	h := servicetest.Open(t)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	figures, err := quality.Load(quality.Seed(), calendar)
	require.NoError(t, err)
	return h, &consent.Service{Store: store.NewConsents(h.Subjects), Files: h.Credit, Judge: h.Judge, Auditor: h.Log, IDs: h.IDs, Clock: h.Clock,
		Quality: func(day model.Date) consent.Counter { return figures.On(day) }}
}

func level(t *testing.T, s *consent.Service, me model.Principal) consent.Level {
	t.Helper()
	page, err := s.Own(t.Context(), me, "", "", 20)
	require.NoError(t, err)
	require.NotNil(t, page.Level)
	return *page.Level
}

// What the person chose is not undone by the next import, and the figures follow it.
func TestChoiceStays(t *testing.T) {
	h, s := desk(t)
	row := h.Person(1, "王沐宸")
	h.Import(row)
	me := h.Citizen(row)
	l := level(t, s, me)
	require.Equal(t, []any{true, true, model.LevelBasic}, []any{l.Joined, l.Offered, l.Grade})
	require.Zero(t, l.Since, "it came with the data")
	require.NoError(t, s.Leave(t.Context(), me))
	row.Division = "410203002"
	h.Import(row)
	f, err := h.Subjects.File(t.Context(), me.Subject)
	require.NoError(t, err)
	require.False(t, f.LevelOptIn)
	require.Nil(t, f.Judgement)
	require.Empty(t, f.Facts)
	require.Equal(t, "410203002", f.Division, "the rest of the row came in")
	require.Equal(t, int64(-1), enrolled(t, h), "the house's import counts nobody, so that one who left is one less")
	_, err = s.Join(t.Context(), me, strings.Repeat("0", 64), nil)
	require.True(t, model.Is(err, model.CodeInvalidRequest), "another text was read")
	l, err = s.Join(t.Context(), me, consent.LevelTextHash(), nil)
	require.NoError(t, err)
	f, err = h.Subjects.File(t.Context(), me.Subject)
	require.NoError(t, err)
	require.Equal(t, consent.LevelTextHash(), f.LevelText)
	require.Equal(t, "incentive_level#"+f.LevelText, h.Log.Seen("level.join")[0].Ref)
	require.Equal(t, model.LevelBasic, l.Grade)
	require.NotZero(t, l.Since)
	require.Zero(t, enrolled(t, h))
	_, err = s.Join(t.Context(), me, "", nil)
	require.True(t, model.Is(err, model.CodeExists), err)
}

func enrolled(t *testing.T, h *servicetest.House) (n int64) {
	t.Helper()
	sheets, err := store.NewQuality(h.Driver).Sheet(t.Context(), model.QualityArea)
	require.NoError(t, err)
	return sheets.Counts[model.QualityArea][model.QualityUndated]["enrolled"]
}

// Nobody joins what is not offered.
func TestNotOffered(t *testing.T) {
	h, s := desk(t)
	row := h.Person(1, "王沐宸")
	row.LevelOptIn = false
	h.Import(row)
	raw, err := fs.ReadFile(grading.Seed(), "enterprise.yaml")
	require.NoError(t, err)
	book, err := grading.Load(fstest.MapFS{"enterprise.yaml": {Data: raw}})
	require.NoError(t, err)
	s.Judge = grading.Files{Book: book}
	_, err = s.Join(t.Context(), h.Citizen(row), "", nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	_, err = s.Join(t.Context(), model.Principal{ID: "a", Role: model.RoleCitizen}, "", nil)
	require.True(t, model.Is(err, model.CodeNotVerified), err)
	require.Empty(t, h.Log.Seen("level.join"))
}
