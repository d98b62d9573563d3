package handlers

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/credit"
)

// CreditDesk answers look-ups that are not public.
type CreditDesk interface {
	Own(ctx context.Context, p model.Principal) (credit.OwnLook, error)
	Fresh(ctx context.Context, id model.SubjectID) (*model.SubjectFile, model.Stamp, error)
	OwnRecords(ctx context.Context, p model.Principal, section model.Section, after string, limit int) ([]credit.OwnRecord, string, error)
	EnterpriseCredit(ctx context.Context, p model.Principal, uscc string) (*model.SubjectFile, model.Stamp, error)
	RepresentedRecords(ctx context.Context, p model.Principal, uscc string, section model.Section, after string, limit int) ([]credit.OwnRecord, string, error)
	AccessLog(ctx context.Context, p model.Principal, after string, limit int) ([]model.AccessLogEntry, string, error)
	Query(ctx context.Context, p model.Principal, q credit.Query) (credit.QueryResult, error)
	Record(ctx context.Context, p model.Principal, id model.RecordID) (credit.QueriedRecord, error)
}

// Credit is the desk of non-public look-ups (本人信用、授权查询).
type Credit struct {
	Desk CreditDesk
	// Sectors gives the schemes in force, which name the sectors of ratings.
	Sectors func() SectorBook
	Clock   model.Clock
	// Supervision suggests how often an organisation is to be inspected, for the office;
	// nil = nothing is suggested.
	Supervision func(f *model.SubjectFile, on model.Date) []Supervision
	// Cached bounds the encoded own files that are kept, without name and number; 0 = keptFiles.
	Cached int

	cache *fileCache
}

// Supervision is a suggestion for whoever supervises (分级监管建议).
type Supervision struct {
	Scheme, Grade, Text, Basis string
	// Percent of the usual number of inspections; 0 = not said.
	Percent int
}

// Mount adds the routes.
func (d *Credit) Mount(r Router) {
	d.cache = newFileCache(d.Cached)
	r.Handle(http.MethodGet, "/v1/me/credit", d.own)
	r.Handle(http.MethodGet, "/v1/me/credit/records", d.ownRecords)
	r.Handle(http.MethodGet, "/v1/me/enterprises/:uscc/credit", d.ownEnterprise)
	r.Handle(http.MethodGet, "/v1/me/enterprises/:uscc/credit/records", d.ownEnterpriseRecords)
	r.Handle(http.MethodGet, "/v1/me/access-log", d.accessLog)
	r.Handle(http.MethodPost, "/v1/credit-queries", d.query)
	r.Handle(http.MethodGet, "/v1/records/:id", d.record)
}

var levelTexts = map[string]string{model.LevelExcellent: "信用优秀", model.LevelGood: "信用良好", model.LevelBasic: "基础", "none": "未加入"}

// own answers from the encoded answer when file, rules and day are still those it was
// made from. Name and number are never kept: they are unsealed for each answer.
func (d *Credit) own(c *gin.Context) error {
	look, err := d.Desk.Own(c.Request.Context(), caller(c))
	if err != nil {
		return err
	}
	kept, ok := d.cache.get(look.Subject, look.Stamp, "")
	if !ok {
		f, stamp, err := d.Desk.Fresh(c.Request.Context(), look.Subject)
		if err != nil {
			return err
		}
		if kept, err = encodeOwn(f, stamp); err != nil {
			return err
		}
		d.cache.put(look.Subject, stamp, "", kept)
	}
	if unchanged(c, kept.tag) {
		return nil
	}
	return writeSpliced(c, func(b *bytes.Buffer) error {
		b.WriteString(`{"name":`)
		if err := writeText(b, look.Identity.Name); err != nil {
			return err
		}
		b.WriteString(`,"idNoMasked":"` + maskIDNo(look.Identity.IDNo) + `",`)
		b.Write(kept.body)
		return nil
	})
}

// ownWithout starts the encoding of an own file without name and number.
const ownWithout = `{"name":"","idNoMasked":"",`

func encodeOwn(f *model.SubjectFile, stamp model.Stamp) (encodedFile, error) {
	body, err := encode(wireOwn(f, stamp))
	if err != nil {
		return encodedFile{}, err
	}
	rest, ok := bytes.CutPrefix(body, []byte(ownWithout))
	if !ok {
		return encodedFile{}, model.Errorf(model.CodeInternal, "")
	}
	return encodedFile{rest, etag(stamp.Rev, "own", string(f.ID), stamp.Rules, string(stamp.Day))}, nil
}

