package benefit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/policy/recent"
)

// keptVerdicts bounds the holders whose last verdict is remembered, a sixth of a KiB each: as many
// as come to all gates in some hours.
const keptVerdicts = 32768

// verdict is what was decided for a gate about a holder, without what it was decided by. It is good
// from then until the end of the day at most, as long as nothing of that was written and the rules
// are the same.
type verdict struct {
	finding     uint32     // see verdicts
	mark        model.Mark // of file and counters
	from, until int64      // nanoseconds since 1970
	levelOptIn  bool
}

// finding is what the verdicts of many holders have in common.
type finding struct {
	asked
	kind       model.SubjectKind
	judgedBy   string // rules of the file's stamp
	outcome    model.Outcome
	payPercent int
	payFen     *int64 // of the rule
}

// asked is what a gate's question is about, beside holder and day.
type asked struct {
	code string
	rule *benefit.Rule // that prices the benefit; nil = none
	book *benefit.Book
}

type verdicts struct {
	once  sync.Once
	table *recent.Table[model.SubjectKey, verdict]
	// findings are numbered: a table without pointers is none that the collector looks into.
	findings recent.Shared[finding]
	book     atomic.Pointer[benefit.Book] // of the last of them
}

// number gives a finding to be kept in the table. The first one by another book makes the others be
// forgotten: they are good no more, and would keep their book.
func (v *verdicts) number(f finding) uint32 {
	if v.book.Swap(f.book) != f.book {
		v.findings.Forget()
	}
	return v.findings.Number(f)
}

func (v *verdicts) of(holder model.SubjectID) (*recent.Table[model.SubjectKey, verdict], model.SubjectKey) {
	v.once.Do(func() { v.table = recent.New[model.SubjectKey, verdict](keptVerdicts) })
	key, ok := holder.Key()
	if !ok {
		return &recent.Table[model.SubjectKey, verdict]{}, key
	}
	return v.table, key
}

// verdict decides about a holder as file, counters and visit are now. They are read only when one of
// them was written since the last time, whatever comes of the decision, which tells outcome and price
// alone. A nil rule decides nothing; the same is read for it.
// CodeNotFound when the holder has no file any more.
func (s *Service) verdict(ctx context.Context, holder model.SubjectID, code string, rule *benefit.Rule, now time.Time) (model.Decision, error) {
	q, day := asked{code, rule, s.Rules.Book()}, model.DateOf(now)
	if rule != nil {
		q.code = rule.Code // one text for all
	}
	table, key := s.verdicts.of(holder)
	if v, ok := table.Get(key); ok && v.timely(now) && s.Store.Unchanged(v.mark) {
		if f, ok := s.verdicts.findings.Value(v.finding); ok && f.asked == q && s.Files.RulesOf(f.kind, v.levelOptIn, day) == f.judgedBy {
			return f.decision(), nil
		}
	}
	mark := s.Store.Watch(holder, countersOf(q.book, code, rule, day)...)
	known, err := s.known(ctx, holder, now)
	if err != nil {
		return model.Decision{}, err
	}
	usage, err := s.Store.Usage(ctx, holder, code)
	if err != nil {
		return model.Decision{}, err
	}
	visit, err := s.visit(ctx, holder, rule, now)
	if err != nil {
		return model.Decision{}, err
	}
	until := model.Sooner(known.facts.ValidUntil, day.AddDays(1).Start())
	f := finding{asked: q, kind: known.facts.Kind, judgedBy: known.stamp.Rules}
	if rule != nil {
		d := s.holders.decide(known, rule, usage, visit, now)
		f.outcome, f.payPercent, f.payFen = d.Outcome, d.PayPercent, d.PayFen
		until = model.Sooner(until, d.ValidUntil)
	}
	if mark.N > 0 && known.stamp.Day == day { // else midnight came between
		table.Put(key, verdict{s.verdicts.number(f), mark, now.UnixNano(), until.UnixNano(), known.levelOptIn})
	}
	return f.decision(), nil
}

// timely reports whether time alone has changed nothing.
func (v *verdict) timely(now time.Time) bool {
	at := now.UnixNano()
	return v.from <= at && at < v.until
}

// decision is what a gate and the log hear of.
func (f *finding) decision() model.Decision {
	if f.rule == nil {
		return model.Decision{}
	}
	return model.Decision{BenefitCode: f.rule.Code, RuleVersion: f.rule.Version, Outcome: f.outcome, PayPercent: f.payPercent, PayFen: f.payFen}
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
