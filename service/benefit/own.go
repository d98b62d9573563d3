package benefit

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// Rule is a published benefit rule.
type Rule = benefit.Rule

// Flip is the smallest change that would make a decision eligible.
type Flip = benefit.Flip

// OwnBenefit is one benefit with the decision for the caller.
type OwnBenefit struct {
	Rule     *Rule
	Decision model.Decision
	// Flip is what would make it eligible; nil when it is.
	Flip *Flip
	// Offer is how it stands beside the others; nil when it stands alone.
	Offer *Offer
}

// Offer says how a benefit stands beside others at the same site.
type Offer = benefit.Offer

// Own decides every published benefit for natural persons for the caller (我的惠民事项).
// CodeNotVerified until the account is real-name bound.
func (s *Service) Own(ctx context.Context, p model.Principal) ([]OwnBenefit, error) {
	if p.Subject == "" {
		return nil, notVerified()
	}
	now := s.Clock.Now() // before the file is read: it is true at this instant, also at midnight
	f, _, err := s.Files.Fresh(ctx, p.Subject)
	if err != nil {
		return nil, err
	}
	known := facts(f, now)
	var out []OwnBenefit
	for _, r := range s.Rules.Book().Published(now) {
		if !forPersons(r) {
			continue
		}
		usage, err := s.Store.Usage(ctx, f.ID, r.Code)
		if err != nil {
			return nil, err
		}
		full, err := s.full(ctx, r, now)
		if err != nil {
			return nil, err
		}
		visit, err := s.visit(ctx, f.ID, r, now)
		if err != nil {
			return nil, err
		}
		own := OwnBenefit{Rule: r, Decision: r.Budgeted(visit.complete(r, r.Decide(known, usage, now)), full)}
		if own.Decision.Outcome != model.Eligible {
			if full == "" && visit.used != nil {
				full = benefit.SpanDay // a visit ends with its day, like a day's budget
			}
			flip := r.Flip(known, usage, full, now)
			own.Flip = &flip
		}
		out = append(out, own)
	}
	offered := make([]benefit.Offered, len(out))
	for i := range out {
		offered[i] = benefit.Offered{Rule: out[i].Rule, Decision: &out[i].Decision}
	}
	for i, offer := range benefit.Offers(offered) {
		out[i].Offer = offer
	}
	ev := s.event(p, "own_benefits.view", f.ID, nil)
	ev.Outcome = "shown"
	s.Auditor.Note(ev)
	return out, nil
}

func forPersons(r *benefit.Rule) bool { return r.SubjectType == "person" }

func notVerified() error {
	return model.Errorf(model.CodeNotVerified, "请先完成实名认证，再使用惠民事项。")
}

// Published gives the rules in force, filtered by scene and site ("" = all).
func (s *Service) Published(scene model.Scene, site string) []*Rule {
	var out []*Rule
	now := s.Clock.Now()
	for _, r := range s.Rules.Book().Published(now) {
		if (scene == "" || r.Scene == scene) && (site == "" || r.SiteID == site) {
			out = append(out, r)
		}
	}
	return out
}

// Rule gives one published benefit: CodeNotFound otherwise.
func (s *Service) Rule(code string) (*Rule, error) { return s.inForce(code, s.Clock.Now()) }

func (s *Service) inForce(code string, at time.Time) (*benefit.Rule, error) {
	r, err := s.Rules.Book().Rule(code, at)
	if err != nil {
		return nil, err
	}
	if !r.InForce(at) {
		return nil, model.Errorf(model.CodeNotFound, "没有这项优惠，或优惠目前不在有效期内，请刷新优惠列表后重试。")
	}
	return r, nil
}
