package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
)

// LoanDesk answers banks.
type LoanDesk interface {
	Check(ctx context.Context, p model.Principal, code model.UnifiedSocialCreditCode) (model.WhitelistResult, error)
	CheckAll(ctx context.Context, p model.Principal, codes []model.UnifiedSocialCreditCode) ([]model.WhitelistResult, error)
}

// Loan is the desk of 信易贷.
type Loan struct {
	Desk  LoanDesk
	Clock model.Clock
	// RulesVersion names the rule set in force, for a batch without one good code.
	RulesVersion func(on model.Date) string
}

// Mount adds the routes.
func (d *Loan) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/loan/whitelist/:uscc", d.whitelist)
	r.Handle(http.MethodPost, "/v1/loan/whitelist/checks", d.checks)
}

// whitelist answers about one enterprise; the look is logged before a 304 too.
func (d *Loan) whitelist(c *gin.Context) error {
	code, err := model.ParseUnifiedSocialCreditCode(c.Param("uscc"))
	if err != nil {
		return badIdentifier("{uscc}", err)
	}
	r, err := d.Desk.Check(c.Request.Context(), caller(c), code)
	if err != nil {
		return err
	}
	answer := api.WhitelistAnswer{USCC: r.USCC, Listed: r.Listed, AsOf: string(r.AsOf), BatchNo: r.BatchNo, RulesVersion: r.RulesVersion,
		Authorised: r.Authorised, ValidUntil: nullable(r.ValidUntil)}
	if r.Authorised {
		answer.Reasons = wireReasons(r.Reasons)
	}
	body, err := encode(answer)
	if err != nil {
		return err
	}
	if unchanged(c, etag(0, "whitelist", caller(c).ID, string(body))) {
		return nil
	}
	writeBody(c, http.StatusOK, jsonMedia, body)
	return nil
}

// checks answers a batch in order; a code that cannot be right is explained in its place.
func (d *Loan) checks(c *gin.Context) error {
	var in api.WhitelistChecks
	if err := bind(c, &in); err != nil {
		return err
	}
	today := model.DateOf(d.Clock.Now())
	answer := api.WhitelistCheckAnswer{AsOf: string(today), RulesVersion: d.RulesVersion(today), Items: make([]api.WhitelistItem, len(in.USCCs))}
	codes := make([]model.UnifiedSocialCreditCode, 0, len(in.USCCs))
	places := make([]int, 0, len(in.USCCs))
	for i, text := range in.USCCs {
		answer.Items[i].USCC = text
		code, err := model.ParseUnifiedSocialCreditCode(text)
		if err != nil {
			answer.Items[i].Error = itemError(err)
			continue
		}
		codes, places = append(codes, code), append(places, i)
	}
	results, err := d.Desk.CheckAll(c.Request.Context(), caller(c), codes)
	if err != nil {
		return err
	}
	if len(results) > 0 { // midnight may have passed
		answer.AsOf, answer.RulesVersion = string(results[0].AsOf), results[0].RulesVersion
	}
	for i := range results {
		r, item := &results[i], &answer.Items[places[i]]
		item.Listed, item.Authorised, item.BatchNo, item.ValidUntil = &r.Listed, &r.Authorised, r.BatchNo, instant(r.ValidUntil)
	}
	return respond(c, http.StatusOK, answer)
}

func itemError(err error) *api.ItemError {
	var e *model.IdentifierError
	if !errors.As(err, &e) {
		return &api.ItemError{Code: "invalid", Detail: "代码有误，请核对。"}
	}
	return &api.ItemError{Code: e.Rule, Detail: e.Detail, Suggestion: e.Suggestion.Reveal()}
}
