package main

import (
	"io/fs"
	"log/slog"
	"slices"
	"sync/atomic"

	"xinyi/handlers"
	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/measures"
	"xinyi/store"
)

// Control kinds of tables of several files: name: file, body: YAML.
const (
	catalogueKind = "catalogue"
	measuresKind  = "measures"
)

// liveTable is what several files are read into together: the embedded ones, then published
// ones over them, which replace a file of the same name or stand beside.
type liveTable[T any] struct {
	atomic.Pointer[T]
	kind string
	seed fs.FS
	load func(fs.FS) (*T, error)
}

// follow loads what is in force and follows what is published.
func (l *liveTable[T]) follow(control *store.Control, log *slog.Logger) error {
	renew := func() error {
		next, err := l.with(control)
		if err == nil {
			l.Store(next)
		}
		return err
	}
	if err := renew(); err != nil {
		return err
	}
	control.Watch(l.kind, func(store.ControlDoc) {
		if err := renew(); err != nil { // what is in force stays
			log.Error("rules refused", "kind", l.kind, "error", explain(err))
		}
	})
	return nil
}

// with gives what is in force with more over it.
func (l *liveTable[T]) with(control *store.Control, more ...store.ControlDoc) (*T, error) {
	files, err := readAll(l.seed)
	if err != nil {
		return nil, err
	}
	for _, d := range append(control.List(l.kind), more...) {
		files[d.Name] = d.Body
	}
	source, err := fileSystem(files)
	if err != nil {
		return nil, err
	}
	return l.load(source)
}

// liveCatalogue says what may be recorded, by the editions in force.
type liveCatalogue struct{ liveTable[catalogue.Book] }

func newLiveCatalogue(control *store.Control, log *slog.Logger) (*liveCatalogue, error) {
	l := &liveCatalogue{liveTable[catalogue.Book]{kind: catalogueKind, seed: catalogue.Seed(), load: catalogue.Load}}
	return l, l.follow(control, log)
}

// Find gives the line that a record comes in under.
func (l *liveCatalogue) Find(rec *model.Record, subject model.SubjectKind, day model.Date) (catalogue.Entry, *catalogue.Refusal) {
	return l.Load().Find(rec, subject, day)
}

// Screen checks a record against the blocklist.
func (l *liveCatalogue) Screen(rec *model.Record, content string, subject model.SubjectKind) *catalogue.Refusal {
	return l.Load().Screen(rec, content, subject)
}

// checkCatalogue refuses files that do not load, and editions that would change or come
// before one in force: records stand under its lines.
func (p *platform) checkCatalogue(name string, body []byte) error {
	next, err := p.catalogue.with(p.control, store.ControlDoc{Name: name, Body: body})
	if err != nil {
		return err
	}
	begun := func(b *catalogue.Book) (versions []string) {
		for _, e := range b.Editions() {
			if e.ValidFrom <= model.DateOf(p.clock.Now()) {
				versions = append(versions, e.Version)
			}
		}
		return versions
	}
	if was, is := begun(p.catalogue.Load()), begun(next); len(is) < len(was) || !slices.Equal(was, is[:len(was)]) {
		return model.Errorf(model.CodeInvalidRequest, "已经生效的目录版本不能改写，也不能在它以前插入：请另用一个文件名，并把 validFrom 定在现行版本以后。")
	}
	return nil
}

// liveMeasures are the tables of bases, measures, lists and supervision in force.
type liveMeasures struct{ liveTable[measures.Book] }

func newLiveMeasures(control *store.Control, log *slog.Logger) (*liveMeasures, error) {
	l := &liveMeasures{liveTable[measures.Book]{kind: measuresKind, seed: measures.Seed(), load: measures.Load}}
	return l, l.follow(control, log)
}

// Version, Basis, Measure, List, Measures and Suggest are those of the tables in force.
func (l *liveMeasures) Version() string { return l.Load().Version() }

// Basis gives a basis on a day.
func (l *liveMeasures) Basis(code string, on model.Date) (measures.Basis, error) {
	return l.Load().Basis(code, on)
}

// Measure gives a measure on a day.
func (l *liveMeasures) Measure(code string, on model.Date) (measures.Measure, error) {
	return l.Load().Measure(code, on)
}

// List gives the rule of a list on a day.
func (l *liveMeasures) List(kind model.ListKind, on model.Date) (measures.ListRule, error) {
	return l.Load().List(kind, on)
}

// Measures lists those in force on a day.
func (l *liveMeasures) Measures(on model.Date) []measures.Measure { return l.Load().Measures(on) }

// Suggest gives the supervision of a grade on a day.
func (l *liveMeasures) Suggest(grade string, on model.Date) (measures.Suggestion, bool) {
	return l.Load().Suggest(grade, on)
}

// checkMeasures refuses tables that do not load, or in which a row that has begun says
// something else: it may only be ended.
func (p *platform) checkMeasures(name string, body []byte) error {
	next, err := p.measures.with(p.control, store.ControlDoc{Name: name, Body: body})
	if err != nil {
		return err
	}
	if lost := p.measures.Load().Rewritten(next, model.DateOf(p.clock.Now())); len(lost) > 0 {
		slices.Sort(lost)
		return model.Errorf(model.CodeInvalidRequest, "已经生效的行不能删除或改写，只能用 validTo 终止（今天或以后），再另写一行：%v。", lost)
	}
	return nil
}

// catalogues shows the editions in force to the HTTP surface.
type catalogues struct {
	live  *liveCatalogue
	shown atomic.Pointer[catalogueBook]
}

func (c *catalogues) book() *catalogueBook {
	now, shown := c.live.Load(), c.shown.Load()
	if shown == nil || shown.book != now {
		next := newCatalogueBook(now)
		shown = &next
		c.shown.Store(shown)
	}
	return shown
}

// On gives the edition in force on a day.
func (c *catalogues) On(day model.Date) *handlers.CatalogueEdition { return c.book().On(day) }

// Version names everything the catalogue was read from.
func (c *catalogues) Version() string { return c.book().Version() }
