package benefit

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
)

// uploadWithin is how late a use that was accepted without a network may be handed in: over
// a weekend. So long a pass is remembered as used, and a few days of counts are kept.
const uploadWithin = 72 * time.Hour

// claimedFor is how much longer a pass is remembered: a device whose answer was lost, and that was
// off for days, still hears that its use was counted.
const claimedFor = 7 * 24 * time.Hour

// What becomes of a use that is handed in.
const (
	useAccepted  = "accepted"
	useDuplicate = "duplicate"
	useRejected  = "rejected"
)

// OfflineUse is a pass that a gate accepted without a network.
type OfflineUse struct {
	Pass       string
	AcceptedAt time.Time
	Device     string // which device of the caller; may be empty
	// AttemptKey is the key of the attempt to redeem the pass online that got no answer; "" = none.
	AttemptKey string
}

// Uploaded is what became of one of them.
type Uploaded struct {
	Outcome string // accepted, duplicate or rejected
	// Redemption is set for accepted ones.
	Redemption model.Redemption
	// DifferenceFen is what the holder paid less than was due: of a duplicate, or where
	// the counts were used up already.
	DifferenceFen int64
}

// Upload hands in what gates accepted without a network (脱网核销上传), in the order of
// acceptance. Each is verified as of its instant, counted on its day and durable on its own;
// handed in again, it is answered as before. Who uploads hears accepted, duplicate or
// rejected; the log keeps why.
//
// CodeExists when the idempotency key was used meanwhile; CodeAuditUnavailable.
func (s *Service) Upload(ctx context.Context, p model.Principal, uses []OfflineUse, receipt model.Receipt[[]Uploaded]) ([]Uploaded, error) {
	out := make([]Uploaded, len(uses))
	for i, use := range uses {
		use.AcceptedAt = use.AcceptedAt.UTC().Truncate(time.Millisecond)
		var err error
		if out[i], err = s.upload(ctx, p, use); err != nil {
			return nil, err
		}
	}
	answer, err := receipt.Make(out)
	if err != nil {
		return nil, err
	}
	ev := s.event(p, "gate.upload_batch", "", nil)
	ev.Outcome, ev.Ref = "done", strconv.Itoa(len(uses))
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return nil, err
	}
	err = s.Store.KeepAnswer(ctx, entry, answer)
	s.Auditor.End(entry, err)
	return out, err
}

func (s *Service) upload(ctx context.Context, p model.Principal, use OfflineUse) (Uploaded, error) {
	claims, holder, err := s.offlineClaims(use)
	if errors.Is(err, reasonTooLate) {
		return s.tooLate(ctx, p, use, claims, err)
	}
	if err != nil {
		return s.rejected(ctx, p, "", claims, err)
	}
	turn := s.turns.of(holder)
	turn.Lock()
	defer turn.Unlock()
	for try := 0; ; try++ {
		r, err := s.redeemOffline(ctx, p, use, claims, holder)
		switch {
		case err == nil:
			return Uploaded{Outcome: useAccepted, Redemption: r, DifferenceFen: r.DifferenceFen}, nil
		case model.Is(err, model.CodeConflict) && try < model.RaceTries:
			if err := model.Pause(ctx, try); err != nil {
				return Uploaded{}, err
			}
		case model.Is(err, model.CodePassUsed):
			var out Uploaded
			err := model.Retry(ctx, func() (err error) {
				out, err = s.usedBefore(ctx, p, use, claims, holder)
				return err
			})
			return out, err
		case model.Is(err, model.CodePassWrongSite), model.Is(err, model.CodePassInvalid):
			return s.rejected(ctx, p, holder, claims, err)
		default:
			return Uploaded{}, err
		}
	}
}

// offlineClaims verifies a use as of its instant.
func (s *Service) offlineClaims(use OfflineUse) (pass.Claims, model.SubjectID, error) {
	now := s.Clock.Now()
	claims, err := s.Passes.VerifyOffline(use.Pass, use.AcceptedAt)
	if err != nil {
		return claims, "", err
	}
	switch late := now.Sub(use.AcceptedAt); {
	case late > uploadWithin:
		err = model.Wrap(reasonTooLate, model.CodePassExpired, "")
	case late < -pass.ClockSkew:
		err = model.Wrap(reasonAhead, model.CodePassInvalid, "")
	}
	if err != nil {
		return claims, "", err
	}
	holder, err := s.Passes.Holder(claims)
	return claims, holder, err
}

