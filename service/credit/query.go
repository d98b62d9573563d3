package credit

import (
	"context"
	"slices"

	"xinyi/model"
)

// Purposes says which purposes a role may look for and whether the subject must have
// consented: lawful purposes are data of the access policy, not code.
type Purposes map[model.Role]map[model.Purpose]PurposeRule

// PurposeRule is what one purpose asks for.
type PurposeRule struct {
	// Consent says that a live consent of the subject for this recipient is needed.
	Consent bool
	// OrganisationsOnly keeps natural persons out of the purpose.
	OrganisationsOnly bool
}

// Query is a non-public look-up (授权查询/政务共享). Exactly one of USCC and IDNo is set.
type Query struct {
	USCC    string
	Name    string
	IDNo    string // normalised citizen id number, clear; never logged
	Purpose model.Purpose
	Consent string // id of the consent; "" = any live one
}

// QueryResult is what the caller may see.
type QueryResult struct {
	File *model.SubjectFile
	// Identity is set for a person; the caller masks it.
	Identity model.PersonIdentity
	Records  []QueriedRecord
	Consent  string // the consent that was used
	AsOf     model.Date
}

// QueriedRecord is a record with its opened text.
type QueriedRecord struct {
	Record  *model.Record
	Content string
}

// queryRecords bounds the records of one answer; the rest is read by a report.
const queryRecords = 200

// Query answers a look-up by office, clerk or bank. It needs a lawful purpose, and a
// live consent where the purpose asks for it, and is logged before it is answered.
// CodePurposeRefused, CodeConsentRequired, CodeNotFound; CodeAuditUnavailable when the
// look could not be logged.
func (s *Service) Query(ctx context.Context, p model.Principal, q Query) (QueryResult, error) {
	rule, ok := s.Purposes[p.Role][q.Purpose]
	if !ok || (rule.OrganisationsOnly && q.USCC == "") {
		return QueryResult{}, s.refuse(ctx, p, q, "", model.CodePurposeRefused, "该查询目的不适用于当前角色或该类主体，请选择合法的查询目的。")
	}
	f, identity, err := s.queried(ctx, q)
	if model.Is(err, model.CodeNotFound) {
		return QueryResult{}, s.refuse(ctx, p, q, "", model.CodeNotFound, "没有找到与所填信息一致的主体，请核对后重试。")
	}
	if err != nil {
		return QueryResult{}, err
	}
	consent := s.liveConsent(f, p.Unit, q)
	if rule.Consent && consent == "" {
		return QueryResult{}, s.refuse(ctx, p, q, f.ID, model.CodeConsentRequired, "该目的需要信息主体的有效授权，请先取得授权。")
	}
	records, err := s.shareable(ctx, f.ID, consent != "")
	if err != nil {
		return QueryResult{}, err
	}
	ev := s.look(p, "credit.query", q.Purpose, f.ID, "summary", "records")
	ev.Consent = consent
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return QueryResult{}, err
	}
	return QueryResult{File: f, Identity: identity, Records: records, Consent: consent, AsOf: model.DateOf(s.Clock.Now())}, nil
}

// refuse logs the refused look and gives its error; when it cannot be logged, that error.
func (s *Service) refuse(ctx context.Context, p model.Principal, q Query, id model.SubjectID, code model.Code, detail string) error {
	ev := s.look(p, "credit.query", q.Purpose, id)
	ev.Outcome = string(code)
	if id == "" {
		ev.Subjects = nil
	}
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return err
	}
	return model.Errorf(code, "%s", detail)
}

func (s *Service) queried(ctx context.Context, q Query) (*model.SubjectFile, model.PersonIdentity, error) {
	var none model.PersonIdentity
	if q.USCC != "" {
		f, _, err := s.Enterprise(ctx, q.USCC)
		return f, none, err
	}
	return s.Person(ctx, q.Name, q.IDNo)
}

// Person finds a natural person by name and number; a number whose name differs is
// CodeNotFound, so that numbers cannot be probed.
func (s *Service) Person(ctx context.Context, name, idNo string) (*model.SubjectFile, model.PersonIdentity, error) {
	var none model.PersonIdentity
	id, err := s.Subjects.FindPerson(ctx, s.Sealer.IndexAll(model.IndexCitizenID, idNo))
	if err != nil {
		return nil, none, err
	}
	f, _, err := s.Fresh(ctx, id)
	if err != nil {
		return nil, none, err
	}
	identity, err := s.identity(f)
	if err != nil {
		return nil, none, err
	}
	if identity.Name != name {
		return nil, none, model.Errorf(model.CodeNotFound, "没有找到与所填信息一致的主体，请核对后重试。")
	}
	return f, identity, nil
}

func (s *Service) liveConsent(f *model.SubjectFile, unit string, q Query) string {
	now := s.Clock.Now()
	i := slices.IndexFunc(f.Consents, func(c model.Consent) bool {
		return (q.Consent == "" || c.ID == q.Consent) && c.Live(unit, q.Purpose, now)
	})
	if i < 0 {
		return ""
	}
	return f.Consents[i].ID
}

// shareable gives the live records that may be shared (HN 18): public and gov_share,
// and authorised ones under a consent. Disputed ones stay, marked.
func (s *Service) shareable(ctx context.Context, id model.SubjectID, consented bool) ([]QueriedRecord, error) {
	day := model.DateOf(s.Clock.Now())
	recs, _, err := s.filter(ctx, id, "", queryRecords, func(r *model.Record) bool {
		return r.Live(day) && (r.Disclosure != model.DisclosureAuthorised || consented)
	})
	if err != nil {
		return nil, err
	}
	out := make([]QueriedRecord, 0, len(recs))
	for _, r := range recs {
		content, err := s.content(r)
		if err != nil {
			return nil, err
		}
		out = append(out, QueriedRecord{Record: r, Content: content})
	}
	return out, nil
}

// Record gives one record to the unit it came from, or to the office. Others hear
// CodeNotFound, whether it exists or not. Logged before it is answered.
func (s *Service) Record(ctx context.Context, p model.Principal, id model.RecordID) (QueriedRecord, error) {
	r, err := s.Records.Record(ctx, id)
	if err != nil {
		return QueriedRecord{}, noRecord(err)
	}
	if p.Role != model.RoleOffice && (p.Unit == "" || r.SourceUSCC != p.Unit) {
		return QueriedRecord{}, noRecord(model.Errorf(model.CodeNotFound, "other unit"))
	}
	content, err := s.content(r)
	if err != nil {
		return QueriedRecord{}, err
	}
	ev := s.look(p, "record.view", model.PurposeOther, r.Subject, "record")
	ev.Ref = string(r.ID)
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return QueriedRecord{}, err
	}
	return QueriedRecord{Record: r, Content: content}, nil
}

func noRecord(err error) error {
	if model.Is(err, model.CodeNotFound) {
		return model.Wrap(err, model.CodeNotFound, "没有找到该记录，或它不属于本单位。")
	}
	return err
}