func wireOwn(f *model.SubjectFile, stamp model.Stamp) api.OwnCredit {
	answer := api.OwnCredit{Level: "none", OptedIn: f.LevelOptIn, Explanation: []api.PersonalItem{}, Counts: wireCounts(f.Summary.Counts),
		Total: f.Summary.Total, AsOf: string(stamp.Day), ValidUntil: nullable(stamp.ValidUntil)}
	if j := f.Judgement; j != nil {
		answer.Level, answer.RuleVersion = j.Grade, j.RuleVersion
		for _, item := range j.Explanation {
			answer.Explanation = append(answer.Explanation, api.PersonalItem{ItemID: item.ItemID, Title: item.Title, Citation: item.Citation, RecordIDs: wireRecordIDs(item.Records)})
		}
	}
	answer.LevelText, answer.ItemsCounted = levelTexts[answer.Level], len(answer.Explanation)
	return answer
}

// maskIDNo keeps the first six and the last four characters.
func maskIDNo(idNo string) string {
	if len(idNo) != 18 {
		return ""
	}
	return idNo[:6] + "********" + idNo[14:]
}

func (d *Credit) ownRecords(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	records, next, err := d.Desk.OwnRecords(c.Request.Context(), caller(c), model.Section(query(c, "section")), p.After, p.Limit)
	if err != nil {
		return err
	}
	return d.respondRecords(c, records, next)
}

func (d *Credit) ownEnterpriseRecords(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	records, next, err := d.Desk.RepresentedRecords(c.Request.Context(), caller(c), c.Param("uscc"), model.Section(query(c, "section")), p.After, p.Limit)
	if err != nil {
		return err
	}
	return d.respondRecords(c, records, next)
}

