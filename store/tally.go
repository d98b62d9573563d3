package store

import (
	"context"
	"time"

	"xinyi/model"
)

const (
	// settles is when a redemption does not change any more: it may be reversed for 30
	// minutes, and the clocks of processes differ a little.
	settles = 35 * time.Minute
	// tallied bounds the days of sites that are remembered.
	tallied = 1024
)

// tally is the count of a site's day up to an id, behind which nothing changes or comes
// in any more.
type tally struct {
	upTo            string
	count, reversed int
}

func (t *tally) add(doc Doc) {
	t.count++
	if reversed, _ := doc.Body.Lookup("reversed").BooleanOK(); reversed {
		t.reversed++
	}
}

// Totals counts a site's day. Of a day that was counted before it reads what came in since
// and what may still change; the first count of a process reads the whole day. A counter
// in the store would be a document that every redemption of the site waits for.
func (b *Benefits) Totals(ctx context.Context, site string, day model.Date) (count, reversed int, err error) {
	key := site + "/" + string(day)
	from, to := span(key)
	newest, err := b.driver.Find(ctx, collRedemptions, Query{From: from, To: to, Desc: true, Limit: 1})
	if err != nil || len(newest.Docs) == 0 {
		return 0, 0, err
	}
	settled := redeemedAt(newest.Docs[0]).Add(-settles)
	known, _ := b.tallies.Get(key)
	if known.upTo != "" {
		from = known.upTo + "\x00"
	}
	total, open := known, false
	for q := (Query{From: from, To: to, Limit: 1000}); ; {
		page, err := b.driver.Find(ctx, collRedemptions, q)
		if err != nil {
			return 0, 0, err
		}
		for _, doc := range page.Docs {
			total.add(doc)
			if open = open || !redeemedAt(doc).Before(settled); !open {
				known = tally{doc.ID, total.count, total.reversed}
			}
		}
		if q.After = page.Next; q.After == "" {
			b.tallies.Add(key, known)
			return total.count, total.reversed, nil
		}
	}
}

// redeemedAt is when a redemption was recorded; one without a network is recorded later
// than it was accepted.
func redeemedAt(doc Doc) time.Time {
	if at, ok := doc.Body.Lookup("recordedAt").TimeOK(); ok {
		return at
	}
	at, _ := doc.Body.Lookup("at").TimeOK()
	return at
}
