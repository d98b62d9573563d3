package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
	"xinyi/service/listing"
	"xinyi/service/worklist"
)

// Measure is one row of the measures table (措施清单) that is in force.
type Measure struct {
	Code, Name, Class          string
	Targets                    []string
	Lists                      []model.ListKind
	Trigger, LegalBasis, Means string
	Implementer                string
	ValidFrom, ValidTo         model.Date
}

// MeasureBook holds the measures table.
type MeasureBook interface {
	// Measures gives the rows in force on a day; Version changes when the table does.
	Measures(on model.Date) []Measure
	Version() string
}

// Listing is the desk of lists, joint actions, measures and the worklist (名单、联合奖惩).
type Listing struct {
	Desk     *listing.Service
	Work     *worklist.Service
	Measures MeasureBook
	Clock    model.Clock
}

// Mount adds the routes.
func (d *Listing) Mount(r Router) {
	r.Handle(http.MethodGet, "/v1/list-entries", d.list)
	r.Handle(http.MethodPost, "/v1/list-entries", d.draft)
	r.Handle(http.MethodGet, "/v1/list-entries/:id", d.get)
	r.Handle(http.MethodPut, "/v1/list-entries/:id", d.revise)
	r.Handle(http.MethodPost, "/v1/list-entries/:id/publication", d.publish)
	r.Handle(http.MethodPost, "/v1/list-entries/:id/removal", d.remove)
	r.Handle(http.MethodGet, "/v1/lists/:kind/removals", d.removals)
	r.Handle(http.MethodGet, "/v1/measures", d.measures)
	r.Handle(http.MethodGet, "/v1/worklist", d.worklist)
	d.mountJoint(r)
}

