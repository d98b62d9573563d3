package benefit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
	"xinyi/policy/summary"
)

// Past reads what is known of subjects and what was redeemed.
type Past interface {
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error)
	// WrittenSince gives the records that were changed after an instant.
	WrittenSince(ctx context.Context, id model.SubjectID, since time.Time) ([]model.RecordID, error)
}

// Replays makes decisions of the past again (判断重放). All fields are required.
type Replays struct {
	Past    Past
	Uses    Store
	Rules   Rules
	Judge   summary.Judge
	Auditor Auditor
	Clock   model.Clock
}

// ReplayQuestion names a redemption, or a holder and a benefit at a moment.
type ReplayQuestion struct {
	RedemptionNo string
	Holder       model.SubjectID
	Benefit      string
	At           time.Time
}

// Replay is a decision made again.
type Replay struct {
	At       time.Time
	Decision []byte // as text that depends on nothing but the decision; see DecisionText
	// Stored is what the redemption keeps, in the same form; nil if none was asked for.
	Stored []byte
	// Notes are Chinese sentences on what could not be known any more.
	Notes []string
}

// Same reports whether the decision is byte for byte the one that was kept.
func (r *Replay) Same() bool { return bytes.Equal(r.Decision, r.Stored) }

// Replay makes a decision again from the records that had come in by then, the rule version
// in force then and the uses counted by then. It is a look at a file, logged before it is
// answered. CodeNotFound for an unknown redemption, holder or benefit; CodeInvalidRequest for
// a moment that is still to come.
func (s *Replays) Replay(ctx context.Context, p model.Principal, q ReplayQuestion) (Replay, error) {
	var used *model.Redemption
	if q.RedemptionNo != "" {
		var err error
		if used, err = s.redemption(ctx, q.RedemptionNo); err != nil {
			return Replay{}, err
		}
		q.Holder, q.Benefit, q.At = used.Holder, used.BenefitCode, used.At
	}
	if q.At.After(s.Clock.Now()) {
		return Replay{}, model.Errorf(model.CodeInvalidRequest, "重放的时间不能晚于现在，请改正后重试。")
	}
	rule, err := s.Rules.Book().Rule(q.Benefit, q.At)
	if err != nil {
		return Replay{}, err
	}
	out := Replay{At: q.At}
	known, err := s.factsAt(ctx, q.Holder, q.At, &out)
	if err != nil {
		return Replay{}, err
	}
	usage, err := s.usageAt(ctx, rule, q, used)
	if err != nil {
		return Replay{}, err
	}
	visit, err := s.visitAt(ctx, rule, q, used)
	if err != nil {
		return Replay{}, err
	}
	d := decideAgain(rule, s.signed(rule, used), known, usage, visit, q.At, used, &out)
	err = s.Auditor.Record(ctx, model.AuditEvent{At: s.Clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName, Action: "benefit.replay",
		Subjects: []model.SubjectID{q.Holder}, Purpose: model.PurposeBenefitCheck, Outcome: string(d.Outcome), RuleVersion: d.RuleVersion,
		Ref: cmp.Or(q.RedemptionNo, q.Benefit), RequestID: p.RequestID})
	if err != nil {
		return Replay{}, err
	}
	if used != nil {
		if out.Stored, err = DecisionText(used.Decision); err != nil {
			return Replay{}, err
		}
	}
	out.Decision, err = DecisionText(d)
	return out, err
}

// decideAgain decides as the gate did. What was left of a budget is not kept: of a redemption
// it is what that says.
func decideAgain(rule *benefit.Rule, claims pass.Claims, known benefit.Facts, usage model.Usage, visit visit, at time.Time, used *model.Redemption, out *Replay) model.Decision {
	if used != nil && !used.RecordedAt.IsZero() && rule.InForce(at) {
		return budgeted(rule, visit.complete(rule, decideOffline(rule, claims, usage.AsOf(at), at)), used)
	}
	d := visit.complete(rule, rule.Decide(known, usage, at))
	if used != nil && !rule.InForce(at) { // the gate knew no rule
		return standard(pass.Claims{Benefit: used.BenefitCode}, rule)
	}
	if used != nil {
		return budgeted(rule, d, used)
	}
	if rule.Budget != nil {
		out.Notes = append(out.Notes, "本项优惠有总名额；当时还剩多少没有保存，重放未计名额。")
	}
	return d
}

