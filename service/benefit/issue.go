package benefit

import (
	"context"
	"fmt"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/pass"
)

// Times of a pass.
const (
	// onlineLife is how long a pass is good at a gate that is online.
	onlineLife = 60 * time.Second
	// offlineLife is how long a gate without a network may accept it, at most.
	offlineLife = 10 * time.Minute
)

// Issued is a pass for its holder.
type Issued struct {
	Text         string
	ExpiresAt    time.Time
	OfflineUntil time.Time
}

// Wanted is what a pass is asked for.
type Wanted struct {
	Benefit    string // code
	Companions int    // who come with the holder (同行人)
}

// Issue decides the benefit for the caller and gives a pass that lives 60 s and is used
// once (领取凭证). The decision's audit entry and the answer are durable before it returns.
//
// CodeNotVerified, CodeNotFound for an unknown benefit, CodeInvalidRequest for more companions
// than the rule allows, CodeNotEligible with the reasons
// as fields, CodeBudgetReached when all there is against it is the budget,
// CodeAuditUnavailable.
func (s *Service) Issue(ctx context.Context, p model.Principal, want Wanted, receipt model.Receipt[Issued]) (Issued, error) {
	if p.Subject == "" {
		return Issued{}, notVerified()
	}
	now := s.Clock.Now() // before the file is read: it is true at this instant, also at midnight
	rule, err := s.inForce(want.Benefit, now)
	if err != nil {
		return Issued{}, err
	}
	if want.Companions < 0 || want.Companions > rule.Companions {
		return Issued{}, model.Invalid("/companions", "maximum", fmt.Sprintf("本项优惠最多可带 %d 位同行人，请改正后重试。", rule.Companions))
	}
	f, _, err := s.Files.Fresh(ctx, p.Subject)
	if err != nil {
		return Issued{}, err
	}
	usage, err := s.Store.Usage(ctx, f.ID, rule.Code)
	if err != nil {
		return Issued{}, err
	}
	visit, err := s.visit(ctx, f.ID, rule, now)
	if err != nil {
		return Issued{}, err
	}
	d, err := s.room(ctx, rule, visit.complete(rule, rule.Decide(facts(f, now), usage, now)), now)
	if err != nil {
		return Issued{}, err
	}
	ev := s.event(p, "pass.issue", f.ID, &d)
	if d.Outcome != model.Eligible {
		if err := s.Auditor.Record(ctx, ev); err != nil {
			return Issued{}, err
		}
		return Issued{}, refusal(d)
	}
	issued, id, err := s.mint(ctx, f, d, rule, want.Companions, now)
	if err != nil {
		return Issued{}, err
	}
	ev.Ref = id.String()
	if err := s.keep(ctx, ev, issued, receipt); err != nil {
		return Issued{}, err
	}
	return issued, nil
}

func (s *Service) mint(ctx context.Context, f *model.SubjectFile, d model.Decision, rule *Rule, companions int, now time.Time) (Issued, pass.ID, error) {
	masked, err := s.holderMasked(f)
	if err != nil {
		return Issued{}, pass.ID{}, err
	}
	place, err := s.place(ctx)
	if err != nil {
		return Issued{}, pass.ID{}, err
	}
	at := now.Truncate(time.Second)
	// A gate without a network knows no hours: what it may take ends with them.
	until := rule.TimeWindow.Closes(at, at.Add(offlineLife))
	claims := pass.Claims{ID: pass.NewIDAt(place), Benefit: d.BenefitCode, PayPercent: d.PayPercent, Kind: kindOf(rule), Companions: companions, HolderMasked: masked,
		Site: rule.SiteID, IssuedAt: at, ExpiresAt: at.Add(onlineLife), OfflineUntil: until}
	if rule.Value.Type == benefit.ValueAmount {
		claims.PayFen = d.PayFen // else percent and the bundle's price say it; a pass is short
	}
	text, err := s.Passes.Mint(ctx, f.ID, claims)
	return Issued{Text: text, ExpiresAt: claims.ExpiresAt, OfflineUntil: claims.OfflineUntil}, claims.ID, err
}

// kindOf says how a pass's figures are meant.
func kindOf(rule *Rule) pass.Kind {
	switch rule.Value.Type {
	case benefit.ValueDeposit:
		return pass.KindDeposit
	case benefit.ValuePriority:
		return pass.KindPriority
	case benefit.ValueQuota:
		return pass.KindQuota
	}
	return pass.KindPrice
}

// keep writes the audit entry and the answer of an issued pass in one batch.
func (s *Service) keep(ctx context.Context, ev model.AuditEvent, issued Issued, receipt model.Receipt[Issued]) error {
	answer, err := receipt.Make(issued)
	if err != nil {
		return err
	}
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return err
	}
	err = s.Store.KeepAnswer(ctx, entry, answer)
	s.Auditor.End(entry, err)
	return err
}

// refusal tells the holder every reason; the partner never hears it.
func refusal(d model.Decision) error {
	e := model.Errorf(model.CodeNotEligible, "本次按标准价格办理，原因和改善办法见 errors。")
	for _, r := range d.Conditions {
		if r.Outcome != model.Eligible {
			if r.ID == benefit.ConditionBudget && len(e.Fields) == 0 { // it comes last
				e.Code, e.Detail = model.CodeBudgetReached, r.Text
			}
			e.Fields = append(e.Fields, model.FieldError{Pointer: "/benefitCode", Code: r.ID, Detail: r.Text})
		}
	}
	return e
}
