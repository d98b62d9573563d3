package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/approval"
)

// Approvals is the desk of 信易批.
type Approvals struct {
	Desk  *approval.Service
	Clock model.Clock
}

// Mount adds the routes.
func (d *Approvals) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/approval-items", d.items)
	r.Handle(http.MethodPost, "/v1/approvals/checks", d.check)
	d.mountCases(r)
}

func (d *Approvals) items(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	items, next := slicePage(d.Desk.List(), p, func(it *approval.Item) string { return it.ItemCode })
	answer := api.ApprovalItems{Items: make([]api.ApprovalItem, len(items))}
	for i, it := range items {
		out := api.ApprovalItem{ItemCode: it.ItemCode, Name: it.Name, Department: it.Dept, Mode: string(model.ModeNormal), Modes: []string{},
			MainMaterials: []api.Material{}, DeferrableMaterials: []api.Material{}, MaxDeferred: it.MaxDeferred, SupplyDays: it.SupplyDays,
			PromiseTemplate: it.PromiseTemplate, LegalBasis: it.LegalBasis, RuleVersion: it.Version}
		for _, mode := range it.Modes {
			out.Modes = append(out.Modes, string(mode))
		}
		if len(out.Modes) > 0 {
			out.Mode = out.Modes[0]
		}
		for _, m := range it.MainMaterials {
			out.MainMaterials = append(out.MainMaterials, api.Material{Code: m.Code, Name: m.Name})
		}
		for _, m := range it.DeferrableMaterials {
			out.DeferrableMaterials = append(out.DeferrableMaterials, api.Material{Code: m.Code, Name: m.Name})
		}
		if it.Demo {
			out.Note = "演示数据，未经部门确认。"
		}
		answer.Items[i] = out
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Approvals) check(c *gin.Context) error {
	var in api.ApprovalCheckRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	asked := approval.Case{ItemCode: in.ItemCode, Missing: in.MissingMaterials}
	var err error
	if asked.USCC, asked.Name, asked.IDNo, err = subjectOf(in.Subject, model.DateOf(d.Clock.Now())); err != nil {
		return err
	}
	plan, err := d.Desk.Check(c.Request.Context(), caller(c), asked)
	if err != nil {
		return unknownCode(err, "/subject/uscc", asked.USCC)
	}
	answer := api.ApprovalPlan{ItemCode: plan.ItemCode, Mode: string(plan.Mode), Deferrable: list(plan.Deferrable),
		NotDeferrable: list(plan.NotDeferrable), Blockers: make([]api.Blocker, len(plan.Blockers)), PromiseTemplate: plan.PromiseTemplate,
		PromiseHash: plan.PromiseHash, Warning: plan.Warning, RuleVersion: plan.RuleVersion}
	if plan.SupplyBy != "" {
		day := string(plan.SupplyBy)
		answer.SupplyBy = &day
	}
	for i, b := range plan.Blockers {
		answer.Blockers[i] = api.Blocker{Code: b.Code, Text: b.Text, Remedy: b.Remedy}
	}
	return respond(c, http.StatusOK, answer)
}
