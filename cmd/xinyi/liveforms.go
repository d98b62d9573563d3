package main

import (
	"log/slog"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/form"
	"xinyi/service/ingest"
	"xinyi/store"
)

// formKind is the control kind of the published forms; name: "current", body: YAML.
const formKind = "form"

// liveForms are the forms in force: the embedded ones, until others are published in their
// place. A template of before is still read where its columns are still named.
type liveForms struct{ book atomic.Pointer[form.Book] }

func newLiveForms(control *store.Control, log *slog.Logger) (*liveForms, error) {
	l := &liveForms{}
	load := func() error {
		book, err := formsOf(control)
		if err == nil {
			l.book.Store(book)
		}
		return err
	}
	if err := load(); err != nil {
		return nil, err
	}
	control.Watch(formKind, func(store.ControlDoc) {
		if err := load(); err != nil { // the forms in force stay
			log.Error("forms refused", "error", explain(err))
		}
	})
	return l, nil
}

// formsOf are the published forms, or the seed.
func formsOf(control *store.Control) (*form.Book, error) {
	published := control.List(formKind)
	if len(published) == 0 {
		return form.Load(form.Seed())
	}
	return readForms(published[0].Body)
}

func readForms(body []byte) (*form.Book, error) {
	source, err := fileSystem(map[string][]byte{"forms.yaml": body})
	if err != nil {
		return nil, err
	}
	return form.Load(source)
}

// checkForms refuses forms that do not load, whose day has not come, or that lack a kind
// which departments report today.
func (p *platform) checkForms(body []byte) error {
	next, err := readForms(body)
	if err != nil {
		return err
	}
	if next.ValidFrom > model.DateOf(p.clock.Now()) {
		return model.Errorf(model.CodeInvalidRequest, "报送表单公布后立即生效：请把 validFrom 定为今天或以前，或到生效之日再公布。")
	}
	for _, kind := range next.Kinds() {
		f, err := next.Of(kind)
		if err != nil {
			return err
		}
		for _, field := range f.Fields {
			if field.Column != "" && !ingest.Takes(field.Column) {
				return model.Errorf(model.CodeInvalidRequest, "表单 %s 的列 %s 无处存放：记录没有的信息项请写作 details.名称。", kind, field.Column)
			}
		}
	}
	current, err := formsOf(p.control)
	if err != nil {
		return err
	}
	for _, kind := range current.Kinds() {
		if _, err := next.Of(kind); err != nil {
			return model.Errorf(model.CodeInvalidRequest, "新表单缺少 %s，已报送的数据将无法更正；请补上后再公布。", kind)
		}
	}
	return nil
}

// Of, Kinds, Terms and Version are those of the forms in force.
func (l *liveForms) Of(kind model.RecordKind) (*form.Form, error) { return l.book.Load().Of(kind) }

// Kinds lists the kinds that have a form.
func (l *liveForms) Kinds() []model.RecordKind { return l.book.Load().Kinds() }

// Terms are those of retractions.
func (l *liveForms) Terms() form.Retraction { return l.book.Load().Terms() }

// Version names the forms.
func (l *liveForms) Version() string { return l.book.Load().Version() }
