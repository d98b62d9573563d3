package handlers

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/benefit"
)

// Benefits is the desk of 信易+ benefits, passes and gates.
type Benefits struct {
	Desk *benefit.Service
	// QR draws a pass as a data URL of a PNG.
	QR func(text string) (string, error)
}

// Mount adds the routes.
func (d *Benefits) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/benefits", d.list)
	r.Handle(http.MethodGet, "/v1/benefits/:code", d.get)
	r.Handle(http.MethodGet, "/v1/me/benefits", d.own)
	r.Handle(http.MethodPost, "/v1/me/passes", d.issue)
	r.Handle(http.MethodPost, "/v1/gate/checks", d.check)
	r.Handle(http.MethodPost, "/v1/gate/redemptions", d.redeem)
	r.Handle(http.MethodGet, "/v1/gate/redemptions", d.day)
	r.Handle(http.MethodPost, "/v1/gate/redemptions/batch", d.upload)
	r.Handle(http.MethodPost, "/v1/gate/redemptions/:no/reversals", d.reverse)
	r.Handle(http.MethodGet, "/v1/gate/bundle", d.bundle)
	d.mountSettlements(r)
}

func (d *Benefits) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	rules, next := slicePage(d.Desk.Published(model.Scene(query(c, "scene")), query(c, "site")), p, func(r *benefit.Rule) string { return r.Code })
	answer := api.Benefits{Items: make([]api.Benefit, len(rules))}
	for i, r := range rules {
		answer.Items[i] = wireBenefit(benefit.OwnBenefit{Rule: r})
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Benefits) get(c *gin.Context) error {
	rule, err := d.Desk.Rule(c.Param("code"))
	if err != nil {
		return err
	}
	if unchanged(c, etag(0, "benefit", rule.Version)) {
		return nil
	}
	return respond(c, http.StatusOK, wireBenefit(benefit.OwnBenefit{Rule: rule}))
}

// wireBenefit shows the rule of b; its decision is not looked at.
func wireBenefit(b benefit.OwnBenefit) api.Benefit {
	r := b.Rule
	out := api.Benefit{Code: r.Code, Scene: string(r.Scene), Title: r.Title, SiteID: r.SiteID, Summary: r.Summary, SiteName: r.SiteName,
		Value: api.BenefitValue{Type: string(r.Value.Type), Value: r.Value.Value, Unit: r.Value.Unit}, BasePriceFen: r.BasePriceFen,
		Caps:       api.BenefitCaps{Day: r.Per.Day, Month: r.Per.Month, Year: r.Per.Year, Total: r.Per.Total},
		Conditions: make([]api.ConditionText, len(r.Conditions)), ValidFrom: string(r.ValidFrom), ValidTo: string(r.ValidTo),
		LegalBasis: r.LegalBasis, Note: r.DemoNote, RuleVersion: r.Version}
	out.Companions, out.CooldownMinutes, out.TimeWindow = r.Companions, r.CooldownMinutes, wireWindow(r.TimeWindow)
	if b := r.Budget; b != nil {
		out.Budget = &api.BenefitCaps{Day: b.Day, Month: b.Month, Year: b.Year, Total: b.Total}
	}
	for i, condition := range r.Conditions {
		out.Conditions[i] = api.ConditionText{ID: condition.ID, Text: condition.Eligible}
	}
	return out
}

func (d *Benefits) own(c *gin.Context) error {
	all, err := d.Desk.Own(c.Request.Context(), caller(c))
	if err != nil {
		return err
	}
	answer := api.MyBenefits{Items: []api.MyBenefit{}}
	scene, site := query(c, "scene"), query(c, "site")
	for _, b := range all {
		if (scene != "" && string(b.Rule.Scene) != scene) || (site != "" && b.Rule.SiteID != site) {
			continue
		}
		answer.Items = append(answer.Items, api.MyBenefit{Code: b.Rule.Code, Scene: string(b.Rule.Scene), Title: b.Rule.Title, SiteID: b.Rule.SiteID,
			Outcome: string(b.Decision.Outcome), Eligible: b.Decision.Outcome == model.Eligible, PayPercent: b.Decision.PayPercent,
			Reasons: wireReasons(b.Decision.Conditions), Missing: list(b.Decision.Missing), RuleVersion: b.Decision.RuleVersion,
			ValidUntil: nullable(b.Decision.ValidUntil), ToQualify: wireFlip(b.Flip), Offer: wireOffer(b.Offer)})
	}
	return respond(c, http.StatusOK, answer)
}

func wireOffer(o *benefit.Offer) *api.BenefitOffer {
	if o == nil {
		return nil
	}
	return &api.BenefitOffer{Best: o.Best, Text: o.Text}
}

