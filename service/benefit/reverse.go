package benefit

import (
	"context"
	"strings"
	"time"

	"xinyi/model"
)

const (
	// reverseWithin is how long a redemption may be reversed (domain reference §10.3).
	reverseWithin = 30 * time.Minute
	// sealReason binds the sealed reason of a reversal to its redemption.
	sealReason = "reversal_reason"
)

// Reverse takes a redemption of the caller's own sites back (撤销核销): the counters and the budget
// are given back once, and redemption, counters, audit entry and answer are durable together. The pass
// stays used.
//
// CodeNotFound for a number of no own site; CodeNotReady when it is reversed already or older
// than 30 minutes; CodeExists when the idempotency key was used meanwhile.
func (s *Service) Reverse(ctx context.Context, p model.Principal, no, reason string, receipt model.Receipt[model.Redemption]) (model.Redemption, error) {
	var r model.Redemption
	err := model.Retry(ctx, func() (err error) {
		r, err = s.reverse(ctx, p, no, reason, receipt)
		return err
	})
	return r, err
}

func (s *Service) reverse(ctx context.Context, p model.Principal, no, reason string, receipt model.Receipt[model.Redemption]) (model.Redemption, error) {
	found, err := s.ownRedemption(ctx, p, no)
	if err != nil {
		return model.Redemption{}, err
	}
	turn := s.turns.of(found.Holder)
	turn.Lock()
	defer turn.Unlock()
	now := s.Clock.Now()
	if err := reversible(found, now); err != nil {
		ev := s.event(p, "gate.reverse", found.Holder, nil)
		ev.Outcome, ev.Ref = string(model.CodeNotReady), no
		if lost := s.Auditor.Record(ctx, ev); lost != nil {
			return model.Redemption{}, lost
		}
		return model.Redemption{}, err
	}
	usage, err := s.Store.Usage(ctx, found.Holder, found.BenefitCode)
	if err != nil {
		return model.Redemption{}, err
	}
	r := *found
	r.ReversedTurn = usage.Rev
	if r.Result == resultPass {
		usage = usage.Remove(r.At)
	}
	budget, err := s.budgetBack(ctx, &r)
	if err != nil {
		return model.Redemption{}, err
	}
	r.Reversed, r.ReversedAt, r.ReversedBy = true, now.UTC().Truncate(time.Millisecond), p.ID
	if r.Reason, err = s.Sealer.Seal(sealReason, r.ID, []byte(reason)); err != nil {
		return model.Redemption{}, err
	}
	answer, err := receipt.Make(r)
	if err != nil {
		return model.Redemption{}, err
	}
	ev := s.event(p, "gate.reverse", r.Holder, &r.Decision)
	ev.Outcome, ev.Ref = "reversed", no
	entry, err := s.Auditor.Begin(ev)
	if err != nil {
		return model.Redemption{}, err
	}
	err = s.Store.Reverse(ctx, model.ReversalWrite{Redemption: r, Usage: usage, Budget: budget, Audit: entry, Answer: answer})
	s.Auditor.End(entry, err)
	return r, err
}

// ownRedemption finds a redemption of the caller's sites by its number. Its id starts with site and day; the day is
// that of the number, or a few before it when it was accepted without a network.
func (s *Service) ownRedemption(ctx context.Context, p model.Principal, no string) (*model.Redemption, error) {
	return findRedemption(ctx, s.Store, p.Sites, no)
}

func findRedemption(ctx context.Context, store Store, sites []string, no string) (*model.Redemption, error) {
	made, ok := model.TimeOfID(strings.TrimPrefix(no, "R"))
	if !ok {
		return nil, noRedemption()
	}
	var ids []string
	for _, site := range sites {
		for back := -1; back <= int(uploadWithin/(24*time.Hour))+1; back++ {
			ids = append(ids, site+"/"+string(model.DateOf(made).AddDays(-back))+"/"+no)
		}
	}
	found, err := store.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, noRedemption()
	}
	return found[0], nil
}

func noRedemption() error {
	return model.Errorf(model.CodeNotFound, "没有这条核销记录，请核对核销编号。")
}

func reversible(r *model.Redemption, now time.Time) error {
	refuse := func(code, detail string) error {
		return &model.Error{Code: model.CodeNotReady, Detail: detail, Fields: []model.FieldError{{Pointer: "{no}", Code: code, Detail: detail}}}
	}
	switch {
	case r.Reversed:
		return refuse("already_reversed", "该核销已经撤销，无需再次操作。")
	case now.Sub(r.At) > reverseWithin:
		return refuse("too_late", "核销超过 30 分钟，不能撤销；请按合作单位的退款流程办理。")
	}
	return nil
}
