package loan

import (
	"context"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/policy/recent"
)

// keptAnswers bounds the screenings that are kept, a tenth of a KiB each: half as many again as a county has
// enterprises, so that hardly any set of the table is short of room.
const keptAnswers = 96 << 10

// screening is the answer about a file that nobody has consented to show more of: the
// same for every bank while the file's stamp and the rules are the same.
type screening struct {
	stamp      model.FlatStamp
	validUntil model.Instant
	common     uint32
	listed     bool
}

// common is what screenings of many files share.
type common struct {
	basis        model.StampBasis
	rulesVersion string
}

type screenings struct {
	once   sync.Once
	table  *recent.Table[model.SubjectKey, screening]
	common recent.Shared[common]
}

func (k *screenings) all() *recent.Table[model.SubjectKey, screening] {
	k.once.Do(func() { k.table = recent.New[model.SubjectKey, screening](keptAnswers) })
	return k.table
}

// kept gives the answer about an enterprise without reading its file, when it was given
// before and still stands.
func (s *Service) kept(ctx context.Context, code string, now time.Time) (model.WhitelistResult, bool, error) {
	id, stamp, err := s.Files.EnterpriseStamp(ctx, code)
	if err != nil {
		return model.WhitelistResult{}, false, err
	}
	key, ok := id.Key()
	if !ok {
		return model.WhitelistResult{}, false, nil
	}
	k, ok := s.screened.all().Get(key)
	if !ok {
		return model.WhitelistResult{}, false, nil
	}
	own, basis := stamp.Flat()
	c, ok := s.screened.common.Value(k.common)
	if !ok || k.stamp != own || c != (common{basis, s.Screener.Version(stamp.Day)}) || stamp.Day != model.DateOf(now) {
		return model.WhitelistResult{}, false, nil
	}
	return model.WhitelistResult{USCC: string(id), Listed: k.listed, AsOf: stamp.Day, BatchNo: s.Batches.BatchNo(),
		RulesVersion: c.rulesVersion, ValidUntil: k.validUntil.Time()}, true, nil
}

// keep keeps the answer about f, if every bank would hear the same: without consent it has no
// reasons and no facts.
func (s *Service) keep(f *model.SubjectFile, stamp model.Stamp, r model.WhitelistResult) {
	key, ok := f.ID.Key()
	if ok && len(f.Consents) == 0 && stamp.Day == r.AsOf {
		own, basis := stamp.Flat()
		s.screened.all().Put(key, screening{own, model.InstantOf(r.ValidUntil), s.screened.common.Number(common{basis, r.RulesVersion}), r.Listed})
	}
}
