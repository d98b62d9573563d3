package main

import (
	"context"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/service/search"
	"xinyi/store"
)

// searchFeed keeps the search index as the store's names are, at most a second behind.
type searchFeed struct {
	names *store.SearchNames
	index *search.Index
	log   *slog.Logger

	mu    sync.Mutex // one fill at a time
	token string
	// loaded are the entries that load brought, by code, until the first fill has passed
	// them: the feed gives them all once more.
	loaded map[string]uint64
	seed   maphash.Seed
}

// feedPage is how many names one read takes.
const feedPage = 5000

// load reads all names in the order of codes, which is far quicker than the feed's order;
// a start waits for it. What was written meanwhile comes with the first fill.
func (f *searchFeed) load(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var entries []search.Entry
	f.loaded, f.seed = map[string]uint64{}, maphash.MakeSeed()
	err := f.names.All(ctx, func(n *store.SearchName) error {
		e := searchEntry(n)
		entries = append(entries, e)
		f.loaded[e.USCC] = f.hash(e)
		return nil
	})
	f.index.Upsert(entries...)
	return err
}

// fill reads what the feed has new, in one hand-over to the index: also of the pages before
// one that failed, since the next fill goes on behind them.
func (f *searchFeed) fill(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var entries []search.Entry
	defer func() { f.index.Upsert(entries...) }()
	for {
		names, next, err := f.names.Changes(ctx, f.token, feedPage)
		if err != nil {
			return err
		}
		for _, n := range names {
			e := searchEntry(n)
			if hash, ok := f.loaded[e.USCC]; !ok || hash != f.hash(e) {
				entries = append(entries, e)
				delete(f.loaded, e.USCC) // it is no longer what load brought
			}
		}
		f.token = next
		if len(names) < feedPage {
			f.loaded = nil
			return nil
		}
	}
}

func searchEntry(n *store.SearchName) search.Entry {
	return search.Entry{USCC: n.USCC, Name: n.Name, FormerNames: n.FormerNames, FormerCodes: n.FormerCodes, Status: n.Status}
}

func (f *searchFeed) hash(e search.Entry) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	put := func(s string) {
		h.WriteString(s)
		h.WriteByte(0)
	}
	put(e.Name)
	put(e.Status)
	for _, list := range [][]string{e.FormerNames, e.FormerCodes} {
		for _, s := range list {
			put(s)
		}
		put("")
	}
	return h.Sum64()
}

// run follows the feed until ctx ends.
func (f *searchFeed) run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := f.fill(ctx); err != nil && ctx.Err() == nil {
			f.log.Warn("search index not followed", "code", string(model.CodeOf(err)))
		}
	}
}