func (d *Listing) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	cases, next, err := d.Desk.Cases(c.Request.Context(), caller(c), model.ListState(query(c, "state")), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.Listings{Items: make([]api.ListingSummary, len(cases))}
	for i, l := range cases {
		answer.Items[i] = api.ListingSummary{ID: l.ID, State: string(l.State), Kind: string(l.Kind), USCC: string(l.USCC), Name: l.Name,
			Title: l.Title, UnitName: l.UnitName, WindowEnds: string(l.WindowEnds), UpdatedAt: instant(l.UpdatedAt)}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Listing) draft(c *gin.Context) error {
	in, err := draftOf(c)
	if err != nil {
		return err
	}
	v, err := d.Desk.Draft(c.Request.Context(), caller(c), in, receipt(c, http.StatusCreated, wireListing))
	if err != nil {
		return unknownCode(err, "/uscc", string(in.USCC))
	}
	return respond(c, http.StatusCreated, wireListing(v))
}

// draftOf reads what a data officer writes; days must be real.
func draftOf(c *gin.Context) (listing.Draft, error) {
	var in api.ListingDraft
	if err := bind(c, &in); err != nil {
		return listing.Draft{}, err
	}
	out := listing.Draft{ListFacts: model.ListFacts{Kind: model.ListKind(in.Kind), USCC: model.SubjectID(in.USCC), Title: in.Title, DocNo: in.DocNo,
		Reason: in.Reason, Basis: in.Basis, Article: in.Article, Measures: in.Measures, Severity: model.Severity(in.Severity),
		Finality: model.Finality(in.Finality), ProvincialNo: in.ProvincialNo}}
	if in.DocNo != "" {
		no, err := model.ParseDocNo(in.DocNo)
		if err != nil {
			return out, badIdentifier("/docNo", err)
		}
		out.DocNo = string(no)
	}
	noticed := ""
	if n := in.PriorNotice; n != nil {
		noticed, out.NoticeHow = n.On, n.How
		for _, e := range n.Evidence {
			out.Evidence = append(out.Evidence, model.Evidence{Title: e.Title, Digest: e.Digest})
		}
	}
	if o := in.Objection; o != nil {
		out.Objection, out.ObjectionNote = model.ObjectionOutcome(o.Outcome), o.Note
	}
	for _, p := range in.Responsible {
		out.Responsible = append(out.Responsible, model.ResponsiblePerson{Role: p.Role, Name: p.Name})
	}
	for _, day := range []struct {
		pointer, text string
		into          *model.Date
	}{{"/decisionDate", in.DecisionDate, &out.DecisionDate}, {"/validTo", in.ValidTo, &out.ValidTo}, {"/priorNotice/on", noticed, &out.NoticedOn}} {
		if day.text == "" {
			continue
		}
		var err error
		if *day.into, err = model.ParseDate(day.text); err != nil {
			return out, model.Invalid(day.pointer, "date", "应为真实存在的日期，写作 YYYY-MM-DD。")
		}
	}
	return out, nil
}

func (d *Listing) get(c *gin.Context) error {
	v, err := d.Desk.Case(c.Request.Context(), caller(c), c.Param("id"))
	if err != nil {
		return err
	}
	if unchanged(c, listingTag(&v)) {
		return nil
	}
	return respond(c, http.StatusOK, wireListing(v))
}

// listingTag changes with the listing, the day and the conditions that hold on it.
func listingTag(v *listing.View) string {
	parts := []string{"list_entry", v.ID, string(v.AsOf)}
	for _, cond := range v.Conditions {
		if !cond.OK {
			parts = append(parts, cond.Code)
		}
	}
	return etag(v.Rev, parts...)
}

// matching reads If-Match: what the caller changes is what they read.
func matching(c *gin.Context) (func(v *listing.View) bool, error) {
	if err := ifMatch(c, ""); model.Is(err, model.CodePreconditionRequired) {
		return nil, err
	}
	return func(v *listing.View) bool { return ifMatch(c, listingTag(v)) == nil }, nil
}

func (d *Listing) revise(c *gin.Context) error {
	match, err := matching(c)
	if err != nil {
		return err
	}
	in, err := draftOf(c)
	if err != nil {
		return err
	}
	v, err := d.Desk.Revise(c.Request.Context(), caller(c), c.Param("id"), match, in)
	if err != nil {
		return unknownCode(err, "/uscc", string(in.USCC))
	}
	c.Writer.Header()["Etag"] = []string{listingTag(&v)}
	return respond(c, http.StatusOK, wireListing(v))
}

func (d *Listing) publish(c *gin.Context) error {
	match, err := matching(c)
	if err != nil {
		return err
	}
	v, err := d.Desk.Publish(c.Request.Context(), caller(c), c.Param("id"), match, receipt(c, http.StatusOK, wireListing))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireListing(v))
}

func (d *Listing) remove(c *gin.Context) error {
	match, err := matching(c)
	if err != nil {
		return err
	}
	var in api.ListingRemoval
	if err := bind(c, &in); err != nil {
		return err
	}
	v, err := d.Desk.Remove(c.Request.Context(), caller(c), c.Param("id"), match, in.Reason, receipt(c, http.StatusOK, wireListing))
	if err != nil {
		return err
	}
	return respond(c, http.StatusOK, wireListing(v))
}

