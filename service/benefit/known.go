package benefit

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// keptFacts bounds the holders whose facts are kept, about 1.5 KiB in some ten objects each: those
// between check and redemption. Checks themselves are remembered as verdicts.
const keptFacts = 2048

// known is what the rules may ask about one holder, true as long as the file's stamp is
// the same and time has not passed it.
type known struct {
	stamp      model.Stamp
	levelOptIn bool
	facts      benefit.Facts
	from       time.Time
	last       atomic.Pointer[decided]
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

	mu    sync.Mutex
	lists map[uint64][]model.Reason // see same
	seed  maphash.Seed
}

// keptLists bounds the lists of conditions that are shared: some for each rule.
const keptLists = 1024

// same gives an equal list of conditions that is kept already: most holders share a few, and the
// collector looks at each that is not shared.
func (h *holders) same(list []model.Reason) []model.Reason {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.lists) == 0 || len(h.lists) >= keptLists {
		h.lists, h.seed = map[uint64][]model.Reason{}, maphash.MakeSeed()
	}
	var hash maphash.Hash
	hash.SetSeed(h.seed)
	for i := range list {
		hash.WriteString(string(list[i].Outcome))
		hash.WriteString(list[i].Text)
	}
	if kept := h.lists[hash.Sum64()]; slices.Equal(kept, list) {
		return kept
	}
	h.lists[hash.Sum64()] = list
	return list
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
	k := &known{stamp: stamp, levelOptIn: f.LevelOptIn, facts: facts(f, now), from: now}
	s.holders.cache().Add(holder, k)
	return k, nil
}

// decide is rule.Decide with the visit, from memory when nothing has changed since the last
// time. What the decision points to is shared and must not be changed.
func (h *holders) decide(k *known, rule *benefit.Rule, usage model.Usage, v visit, now time.Time) model.Decision {
	if l := k.last.Load(); l != nil && l.rule == rule && l.usage == usage && l.visited == v.visited && !now.Before(l.at) &&
		(l.decision.ValidUntil.IsZero() || now.Before(l.decision.ValidUntil)) {
		return l.decision
	}
	d := v.complete(rule, rule.Decide(k.facts, usage, now))
	d.Conditions = h.same(d.Conditions)
	k.last.Store(&decided{rule, usage, v.visited, now, d})
	return d
}

func (k *known) holds(stamp model.Stamp, now time.Time) bool {
	return k.stamp == stamp && k.timely(now)
}

// timely reports whether time alone has changed nothing.
func (k *known) timely(now time.Time) bool {
	return !now.Before(k.from) && (k.facts.ValidUntil.IsZero() || now.Before(k.facts.ValidUntil))
}