func (s *Service) rejected(ctx context.Context, p model.Principal, holder model.SubjectID, claims pass.Claims, why error) (Uploaded, error) {
	return Uploaded{Outcome: useRejected}, s.logRefusal(ctx, p, "gate.upload", holder, claims, why)
}

// redeemOffline tries once. CodeConflict: once more.
func (s *Service) redeemOffline(ctx context.Context, p model.Principal, use OfflineUse, claims pass.Claims, holder model.SubjectID) (model.Redemption, error) {
	rule, err := s.ruleOf(claims, use.AcceptedAt)
	if err != nil {
		return model.Redemption{}, err
	}
	if !serves(p, claims.Site, rule) {
		return model.Redemption{}, model.Errorf(model.CodePassWrongSite, "")
	}
	if _, err := s.Files.Stamp(ctx, holder); model.Is(err, model.CodeNotFound) {
		return model.Redemption{}, model.Wrap(reasonHolderLeft, model.CodePassInvalid, "")
	} else if err != nil {
		return model.Redemption{}, err
	}
	usage, err := s.Store.Usage(ctx, holder, claims.Benefit)
	if err != nil {
		return model.Redemption{}, err
	}
	attempt, err := s.attempt(claims, use.AttemptKey)
	if err != nil {
		return model.Redemption{}, err
	}
	priced := s.priced(claims, use.AcceptedAt)
	visit, err := s.visit(ctx, holder, priced, use.AcceptedAt)
	if err != nil {
		return model.Redemption{}, err
	}
	d := standard(claims, priced)
	if rule != nil {
		d = visit.complete(rule, decideOffline(rule, claims, usage, use.AcceptedAt))
	}
	d, unit, err := s.take(ctx, rule, d, use.AcceptedAt, s.Clock.Now())
	if err != nil {
		return model.Redemption{}, err
	}
	r := s.redemption(p, claims, holder, d, claims.Companions, use.AcceptedAt) // as the pass was signed
	r.StandardFen, r.BudgetUnit, r.Attempt = standardFen(priced, r.Companions), unit.id, attempt
	r.DeviceID, r.RecordedAt = deviceOf(p, use), s.Clock.Now().UTC().Truncate(time.Millisecond)
	if r.Result == resultStandard {
		r.DifferenceFen = underpaid(priced, claims)
	}
	return r, unit.spent(s.commit(ctx, p, r, counted{usage, visit.usages}, claims, nil))
}

// deviceOf names who accepted a pass.
func deviceOf(p model.Principal, use OfflineUse) string {
	if use.Device == "" {
		return p.ID
	}
	return p.ID + "/" + use.Device
}

// conditionSigned stands in the decision of an offline use for what the issuer decided when
// it signed the pass.
const conditionSigned = "signed_pass"

// decideOffline judges what a signature cannot promise: dates and counts. That the holder may
// have the benefit was decided minutes before, when the pass was signed.
func decideOffline(rule *benefit.Rule, claims pass.Claims, usage model.Usage, at time.Time) model.Decision {
	full := rule.Decide(benefit.Facts{}, usage.AsOf(at), at)
	d := model.Decision{BenefitCode: claims.Benefit, Outcome: model.Eligible, RuleVersion: full.RuleVersion, PayPercent: claims.PayPercent,
		Conditions: []model.Reason{{ID: conditionSigned, Outcome: model.Eligible, Text: "凭证签发时已作判断，入口脱网验签通过。"}}}
	for _, reason := range full.Conditions {
		switch reason.ID {
		case benefit.ConditionInForce, benefit.ConditionWindow, benefit.ConditionDay, benefit.ConditionMonth, benefit.ConditionYear,
			benefit.ConditionTotal, benefit.ConditionCooldown:
			d.Conditions = append(d.Conditions, reason)
			if reason.Outcome != model.Eligible {
				d.Outcome, d.PayPercent = model.NotEligible, 100
			}
		}
	}
	d.PayFen = payFen(rule, d.PayPercent)
	if d.Outcome == model.Eligible && claims.PayFen != nil {
		d.PayFen = claims.PayFen
	}
	return d
}

// payFen is percent of the standard price, nil when that is not known.
func payFen(rule *benefit.Rule, percent int) *int64 {
	if rule == nil || rule.BasePriceFen == nil {
		return nil
	}
	fen := (*rule.BasePriceFen*int64(percent) + 50) / 100
	return &fen
}

