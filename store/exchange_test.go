package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

// renaming is a driver that gives a new token with every answer, as MongoDB does.
type renaming struct{ store.Driver }

func (renaming) Changes(_ context.Context, _, token string, _ int) ([]store.Doc, string, error) {
	return nil, token + "+", nil
}

func TestExchange_nextKeepsThePositionOfAnEmptyPoll(t *testing.T) {
	x := store.NewExchange(store.NewSubjects(renaming{openDriver(t, newClock())}, 0))
	s := model.ExchangeState{Walked: true, Token: "a"}
	_, more, err := x.Next(t.Context(), &s, 10)
	require.NoError(t, err)
	require.False(t, more)
	require.Equal(t, "a+", s.Token)
}