func wireListing(v listing.View) any {
	out := api.Listing{ID: v.ID, State: string(v.State), Kind: string(v.Kind), USCC: string(v.USCC), Name: v.Name, Title: v.Title, DocNo: v.DocNo,
		Reason: v.Reason, Basis: v.Basis, LegalBasis: v.LegalBasis, Measures: list(v.Measures), DecisionDate: string(v.DecisionDate),
		ValidTo: string(v.ValidTo), Severity: string(v.Severity), Finality: string(v.Finality), WindowEnds: string(v.WindowEnds),
		ProvincialNo: v.ProvincialNo, Responsible: []api.MaskedPerson{}, Unit: v.Unit, UnitName: v.UnitName, CreatedAt: instant(v.CreatedAt),
		UpdatedAt: instant(v.UpdatedAt), PublishedAt: instant(v.PublishedAt), RemovedAt: instant(v.RemovedAt), RemovalReason: v.RemovedWhy,
		Conditions: []api.ListingCondition{}, AsOf: string(v.AsOf), RuleVersion: v.RuleVersion}
	if v.RecordID != "" {
		out.RecordID = wireRecordID(v.RecordID)
	}
	if v.NoticedOn != "" {
		out.PriorNotice = &api.PriorNotice{On: string(v.NoticedOn), How: v.NoticeHow, Evidence: []api.Evidence{}}
		for _, e := range v.Evidence {
			out.PriorNotice.Evidence = append(out.PriorNotice.Evidence, api.Evidence{Title: e.Title, Digest: e.Digest})
		}
	}
	if v.Objection != model.ObjectionNone {
		out.Objection = &api.ListingObjection{Outcome: string(v.Objection), Note: v.ObjectionNote}
	}
	for _, p := range v.People {
		out.Responsible = append(out.Responsible, api.MaskedPerson{Role: p.Role, NameMasked: model.MaskName(p.Name)})
	}
	for _, cond := range v.Conditions {
		out.Conditions = append(out.Conditions, api.ListingCondition{Code: cond.Code, Text: cond.Text, OK: cond.OK, Waits: cond.Waits})
	}
	return out
}

func (d *Listing) removals(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	notices, next, err := d.Desk.Notices(c.Request.Context(), model.ListKind(c.Param("kind")), p.After, p.Limit)
	if err != nil {
		return err
	}
	answer := api.RemovalNotices{Items: make([]api.RemovalNotice, len(notices))}
	for i, n := range notices {
		answer.Items[i] = api.RemovalNotice{Kind: string(n.Kind), USCC: n.USCC, Name: n.Name, Title: n.Title, Authority: n.Authority, Reason: n.Reason,
			ListedOn: string(n.ListedOn), RemovedOn: string(n.RemovedOn)}
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Listing) measures(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	class, kind, target := query(c, "class"), query(c, "list"), query(c, "target")
	all := slices.DeleteFunc(d.Measures.Measures(model.DateOf(d.Clock.Now())), func(m Measure) bool {
		return class != "" && m.Class != class || kind != "" && !slices.Contains(m.Lists, model.ListKind(kind)) ||
			target != "" && !slices.Contains(m.Targets, target)
	})
	rows, next := slicePage(all, p, func(m Measure) string { return m.Code })
	answer := api.Measures{Items: make([]api.Measure, len(rows)), RuleVersion: d.Measures.Version()}
	for i, m := range rows {
		out := api.Measure{Code: m.Code, Name: m.Name, Class: m.Class, Targets: list(m.Targets), Trigger: m.Trigger, LegalBasis: m.LegalBasis,
			Means: m.Means, Implementer: m.Implementer, ValidFrom: string(m.ValidFrom), ValidTo: string(m.ValidTo)}
		for _, l := range m.Lists {
			out.Lists = append(out.Lists, string(l))
		}
		answer.Items[i] = out
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}

func (d *Listing) worklist(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	items, next, err := d.Work.Waiting(c.Request.Context(), caller(c), p.After, p.Limit)
	if err != nil {
		return err
	}
	day := model.DateOf(d.Clock.Now())
	answer := api.Worklist{Items: make([]api.WorkItem, len(items)), AsOf: string(day)}
	for i, w := range items {
		out := api.WorkItem{Kind: w.Kind, ID: w.ID, Title: w.Title, Ask: w.Ask, USCC: string(w.USCC), UnitName: w.Unit, Since: string(w.Since)}
		if w.Due != model.NoClock {
			out.Due, out.Overdue = string(w.Due), w.Due < day
		}
		answer.Items[i] = out
	}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	return respond(c, http.StatusOK, answer)
}
