package benefit

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xinyi/model"
	"xinyi/policy/benefit"
)

// keptFacts bounds the holders whose facts are kept, about 500 bytes each: more than come
// to all gates in a day.
const keptFacts = 65536

// known is what the rules may ask about one holder, true as long as the file's stamp is
// the same and time has not passed it.
type known struct {
	stamp model.Stamp
	facts benefit.Facts
	from  time.Time
}

type holders struct {
	once    sync.Once
	entries *lru.Cache[model.SubjectID, *known]
}

func (h *holders) cache() *lru.Cache[model.SubjectID, *known] {
	h.once.Do(func() { h.entries, _ = lru.New[model.SubjectID, *known](keptFacts) }) // fails for sizes below 1 only
	return h.entries
}

// factsOf gives what the rules may ask about a holder now. The file is read and decoded
// only when its stamp has moved; slices are shared and must not be changed.
func (s *Service) factsOf(ctx context.Context, holder model.SubjectID, now time.Time) (benefit.Facts, error) {
	stamp, err := s.Files.Stamp(ctx, holder)
	if err != nil {
		return benefit.Facts{}, err
	}
	if k, ok := s.holders.cache().Get(holder); ok && k.at(stamp, now) {
		return k.facts, nil
	}
	f, stamp, err := s.Files.Fresh(ctx, holder)
	if err != nil {
		return benefit.Facts{}, err
	}
	k := &known{stamp: stamp, facts: facts(f, now), from: now}
	s.holders.cache().Add(holder, k)
	return k.facts, nil
}

func (k *known) at(stamp model.Stamp, now time.Time) bool {
	return k.stamp == stamp && !now.Before(k.from) && (k.facts.ValidUntil.IsZero() || now.Before(k.facts.ValidUntil))
}
