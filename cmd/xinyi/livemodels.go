package main

import (
	"context"
	"io/fs"
	"log/slog"
	"slices"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/grading"
	"xinyi/store"
)

// gradingModelKind is the control kind of published grading models; name: file, body: YAML
// of one version.
const gradingModelKind = "grading_model"

// liveModels judge by the grading models in force: the embedded one of enterprises, then
// published versions over it. People have a level only where a model is published.
type liveModels struct{ book atomic.Pointer[grading.Book] }

func newLiveModels(control *store.Control, log *slog.Logger) (*liveModels, error) {
	l := &liveModels{}
	if err := l.load(control); err != nil {
		return nil, err
	}
	control.Watch(gradingModelKind, func(store.ControlDoc) {
		if err := l.load(control); err != nil { // the book in force stays
			log.Error("grading models refused", "error", explain(err))
		}
	})
	return l, nil
}

func (l *liveModels) load(control *store.Control) error {
	book, err := modelsOf(control)
	if err == nil {
		l.book.Store(book)
	}
	return err
}

// modelsOf is the book of the seed, of what is published over it and of more over that.
func modelsOf(control *store.Control, more ...store.ControlDoc) (*grading.Book, error) {
	all, err := readAll(grading.Seed())
	if err != nil {
		return nil, err
	}
	delete(all, grading.Personal)
	for _, d := range append(control.List(gradingModelKind), more...) {
		all[d.Name] = d.Body
	}
	source, err := fileSystem(all)
	if err != nil {
		return nil, err
	}
	return grading.Load(source)
}

// checkModel refuses a model that does not load, or that would judge a past day otherwise
// than it was judged then.
func (p *platform) checkModel(name string, body []byte) error {
	next, err := modelsOf(p.control, store.ControlDoc{Name: name, Body: body})
	if err != nil {
		return err
	}
	today := model.DateOf(p.clock.Now())
	if !slices.Equal(next.Past(today), p.judge.book.Load().Past(today)) {
		return model.Errorf(model.CodeInvalidRequest, "已经生效的评价模型不能改写：请另用一个文件名，并把 validFrom 定为今天或以后。")
	}
	return nil
}

// offerPersonalLevel publishes the personal model of the seed, unless there is one.
func (p *platform) offerPersonalLevel(ctx context.Context, by string) error {
	if _, err := p.control.Get(gradingModelKind, grading.Personal); !model.Is(err, model.CodeNotFound) {
		return err
	}
	raw, err := fs.ReadFile(grading.Seed(), grading.Personal)
	if err != nil {
		return err
	}
	version := versionOf(ruleSource{kind: "grading", raw: raw})
	return p.offer(ctx, store.ControlDoc{Kind: gradingModelKind, Name: grading.Personal, Body: raw}, version, by)
}

// offer publishes doc, unless another process was faster.
func (p *platform) offer(ctx context.Context, doc store.ControlDoc, version, by string) error {
	err := p.publish(ctx, doc, version, by)
	if model.Is(err, model.CodeConflict) || model.Is(err, model.CodeExists) {
		return p.control.Sync(ctx)
	}
	return err
}

func (l *liveModels) files() grading.Files { return grading.Files{Book: l.book.Load()} }

// Judge, Again, Digest and Version are those of the book in force.
func (l *liveModels) Judge(f *model.SubjectFile, records []*model.Record, on model.Date) (model.Judgement, error) {
	return l.files().Judge(f, records, on)
}

// Again judges from the digest in the file.
func (l *liveModels) Again(f *model.SubjectFile, on model.Date) (model.Judgement, bool, error) {
	return l.files().Again(f, on)
}

// Digest gives what Again needs.
func (l *liveModels) Digest(f *model.SubjectFile, records []*model.Record) []byte {
	return l.files().Digest(f, records)
}

// Version names the model in force.
func (l *liveModels) Version(kind model.SubjectKind, optIn bool, on model.Date) string {
	return l.files().Version(kind, optIn, on)
}
