package handlers

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/credit"
	"xinyi/service/search"
)

// PublicFiles are the credit desk's public look-ups.
type PublicFiles interface {
	Enterprise(ctx context.Context, code string) (*model.SubjectFile, model.Stamp, error)
	EnterpriseStamp(ctx context.Context, code string) (model.SubjectID, model.Stamp, error)
	EnterpriseRecords(ctx context.Context, code string, section model.Section, after string, limit int) ([]*model.Record, string, error)
	PublicDetails(r *model.Record) []credit.Detail
	ListEntries(ctx context.Context, kind model.ListKind, q, after string, limit int) ([]model.ListEntry, string, error)
}

// Searcher finds organisations by what people type.
type Searcher interface {
	Search(text string, limit int, after search.Key) []search.Hit
}

// Enterprises is the public desk of organisations (企业公示).
type Enterprises struct {
	Files  PublicFiles
	Search Searcher
	// Sectors gives the schemes in force, which name the sectors of ratings.
	Sectors func() SectorBook
	// Cached bounds the encoded files that are kept; 0 = keptFiles.
	Cached int

	cache *fileCache
}

// Mount adds the routes.
func (d *Enterprises) Mount(r Router) {
	d.cache = newFileCache(d.Cached)
	r.Handle(http.MethodGet, "/v1/enterprises", d.search)
	r.Handle(http.MethodGet, "/v1/enterprises/:uscc", d.file)
	r.Handle(http.MethodGet, "/v1/enterprises/:uscc/records", d.records)
	r.Handle(http.MethodGet, "/v1/lists/:kind", d.entries)
}

func (d *Enterprises) search(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	var after search.Key
	if p.After != "" {
		if err = json.Unmarshal([]byte(p.After), &after); err != nil {
			return model.Wrap(err, model.CodeInvalidCursor, "")
		}
	}
	hits := d.Search.Search(query(c, "q"), p.Limit+1, after)
	answer := api.EnterpriseHits{Items: make([]api.EnterpriseHit, 0, min(len(hits), p.Limit))}
	for i, hit := range hits {
		if i == p.Limit {
			key, err := json.Marshal(hits[i-1].Key)
			if err != nil {
				return err
			}
			if answer.NextCursor, err = nextCursor(c, string(key)); err != nil {
				return err
			}
			break
		}
		answer.Items = append(answer.Items, wireHit(hit))
	}
	return respond(c, http.StatusOK, answer)
}

func wireHit(h search.Hit) api.EnterpriseHit {
	out := api.EnterpriseHit{USCC: h.USCC, Name: h.Name, Status: h.Status, Score: h.Score, Matches: make([]api.MatchSpan, len(h.Spans))}
	for i, span := range h.Spans {
		out.Matches[i] = api.MatchSpan{Field: string(h.Field), Text: h.Text, Start: span[0], Length: span[1] - span[0]}
	}
	return out
}

// file answers from the encoded answer when the file, the rules, the schemes and the day are
// still those it was made from. By a former code the answer is the current file's.
func (d *Enterprises) file(c *gin.Context) error {
	code := c.Param("uscc")
	id, stamp, err := d.Files.EnterpriseStamp(c.Request.Context(), code)
	if err != nil {
		return unknownCode(err, "{uscc}", code)
	}
	book := d.Sectors()
	kept, ok := d.cache.get(id, stamp, book.Version())
	if !ok {
		f, stamp, err := d.Files.Enterprise(c.Request.Context(), code)
		if err != nil {
			return unknownCode(err, "{uscc}", code)
		}
		body, err := encode(wireFile(f, stamp, book))
		if err != nil {
			return err
		}
		kept = encodedFile{body, etag(stamp.Rev, "enterprise", string(f.ID), stamp.Rules, string(stamp.Day), book.Version())}
		d.cache.put(f.ID, stamp, book.Version(), kept)
	}
	if code != string(id) {
		c.Writer.Header()["Content-Location"] = []string{"/v1/enterprises/" + string(id)}
	}
	if unchanged(c, kept.tag) {
		return nil
	}
	writeBody(c, http.StatusOK, jsonMedia, kept.body)
	return nil
}

// wireFile shows what is public: nothing that rests on records shared otherwise.
func wireFile(f *model.SubjectFile, stamp model.Stamp, book SectorBook) api.EnterpriseFile {
	sum := f.Summary.Within(model.DisclosurePublic)
	return api.EnterpriseFile{USCC: string(f.ID), Kind: string(f.Kind), Name: f.Name, FormerNames: list(f.FormerNames),
		FormerCodes: list(f.FormerCodes), Registration: publicRegistration(f), Counts: wireCounts(sum.Counts),
		Ratings: wireRatings(sum.Ratings, book), Lists: wireLists(sum.Lists), Labels: list(sum.Labels),
		AsOf: string(stamp.Day), UpdatedAt: instant(f.UpdatedAt), ValidUntil: nullable(stamp.ValidUntil)}
}

