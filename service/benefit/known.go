package benefit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// keptFacts bounds the holders whose facts are kept, about 1.5 KiB each: as many as come to
// all gates in some hours.
const keptFacts = 16384

// known is what the rules may ask about one holder, true as long as the file's stamp is
// the same and time has not passed it.
type known struct {
	stamp model.Stamp
	facts benefit.Facts
	from  time.Time
	last  atomic.Pointer[decided]
}

// decided is the last decision about a holder: a check comes before each redemption.
type decided struct {
	rule     *benefit.Rule
	usage    model.Usage
	visited  visited
	at       time.Time
	decision model.Decision
}

type holders struct {
	once    sync.Once
	entries *lru.Cache[model.SubjectID, *known]
}

func (h *holders) cache() *lru.Cache[model.SubjectID, *known] {
	h.once.Do(func() { h.entries, _ = lru.New[model.SubjectID, *known](keptFacts) }) // fails for sizes below 1 only
	return h.entries
}

// known gives what the rules may ask about a holder now. The file is read and decoded
// only when its stamp has moved.
func (s *Service) known(ctx context.Context, holder model.SubjectID, now time.Time) (*known, error) {
	stamp, err := s.Files.Stamp(ctx, holder)
	if err != nil {
		return nil, err
	}
	if k, ok := s.holders.cache().Get(holder); ok && k.holds(stamp, now) {
		return k, nil
	}
	f, stamp, err := s.Files.Fresh(ctx, holder)
	if err != nil {
		return nil, err
	}
	k := &known{stamp: stamp, facts: facts(f, now), from: now}
	s.holders.cache().Add(holder, k)
	return k, nil
}

// decide is rule.Decide with the visit, from memory when nothing has changed since the last
// time. What the decision points to is shared and must not be changed.
func (k *known) decide(rule *benefit.Rule, usage model.Usage, v visit, now time.Time) model.Decision {
	if l := k.last.Load(); l != nil && l.rule == rule && l.usage == usage && l.visited == v.visited && !now.Before(l.at) &&
		(l.decision.ValidUntil.IsZero() || now.Before(l.decision.ValidUntil)) {
		return l.decision
	}
	d := v.complete(rule, rule.Decide(k.facts, usage, now))
	k.last.Store(&decided{rule, usage, v.visited, now, d})
	return d
}

func (k *known) holds(stamp model.Stamp, now time.Time) bool {
	return k.stamp == stamp && !now.Before(k.from) && (k.facts.ValidUntil.IsZero() || now.Before(k.facts.ValidUntil))
}
