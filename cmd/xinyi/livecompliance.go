package main

import (
	"log/slog"
	"sync/atomic"

	"xinyi/model"
	"xinyi/policy/compliance"
	"xinyi/store"
)

// complianceKind is the control kind of the published compliance checks; name: "current",
// body: YAML.
const complianceKind = "compliance"

// liveCompliance is the book of compliance checks in force: the embedded one, until another
// is published in its place. Rows that are being read keep the book they began with.
type liveCompliance struct {
	atomic.Pointer[compliance.Book]
}

func newLiveCompliance(control *store.Control, log *slog.Logger) (*liveCompliance, error) {
	l := &liveCompliance{}
	load := func() error {
		book, err := complianceOf(control)
		if err == nil {
			l.Store(book)
		}
		return err
	}
	if err := load(); err != nil {
		return nil, err
	}
	control.Watch(complianceKind, func(store.ControlDoc) {
		if err := load(); err != nil { // the book in force stays
			log.Error("compliance checks refused", "error", explain(err))
		}
	})
	return l, nil
}

// complianceOf is the published book, or the seed.
func complianceOf(control *store.Control) (*compliance.Book, error) {
	published := control.List(complianceKind)
	if len(published) == 0 {
		return compliance.Load(compliance.Seed())
	}
	return readCompliance(published[0].Body)
}

func readCompliance(body []byte) (*compliance.Book, error) {
	source, err := fileSystem(map[string][]byte{"compliance.yaml": body})
	if err != nil {
		return nil, err
	}
	return compliance.Load(source)
}

// checkCompliance refuses a book that does not load, or whose day has not come: there is one
// book, and it counts from its publication.
func (p *platform) checkCompliance(body []byte) error {
	next, err := readCompliance(body)
	if err == nil && next.ValidFrom > model.DateOf(p.clock.Now()) {
		err = model.Errorf(model.CodeInvalidRequest, "合规校验公布后立即生效：请把 validFrom 定为今天或以前，或到生效之日再公布。")
	}
	return err
}
