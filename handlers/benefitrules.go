package handlers

import (
	"errors"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/benefit"
)

// BenefitRules is the desk where benefit rules are drafted, tried and published.
type BenefitRules struct {
	Desk  *benefit.RuleDesk
	Clock model.Clock
}

// Mount adds the routes.
func (d *BenefitRules) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/benefit-rules", d.list)
	r.Handle(http.MethodPost, "/v1/benefit-rules", d.propose)
	r.Handle(http.MethodGet, "/v1/benefit-rules/:code", d.get)
	r.Handle(http.MethodPut, "/v1/benefit-rules/:code", d.revise)
	r.Handle(http.MethodPost, "/v1/benefit-rules/:code/publication", d.publish)
	r.Handle(http.MethodPost, "/v1/benefit-rules/:code/simulations", d.simulate)
}

func (d *BenefitRules) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	codes, err := d.Desk.List(c.Request.Context())
	if err != nil {
		return err
	}
	codes, next := slicePage(codes, p, func(code string) string { return code })
	answer := api.BenefitRules{Items: make([]api.BenefitRuleHistory, 0, len(codes))}
	for _, code := range codes {
		h, err := d.Desk.History(c.Request.Context(), code)
		if model.Is(err, model.CodeNotFound) { // its only draft has just gone
			continue
		}
		if err != nil {
			return err
		}
		use, err := d.Desk.BudgetUse(c.Request.Context(), code)
		if err != nil {
			return err
		}
		item := d.wire(h)
		item.BudgetUse = wireBudgetUse(use)
		answer.Items = append(answer.Items, item)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

// tag is the validator of what the caller reads: draft, check list, versions and their states.
func (d *BenefitRules) tag(h *benefit.History) string {
	parts := []string{"benefit_rule", h.Code, string(model.DateOf(d.Clock.Now()))}
	rev := int64(0)
	if h.Draft != nil {
		rev = h.Draft.Rev
		for _, check := range h.Checks {
			parts = append(parts, check.ID, check.Text)
		}
	}
	for _, r := range h.Versions {
		parts = append(parts, r.Version)
	}
	return etag(rev, parts...)
}

func (d *BenefitRules) get(c *gin.Context) error {
	h, err := d.Desk.History(c.Request.Context(), c.Param("code"))
	if err != nil {
		return err
	}
	if unchanged(c, d.tag(&h)) {
		return nil
	}
	return respond(c, http.StatusOK, d.wire(h))
}

func (d *BenefitRules) propose(c *gin.Context) error {
	def, err := readRule(c)
	if err != nil {
		return err
	}
	draft, err := d.Desk.Propose(c.Request.Context(), caller(c), def, receipt(c, http.StatusCreated, wireRuleDraft))
	if err != nil {
		return ruleFaults(err)
	}
	return respond(c, http.StatusCreated, wireRuleDraft(draft))
}

func (d *BenefitRules) revise(c *gin.Context) error {
	def, err := readRule(c)
	if err != nil {
		return err
	}
	if def.Code != c.Param("code") {
		return model.Invalid("/code", "path", "应与路径中的事项代码相同。")
	}
	draft, err := d.Desk.Revise(c.Request.Context(), caller(c), def, func(h *benefit.History) error { return ifMatch(c, d.tag(h)) })
	if err != nil {
		return ruleFaults(err)
	}
	return respond(c, http.StatusOK, wireRuleDraft(draft))
}

func (d *BenefitRules) publish(c *gin.Context) error {
	wire := func(h benefit.History) any { return d.wire(h) }
	h, err := d.Desk.Publish(c.Request.Context(), caller(c), c.Param("code"), func(h *benefit.History) error { return ifMatch(c, d.tag(h)) },
		receipt(c, http.StatusCreated, wire))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wire(h))
}

func (d *BenefitRules) simulate(c *gin.Context) error {
	run, err := d.Desk.Simulate(c.Request.Context(), caller(c), c.Param("code"))
	if err != nil {
		return err
	}
	answer := api.BenefitSimulation{RuleVersion: run.Draft, Against: run.Against, On: string(run.On), StartedAt: instant(run.StartedAt),
		Finished: run.Finished, Seen: run.Seen, Cells: make([]api.SimulationCell, len(run.Cells))}
	for i, cell := range run.Cells {
		answer.Cells[i] = api.SimulationCell{Division: cell.Division, Level: cell.Level, Counts: api.SimulationCounts{Gains: cell.Gains, Loses: cell.Loses,
			Keeps: cell.Keeps, Without: cell.Without, Undetermined: cell.Undetermined}}
		answer.Total.Gains += cell.Gains
		answer.Total.Loses += cell.Loses
		answer.Total.Keeps += cell.Keeps
		answer.Total.Without += cell.Without
		answer.Total.Undetermined += cell.Undetermined
	}
	return respond(c, http.StatusOK, answer)
}

// ruleFaults points at the body what the rule reader says about its file.
func ruleFaults(err error) error {
	var e *model.Error
	if !errors.As(err, &e) || e.Code != model.CodeInvalidRequest {
		return err
	}
	out := &model.Error{Code: e.Code, Err: err}
	for _, f := range e.Fields {
		out.Fields = append(out.Fields, model.FieldError{Code: f.Code, Detail: f.Detail})
	}
	return out
}

func (d *BenefitRules) wire(h benefit.History) api.BenefitRuleHistory {
	out := api.BenefitRuleHistory{Code: h.Code, Checks: make([]api.BenefitRuleCheck, len(h.Checks)), Versions: make([]api.BenefitRuleVersion, len(h.Versions))}
	if h.Draft != nil {
		draft := wireDraftOf(*h.Draft)
		out.Draft = &draft
	}
	for i, check := range h.Checks {
		out.Checks[i] = api.BenefitRuleCheck{ID: check.ID, OK: check.OK, Text: check.Text}
	}
	today, next := model.DateOf(d.Clock.Now()), model.Date("")
	for i, r := range slices.Backward(h.Versions) {
		out.Versions[i] = api.BenefitRuleVersion{RuleVersion: r.Version, State: r.State(today, next), Changes: wireChanges(h.Changes[i]), Rule: wireRule(r.Definition)}
		next = r.ValidFrom
	}
	return out
}

func wireBudgetUse(use *benefit.BudgetUse) *api.BenefitBudgetUse {
	if use == nil {
		return nil
	}
	out := &api.BenefitBudgetUse{AsOf: instant(use.AsOf), Spans: make([]api.BenefitBudgetSpanUse, len(use.Spans))}
	for i, s := range use.Spans {
		out.Spans[i] = api.BenefitBudgetSpanUse{Span: s.Span, Max: s.Max, Used: s.Used, Held: s.Held}
	}
	return out
}

func wireChanges(all []benefit.Difference) []api.BenefitRuleChange {
	out := make([]api.BenefitRuleChange, len(all))
	for i, d := range all {
		out[i] = api.BenefitRuleChange{Path: d.Path, Label: d.Label, Before: d.Before, After: d.After}
	}
	return out
}

func wireRuleDraft(d benefit.Draft) any { return wireDraftOf(d) }

func wireDraftOf(d benefit.Draft) api.BenefitRuleDraft {
	return api.BenefitRuleDraft{Author: d.Author, At: instant(d.At), RuleVersion: d.Rule.Version, Against: d.Against, Changes: wireChanges(d.Changes), Rule: wireRule(d.Rule.Definition)}
}
