package benefit

import (
	"context"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
)

// Results a gate hears.
const (
	resultPass     = "pass"
	resultStandard = "standard"
	resultRetry    = "retry"
)

// Check is what a gate hears about a pass.
type Check struct {
	Result       string // pass, standard or retry
	BenefitCode  string
	PayPercent   int
	PayFen       *int64 // of the holder and the companions together
	Companions   int
	HolderMasked string
}

// Check tells whether the holder of a pass may use the benefit here and now (核验). It
// changes no counter. Whatever about the holder makes it the standard price, the answer is
// the same; a pass that cannot be read, is expired or used asks for a fresh one (retry).
// The decision is durable in the log before it is answered.
func (s *Service) Check(ctx context.Context, p model.Principal, text string) (Check, error) {
	now := s.Clock.Now()
	claims, err := s.Passes.Verify(text, now)
	if err != nil {
		return s.retry(ctx, p, claims, err)
	}
	ref := claims.ID.String()
	used, err := s.Store.Used(ctx, ref)
	if err != nil {
		return Check{}, err
	}
	if used {
		return s.retry(ctx, p, claims, model.Errorf(model.CodePassUsed, "used"))
	}
	holder, err := s.Passes.Holder(claims)
	if err != nil {
		return s.retry(ctx, p, claims, err)
	}
	d, companions, why, err := s.decide(ctx, p, claims, holder, now)
	if model.Is(err, model.CodeNotFound) { // the holder has left
		return s.retry(ctx, p, claims, err)
	}
	if err != nil {
		return Check{}, err
	}
	ev := s.event(p, "gate.check", holder, &d)
	ev.Ref, ev.Reason = ref, why
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return Check{}, err
	}
	return Check{Result: result(d), BenefitCode: claims.Benefit, PayPercent: d.PayPercent, PayFen: together(d.PayFen, companions),
		Companions: companions, HolderMasked: claims.HolderMasked}, nil
}

// retry answers a pass that cannot be judged; the log keeps why.
func (s *Service) retry(ctx context.Context, p model.Principal, claims pass.Claims, cause error) (Check, error) {
	if err := s.logRefusal(ctx, p, "gate.check", "", claims, cause); err != nil {
		return Check{}, err
	}
	return Check{Result: resultRetry, PayPercent: 100}, nil
}

// logRefusal makes the entry of a refused pass durable.
func (s *Service) logRefusal(ctx context.Context, p model.Principal, action string, holder model.SubjectID, claims pass.Claims, why error) error {
	ev := s.event(p, action, holder, nil)
	ev.Outcome, ev.Reason = string(model.CodeOf(why)), reasonOf(why)
	if claims.ID != (pass.ID{}) {
		ev.Ref = claims.ID.String()
	}
	return s.Auditor.Record(ctx, ev)
}

// decide judges the holder of a verified pass by the rule in force now; why is for the log. At
// another site, or when the benefit is no longer published, it is the standard price; the same
// is read and decided all the same, so that nobody learns from the time it takes which cause it is.
// CodeNotFound when the holder has no file any more.
func (s *Service) decide(ctx context.Context, p model.Principal, claims pass.Claims, holder model.SubjectID, now time.Time) (d model.Decision, companions int, why string, err error) {
	rule, err := s.ruleOf(claims, now)
	if err != nil {
		return d, 0, "", err
	}
	priced := rule
	if rule == nil {
		priced = s.priced(claims, now)
	}
	d, err = s.verdict(ctx, holder, claims.Benefit, priced, now)
	switch {
	case err != nil:
		return d, 0, "", err
	case rule == nil:
		return standard(claims, priced), claims.Companions, string(reasonUnknownBenefit), nil
	case !serves(p, claims.Site, rule):
		return standard(claims, rule), claims.Companions, string(reasonWrongSite), nil
	}
	d, err = s.room(ctx, rule, d, now)
	return d, companionsOf(rule, claims, d), "", err
}

// companionsOf is how many of those a pass names come in with its holder: for the benefit as many
// as the rule allows now, at the standard price all.
func companionsOf(rule *benefit.Rule, claims pass.Claims, d model.Decision) int {
	if rule == nil || d.Outcome != model.Eligible {
		return claims.Companions
	}
	return min(claims.Companions, rule.Companions)
}

// together is what a holder and companions pay, each the same; nil if that is not known.
func together(fen *int64, companions int) *int64 {
	if fen == nil || companions == 0 {
		return fen
	}
	all := *fen * int64(1+companions)
	return &all
}

// ruleOf gives the rule of a pass; nil when none is in force.
func (s *Service) ruleOf(claims pass.Claims, now time.Time) (*benefit.Rule, error) {
	rule, err := s.inForce(claims.Benefit, now)
	if model.Is(err, model.CodeNotFound) {
		return nil, nil //nolint:nilnil // no rule is an answer: the standard price
	}
	return rule, err
}

// serves reports whether the gate may take a pass: it works for the pass's site, which is the
// rule's. A pass without a site counts at every site of the benefit's partner, and nowhere else.
func serves(p model.Principal, site string, rule *benefit.Rule) bool {
	if site != "" {
		return slices.Contains(p.Sites, site) && (rule == nil || rule.SiteID == "" || rule.SiteID == site)
	}
	return len(p.Sites) > 0 && rule != nil && rule.Partner.USCC != "" && rule.Partner.USCC == p.Unit
}

// standard is the decision when no rule decides, in the words of one that does: the price is
// that of priced, nil = not known.
func standard(claims pass.Claims, priced *benefit.Rule) model.Decision {
	return model.Decision{BenefitCode: claims.Benefit, Outcome: model.NotEligible, PayPercent: 100, PayFen: payFen(priced, 100)}
}

// priced gives the rule that names the standard price of a benefit that is not published any
// more; nil when there was none.
func (s *Service) priced(claims pass.Claims, at time.Time) *benefit.Rule {
	rule, err := s.Rules.Book().Rule(claims.Benefit, at)
	if err != nil {
		return nil
	}
	return rule
}

func result(d model.Decision) string {
	if d.Outcome == model.Eligible {
		return resultPass
	}
	return resultStandard
}
