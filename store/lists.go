package store

import (
	"context"
	"strings"
	"unicode"

	"xinyi/model"
)

// listScan bounds how many entries one page of a filtered list reads: a public request costs
// little to ask.
const listScan = 500

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

// Entries gives entries that are shown today in code order after the position. q filters
// by part of the name or the beginning of the code, whatever the width and case of its
// letters; "" = all. A page may be short, even empty, before the end when few of many
// entries match: the position goes on.
func (l *Lists) Entries(ctx context.Context, kind model.ListKind, q, after string, limit int) ([]model.ListEntry, string, error) {
	from, to := span(string(kind))
	if after != "" && !strings.HasPrefix(after, from) {
		return nil, "", model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
	}
	q = folded(q)
	if len(q) == codeLength && strings.Trim(q, codeLetters) == "" {
		from, to = span(string(kind) + "/" + q)
	}
	if after != "" {
		from = max(from, after+"\x00")
	}
	day := model.DateOf(l.clock.Now())
	var items []model.ListEntry
	chunk := listScan
	if q == "" {
		chunk = limit + 1 // nearly all are shown
	}
	for looked := 0; looked < listScan; chunk = listScan - looked {
		list, err := l.entries.Find(ctx, Query{From: from, To: to, Limit: chunk})
		if err != nil {
			return nil, "", err
		}
		for _, e := range list.Items {
			if !e.Shown(day) || (q != "" && !strings.HasPrefix(e.USCC, q) && !strings.Contains(folded(e.Name), q)) {
				continue
			}
			if len(items) == limit {
				return items, items[limit-1].ID, nil
			}
			items = append(items, *e)
		}
		if list.Next == "" {
			return items, "", nil
		}
		after = list.Items[len(list.Items)-1].ID
		looked, from = looked+len(list.Items), after+"\x00"
	}
	return items, after, nil
}

const (
	codeLength  = 18
	codeLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// folded is how q and names are compared: half-width, upper-case, without white space.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		}
		return unicode.ToUpper(r)
	}, s)
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

// Of gives the distributions of one sector, by scope, period and subject. "" for scope or
// period takes all. They are few: one for each published table.
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