// publicRegistration is the registration for others than the subject. The owner of a
// 个体工商户 is a natural person whose name follows the rules for persons.
func publicRegistration(f *model.SubjectFile) api.Registration {
	r := wireRegistration(f.Registration)
	if f.Kind == model.KindSelfEmployed {
		r.LegalRep = model.MaskName(r.LegalRep)
	}
	return r
}

func wireRegistration(r *model.Registration) api.Registration {
	if r == nil {
		return api.Registration{}
	}
	return api.Registration{LegalRep: r.LegalRep, RegNo: r.RegNo, Type: r.Type, Status: r.Status, EstablishedOn: string(r.EstablishedOn),
		Address: r.Address, Division: r.Division, Authority: r.Authority, Industry: r.Industry, Size: r.Size, Scope: r.Scope}
}

func wireCounts(counts map[model.Section]int) api.SectionCounts {
	return api.SectionCounts{Administration: counts[model.SectionAdministration], Honesty: counts[model.SectionHonesty],
		Serious: counts[model.SectionSerious], Abnormal: counts[model.SectionAbnormal], Commitment: counts[model.SectionCommitment],
		Evaluation: counts[model.SectionEvaluation], Judicial: counts[model.SectionJudicial], Other: counts[model.SectionOther]}
}

func wireRatings(ratings []model.RatingGrade, book SectorBook) []api.Rating {
	out := make([]api.Rating, len(ratings))
	for i, r := range ratings {
		out[i] = api.Rating{Sector: r.Sector, SectorName: sectorName(book, r.Sector), Grade: r.Grade, Period: r.Period, Scope: r.Scope, RecordID: wireRecordID(r.RecordID)}
	}
	return out
}

func wireLists(lists []model.ListMember) []api.ListMembership {
	out := make([]api.ListMembership, len(lists))
	for i, m := range lists {
		out[i] = api.ListMembership{Kind: string(m.Kind), RecordID: wireRecordID(m.RecordID), Title: m.Title, Authority: m.Authority,
			Basis: m.Basis, From: string(m.From), Until: string(m.Until), Disputed: m.Disputed}
	}
	return out
}

func (d *Enterprises) records(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	code := c.Param("uscc")
	records, next, err := d.Files.EnterpriseRecords(c.Request.Context(), code, model.Section(query(c, "section")), p.After, p.Limit)
	if err != nil {
		return unknownCode(err, "{uscc}", code)
	}
	answer := api.PublicRecords{Items: make([]api.PublicRecord, len(records))}
	for i, r := range records {
		answer.Items[i] = wireRecord(r, r.Content, d.Files.PublicDetails(r))
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func wireDetails(details []credit.Detail) (out []api.RecordDetail) {
	for _, d := range details {
		out = append(out, api.RecordDetail{Key: d.Key, Label: d.Label, Value: d.Value})
	}
	return out
}

func wireRecord(r *model.Record, content string, details []credit.Detail) api.PublicRecord {
	return api.PublicRecord{RecordID: wireRecordID(r.ID), Kind: string(r.Kind), Section: string(r.Section), Title: r.Title, DocNo: r.DocNo,
		Content: content, Details: wireDetails(details), Category: r.Category, LegalBasis: r.LegalBasis, Authority: r.Authority, Source: r.Source,
		DecisionDate: string(r.DecisionDate), ValidFrom: string(r.ValidFrom), ValidTo: string(r.ValidTo), Severity: string(r.Severity),
		Finality: string(r.Finality), DutyFulfilledOn: string(r.DutyFulfilledOn), FineFen: r.FineFen, DisplayEnds: string(r.DisplayEnds),
		Disputed: r.Disputed, List: string(r.List), Sector: r.Sector, Grade: r.Grade, Period: r.Period, Scope: r.Scope,
		Fulfilment: r.Fulfilment, HonorLevel: r.HonorLevel, Quantity: r.Quantity}
}

func (d *Enterprises) entries(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	entries, next, err := d.Files.ListEntries(c.Request.Context(), model.ListKind(c.Param("kind")), query(c, "q"), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.ListEntries{Items: make([]api.ListEntry, len(entries))}
	for i, e := range entries {
		answer.Items[i] = api.ListEntry{USCC: e.USCC, Name: e.Name, Kind: string(e.Kind), Title: e.Title, Authority: e.Authority,
			Basis: e.Basis, From: string(e.From), Until: string(e.Until), Disputed: e.Disputed, RecordID: wireRecordID(e.RecordID)}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}
