package main

import (
	"log/slog"
	"maps"
	"strings"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/sector"
	"xinyi/service/ingest"
	"xinyi/store"
)

// liveSectors is the book of rating schemes: the seed, and what was published over it.
type liveSectors struct {
	book  atomic.Pointer[sector.Book]
	today atomic.Pointer[sectorsOfDay]
	clock model.Clock
}

// sectorsOfDay is a book as it stands on a day: every look-up asks for it.
type sectorsOfDay struct {
	all, book *sector.Book
	day       model.Date
}

// newLiveSectors follows what is published until the program ends.
func newLiveSectors(control *store.Control, c model.Clock, log *slog.Logger) (*liveSectors, error) {
	files, err := readAll(sector.Seed())
	if err != nil {
		return nil, err
	}
	l := &liveSectors{clock: c}
	load := func() error {
		all := maps.Clone(files)
		for _, d := range control.List(store.SectorKind) {
			all["published-"+strings.ReplaceAll(d.Name, "@", "-")+".yaml"] = d.Body
		}
		source, err := fileSystem(all)
		if err != nil {
			return err
		}
		book, err := sector.Load(source)
		if err == nil {
			l.book.Store(book)
		}
		return err
	}
	if err := load(); err != nil {
		return nil, err
	}
	control.Watch(store.SectorKind, func(store.ControlDoc) {
		if err := load(); err != nil { // the book in force stays
			log.Error("sector schemes refused", "error", explain(err))
		}
	})
	return l, nil
}

// All gives the book with all versions, Book the one of today.
func (l *liveSectors) All() *sector.Book { return l.book.Load() }

func (l *liveSectors) Book() *sector.Book {
	all, day := l.All(), model.DateOf(l.clock.Now())
	if t := l.today.Load(); t != nil && t.all == all && t.day == day {
		return t.book
	}
	t := &sectorsOfDay{all: all, book: all.On(day), day: day}
	l.today.Store(t)
	return t.book
}

// importerOf brings rows in as somebody who has signed in.
func (p *platform) importerOf(actor model.Principal) *ingest.Importer {
	im := p.importer()
	im.Actor = actor
	return im
}
