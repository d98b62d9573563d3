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
	book := s.Rules.Book()
	if k, ok := s.holders.cache().Get(holder); ok {
		if r := k.read.Load(); r != nil && r.code == code && r.rule == rule && r.book == book && s.Store.Unchanged(&r.mark) && s.unread(k, now) {
			return inputs{k, r.usage, r.visit}, nil
		}
	}
	r := &read{code: code, rule: rule, book: book, mark: s.Store.Watch(holder, s.counted(book, code, rule, now)...)}
	if in.known, err = s.known(ctx, holder, now); err != nil {
		return inputs{}, err
	}
	if in.usage, err = s.Store.Usage(ctx, holder, code); err != nil {
		return inputs{}, err
	}
	if in.visit, err = s.visit(ctx, holder, rule, now); err != nil {
		return inputs{}, err
	}
	if r.mark.N > 0 {
		r.usage, r.visit = in.usage, in.visit
		in.known.read.Store(r)
	}
	return in, nil
}

// counted names the benefits whose counters are read for a use.
func (s *Service) counted(book *benefit.Book, code string, rule *benefit.Rule, now time.Time) []string {
	codes := []string{code}
	if rule != nil {
		for _, other := range book.Excluding(rule, model.DateOf(now)) {
			codes = append(codes, other.Code)
		}
	}
	return codes
}
