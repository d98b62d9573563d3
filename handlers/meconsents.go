package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/consent"
)

// Consents is the desk where people agree and take it back (同意与撤回).
type Consents struct {
	Desk *consent.Service
}

// Mount adds the routes.
func (d *Consents) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/me/consents", d.list)
	r.Handle(http.MethodPost, "/v1/me/consents", d.grant)
	r.Handle(http.MethodDelete, "/v1/me/consents/:id", d.withdraw)
}

func wireLevel(l consent.Level) any {
	out := api.Consent{ID: model.LevelConsent, Kind: model.LevelConsent, Title: consent.LevelTitle, Text: consent.LevelText, State: "unavailable",
		GrantedAt: nullable(l.Since), Level: l.Grade, RuleVersion: l.RuleVersion}
	switch {
	case l.Joined:
		out.State = "granted"
	case l.Offered:
		out.State = "offered"
	}
	if out.Level == "" {
		out.Level = "none"
	}
	return out
}

// list has one page: there is one thing to agree to.
func (d *Consents) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	level, err := d.Desk.Level(c.Request.Context(), caller(c))
	if err != nil {
		return err
	}
	answer := api.Consents{Items: []api.Consent{}}
	if item, ok := wireLevel(level).(api.Consent); ok && p.After == "" {
		answer.Items = append(answer.Items, item)
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Consents) grant(c *gin.Context) error {
	var in api.ConsentGrant
	if err := bind(c, &in); err != nil {
		return err
	}
	level, err := d.Desk.Join(c.Request.Context(), caller(c), receipt(c, http.StatusCreated, wireLevel))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wireLevel(level))
}

func (d *Consents) withdraw(c *gin.Context) error {
	if c.Param("id") != model.LevelConsent {
		return model.Errorf(model.CodeNotFound, "没有这个同意事项，请从“我的信用”中选择。")
	}
	if err := d.Desk.Leave(c.Request.Context(), caller(c)); err != nil {
		return err
	}
	return noContent(c)
}
