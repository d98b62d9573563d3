package credit

import (
	"context"
	"slices"

	"xinyi/model"
)

// Enterprise gives the public file of an organisation (企业公示档案) by current or former
// code. The file is shared and must not be changed; the caller shows the public part.
// CodeNotFound if there is none; a person's id is no code.
func (s *Service) Enterprise(ctx context.Context, code string) (*model.SubjectFile, model.Stamp, error) {
	if model.SubjectID(code).IsPerson() {
		return nil, model.Stamp{}, noEnterprise(model.Errorf(model.CodeNotFound, "a person"))
	}
	f, stamp, err := s.Fresh(ctx, model.SubjectID(code))
	if !model.Is(err, model.CodeNotFound) {
		return f, stamp, err
	}
	id, err := s.Subjects.Resolve(ctx, code)
	if err != nil {
		return nil, model.Stamp{}, noEnterprise(err)
	}
	return s.Fresh(ctx, id)
}

// EnterpriseStamp tells whose file Enterprise would give and what it stands on, for
// answers that were kept: one that was made with an equal stamp is true.
func (s *Service) EnterpriseStamp(ctx context.Context, code string) (model.SubjectID, model.Stamp, error) {
	if model.SubjectID(code).IsPerson() {
		return "", model.Stamp{}, noEnterprise(model.Errorf(model.CodeNotFound, "a person"))
	}
	h, stamp, err := s.freshHead(ctx, model.SubjectID(code))
	if !model.Is(err, model.CodeNotFound) {
		return h.ID, stamp, err
	}
	id, err := s.Subjects.Resolve(ctx, code)
	if err != nil {
		return "", model.Stamp{}, noEnterprise(err)
	}
	_, stamp, err = s.freshHead(ctx, id)
	return id, stamp, err
}

func noEnterprise(err error) error {
	if model.Is(err, model.CodeNotFound) {
		return model.Wrap(err, model.CodeNotFound, "没有找到该主体，请核对统一社会信用代码，或按名称搜索。")
	}
	return err
}

// EnterpriseRecords gives the records that everybody may see, in id order: public, and
// their display period runs today. section "" = all.
func (s *Service) EnterpriseRecords(ctx context.Context, code string, section model.Section, after string, limit int) ([]*model.Record, string, error) {
	f, _, err := s.Enterprise(ctx, code)
	if err != nil {
		return nil, "", err
	}
	day := model.DateOf(s.Clock.Now())
	return s.filter(ctx, f.ID, after, limit, func(r *model.Record) bool {
		return shown(f, r, day) && r.Disclosure == model.DisclosurePublic && (section == "" || r.Section == section)
	})
}

// shown reports whether the record still counts on day: its display runs, or the subject's
// listing holds it.
func shown(f *model.SubjectFile, r *model.Record, day model.Date) bool {
	return r.Live(day) || slices.Contains(f.Summary.Held, r.ID)
}

// filterScan bounds the records that one page looks at.
const filterScan = 5000

// filter pages over a subject's records, keeping those that match. A page may be short,
// even empty, before the end when few of many records match: the position goes on.
func (s *Service) filter(ctx context.Context, id model.SubjectID, after string, limit int, keep func(*model.Record) bool) ([]*model.Record, string, error) {
	const page = 100
	var kept []*model.Record
	for looked := 0; looked < filterScan; {
		recs, next, err := s.Records.Range(ctx, id, after, page)
		if err != nil {
			return nil, "", err
		}
		for _, r := range recs {
			if !keep(r) {
				continue
			}
			if len(kept) == limit {
				return kept, string(kept[limit-1].ID), nil
			}
			kept = append(kept, r)
		}
		if next == "" {
			return kept, "", nil
		}
		looked, after = looked+len(recs), next
	}
	return kept, after, nil
}

// ListEntries gives the organisations on a list (名单公示), persons never.
func (s *Service) ListEntries(ctx context.Context, kind model.ListKind, q, after string, limit int) ([]model.ListEntry, string, error) {
	return s.Lists.Entries(ctx, kind, q, after, limit)
}