func wireFlip(f *benefit.Flip) *api.ToQualify {
	if f == nil {
		return nil
	}
	out := &api.ToQualify{Possible: f.Possible, After: nullable(f.After), Steps: make([]api.QualifyStep, len(f.Steps))}
	for i, s := range f.Steps {
		out.Steps[i] = api.QualifyStep{Fact: s.Fact.String(), From: s.From, To: s.To, Text: s.Text, Conditions: list(s.Conditions)}
	}
	return out
}

func wireReasons(reasons []model.Reason) []api.Reason {
	out := make([]api.Reason, len(reasons))
	for i, r := range reasons {
		out[i] = api.Reason{ID: r.ID, Outcome: string(r.Outcome), Text: r.Text}
	}
	return out
}

func (d *Benefits) issue(c *gin.Context) error {
	var in api.PassRequest
	if err := bind(c, &in); err != nil {
		return err
	}
	// The picture is drawn once, also when an answer is kept for a retry.
	var drawn error
	var wire api.Pass
	draw := func(issued benefit.Issued) any {
		if wire.Pass != issued.Text {
			wire, drawn = d.wirePass(issued)
		}
		return wire
	}
	issued, err := d.Desk.Issue(c.Request.Context(), caller(c), benefit.Wanted{Benefit: in.BenefitCode, Companions: in.Companions}, receipt(c, http.StatusCreated, draw))
	if err != nil {
		return err
	}
	answer := draw(issued)
	if drawn != nil {
		return drawn
	}
	return respond(c, http.StatusCreated, answer)
}

func (d *Benefits) wirePass(issued benefit.Issued) (api.Pass, error) {
	qr, err := d.QR(issued.Text)
	return api.Pass{Pass: issued.Text, QR: qr,
		ExpiresAt: instant(issued.ExpiresAt), OfflineUntil: instant(issued.OfflineUntil)}, err
}

func (d *Benefits) check(c *gin.Context) error {
	in, err := scanned(c)
	if err != nil {
		return err
	}
	check, err := d.Desk.Check(c.Request.Context(), caller(c), in.Pass)
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, api.GateCheck{Result: check.Result, BenefitCode: check.BenefitCode, PayPercent: check.PayPercent,
		PayFen: check.PayFen, Companions: check.Companions, HolderMasked: check.HolderMasked})
}

// scanned decodes a scan that the contract has checked. Gates ask more often than anybody, and
// send one text without escapes: that needs no decoder.
func scanned(c *gin.Context) (in api.GateScan, err error) {
	rest, plain := bytes.CutPrefix(callOf(c).body, []byte(`{"pass":"`))
	if rest, ok := bytes.CutSuffix(rest, []byte(`"}`)); plain && ok && bytes.IndexByte(rest, '"') < 0 && bytes.IndexByte(rest, '\\') < 0 {
		in.Pass = string(rest)
		return in, nil
	}
	return in, bind(c, &in)
}

func (d *Benefits) redeem(c *gin.Context) error {
	in, err := scanned(c)
	if err != nil {
		return err
	}
	scan := benefit.Scan{Pass: in.Pass, Key: c.Request.Header.Get("Idempotency-Key")}
	redeemed, err := d.Desk.Redeem(c.Request.Context(), caller(c), scan, receipt(c, http.StatusCreated, wireRedemption))
	if err != nil {
		return err
	}
	if redeemed.Replayed {
		c.Writer.Header()["Idempotency-Replayed"] = []string{"true"}
	}
	return respond(c, http.StatusCreated, wireRedemption(redeemed.Redemption))
}

func wireRedemption(r model.Redemption) any {
	return api.Redemption{RedemptionNo: r.No, Result: r.Result, BenefitCode: r.BenefitCode, PayPercent: r.PayPercent, PayFen: r.PayFen,
		Companions: r.Companions, HolderMasked: r.HolderMasked, At: instant(r.At)}
}

func (d *Benefits) day(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	var day model.Date
	if text := query(c, "date"); text != "" {
		if day, err = model.ParseDate(text); err != nil {
			return model.Invalid("?date", "date", "不是真实的日期。")
		}
	}
	found, err := d.Desk.Day(c.Request.Context(), caller(c), day, p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.SiteRedemptions{Items: make([]api.SiteRedemption, len(found.Items)), Totals: api.SiteTotals{
		Redemptions: found.Count, Reversed: found.Reversed, Duplicates: found.Duplicates, DifferenceFen: found.DifferenceFen}}
	for i, r := range found.Items {
		answer.Items[i] = api.SiteRedemption{RedemptionNo: r.No, BenefitCode: r.BenefitCode, At: instant(r.At), Result: r.Result,
			PayPercent: r.PayPercent, PayFen: r.PayFen, Companions: r.Companions, HolderMasked: r.HolderMasked, Reversed: r.Reversed,
			RecordedAt: nullable(r.RecordedAt), DifferenceFen: r.DifferenceFen}
	}
	if answer.NextCursor, err = nextCursor(c, found.Next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}
