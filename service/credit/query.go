package credit

import (
	"context"
	"slices"
	"time"

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
	// File is an organisation's with the part of the summary that the caller may see; of
	// a person only the kind is for the caller.
	File *model.SubjectFile
	// Identity is set for a person; the caller masks it.
	Identity model.PersonIdentity
	// Incentive is all that is answered about a person: pass or standard.
	Incentive string
	Records   []QueriedRecord
	Consent   string   // the consent that was used
	Shown     []string // kinds of data, as the log has them
	// Stamp is the answer's; it ends also when a consent starts or ends.
	Stamp model.Stamp
}

// QueriedRecord is a record with its opened text.
type QueriedRecord struct {
	Record  *model.Record
	Content string
	Details []Detail
	Live    bool // it counts today, also because a listing holds it
	// Forms is the version of the forms that word Details; set for a single record.
	Forms string
}

// queryRecords bounds the records of one answer; the rest is read by a report.
const queryRecords = 200

// Query answers a look-up by office, clerk or bank. It needs a lawful purpose, and a
// live consent where the purpose asks for it, and is logged before it is answered.
// CodePurposeRefused, CodeConsentRequired, CodeNotFound; CodeAuditUnavailable when the
// look could not be logged. Who needs a person's consent does not learn without it
// whether the person is known.
func (s *Service) Query(ctx context.Context, p model.Principal, q Query) (QueryResult, error) {
	ev := s.look(p, "credit.query", q.Purpose, "")
	rule, ok := s.Purposes[p.Role][q.Purpose]
	if !ok || (rule.OrganisationsOnly && q.USCC == "") {
		return QueryResult{}, s.refused(ctx, ev, model.Errorf(model.CodePurposeRefused, "该查询目的不适用于当前角色或该类主体，请选择合法的查询目的。"))
	}
	needConsent := model.Errorf(model.CodeConsentRequired, "该目的需要信息主体的有效授权，请先取得授权。")
	f, identity, stamp, err := s.queried(ctx, q)
	switch {
	case model.Is(err, model.CodeNotFound) && rule.Consent && q.USCC == "":
		return QueryResult{}, s.refused(ctx, ev, needConsent)
	case model.Is(err, model.CodeNotFound):
		return QueryResult{}, s.refused(ctx, ev, model.Errorf(model.CodeNotFound, "没有找到与所填信息一致的主体，请核对后重试。"))
	case err != nil:
		return QueryResult{}, err
	}
	ev.Subjects = []model.SubjectID{f.ID}
	consent := liveConsent(f, p.Unit, q, ev.At)
	if rule.Consent && consent == "" {
		return QueryResult{}, s.refused(ctx, ev, needConsent)
	}
	r := QueryResult{File: f, Identity: identity, Consent: consent, Stamp: stamp}
	if f.Kind == model.KindNaturalPerson {
		r.incentive()
		ev.Outcome = r.Incentive
	} else if err := s.organisation(ctx, &r); err != nil {
		return QueryResult{}, err
	}
	r.Stamp.ValidUntil = model.Sooner(r.Stamp.ValidUntil, model.ConsentsTurn(f.Consents, p.Unit, q.Purpose, ev.At))
	ev.Consent, ev.Shown, ev.RuleVersion = consent, r.Shown, stamp.Rules
	if err := s.Auditor.Record(ctx, ev); err != nil {
		return QueryResult{}, err
	}
	return r, nil
}

// incentive judges what others hear about a natural person (信用激励): the incentive is for
// the levels good and excellent, and standard has no reason. The answer is good until
// midnight at most, since an exact end would tell that a record ends.
func (r *QueryResult) incentive() {
	r.Incentive, r.Shown = "standard", []string{"result"}
	if j := r.File.Judgement; j != nil && (j.Grade == model.LevelExcellent || j.Grade == model.LevelGood) {
		r.Incentive = "pass"
	}
	r.Stamp.ValidUntil = r.Stamp.Day.AddDays(1).Start()
}

// organisation takes in what may be shared (HN 18): public and gov_share, and authorised
// under a consent. Disputed records stay, marked.
func (s *Service) organisation(ctx context.Context, r *QueryResult) error {
	may := []model.Disclosure{model.DisclosurePublic, model.DisclosureGovShare}
	if r.Consent != "" {
		may = append(may, model.DisclosureAuthorised)
	}
	file := *r.File
	file.Summary = file.Summary.Within(may...)
	recs, _, err := s.filter(ctx, file.ID, "", queryRecords, func(rec *model.Record) bool {
		return shown(r.File, rec, r.Stamp.Day) && slices.Contains(may, rec.Disclosure)
	})
	if err != nil {
		return err
	}
	r.File, r.Records, r.Shown = &file, make([]QueriedRecord, 0, len(recs)), []string{"summary", "judgement", "records"}
	for _, rec := range recs {
		found, err := s.opened(rec)
		if err != nil {
			return err
		}
		found.Live = true
		r.Records = append(r.Records, found)
	}
	return nil
}

func (s *Service) queried(ctx context.Context, q Query) (*model.SubjectFile, model.PersonIdentity, model.Stamp, error) {
	if q.USCC != "" {
		f, stamp, err := s.Enterprise(ctx, q.USCC)
		return f, model.PersonIdentity{}, stamp, err
	}
	return s.person(ctx, q.Name, q.IDNo)
}

// Person finds a natural person by name and number; a number whose name differs is
// CodeNotFound, so that numbers cannot be probed.
func (s *Service) Person(ctx context.Context, name, idNo string) (*model.SubjectFile, model.PersonIdentity, error) {
	f, identity, _, err := s.person(ctx, name, idNo)
	return f, identity, err
}

func (s *Service) person(ctx context.Context, name, idNo string) (*model.SubjectFile, model.PersonIdentity, model.Stamp, error) {
	var none model.PersonIdentity
	id, err := s.Subjects.FindPerson(ctx, s.Sealer.IndexAll(model.IndexCitizenID, idNo))
	if err != nil {
		return nil, none, model.Stamp{}, err
	}
	f, stamp, err := s.Fresh(ctx, id)
	if err != nil {
		return nil, none, stamp, err
	}
	identity, err := s.identity(f.ID, f.Identity)
	if err != nil {
		return nil, none, stamp, err
	}
	if identity.Name != name {
		return nil, none, stamp, model.Errorf(model.CodeNotFound, "没有找到与所填信息一致的主体，请核对后重试。")
	}
	return f, identity, stamp, nil
}

// liveConsent gives the consent that covers the query; "" if there is none.
func liveConsent(f *model.SubjectFile, unit string, q Query, now time.Time) string {
	i := slices.IndexFunc(f.Consents, func(c model.Consent) bool {
		return (q.Consent == "" || c.ID == q.Consent) && c.Live(unit, q.Purpose, now)
	})
	if i < 0 {
		return ""
	}
	return f.Consents[i].ID
}
