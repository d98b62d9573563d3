package store

import (
	"context"
	"strings"

	"xinyi/model"
)

// listScan bounds how many entries one page of a filtered list reads.
const listScan = 5000

// Lists reads the entries of organisations on lists (名单).
type Lists struct {
	entries *Collection[model.ListEntry]
	clock   model.Clock
}

// NewLists gives the repository.
func NewLists(d Driver, clock model.Clock) *Lists { return &Lists{listEntries(d), clock} }

func listEntries(d Driver) *Collection[model.ListEntry] {
	return NewCollection(d, CollectionOptions[model.ListEntry]{Name: collListEntries, ID: func(e *model.ListEntry) string { return e.ID }})
}

// Entries gives entries that are shown today in code order after the position; q
// filters by name part or whole code.
func (l *Lists) Entries(ctx context.Context, kind model.ListKind, q, after string, limit int) ([]model.ListEntry, string, error) {
	from, to := span(string(kind))
	if after != "" {
		from = after + "\x00"
	}
	day := model.DateOf(l.clock.Now())
	var items []model.ListEntry
	last := ""
	list, err := l.entries.Find(ctx, Query{From: from, To: to, Limit: listScan})
	if err != nil {
		return nil, "", err
	}
	for _, e := range list.Items {
		if !e.Shown(day) || (q != "" && e.USCC != q && !strings.Contains(e.Name, q)) {
			continue
		}
		if len(items) == limit {
			return items, last, nil
		}
		items, last = append(items, *e), e.ID
	}
	if list.Next == "" {
		return items, "", nil
	}
	return items, list.Items[len(list.Items)-1].ID, nil
}

// RatingStats reads published rating distributions.
type RatingStats struct {
	stats *Collection[model.RatingStat]
}

// NewRatingStats gives the repository.
func NewRatingStats(d Driver) *RatingStats { return &RatingStats{ratingStats(d)} }

func ratingStats(d Driver) *Collection[model.RatingStat] {
	return NewCollection(d, CollectionOptions[model.RatingStat]{Name: collRatingStats, ID: func(s *model.RatingStat) string { return s.ID }})
}

// Of gives the distributions of one sector, by scope, period and subject; at most
// MaxLimit. "" for scope or period takes all.
func (r *RatingStats) Of(ctx context.Context, sector, scope, period string) ([]*model.RatingStat, error) {
	from, to := span(sector)
	var out []*model.RatingStat
	err := r.stats.Each(ctx, Query{From: from, To: to}, func(s *model.RatingStat) error {
		if (scope == "" || s.Scope == scope) && (period == "" || s.Period == period) {
			out = append(out, s)
		}
		return nil
	})
	return out, err
}
