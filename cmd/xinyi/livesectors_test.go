package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/sector"
)

// The book of the day is made once a day, and anew when one is published.
func TestLiveSectors_Book(t *testing.T) {
	now := time.Date(2026, 11, 28, 23, 59, 59, 0, model.Shanghai)
	l := &liveSectors{clock: model.ClockFunc(func() time.Time { return now })}
	publish := func() *sector.Book {
		book, err := sector.Load(sector.Seed())
		require.NoError(t, err)
		l.book.Store(book)
		return l.Book()
	}
	first := publish()
	require.Same(t, first, l.Book())
	now = now.Add(time.Second)
	next := l.Book()
	require.NotSame(t, first, next)
	require.Same(t, next, l.Book())
	require.NotSame(t, next, publish())
}
