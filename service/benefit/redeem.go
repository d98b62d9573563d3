package benefit

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/pass"
)

// Redeem consumes a pass once (核销): it is decided anew, and claim, counters, redemption,
// audit entry and answer are durable together. A holder who is no longer eligible pays
// the standard price; that consumes the pass but no count. A refused pass is logged too. The
// attempt that used a pass gets its answer again, also when the pass has expired since.
//
// CodePassInvalid, CodePassExpired, CodePassUsed, CodePassWrongSite; CodeExists when the
// idempotency key was used meanwhile; CodeAuditUnavailable.
func (s *Service) Redeem(ctx context.Context, p model.Principal, scan Scan, receipt model.Receipt[model.Redemption]) (Redeemed, error) {
	claims, err := s.Passes.Verify(scan.Pass, s.Clock.Now())
	if err != nil {
		return s.again(ctx, p, claims, "", scan.Key, err)
	}
	holder, err := s.Passes.Holder(claims)
	if err != nil {
		return Redeemed{}, s.refused(ctx, p, "", claims, err)
	}
	attempt, err := s.attempt(claims, scan.Key)
	if err != nil {
		return Redeemed{}, err
	}
	turn := s.turns.of(holder)
	turn.Lock()
	defer turn.Unlock()
	for try := 0; ; try++ {
		r, err := s.redeem(ctx, p, claims, holder, attempt, receipt)
		switch {
		case err == nil:
			return Redeemed{Redemption: r}, nil
		case model.Is(err, model.CodeConflict) && try < model.RaceTries:
			if err := model.Pause(ctx, try); err != nil {
				return Redeemed{}, err
			}
		case model.Is(err, model.CodePassUsed), model.Is(err, model.CodePassWrongSite), model.Is(err, model.CodePassInvalid):
			return s.again(ctx, p, claims, holder, scan.Key, err)
		default:
			return Redeemed{}, err
		}
	}
}

// refused logs a pass that was refused and gives why; when it cannot be logged, that error.
func (s *Service) refused(ctx context.Context, p model.Principal, holder model.SubjectID, claims pass.Claims, why error) error {
	if err := s.logRefusal(ctx, p, "gate.redeem", holder, claims, why); err != nil {
		return err
	}
	return why
}

// redeem tries once, on what rule, file and counters are now. CodeConflict: once more.
func (s *Service) redeem(ctx context.Context, p model.Principal, claims pass.Claims, holder model.SubjectID, attempt []byte, receipt model.Receipt[model.Redemption]) (model.Redemption, error) {
	now := s.Clock.Now()
	rule, err := s.ruleOf(claims, now)
	if err != nil {
		return model.Redemption{}, err
	}
	if !serves(p, claims.Site, rule) {
		return model.Redemption{}, model.Errorf(model.CodePassWrongSite, "该凭证不是本站点的，请引导持有人到对应站点使用。")
	}
	usage, err := s.Store.Usage(ctx, holder, claims.Benefit)
	if err != nil {
		return model.Redemption{}, err
	}
	// A holder's uses never go back in time, whatever the clocks of other processes: counts
	// of a day that is over would be lost.
	if now.Before(usage.LastAt) {
		now = usage.LastAt
	}
	known, err := s.known(ctx, holder, now)
	if model.Is(err, model.CodeNotFound) {
		err = model.Wrap(reasonHolderLeft, model.CodePassInvalid, "通行码无效，请让持码人刷新后重试。")
	}
	if err != nil {
		return model.Redemption{}, err
	}
	priced := rule
	if rule == nil {
		priced = s.priced(claims, now)
	}
	visit, err := s.visit(ctx, holder, priced, now)
	if err != nil {
		return model.Redemption{}, err
	}
	d := standard(claims, priced)
	if rule != nil {
		d = s.holders.decide(known, rule, usage, visit, now)
	}
	d, unit, err := s.take(ctx, rule, d, now, now)
	if err != nil {
		return model.Redemption{}, err
	}
	r := s.redemption(p, claims, holder, d, companionsOf(rule, claims, d), now)
	r.StandardFen, r.BudgetUnit, r.Attempt = standardFen(priced, r.Companions), unit.id, attempt
	return r, unit.spent(s.commit(ctx, p, r, counted{usage, visit.usages}, claims, receipt))
}

func (s *Service) redemption(p model.Principal, claims pass.Claims, holder model.SubjectID, d model.Decision, companions int, now time.Time) model.Redemption {
	site := claims.Site
	if site == "" {
		site = p.Sites[0] // there is one: the gate serves the pass
	}
	no := "R" + s.IDs.Next()
	return model.Redemption{ID: site + "/" + string(model.DateOf(now)) + "/" + no, No: no, PassID: claims.ID.String(), Holder: holder,
		HolderMasked: claims.HolderMasked, BenefitCode: claims.Benefit, SiteID: site, DeviceID: p.ID,
		At: now.UTC().Truncate(time.Millisecond), Result: result(d), PayPercent: d.PayPercent, PayFen: together(d.PayFen, companions), Companions: companions, Decision: d}
}

// counted are the counters that a redemption was decided on: those of its benefit, and of the
// others of the visit.
type counted struct {
	usage  model.Usage
	others []model.Usage
}

func (s *Service) commit(ctx context.Context, p model.Principal, r model.Redemption, on counted, claims pass.Claims, receipt model.Receipt[model.Redemption]) error {
	answer, err := receipt.Make(r)
	if err != nil {
		return err
	}
	usage := on.usage
	r.Turn = usage.Rev
	if r.Result == resultPass {
		usage = usage.Add(r.At)
	}
	action := "gate.redeem"
	if !r.RecordedAt.IsZero() {
		action = "gate.upload"
	}
	ev := s.event(p, action, r.Holder, &r.Decision)
	ev.Outcome, ev.Ref = r.Result, r.No
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return err
	}
	// The claim lasts as long as another gate may hand the pass in, and some days for the same one.
	until := claims.IssuedAt.Add(pass.MaxLife + uploadWithin + time.Hour + claimedFor)
	err = s.Store.Redeem(ctx, model.RedemptionWrite{Redemption: r, Usage: usage, Others: on.others, ClaimUntil: until, Audit: entry, Answer: answer})
	s.Auditor.End(entry, err)
	return err
}
