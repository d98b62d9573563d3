package benefit

import (
	"context"
	"math/rand/v2"
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

// redeemTries bounds the attempts when counters move on other processes.
const redeemTries = 40

// Check is what a gate hears about a pass.
type Check struct {
	Result       string // pass, standard or retry
	BenefitCode  string
	PayPercent   int
	PayFen       *int64
	HolderMasked string
}

// Check tells whether the holder of a pass may use the benefit here and now (核验). It
// changes no counter. Whatever the cause of a standard price, the answer is the same; a
// pass that cannot be read, is expired or used asks for a fresh one (retry). The
// decision is durable in the log before it is answered.
func (s *Service) Check(ctx context.Context, p model.Principal, text string) (Check, error) {
	now := s.Clock.Now()
	claims, err := s.Passes.Verify(text, now)
	if err != nil {
		return s.retry(ctx, p, "", err)
	}
	used, err := s.Store.Used(ctx, claims.ID.String())
	if err != nil {
		return Check{}, err
	}
	if used {
		return s.retry(ctx, p, claims.ID.String(), model.Errorf(model.CodePassUsed, "used"))
	}
	holder, d, err := s.decide(ctx, claims, now)
	if err != nil {
		return Check{}, err
	}
	if !serves(p, claims.Site) {
		d = elsewhere(d)
	}
	ev := s.event(p, "gate.check", holder, &d)
	ev.Ref = claims.ID.String()
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return Check{}, err
	}
	return Check{Result: result(d), BenefitCode: claims.Benefit, PayPercent: d.PayPercent, PayFen: d.PayFen, HolderMasked: claims.HolderMasked}, nil
}

// retry answers a pass that cannot be judged; the log keeps why.
func (s *Service) retry(ctx context.Context, p model.Principal, passID string, cause error) (Check, error) {
	ev := s.event(p, "gate.check", "", nil)
	ev.Outcome, ev.Ref = string(model.CodeOf(cause)), passID
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return Check{}, err
	}
	return Check{Result: resultRetry, PayPercent: 100}, nil
}

// decide judges the holder of a verified pass by the rule in force now. A benefit that
// is no longer published is not eligible, like any other cause.
func (s *Service) decide(ctx context.Context, claims pass.Claims, now time.Time) (model.SubjectID, model.Decision, error) {
	holder, rule, f, err := s.shown(ctx, claims, now)
	if err != nil {
		return "", model.Decision{}, err
	}
	usage, err := s.Store.Usage(ctx, holder, claims.Benefit)
	if err != nil {
		return "", model.Decision{}, err
	}
	return holder, decideOn(rule, f, usage, claims, now), nil
}

// shown opens the holder of a pass and finds the rule; rule is nil when none is in force.
func (s *Service) shown(ctx context.Context, claims pass.Claims, now time.Time) (model.SubjectID, *benefit.Rule, *model.SubjectFile, error) {
	holder, err := s.Passes.Holder(claims)
	if err != nil {
		return "", nil, nil, err
	}
	rule, err := s.inForce(claims.Benefit, now)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return "", nil, nil, err
	}
	f, _, err := s.Files.Fresh(ctx, holder)
	return holder, rule, f, err
}

func decideOn(rule *benefit.Rule, f *model.SubjectFile, u model.Usage, claims pass.Claims, now time.Time) model.Decision {
	if rule == nil {
		return model.Decision{BenefitCode: claims.Benefit, Outcome: model.NotEligible, PayPercent: 100}
	}
	return rule.Decide(facts(f, now), u, now)
}

// serves reports whether the gate works for the site of the pass.
func serves(p model.Principal, site string) bool { return site == "" || slices.Contains(p.Sites, site) }

// elsewhere is the decision for a pass of another site: the standard price, as always.
func elsewhere(d model.Decision) model.Decision {
	d.Outcome, d.PayPercent, d.PayFen = model.NotEligible, 100, nil
	return d
}

func result(d model.Decision) string {
	if d.Outcome == model.Eligible {
		return resultPass
	}
	return resultStandard
}