func (d *Credit) respondRecords(c *gin.Context, records []credit.OwnRecord, next string) (err error) {
	answer := api.OwnRecords{Items: make([]api.OwnRecord, len(records))}
	for i, r := range records {
		answer.Items[i] = wireOwnRecord(r)
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

var remedyTexts = map[string]string{
	"objection": "认为信息有误的，可提出异议；核查期间会标注“异议中”。",
	"repair":    "履行义务后，可向信用办或认定单位申请信用修复。",
	"archive":   "公示期已满，不再对外显示；如仍在别处看到，可申请处理。",
}

func wireOwnRecord(r credit.OwnRecord) api.OwnRecord {
	w := wireRecord(r.Record, r.Content, r.Details)
	out := api.OwnRecord{RecordID: w.RecordID, Kind: w.Kind, Section: w.Section, Title: w.Title, DocNo: w.DocNo, Content: w.Content, Details: w.Details,
		Category: w.Category, LegalBasis: w.LegalBasis, Authority: w.Authority, Source: w.Source, DecisionDate: w.DecisionDate,
		ValidFrom: w.ValidFrom, ValidTo: w.ValidTo, Severity: w.Severity, Finality: w.Finality, DutyFulfilledOn: w.DutyFulfilledOn,
		FineFen: w.FineFen, DisplayEnds: w.DisplayEnds, Disputed: w.Disputed, List: w.List, Sector: w.Sector, Grade: w.Grade,
		Period: w.Period, Scope: w.Scope, Points: r.Record.Points, Fulfilment: w.Fulfilment, HonorLevel: w.HonorLevel, Quantity: w.Quantity,
		Disclosure: string(r.Record.Disclosure), Live: r.Live, Remedies: []api.Remedy{}}
	for _, kind := range r.Remedies {
		out.Remedies = append(out.Remedies, api.Remedy{Kind: kind, Text: remedyTexts[kind]})
	}
	return out
}

func (d *Credit) ownEnterprise(c *gin.Context) error {
	f, stamp, err := d.Desk.EnterpriseCredit(c.Request.Context(), caller(c), c.Param("uscc"))
	if err != nil {
		return err
	}
	book := d.Sectors()
	if unchanged(c, etag(stamp.Rev, "own_enterprise", string(f.ID), stamp.Rules, string(stamp.Day), book.Version(), caller(c).ID)) {
		return nil
	}
	return respond(c, http.StatusOK, wireCredit(f, wireRegistration(f.Registration), stamp, book))
}

func wireCredit(f *model.SubjectFile, registration api.Registration, stamp model.Stamp, book SectorBook) api.EnterpriseCredit {
	out := api.EnterpriseCredit{USCC: string(f.ID), Kind: string(f.Kind), Name: f.Name, FormerNames: list(f.FormerNames),
		FormerCodes: list(f.FormerCodes), Registration: registration, Counts: wireCounts(f.Summary.Counts),
		Ratings: wireRatings(f.Summary.Ratings, book), Lists: wireLists(f.Summary.Lists), Labels: list(f.Summary.Labels),
		AsOf: string(stamp.Day), UpdatedAt: instant(f.UpdatedAt), ValidUntil: nullable(stamp.ValidUntil), Total: f.Summary.Total,
		Explanation: []api.GradeItem{}, Negatives: make([]api.Negative, len(f.Summary.Negatives))}
	if j := f.Judgement; j != nil {
		out.Grade, out.Score, out.RuleVersion = j.Grade, j.Score, j.RuleVersion
		for _, item := range j.Explanation {
			out.Explanation = append(out.Explanation, api.GradeItem{ItemID: item.ItemID, Title: item.Title, Points: item.Points, Citation: item.Citation, RecordIDs: wireRecordIDs(item.Records)})
		}
	}
	for i, n := range f.Summary.Negatives {
		out.Negatives[i] = api.Negative{RecordID: wireRecordID(n.RecordID), Kind: string(n.Kind), Title: n.Title, Authority: n.Authority,
			Severity: string(n.Severity), Since: string(n.Since), Until: string(n.Until), Disputed: n.Disputed}
	}
	return out
}

func (d *Credit) accessLog(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	entries, next, err := d.Desk.AccessLog(c.Request.Context(), caller(c), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.AccessLog{Items: make([]api.AccessLogEntry, len(entries))}
	for i, e := range entries {
		text := actionTexts[e.Action]
		if text == "" {
			text = e.Action
		}
		answer.Items[i] = api.AccessLogEntry{At: instant(e.At), Role: string(e.Role), UnitName: e.UnitName, Action: e.Action, ActionText: text,
			Purpose: string(e.Purpose), Outcome: e.Outcome, Shown: list(e.Shown), Entry: e.Entry}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Credit) query(c *gin.Context) error {
	var in api.CreditQuery
	if err := bind(c, &in); err != nil {
		return err
	}
	now := d.Clock.Now()
	q := credit.Query{Purpose: model.Purpose(in.Purpose), Consent: string(parseRecordID(in.ConsentID))}
	var err error
	if q.USCC, q.Name, q.IDNo, err = subjectOf(in.Subject, model.DateOf(now)); err != nil {
		return err
	}
	result, err := d.Desk.Query(c.Request.Context(), caller(c), q)
	if err != nil {
		return unknownCode(err, "/subject/uscc", q.USCC)
	}
	f := result.File
	answer := api.CreditAnswer{Purpose: in.Purpose, SubjectKind: string(f.Kind), At: instant(now), Shown: result.Shown, ValidUntil: nullable(result.Stamp.ValidUntil)}
	if f.Kind == model.KindNaturalPerson {
		answer.Person = &api.PersonAnswer{NameMasked: model.MaskName(result.Identity.Name), IDNoMasked: maskIDNo(result.Identity.IDNo), Result: result.Incentive}
		return respond(c, http.StatusOK, answer)
	}
	full := wireCredit(f, publicRegistration(f), result.Stamp, d.Sectors())
	if d.Supervision != nil && caller(c).Role == model.RoleOffice {
		for _, v := range d.Supervision(f, result.Stamp.Day) {
			full.Supervision = append(full.Supervision, api.SupervisionSuggestion{Scheme: v.Scheme, Grade: v.Grade, Percent: v.Percent, Text: v.Text, Basis: v.Basis})
		}
	}
	answer.Enterprise = &full
	for _, r := range result.Records {
		answer.Records = append(answer.Records, wireRecord(r.Record, r.Content, r.Details))
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Credit) record(c *gin.Context) error {
	found, err := d.Desk.Record(c.Request.Context(), caller(c), parseRecordID(c.Param("id")))
	if err != nil {
		return err
	}
	r, today := found.Record, model.DateOf(d.Clock.Now())
	if unchanged(c, etag(r.Rev, "record", string(r.ID), string(today), strconv.FormatBool(found.Live), found.Forms, caller(c).ID)) {
		return nil
	}
	w := wireRecord(r, found.Content, found.Details)
	return respond(c, http.StatusOK, api.StoredRecord{RecordID: w.RecordID, Kind: w.Kind, Section: w.Section, Title: w.Title, DocNo: w.DocNo,
		Content: w.Content, Details: w.Details, Category: w.Category, LegalBasis: w.LegalBasis, Authority: w.Authority, Source: w.Source,
		DecisionDate: w.DecisionDate, ValidFrom: w.ValidFrom, ValidTo: w.ValidTo, Severity: w.Severity, Finality: w.Finality,
		DutyFulfilledOn: w.DutyFulfilledOn, FineFen: w.FineFen, DisplayEnds: w.DisplayEnds, Disputed: w.Disputed, List: w.List,
		Sector: w.Sector, Grade: w.Grade, Period: w.Period, Scope: w.Scope, Points: r.Points, Fulfilment: w.Fulfilment, HonorLevel: w.HonorLevel,
		Quantity: w.Quantity, Disclosure: string(r.Disclosure), CatalogueRef: r.CatalogueRef, Live: found.Live, SourceUSCC: r.SourceUSCC,
		WithdrawnOn: string(r.WithdrawnOn), WithdrawnReason: r.WithdrawnReason, ReceivedAt: instant(r.ReceivedAt), Batch: r.Batch, USCC: organisation(r.Subject)})
}

// organisation gives the code of an organisation; "" for a person.
func organisation(id model.SubjectID) string {
	if id.IsPerson() {
		return ""
	}
	return string(id)
}
