// Package quality is the desk of the quality figures (考核指标): the table of every unit and
// period, the records behind each figure, the numbers that the office enters, and the
// monthly bulletin (通报).
package quality

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/quality"
)

// Store reads counters and the records behind them.
type Store interface {
	// Sheet gives one unit's, Sheets those of units after a code.
	Sheet(ctx context.Context, unit string) (model.QualitySheets, error)
	Sheets(ctx context.Context, after string, limit int) (model.QualitySheets, error)
	// Reports gives what was submitted for a unit in a month, Records all records; both
	// after a position.
	Reports(ctx context.Context, unit, month, after string, limit int) ([]*model.Record, string, error)
	Records(ctx context.Context, after string, limit int) ([]*model.Record, string, error)
	// Handed gives the reports whose rows were counted for a unit in a month, after a position.
	Handed(ctx context.Context, unit, month, after string, limit int) ([]*model.ImportJob, string, error)
	// Job gives one of them: CodeNotFound if there is none. Refused gives what was found in
	// its rows, warnings too.
	Job(ctx context.Context, id string) (*model.ImportJob, error)
	Refused(ctx context.Context, job, after string, limit int) ([]*model.ImportFault, string, error)
	Entry(ctx context.Context, unit, month string) (*model.QualityEntry, error)
	Enter(ctx context.Context, e *model.QualityEntry, entry model.AuditEntry) error
}

// Auditor writes the log.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(e model.AuditEntry, err error)
}

// Service is the desk. All fields are required.
type Service struct {
	Store   Store
	Book    *quality.Book
	Auditor Auditor
	Clock   model.Clock
}

// Figure is one figure of a unit.
type Figure = quality.Figure

// Percent is the measure of rates.
const Percent = quality.Percent

// Table is the figures of a period.
type Table struct {
	Period  quality.Period
	Title   string
	Version string
	Units   []UnitFigures
	// Next is where the next page goes on; "" at the end.
	Next string
}

// UnitFigures are the figures of one unit, or of the area.
type UnitFigures struct {
	Unit, Name string
	Figures    []quality.Figure
}

// Concern reports whether the unit is one to look at (重点关注).
func (u UnitFigures) Concern() bool {
	return slices.ContainsFunc(u.Figures, func(f quality.Figure) bool { return f.Concern })
}

// areaName names the whole area in tables.
const areaName = "全辖区"

// unitOf gives the unit that the caller may see: a department its own, the office any.
func unitOf(p model.Principal, asked string) (string, error) {
	if p.Role == model.RoleOffice {
		return asked, nil
	}
	if p.Unit == "" || asked != "" && asked != p.Unit {
		return "", model.Errorf(model.CodeForbidden, "只能查看本单位的指标；请去掉 unit 参数后重试。")
	}
	return p.Unit, nil
}

// period reads a period; "" is the month of today.
func (s *Service) period(text string) (quality.Period, *quality.Rules, error) {
	today := model.DateOf(s.Clock.Now())
	p := quality.PeriodOf(today)
	if text != "" {
		var err error
		if p, err = quality.ParsePeriod(text); err != nil {
			return p, nil, err
		}
	}
	return p, s.Book.On(model.Date(p.Last + "-01").AddMonths(1).AddDays(-1)), nil
}

// Table gives the figures of the caller's unit; the office hears of the area first and
// then of every unit, or of the one it asks for. "" for the period is this month.
func (s *Service) Table(ctx context.Context, p model.Principal, unit, period, after string, limit int) (Table, error) {
	unit, err := unitOf(p, unit)
	if err != nil {
		return Table{}, err
	}
	when, rules, err := s.period(period)
	if err != nil {
		return Table{}, err
	}
	t := Table{Period: when, Title: rules.Title(), Version: rules.Version}
	if unit != "" {
		sheets, err := s.Store.Sheet(ctx, unit)
		if err == nil {
			name := sheets.Names[unit]
			if unit == p.Unit {
				name = p.UnitName
			}
			t.Units = []UnitFigures{figures(rules, when, sheets, unit, name)}
		}
		return t, err
	}
	if after == "" {
		sheets, err := s.Store.Sheet(ctx, model.QualityArea)
		if err != nil {
			return Table{}, err
		}
		t.Units, limit = append(t.Units, figures(rules, when, sheets, model.QualityArea, areaName)), limit-1
		if limit == 0 {
			t.Next = model.QualityArea
			return t, nil
		}
	}
	if after == model.QualityArea {
		after = ""
	}
	sheets, err := s.Store.Sheets(ctx, after, limit)
	if err != nil {
		return Table{}, err
	}
	for _, u := range sheets.Units {
		t.Units = append(t.Units, figures(rules, when, sheets, u, sheets.Names[u]))
	}
	if sheets.More {
		t.Next = sheets.Units[len(sheets.Units)-1]
	}
	return t, nil
}

func figures(rules *quality.Rules, p quality.Period, s model.QualitySheets, unit, name string) UnitFigures {
	sheet := quality.Sheet{Counts: s.Counts[unit], Entered: s.Entered[unit]}
	return UnitFigures{Unit: unit, Name: name, Figures: rules.Table(sheet, p, unit == model.QualityArea)}
}
