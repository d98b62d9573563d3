package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
)

// Stamps that differ in anything differ taken apart, and equal ones do not.
func TestStamp_Flat(t *testing.T) {
	type parts struct {
		own   model.FlatStamp
		basis model.StampBasis
	}
	flat := func(s model.Stamp) (p parts) {
		p.own, p.basis = s.Flat()
		return p
	}
	one := model.Stamp{Rev: 7, Rules: "personal@2026-04-01#1", Day: "2026-11-22", ValidUntil: time.Date(2026, 12, 1, 0, 0, 0, 1, model.Shanghai)}
	same := one
	same.ValidUntil = same.ValidUntil.UTC()
	require.Equal(t, flat(one), flat(same))
	for _, change := range []func(*model.Stamp){
		func(s *model.Stamp) { s.Rev = 8 },
		func(s *model.Stamp) { s.Rules = "personal@2026-04-01#2" },
		func(s *model.Stamp) { s.Day = "2026-11-23" },
		func(s *model.Stamp) { s.ValidUntil = time.Time{} },
		func(s *model.Stamp) { s.ValidUntil = s.ValidUntil.Add(time.Nanosecond) },
	} {
		other := one
		change(&other)
		require.NotEqual(t, flat(one), flat(other), other)
	}
}

func TestInstant(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC)} {
		require.Equal(t, at, model.InstantOf(at).Time())
		require.Equal(t, model.InstantOf(at), model.InstantOf(at.In(model.Shanghai)))
	}
	require.True(t, model.InstantOf(time.Time{}).Time().IsZero())
}

// Ids of people and organisations have keys, each its own; one that does not fit has none, so that
// it is not taken for the one it begins with.
func TestSubjectID_Key(t *testing.T) {
	person := model.SubjectID("p_" + strings.Repeat("0", 26))
	seen := map[model.SubjectKey]model.SubjectID{}
	for _, id := range []model.SubjectID{person, person[:27], "91410203MA0BANKYYY", ""} {
		key, ok := id.Key()
		require.True(t, ok, id)
		require.NotContains(t, seen, key)
		seen[key] = id
	}
	_, ok := (person + "0").Key()
	require.False(t, ok)
}