// Redeem consumes a pass once (核销): it is decided anew, and claim, counters, redemption,
// audit entry and answer are durable together. A holder who is no longer eligible pays
// the standard price; that consumes the pass but no count.
//
// CodePassInvalid, CodePassExpired, CodePassUsed, CodePassWrongSite; CodeExists when the
// idempotency key was used meanwhile; CodeAuditUnavailable.
func (s *Service) Redeem(ctx context.Context, p model.Principal, text string, receipt model.Receipt[model.Redemption]) (model.Redemption, error) {
	now := s.Clock.Now()
	claims, err := s.Passes.Verify(text, now)
	if err != nil {
		return model.Redemption{}, err
	}
	if !serves(p, claims.Site) {
		return model.Redemption{}, model.Errorf(model.CodePassWrongSite, "该凭证不是本站点的，请引导持有人到对应站点使用。")
	}
	holder, rule, f, err := s.shown(ctx, claims, now)
	if err != nil {
		return model.Redemption{}, err
	}
	turn := s.turns.of(holder)
	turn.Lock()
	defer turn.Unlock()
	for try := 0; ; try++ {
		usage, err := s.Store.Usage(ctx, holder, claims.Benefit)
		if err != nil {
			return model.Redemption{}, err
		}
		d := decideOn(rule, f, usage, claims, now)
		r := s.redemption(p, claims, holder, d, now)
		if err = s.commit(ctx, p, r, usage, claims, receipt); err == nil {
			return r, nil
		}
		if !model.Is(err, model.CodeConflict) || try == redeemTries {
			return model.Redemption{}, err
		}
		if err := pause(ctx, try); err != nil {
			return model.Redemption{}, err
		}
	}
}

// pause waits a moment, longer with every lost race, so that processes take turns.
func pause(ctx context.Context, try int) error {
	timer := time.NewTimer(rand.N(time.Duration(min(try+1, 10)) * 2 * time.Millisecond))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) redemption(p model.Principal, claims pass.Claims, holder model.SubjectID, d model.Decision, now time.Time) model.Redemption {
	site := claims.Site
	if site == "" && len(p.Sites) > 0 {
		site = p.Sites[0]
	}
	no := "R" + s.IDs.Next()
	return model.Redemption{ID: site + "/" + string(model.DateOf(now)) + "/" + no, No: no, PassID: claims.ID.String(), Holder: holder,
		HolderMasked: claims.HolderMasked, BenefitCode: claims.Benefit, SiteID: site, DeviceID: p.ID,
		At: now.UTC().Truncate(time.Millisecond), Result: result(d), PayPercent: d.PayPercent, PayFen: d.PayFen, Decision: d}
}

func (s *Service) commit(ctx context.Context, p model.Principal, r model.Redemption, usage model.Usage, claims pass.Claims, receipt model.Receipt[model.Redemption]) error {
	answer, err := receipt.Make(r)
	if err != nil {
		return err
	}
	if r.Result == resultPass {
		usage = usage.Add(r.At)
	}
	ev := s.event(p, "gate.redeem", r.Holder, &r.Decision)
	ev.Outcome, ev.Ref = r.Result, r.No
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return err
	}
	until := claims.OfflineUntil
	if until.Before(claims.ExpiresAt) {
		until = claims.ExpiresAt
	}
	err = s.Store.Redeem(ctx, model.RedemptionWrite{Redemption: r, Usage: usage, ClaimUntil: until, Audit: entry, Answer: answer})
	s.Auditor.End(entry, err)
	return err
}

// Day is a site's redemptions of one day.
type Day struct {
	Items           []*model.Redemption
	Next            string
	Count, Reversed int
}

// Day lists the caller's own site, newest first; "" is today. site "" is the caller's
// first one; another's is CodeForbidden.
func (s *Service) Day(ctx context.Context, p model.Principal, day model.Date, after string, limit int) (Day, error) {
	if len(p.Sites) == 0 {
		return Day{}, model.Errorf(model.CodeForbidden, "该账号没有绑定站点，请联系管理员。")
	}
	if day == "" {
		day = model.DateOf(s.Clock.Now())
	}
	items, next, err := s.Store.Redemptions(ctx, p.Sites[0], day, after, limit)
	if err != nil {
		return Day{}, err
	}
	count, reversed, err := s.Store.Totals(ctx, p.Sites[0], day)
	return Day{Items: items, Next: next, Count: count, Reversed: reversed}, err
}