// signed gives what the pass of a use without a network promised: what the rule gives, or, where a
// version began since the pass was signed, the one before, if that is what was kept.
func (s *Replays) signed(rule *benefit.Rule, used *model.Redemption) pass.Claims {
	now := promised(rule)
	if used == nil || used.RecordedAt.IsZero() {
		return now
	}
	before, err := s.Rules.Book().Rule(rule.Code, used.At.Add(-pass.MaxLife))
	if err != nil || before == rule {
		return now
	}
	then := promised(before)
	if d := used.Decision; d.PayPercent == then.PayPercent && then.PayPercent != now.PayPercent || d.PayFen != nil && then.PayFen != nil && *d.PayFen == *then.PayFen {
		return then
	}
	return now
}

func promised(rule *benefit.Rule) pass.Claims {
	percent, fen := rule.Price()
	claims := pass.Claims{Benefit: rule.Code, PayPercent: percent}
	if rule.Value.Type == benefit.ValueAmount {
		claims.PayFen = fen
	}
	return claims
}

func budgeted(rule *benefit.Rule, d model.Decision, used *model.Redemption) model.Decision {
	if rule.Budget == nil || d.Outcome != model.Eligible {
		return d
	}
	for _, span := range []string{"", benefit.SpanDay, benefit.SpanMonth, benefit.SpanYear, benefit.SpanTotal} {
		with := rule.Budgeted(d, span)
		if said := with.Conditions[len(with.Conditions)-1]; slices.Contains(used.Decision.Conditions, said) {
			return with
		}
	}
	return d
}

// redemption finds one by its number, at any site that a rule names.
func (s *Replays) redemption(ctx context.Context, no string) (*model.Redemption, error) {
	var sites []string
	book := s.Rules.Book()
	for _, code := range book.Codes() {
		for _, r := range book.Versions(code) {
			sites = append(sites, r.SiteID)
		}
	}
	slices.Sort(sites)
	return findRedemption(ctx, s.Uses, slices.Compact(sites), no)
}

// factsAt is what was known of a holder at a moment.
func (s *Replays) factsAt(ctx context.Context, holder model.SubjectID, at time.Time, out *Replay) (benefit.Facts, error) {
	now, err := s.Past.File(ctx, holder)
	if err != nil {
		return benefit.Facts{}, err
	}
	all, err := s.Past.RecordsOf(ctx, holder)
	if err != nil {
		return benefit.Facts{}, err
	}
	touched, err := s.Past.WrittenSince(ctx, holder, at)
	if err != nil {
		return benefit.Facts{}, err
	}
	day := model.DateOf(at)
	var then []*model.Record
	for _, r := range all {
		if r.ReceivedAt.After(at) {
			continue
		}
		if slices.Contains(touched, r.ID) {
			out.Notes = append(out.Notes, fmt.Sprintf("记录 %s 在此之后更正、撤回或归档过；除撤回外按现在的内容计算。", r.ID))
		}
		if r.WithdrawnOn > day { // nobody knew
			known := *r
			known.WithdrawnOn, r = "", &known
		}
		then = append(then, r)
	}
	f := *now
	if f.LevelChosenAt.After(at) {
		out.Notes = append(out.Notes, "本人在此之后加入或退出过信用激励等级；按此前的状态与现在相反计算。")
		f.LevelOptIn = !f.LevelOptIn
	}
	f.Consents = consentsAt(now.Consents, at)
	if err := summary.Refresh(&f, then, s.Judge, at); err != nil {
		return benefit.Facts{}, err
	}
	return facts(&f, at), nil
}

// consentsAt are the consents that were there at a moment.
func consentsAt(all []model.Consent, at time.Time) (then []model.Consent) {
	for _, c := range all {
		if c.GrantedAt.After(at) {
			continue
		}
		if c.RevokedAt.After(at) {
			c.RevokedAt = time.Time{}
		}
		then = append(then, c)
	}
	return then
}

