package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/store"
)

func listed(t *testing.T, entries ...*model.ListEntry) *store.Lists {
	t.Helper()
	clock := model.ClockFunc(func() time.Time { return time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC) })
	d := openDriver(t, clock)
	all := store.NewCollection(d, store.CollectionOptions[model.ListEntry]{Name: "list_entries", ID: func(e *model.ListEntry) string { return e.ID }})
	for len(entries) > 0 {
		var b store.Batch
		n := min(1000, len(entries))
		for _, e := range entries[:n] {
			e.Kind, e.ID = model.ListAbnormal, "abnormal/"+e.USCC+"/1"
			b.Add(all.InsertOp(e))
		}
		require.NoError(t, b.Apply(t.Context(), d))
		entries = entries[n:]
	}
	return store.NewLists(d, clock)
}

func TestEntries_filter(t *testing.T) {
	l := listed(t, &model.ListEntry{USCC: "91410203MA44444T88", Name: "开封润达（集团）ABC有限公司"},
		&model.ListEntry{USCC: "91410203MA55555T88", Name: "开封永兴商贸有限公司"},
		&model.ListEntry{USCC: "92410203MA44444T88", Name: "已移出", Withdrawn: true})
	for q, want := range map[string]int{"": 2, " ": 2, "润达": 1, "润达(集团)": 1, "开封 润达": 1, "ａｂｃ有限": 1, "abc": 1, "开封": 2, "移出": 0,
		"91410203ma44444t88": 1, "９１４１０２０３MA44444T88": 1, "91410203": 2, "MA44444T88": 0, "91410203MA44444T89": 0, "/": 0} {
		found, next, err := l.Entries(t.Context(), model.ListAbnormal, q, "", 10)
		require.NoError(t, err, q)
		require.Len(t, found, want, q)
		require.Empty(t, next, q)
	}
	_, _, err := l.Entries(t.Context(), model.ListAbnormal, "", "honor/91410203MA44444T88/1", 10)
	require.True(t, model.Is(err, model.CodeInvalidCursor), err)
}

// A page looks at so many entries and no more: it may be empty and go on.
func TestEntries_rareMatches(t *testing.T) {
	var entries []*model.ListEntry
	for i := range 12_000 {
		entries = append(entries, &model.ListEntry{USCC: fmt.Sprintf("91410203MA%06d88", i), Name: "开封商贸有限公司"})
	}
	for _, i := range []int{7000, 7001, 7002, 11_999} {
		entries[i].Name = "开封润达有限公司"
	}
	l := listed(t, entries...)
	first, next, err := l.Entries(t.Context(), model.ListAbnormal, "润达", "", 2)
	require.NoError(t, err)
	require.Empty(t, first)
	require.Equal(t, "abnormal/91410203MA00049988/1", next, "it looks at 500 entries")
	var found []string
	for pages := 0; next != "" && pages < 30; pages++ {
		var page []model.ListEntry
		page, next, err = l.Entries(t.Context(), model.ListAbnormal, "润达", next, 2)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), 2)
		for _, e := range page {
			found = append(found, e.USCC)
		}
	}
	require.Equal(t, []string{"91410203MA00700088", "91410203MA00700188", "91410203MA00700288", "91410203MA01199988"}, found)
}