// standardFen is the standard price of all who came; nil where none is known, and for a deposit,
// which is no price.
func standardFen(rule *benefit.Rule, companions int) *int64 {
	if rule == nil || rule.Value.Type == benefit.ValueDeposit {
		return nil
	}
	return together(payFen(rule, 100), companions)
}

// underpaid is what a holder and companions paid less than the standard price with a pass.
func underpaid(rule *benefit.Rule, claims pass.Claims) int64 {
	paid := payFen(rule, claims.PayPercent)
	if paid == nil || rule.Value.Type == benefit.ValueDeposit {
		return 0
	}
	if claims.PayFen != nil {
		paid = claims.PayFen
	}
	return max(*rule.BasePriceFen-*paid, 0) * int64(1+claims.Companions)
}

// usedBefore answers a pass that was used: the same use handed in again is what it was, and so is
// one that was counted online without the gate hearing of it; any other is a duplicate.
func (s *Service) usedBefore(ctx context.Context, p model.Principal, use OfflineUse, claims pass.Claims, holder model.SubjectID) (Uploaded, error) {
	first, err := s.Store.UsedBy(ctx, claims.ID.String())
	switch {
	case err != nil:
		return Uploaded{}, err
	case first.RecordedAt.IsZero() && s.attemptOf(first, p, claims, use.AttemptKey):
		return s.handedIn(ctx, p, use, claims, *first)
	case sameUse(first, p, use):
		return Uploaded{Outcome: useAccepted, Redemption: *first, DifferenceFen: first.DifferenceFen}, nil
	}
	return s.duplicate(ctx, p, use, claims, holder, first)
}

// sameUse reports whether r is the use that is handed in, whoever does: the next shift sends what
// the device still holds.
func sameUse(r *model.Redemption, p model.Principal, use OfflineUse) bool {
	device := r.DeviceID == deviceOf(p, use) || use.Device != "" && strings.HasSuffix(r.DeviceID, "/"+use.Device)
	return !r.RecordedAt.IsZero() && device && r.At.Equal(use.AcceptedAt) && slices.Contains(p.Sites, r.SiteID)
}

// tooLate answers a good pass that is handed in after its time: one that was counted is what it
// was, nothing else counts any more.
func (s *Service) tooLate(ctx context.Context, p model.Principal, use OfflineUse, claims pass.Claims, why error) (Uploaded, error) {
	first, err := s.Store.UsedBy(ctx, claims.ID.String())
	switch {
	case model.Is(err, model.CodeNotFound):
	case err != nil:
		return Uploaded{}, err
	case sameUse(first, p, use), first.RecordedAt.IsZero() && s.attemptOf(first, p, claims, use.AttemptKey):
		return Uploaded{Outcome: useAccepted, Redemption: *first, DifferenceFen: first.DifferenceFen}, nil
	}
	return s.rejected(ctx, p, "", claims, why)
}

// duplicate keeps a use of a pass that another one had used up, with its price.
func (s *Service) duplicate(ctx context.Context, p model.Principal, use OfflineUse, claims pass.Claims, holder model.SubjectID, first *model.Redemption) (Uploaded, error) {
	device, site := deviceOf(p, use), claims.Site
	if site == "" {
		site = p.Sites[0]
	}
	u := model.DuplicateUse{PassID: claims.ID.String(), Holder: holder, BenefitCode: claims.Benefit, SiteID: site, DeviceID: device, At: use.AcceptedAt,
		RecordedAt: s.Clock.Now().UTC().Truncate(time.Millisecond), First: first.ID, Companions: claims.Companions, DifferenceFen: underpaid(s.priced(claims, use.AcceptedAt), claims)}
	// The account is no part of it where the device has a name: the next shift hands it in again.
	u.ID = site + "/" + string(model.DateOf(u.At)) + "/" + u.PassID + "/" + cmp.Or(use.Device, p.ID) + "/" + strconv.FormatInt(u.At.UnixMilli(), 10)
	ev := s.event(p, "gate.upload", holder, nil)
	ev.Outcome, ev.Ref = useDuplicate, u.PassID
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return Uploaded{}, err
	}
	err = s.Store.KeepDuplicate(ctx, u, entry)
	s.Auditor.End(entry, err)
	if err != nil && !model.Is(err, model.CodeExists) {
		return Uploaded{}, err
	}
	return Uploaded{Outcome: useDuplicate, DifferenceFen: u.DifferenceFen}, nil
}
