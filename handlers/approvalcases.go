package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/approval"
)

// mountCases adds the routes of cases (办件).
func (d *Approvals) mountCases(r Router) {
	r.Handle(http.MethodGet, "/v1/approvals", d.chase)
	r.Handle(http.MethodPost, "/v1/approvals", d.accept)
	r.Handle(http.MethodGet, "/v1/approvals/:no", d.get)
	r.Handle(http.MethodPatch, "/v1/approvals/:no", d.update)
}

func (d *Approvals) accept(c *gin.Context) error {
	var in api.ApprovalAcceptance
	if err := bind(c, &in); err != nil {
		return err
	}
	asked := approval.Application{Case: approval.Case{ItemCode: in.ItemCode, Missing: in.MissingMaterials}, Mode: model.ApprovalMode(in.Mode), PromiseHash: in.PromiseHash}
	var err error
	if asked.USCC, asked.Name, asked.IDNo, err = subjectOf(in.Subject, model.DateOf(d.Clock.Now())); err != nil {
		return err
	}
	wire := func(made model.ApprovalCase) any { return wireCase(d.Desk.Clocked(&made)) }
	made, err := d.Desk.Accept(c.Request.Context(), caller(c), asked, receipt(c, http.StatusCreated, wire))
	if err != nil {
		return unknownCode(err, "/subject/uscc", asked.USCC)
	}
	return respond(c, http.StatusCreated, wire(made))
}

func (d *Approvals) chase(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	cases, next, err := d.Desk.Chase(c.Request.Context(), caller(c), approval.Due(query(c, "due")), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.ApprovalCases{Items: make([]api.ApprovalCase, len(cases))}
	for i, found := range cases {
		answer.Items[i] = wireCase(found)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Approvals) get(c *gin.Context) error {
	found, err := d.Desk.Get(c.Request.Context(), caller(c), c.Param("no"))
	if err != nil {
		return err
	}
	clocked := d.Desk.Clocked(&found)
	if unchanged(c, caseTag(clocked)) {
		return nil
	}
	return respond(c, http.StatusOK, wireCase(clocked))
}

// caseTag changes with the case and its clock.
func caseTag(k approval.Chased) string {
	parts := []string{"approval", k.No, strconv.FormatBool(k.Overdue)}
	for _, n := range []*int{k.Left, k.Late} {
		if n != nil {
			parts = append(parts, strconv.Itoa(*n))
		}
	}
	return etag(k.Rev, parts...)
}

func (d *Approvals) update(c *gin.Context) error {
	var in api.ApprovalUpdate
	if err := bind(c, &in); err != nil {
		return err
	}
	change := approval.Change{Supplied: in.SuppliedMaterials, Correction: in.Correction}
	if b := in.Breach; b != nil {
		change.Breach = &approval.Breach{Unperformed: b.Unperformed, Penalty: b.PenaltyApplied}
	}
	match := func(stored *model.ApprovalCase) error { return ifMatch(c, caseTag(d.Desk.Clocked(stored))) }
	changed, err := d.Desk.Update(c.Request.Context(), caller(c), c.Param("no"), match, change)
	if err != nil {
		return err
	}
	clocked := d.Desk.Clocked(&changed)
	c.Writer.Header()["Etag"] = []string{caseTag(clocked)}
	return respond(c, http.StatusOK, wireCase(clocked))
}

// nullableDay gives nil for no day, where the contract says null.
func nullableDay(d model.Date) *string {
	if d == "" {
		return nil
	}
	text := string(d)
	return &text
}

func wireCase(k approval.Chased) api.ApprovalCase {
	out := api.ApprovalCase{No: k.No, ItemCode: k.ItemCode, ItemName: k.ItemName, Applicant: k.Applicant, Mode: string(k.Mode), State: string(k.State),
		Papers: make([]api.CasePaper, len(k.Papers)), Notice: k.Notice, SupplyBy: nullableDay(k.SupplyBy), RemindOn: nullableDay(k.RemindOn),
		Overdue: k.Overdue, WorkdaysLeft: k.Left, WorkdaysLate: k.Late, CommitmentCode: k.Commitment, ClosedOn: nullableDay(k.ClosedOn), Late: k.ApprovalCase.Late,
		BanDays: k.BanDays, UnitName: k.UnitName, RuleVersion: k.RuleVersion, AcceptedAt: instant(k.AcceptedAt), UpdatedAt: instant(k.UpdatedAt)}
	if !k.Subject.IsPerson() {
		out.USCC = string(k.Subject)
	}
	for i, p := range k.Papers {
		out.Papers[i] = api.CasePaper{Code: p.Code, Name: p.Name, Main: p.Main, SuppliedOn: nullableDay(p.SuppliedOn)}
	}
	return out
}