// usageAt counts what the holder had used when the decision was made, from the redemptions of
// the year; the total is that of now less what came after.
func (s *Replays) usageAt(ctx context.Context, rule *benefit.Rule, q ReplayQuestion, used *model.Redemption) (model.Usage, error) {
	u := model.Usage{Holder: q.Holder, Benefit: q.Benefit}
	if rule.Per == (benefit.Per{}) && rule.CooldownMinutes == 0 {
		return u, nil
	}
	decided := q.At
	if used != nil {
		decided = countedAt(used)
	}
	from, to := s.days(rule, q.At, decided)
	var before []*model.Redemption
	later := 0 // in the total of now, and not then; less what was given back since
	err := s.uses(ctx, q, from, to, func(r *model.Redemption) {
		was, stood := countedBefore(r, decided, used)
		switch {
		case stood:
			if before = append(before, r); r.Reversed {
				later--
			}
		case !was && !r.Reversed:
			later++
		}
	})
	if err != nil {
		return u, err
	}
	for _, r := range before {
		u = u.Add(r.At)
	}
	if rule.Per.Total > 0 {
		now, err := s.Uses.Usage(ctx, q.Holder, q.Benefit)
		if err != nil {
			return u, err
		}
		u.Total = now.Total - later
	}
	return u, nil
}

// visitAt is what the holder had used, when the decision was made, of the benefits that exclude
// the rule. A decision that was kept before these were looked at has none.
func (s *Replays) visitAt(ctx context.Context, rule *benefit.Rule, q ReplayQuestion, used *model.Redemption) (v visit, err error) {
	decided := q.At
	if used != nil {
		if !slices.ContainsFunc(used.Decision.Conditions, func(r model.Reason) bool { return r.ID == benefit.ConditionVisit }) {
			return v, nil
		}
		decided = countedAt(used)
	}
	v.day = model.DateOf(q.At)
	for _, other := range s.Rules.Book().Excluding(rule, v.day) {
		v.any = true
		err := s.uses(ctx, ReplayQuestion{Holder: q.Holder, Benefit: other.Code}, v.day, v.day, func(r *model.Redemption) {
			if _, stood := countedBefore(r, decided, used); stood && v.used == nil {
				v.used = other
			}
		})
		if err != nil {
			return v, err
		}
	}
	return v, nil
}

// countedBefore reports whether a redemption was counted when another one, or none, was decided,
// and whether it stood then. Of one benefit the counters tell the order, of others the clocks.
func countedBefore(r *model.Redemption, decided time.Time, used *model.Redemption) (was, stood bool) {
	if used != nil && r.BenefitCode == used.BenefitCode {
		was = r.Turn < used.Turn
		return was, was && (!r.Reversed || r.ReversedTurn >= used.Turn)
	}
	at := countedAt(r)
	was = at.Before(decided) || at.Equal(decided) && (used == nil || r.No < used.No)
	return was, was && (!r.Reversed || r.ReversedAt.After(decided))
}

// days are those whose redemptions tell the counts of a use at a moment, which was decided then
// or, without a network, later.
func (s *Replays) days(rule *benefit.Rule, at, decided time.Time) (from, to model.Date) {
	day := model.DateOf(at)
	from, to = model.DateOf(at.Add(-time.Duration(rule.CooldownMinutes)*time.Minute)), model.DateOf(decided)
	switch {
	case rule.Per.Year > 0:
		from = min(from, day[:4]+"-01-01")
	case rule.Per.Month > 0:
		from = min(from, day[:7]+"-01")
	}
	if rule.Per.Total > 0 { // all that was counted since
		from = min(from, to.AddDays(-int(uploadWithin/(24*time.Hour))-1))
		to = model.DateOf(s.Clock.Now())
	}
	return from, to
}

// countedAt is when a redemption was counted: one without a network when it was handed in.
func countedAt(r *model.Redemption) time.Time {
	if r.RecordedAt.IsZero() {
		return r.At
	}
	return r.RecordedAt
}

// uses calls yield with the holder's redemptions of a benefit that took a count.
func (s *Replays) uses(ctx context.Context, q ReplayQuestion, from, to model.Date, yield func(*model.Redemption)) error {
	var sites []string
	for _, r := range s.Rules.Book().Versions(q.Benefit) {
		if !slices.Contains(sites, r.SiteID) {
			sites = append(sites, r.SiteID)
		}
	}
	for _, site := range sites {
		for day := from; day <= to; day = day.AddDays(1) {
			for after := ""; ; {
				page, next, err := s.Uses.Redemptions(ctx, site, day, after, 1000)
				if err != nil {
					return err
				}
				for _, r := range page {
					if r.Holder == q.Holder && r.BenefitCode == q.Benefit && r.Result == resultPass {
						yield(r)
					}
				}
				if after = next; after == "" {
					break
				}
			}
		}
	}
	return nil
}
