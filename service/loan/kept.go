package loan

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xinyi/model"
)

// keptAnswers bounds the screenings that are kept, about 300 bytes each.
const keptAnswers = 65536

// screening is the answer about a file that nobody has consented to show more of: the
// same for every bank while the file's stamp and the rules are the same.
type screening struct {
	stamp  model.Stamp
	result model.WhitelistResult // without reasons, facts and batch
}

type screenings struct {
	once    sync.Once
	entries *lru.Cache[model.SubjectID, screening]
}

func (k *screenings) cache() *lru.Cache[model.SubjectID, screening] {
	k.once.Do(func() { k.entries, _ = lru.New[model.SubjectID, screening](keptAnswers) }) // fails for sizes below 1 only
	return k.entries
}

// kept gives the answer about an enterprise without reading its file, when it was given
// before and still stands.
func (s *Service) kept(ctx context.Context, code string, now time.Time) (model.WhitelistResult, bool, error) {
	id, stamp, err := s.Files.EnterpriseStamp(ctx, code)
	if err != nil {
		return model.WhitelistResult{}, false, err
	}
	k, ok := s.screened.cache().Get(id)
	if !ok || k.stamp != stamp || k.result.RulesVersion != s.Screener.Version(stamp.Day) || stamp.Day != model.DateOf(now) {
		return model.WhitelistResult{}, false, nil
	}
	r := k.result
	r.BatchNo = s.Batches.BatchNo()
	return r, true, nil
}

// keep keeps the answer about f, if every bank would hear the same.
func (s *Service) keep(f *model.SubjectFile, stamp model.Stamp, r model.WhitelistResult) {
	if len(f.Consents) == 0 && stamp.Day == r.AsOf {
		s.screened.cache().Add(f.ID, screening{stamp, r})
	}
}
