package benefit

import (
	"context"
	"slices"

	"xinyi/model"
	"xinyi/policy/pass"
)

// attemptPurpose keeps the MACs of attempts apart from all others.
const attemptPurpose = "gate-attempt"

// Scan is a pass that a gate has read.
type Scan struct {
	Pass string
	// Key names the attempt (Idempotency-Key): asked again with it, whichever account of the site
	// asks, the answer is the same. "" = nobody asks again.
	Key string
}

// Redeemed is the answer to an attempt; Replayed means that it was used up by that attempt before.
type Redeemed struct {
	model.Redemption
	Replayed bool
}

// attempt authenticates pass and key; nil without a key.
func (s *Service) attempt(claims pass.Claims, key string) ([]byte, error) {
	if key == "" {
		return nil, nil
	}
	mac, err := s.MACs.MAC(attemptPurpose, attempted(claims, key))
	return mac, model.Wrap(err, model.CodeInternal, "")
}

func attempted(claims pass.Claims, key string) []byte { return append(claims.ID[:], key...) }

// attemptOf reports whether a redemption was made by the attempt, at a site of the caller.
func (s *Service) attemptOf(r *model.Redemption, p model.Principal, claims pass.Claims, key string) bool {
	return key != "" && slices.Contains(p.Sites, r.SiteID) && s.MACs.CheckMAC(attemptPurpose, attempted(claims, key), r.Attempt)
}

// again answers an attempt that was refused for why: one that used the pass before, and whose
// answer was lost, is told so; every other one is refused, and logged.
func (s *Service) again(ctx context.Context, p model.Principal, claims pass.Claims, holder model.SubjectID, key string, why error) (Redeemed, error) {
	if key != "" && (model.Is(why, model.CodePassExpired) || model.Is(why, model.CodePassUsed)) {
		r, err := s.Store.UsedBy(ctx, claims.ID.String())
		if err != nil && !model.Is(err, model.CodeNotFound) {
			return Redeemed{}, err
		}
		if err == nil && s.attemptOf(r, p, claims, key) {
			ev := s.event(p, "gate.redeem", r.Holder, nil)
			ev.Outcome, ev.Ref = "replayed", r.No
			if err := s.Auditor.Record(ctx, ev); err != nil {
				return Redeemed{}, err
			}
			return Redeemed{*r, true}, nil
		}
	}
	return Redeemed{}, s.refused(ctx, p, holder, claims, why)
}

// handedIn answers a use that is handed in and that an attempt to redeem online had counted before.
// The gate had let the holder in by the pass: where the standard price was due, the difference is
// kept with the redemption.
func (s *Service) handedIn(ctx context.Context, p model.Principal, use OfflineUse, claims pass.Claims, r model.Redemption) (Uploaded, error) {
	fen := underpaid(s.priced(claims, use.AcceptedAt), claims)
	if r.Result == resultStandard && !r.Reversed && r.DifferenceFen == 0 && fen > 0 {
		r.DifferenceFen = fen
		ev := s.event(p, "gate.upload", r.Holder, nil)
		ev.Outcome, ev.Ref = useAccepted, r.No
		entry, err := s.Auditor.Begin(ev)
		if err != nil {
			return Uploaded{}, err
		}
		err = s.Store.KeepDifference(ctx, r, entry)
		s.Auditor.End(entry, err)
		if err != nil {
			return Uploaded{}, err
		}
	}
	return Uploaded{Outcome: useAccepted, Redemption: r, DifferenceFen: r.DifferenceFen}, nil
}
