package handlers

import (
	"maps"
	"slices"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/benefit"
)

// readRule reads a rule as it will be published.
func readRule(c *gin.Context) (def benefit.Definition, err error) {
	var in api.BenefitRule
	if err := bind(c, &in); err != nil {
		return def, err
	}
	def = benefit.Definition{Code: in.Code, Status: benefit.StatusPublished, ValidFrom: model.Date(in.ValidFrom), ValidTo: model.Date(in.ValidTo),
		Demo: in.DemoNote != "", DemoNote: in.DemoNote, Scene: model.Scene(in.Scene), Title: in.Title, Summary: in.Summary, SiteID: in.SiteID, SiteName: in.SiteName,
		SubjectType: in.SubjectType, BasePriceFen: in.BasePriceFen, Stackable: in.Stackable, Basis: in.Basis, LegalBasis: in.LegalBasis,
		Per:        benefit.Per{Day: in.Caps.Day, Month: in.Caps.Month, Year: in.Caps.Year, Total: in.Caps.Total},
		Companions: in.Companions, CooldownMinutes: in.CooldownMinutes}
	if in.Paused {
		def.Status = benefit.StatusPaused
	}
	def.Partner = benefit.Partner{Name: in.Partner.Name, USCC: in.Partner.USCC, Contract: in.Partner.Contract}
	def.Value = benefit.Value{Type: benefit.ValueType(in.Value.Type), Value: in.Value.Value, Unit: in.Value.Unit}
	if w := in.TimeWindow; w != nil {
		def.TimeWindow = &benefit.Window{Weekdays: w.Weekdays, Hours: w.Hours}
		for _, day := range w.BlackoutDates {
			def.TimeWindow.BlackoutDates = append(def.TimeWindow.BlackoutDates, model.Date(day))
		}
	}
	if b := (benefit.Budget{Day: in.BudgetDay, Month: in.BudgetMonth, Year: in.BudgetYear, Total: int(in.BudgetTotal)}); b != (benefit.Budget{}) {
		def.Budget = &b
	}
	for _, c := range in.Conditions {
		def.Conditions = append(def.Conditions, benefit.Condition{ID: c.ID, CEL: c.CEL, Needs: c.Needs, Eligible: c.Eligible, NotEligible: c.NotEligible, Undetermined: c.Undetermined})
	}
	def.Parameters, err = readParameters(in.Parameters)
	return def, err
}

// readParameters gathers the values of each name in the order given.
func readParameters(in []api.BenefitParameter) (map[string][]benefit.Parameter, error) {
	out := map[string][]benefit.Parameter{}
	for _, p := range in {
		var values []any
		if p.Text != nil {
			values = append(values, *p.Text)
		}
		if p.Number != nil {
			values = append(values, *p.Number)
		}
		if p.Flag != nil {
			values = append(values, *p.Flag)
		}
		if p.Texts != nil {
			values = append(values, p.Texts)
		}
		if len(values) != 1 {
			return nil, model.Invalid("/parameters", "one_value", "每一项应恰好写 text、number、flag、texts 之一。")
		}
		out[p.Name] = append(out[p.Name], benefit.Parameter{Since: model.Date(p.Since), Value: values[0], Basis: p.Basis})
	}
	return out, nil
}

func wireRule(def benefit.Definition) api.BenefitRule {
	out := api.BenefitRule{Code: def.Code, Scene: string(def.Scene), Title: def.Title, Summary: def.Summary, ValidFrom: string(def.ValidFrom), ValidTo: string(def.ValidTo),
		Paused: def.Status == benefit.StatusPaused, DemoNote: def.DemoNote,
		Partner: api.BenefitPartner{Name: def.Partner.Name, USCC: def.Partner.USCC, Contract: def.Partner.Contract},
		SiteID:  def.SiteID, SiteName: def.SiteName, SubjectType: def.SubjectType,
		Value:        api.BenefitValue{Type: string(def.Value.Type), Value: def.Value.Value, Unit: def.Value.Unit},
		BasePriceFen: def.BasePriceFen, Stackable: def.Stackable, Basis: def.Basis, LegalBasis: def.LegalBasis,
		Caps:       api.BenefitCaps{Day: def.Per.Day, Month: def.Per.Month, Year: def.Per.Year, Total: def.Per.Total},
		Companions: def.Companions, CooldownMinutes: def.CooldownMinutes, Conditions: make([]api.BenefitCondition, len(def.Conditions))}
	out.TimeWindow = wireWindow(def.TimeWindow)
	if b := def.Budget; b != nil {
		out.BudgetDay, out.BudgetMonth, out.BudgetYear, out.BudgetTotal = b.Day, b.Month, b.Year, int64(b.Total)
	}
	for i, c := range def.Conditions {
		out.Conditions[i] = api.BenefitCondition{ID: c.ID, CEL: c.CEL, Needs: list(c.Needs), Eligible: c.Eligible, NotEligible: c.NotEligible, Undetermined: c.Undetermined}
	}
	for _, name := range slices.Sorted(maps.Keys(def.Parameters)) {
		for _, p := range def.Parameters[name] {
			out.Parameters = append(out.Parameters, wireParameter(name, p))
		}
	}
	return out
}

func wireWindow(w *benefit.Window) *api.BenefitWindow {
	if w == nil {
		return nil
	}
	out := &api.BenefitWindow{Weekdays: w.Weekdays, Hours: w.Hours}
	for _, day := range w.BlackoutDates {
		out.BlackoutDates = append(out.BlackoutDates, string(day))
	}
	return out
}

func wireParameter(name string, p benefit.Parameter) api.BenefitParameter {
	out := api.BenefitParameter{Name: name, Since: string(p.Since), Basis: p.Basis}
	switch v := p.Value.(type) {
	case string:
		out.Text = &v
	case int:
		out.Number = &v
	case bool:
		out.Flag = &v
	case []any:
		out.Texts = make([]string, 0, len(v))
		for _, e := range v {
			if s, ok := e.(string); ok {
				out.Texts = append(out.Texts, s)
			}
		}
	}
	return out
}
