package benefit

import (
	"context"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// inputs is what a decision about one use is made from.
type inputs struct {
	known *known
	usage model.Usage
	visit visit
}

// read is what was read about a holder for the benefit asked for last: good as long as nothing of
// it was written and the rules are the same.
type read struct {
	day   model.Date
	code  string
	rule  *benefit.Rule // that prices the benefit; nil = none
	book  *benefit.Book
	mark  model.Mark
	usage model.Usage
	visit visit
}

// inputs gives file, counters and visit as they are now. They are read only when one of them was
// written since the last time, whatever comes of the decision.
// CodeNotFound when the holder has no file any more.
func (s *Service) inputs(ctx context.Context, holder model.SubjectID, code string, rule *benefit.Rule, now time.Time) (in inputs, err error) {
	book, day := s.Rules.Book(), model.DateOf(now)
	if k, ok := s.holders.cache().Get(holder); ok {
		if r := k.read.Load(); r != nil && r.day == day && r.code == code && r.rule == rule && r.book == book && s.Store.Unchanged(&r.mark) && s.stands(k, now) {
			return inputs{k, r.usage, r.visit}, nil
		}
	}
	r := &read{day: day, code: code, rule: rule, book: book, mark: s.Store.Watch(holder, countersOf(book, code, rule, day)...)}
	if in.known, err = s.known(ctx, holder, now); err != nil {
		return inputs{}, err
	}
	if in.usage, err = s.Store.Usage(ctx, holder, code); err != nil {
		return inputs{}, err
	}
	if in.visit, err = s.visit(ctx, holder, rule, now); err != nil {
		return inputs{}, err
	}
	if r.mark.N > 0 && in.known.stamp.Day == day { // else midnight came between
		r.usage, r.visit = in.usage, in.visit
		in.known.read.Store(r)
	}
	return in, nil
}

// countersOf names the benefits whose counters are read for a use.
func countersOf(book *benefit.Book, code string, rule *benefit.Rule, day model.Date) []string {
	codes := []string{code}
	if rule != nil {
		for _, other := range book.Excluding(rule, day) {
			codes = append(codes, other.Code)
		}
	}
	return codes
}
