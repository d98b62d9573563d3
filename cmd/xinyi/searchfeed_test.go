package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/model"
	"xinyi/service/search"
	"xinyi/store"
	"xinyi/store/enginetest"
)

// secondPageFails is a driver whose feed breaks off after one page while told to.
type secondPageFails struct {
	store.Driver
	on    bool
	pages int
}

func (d *secondPageFails) Changes(ctx context.Context, coll, token string, limit int) ([]store.Doc, string, error) {
	if d.pages++; d.on && d.pages%2 == 0 {
		return nil, "", &model.Error{Code: model.CodeUnavailable, Err: errors.New("no")}
	}
	return d.Driver.Changes(ctx, coll, token, limit)
}

// A page that fails takes no names with it that came before.
func TestSearchFeed_failingPage(t *testing.T) {
	d := &secondPageFails{Driver: enginetest.Open(t, model.ClockFunc(time.Now))}
	feed := &searchFeed{names: store.NewSearchNames(d), index: search.New(), log: slog.New(slog.DiscardHandler)}
	put := func(n int, name string) {
		var ops []store.Op
		for i := range n {
			id := fmt.Sprintf("%018d", i)
			body, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "name", Value: name}})
			require.NoError(t, err)
			if ops = append(ops, store.Op{Kind: store.OpPut, Coll: "search_names", ID: id, Body: body}); len(ops) == 1000 || i == n-1 {
				require.NoError(t, d.Apply(t.Context(), ops))
				ops = nil
			}
		}
	}
	named := func(name string) int { return len(feed.index.Search(name, 10, search.Key{})) }

	put(1, "义州前尘商行")
	require.NoError(t, feed.load(t.Context()))
	put(feedPage+1, "义州今生商行")
	d.on = true
	require.True(t, model.Is(feed.fill(t.Context()), model.CodeUnavailable))
	require.Equal(t, feedPage, feed.index.Len())
	put(1, "义州前尘商行") // as it was loaded
	d.on = false
	require.NoError(t, feed.fill(t.Context()))
	require.Equal(t, feedPage+1, feed.index.Len())
	require.Equal(t, 1, named("前尘"))
}
