package main

import (
	"log/slog"

	"xinyi/model"
	"xinyi/policy/repair"
	"xinyi/store"
)

// repairKind is the control kind of the published display and repair periods; name: as the
// seed's, since there is one file, body: YAML.
const repairKind = "repair"

// liveRepair are the display and repair periods in force.
type liveRepair struct{ liveTable[repair.Book] }

func newLiveRepair(control *store.Control, log *slog.Logger) (*liveRepair, error) {
	l := &liveRepair{liveTable[repair.Book]{kind: repairKind, seed: repair.Seed(), load: repair.Load}}
	return l, l.follow(control, log)
}

// Ends gives the first day on which a record is no longer shown; "" = no end.
func (l *liveRepair) Ends(r *model.Record) model.Date { return l.Load().Ends(r) }

// RuleVersion names what is in force.
func (l *liveRepair) RuleVersion() string { return l.Load().RuleVersion() }

// checkRepair refuses periods that do not load, or that rewrite a version which has begun:
// records have been let go by it.
func (p *platform) checkRepair(name string, body []byte) error {
	next, err := p.display.with(p.control, store.ControlDoc{Name: name, Body: body})
	if err != nil {
		return err
	}
	if key := p.display.Load().Rewritten(next, model.DateOf(p.clock.Now())); key != "" {
		return model.Errorf(model.CodeInvalidRequest, "已经生效的修复规则版本 %s 不能删除、改写，也不能在它以前插入：请另写一个版本，并把 validFrom 定在今天或以后。", key)
	}
	return nil
}
