package handlers

import (
	"context"
	"fmt"
	"net/http"
	"time"

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

func wireLevel(l consent.Level) api.Consent {
	out := api.Consent{ID: model.LevelConsent, Kind: model.LevelConsent, Title: consent.LevelTitle, Text: consent.LevelText, TextHash: consent.LevelTextHash(), State: "unavailable",
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

// purposeTexts names purposes in a sentence.
var purposeTexts = map[model.Purpose]string{
	model.PurposeSelfView: "本人查看", model.PurposeBenefitCheck: "惠民事项核验", model.PurposeBankAssess: "银行授信评估",
	model.PurposeEmployment: "招聘录用", model.PurposeTender: "招标投标", model.PurposeAward: "评先评优", model.PurposeApproval: "行政审批",
	model.PurposeOther: "其他约定用途",
}

func wireGiven(g consent.Given) api.Consent {
	ends := instant(g.ValidTo)
	out := api.Consent{ID: wireRecordID(model.RecordID(g.ID)), Kind: "disclosure", Title: "授权他人查询信用信息", State: "ended", GrantedAt: nullable(g.GrantedAt),
		Level: "none", Recipient: g.Recipient, RecipientName: g.RecipientName, Purpose: string(g.Purpose), Categories: g.Categories,
		ValidUntil: ends, WithdrawnAt: instant(g.RevokedAt)}
	switch {
	case g.Live:
		out.State = "granted"
	case out.WithdrawnAt != "":
		out.State = "withdrawn"
	}
	whom := g.RecipientName
	if whom == "" {
		whom = "该单位"
	}
	out.Text = fmt.Sprintf("同意%s（%s）为“%s”查询信用信息，有效期至 %s。可随时撤回，撤回后立即停止提供，不影响撤回之前的查询。",
		whom, g.Recipient, purposeTexts[g.Purpose], model.DateOf(g.ValidTo.Add(-time.Nanosecond)))
	return out
}

func (d *Consents) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	page, err := d.Desk.Own(c.Request.Context(), caller(c), query(c, "uscc"), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.Consents{Items: []api.Consent{}}
	if page.Level != nil {
		answer.Items = append(answer.Items, wireLevel(*page.Level))
	}
	for _, g := range page.Given {
		answer.Items = append(answer.Items, wireGiven(g))
	}
	if answer.NextCursor, err = nextCursor(c, page.Next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Consents) grant(c *gin.Context) error {
	var in api.ConsentGrant
	if err := bind(c, &in); err != nil {
		return err
	}
	level, err := d.Desk.Join(c.Request.Context(), caller(c), in.TextHash, receipt(c, http.StatusCreated, func(l consent.Level) any { return wireLevel(l) }))
	if err != nil {
		return err
	}
	return respond(c, http.StatusCreated, wireLevel(level))
}

func (d *Consents) withdraw(c *gin.Context) error {
	end := d.Desk.Leave
	if id := c.Param("id"); id != model.LevelConsent {
		end = func(ctx context.Context, p model.Principal) error {
			return d.Desk.Withdraw(ctx, p, string(parseRecordID(id)))
		}
	}
	if err := end(c.Request.Context(), caller(c)); err != nil {
		return err
	}
	return noContent(c)
}
