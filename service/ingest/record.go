package ingest

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/compliance"
	"xinyi/policy/sector"
)

// record reads a credit fact. Its class, disclosure and retention are those of the
// catalogue that was in force on the day of the decision.
func (k *clerk) record(c *check, it *item) *model.Record {
	r := c.row
	rec := k.records.next()
	*rec = model.Record{
		Kind: model.RecordKind(r.Kind), Title: r.Title, DocNo: docNo(c), Category: r.Category, LegalBasis: r.LegalBasis,
		Authority: r.Authority, AuthorityUSCC: c.code("authorityUscc", r.AuthorityUSCC),
		Source: r.Source, SourceUSCC: c.code("sourceUscc", r.SourceUSCC),
		DecisionDate: c.date("decisionDate", r.DecisionDate), ValidFrom: c.date("validFrom", r.ValidFrom), ValidTo: c.date("validTo", r.ValidTo),
		Severity:        oneOf(c, "severity", r.Severity, model.SeverityMinor, model.SeverityGeneral, model.SeveritySerious),
		Finality:        oneOf(c, "finality", r.Finality, finalities...),
		DutyFulfilledOn: c.date("dutyFulfilledOn", r.DutyFulfilledOn), FineFen: r.FineFen, Disputed: r.Disputed,
		List:   oneOf(c, "list", r.List, model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch),
		Sector: r.Sector, Grade: r.Grade, Period: r.Period, Fulfilment: oneOf(c, "fulfilment", r.Fulfilment, "full", "partial", "none", "pending"),
		HonorLevel: oneOf(c, "honorLevel", r.HonorLevel, "town", "county", "city", "province", "state"), Quantity: r.Quantity,
	}
	if rec.Kind == model.RecordRating {
		rec.Scope, rec.Points = r.Scope, c.points(r.Points)
	}
	if rec.Kind == model.RecordListEntry && rec.List != "" && k.im.Lists != nil && k.im.reporter() != "" {
		c.listed(k.im.Lists, rec.List)
	}
	if rec.FineFen < 0 || rec.Quantity < 0 {
		c.fault("fineFen", "range", "金额和数量不能为负。")
	}
	r.Details = c.details()
	if it.uscc != "" {
		rec.Content, rec.Details = r.Content, r.Details
	}
	k.judge(c, rec)
	if rec.Kind == model.RecordRating && k.im.Schemes != nil && k.im.reporter() != "" {
		c.rating(k.im.Schemes(), rec, it.uscc)
		c.ratedBy(k.im, rec.Sector, rec.DecisionDate)
	}
	return rec
}

// judge asks catalogue, blocklist and compliance checks about a record.
func (k *clerk) judge(c *check, rec *model.Record) {
	subject := model.KindNaturalPerson
	switch {
	case c.row.USCC != "":
		subject = model.UnifiedSocialCreditCode(c.row.USCC).SubjectKind()
	case c.row.IDNo == "" && c.row.RegNo != "":
		subject = model.RegNo(c.row.RegNo).SubjectKind()
	}
	if said := oneOf(c, "subjectKind", c.row.SubjectKind, model.KindLegalPerson, model.KindSelfEmployed, model.KindNaturalPerson); said != "" && said != subject {
		c.finding(compliance.Finding{Check: compliance.NameMismatch, Column: "subjectKind", Code: "kind_mismatch", Reason: "行政相对人类别与所填代码不符，已按代码办理，请核对。"})
	}
	day := rec.DecisionDate
	if day == "" { // refused already; what else is wrong is told all the same
		day = c.today
	}
	provider, sourceKnown := k.im.Catalogue.Provider(rec.Source)
	_, authorityKnown := k.im.Catalogue.Provider(rec.Authority)
	entry, refusal := k.im.Catalogue.Find(rec, subject, day)
	switch {
	case refusal != nil:
		c.found(compliance.OutsideList, refusal.Column, string(model.CodeOutsideCatalog), refusal.Reason)
	case !entry.Takes(provider):
		c.found(compliance.OutsideList, "source", string(model.CodeOutsideCatalog), "目录规定的提供单位中没有该类单位，请由目录规定的单位报送。")
	default:
		rec.CatalogueRef, rec.Section, rec.Disclosure = entry.Ref(), entry.ReportSection(), entry.Disclosure
		k.narrow(c, rec)
	}
	if refusal := k.im.Catalogue.Screen(rec, text(c.row), subject); refusal != nil {
		c.found(compliance.OutsideList, refusal.Column, "blocked", refusal.Reason)
	}
	for _, f := range k.im.Compliance.Check(&compliance.Act{Record: rec, Content: c.row.Content, Details: c.row.Details, Procedure: c.row.Procedure, Subject: subject,
		AuthorityKnown: authorityKnown, SourceKnown: sourceKnown, Submitter: k.im.Actor, Today: c.today}) {
		if f.Code == "missing" && c.notes(f.Column) { // what stands there was not readable
			continue
		}
		f.Refuse = f.Refuse || f.Code != "missing" && slices.Contains(essential, f.Column)
		c.finding(f)
	}
	rec.DisplayEnds = k.im.Display.Ends(rec)
}

// rating judges a department's rating by its scheme.
func (c *check) rating(book *sector.Book, rec *model.Record, uscc string) {
	var e *model.Error
	if !errors.As(book.Judge(rec, uscc), &e) {
		return
	}
	for _, f := range e.Fields {
		if column := strings.TrimPrefix(f.Pointer, "/"); !c.notes(column) { // what is missing is told already
			c.fault(column, f.Code, f.Detail)
		}
	}
}

// ratedBy refuses a grade or a distribution from a unit whose task the sector is not.
func (c *check) ratedBy(im *Importer, key string, day model.Date) {
	s, err := im.Schemes().On(cmp.Or(day, c.today)).Scheme(key)
	if err != nil { // told already
		return
	}
	if kind, _ := im.Catalogue.Provider(im.Actor.UnitName); !s.RatedBy(kind) {
		c.fault("sector", "other_unit", "该行业的评价由其主管单位报送，请核对行业；确属本单位职责的，请信用办修改评价方案。")
	}
}

// listed refuses what only a second person may publish, after a notice and a window: one
// officer's upload must put nobody on such a list, nor change who stands there.
func (c *check) listed(lists Lists, kind model.ListKind) {
	if code, reason := notReported(lists, kind, c.today); code != "" {
		c.fault("list", code, reason)
	}
}

// notReported says why a list is not reported to; "" where it is.
func notReported(lists Lists, kind model.ListKind, day model.Date) (code, reason string) {
	switch rule, err := lists.List(kind, day); {
	case err != nil:
		return string(model.CodeNoLegalBasis), "该类名单没有现行有效的认定规则，不能报送；请联系信用办。"
	case !rule.Reported:
		return "listing_desk", "该类名单须事先告知、异议期满并由审核人公布，不能报送；请在“名单认定”中起草，移出也在那里办理。"
	}
	return "", ""
}

// text is all that a row says in words.
func text(row *Row) string {
	if len(row.Details) == 0 {
		return row.Content
	}
	parts := []string{row.Content}
	for _, d := range row.Details {
		parts = append(parts, d.Value)
	}
	return strings.Join(parts, "\n")
}

// width orders disclosures by how much they show.
var width = map[model.Disclosure]int{model.DisclosureAuthorised: 1, model.DisclosureGovShare: 2, model.DisclosurePublic: 3}

// narrow takes a disclosure that shows less than the catalogue's, with a warning; one
// that shows more is refused.
func (k *clerk) narrow(c *check, rec *model.Record) {
	asked := oneOf(c, "disclosure", c.row.Disclosure, model.DisclosurePublic, model.DisclosureGovShare, model.DisclosureAuthorised)
	f := compliance.Finding{Check: compliance.OutsideList, Column: "disclosure", Code: "disclosure"}
	switch {
	case asked == "" || asked == rec.Disclosure:
		return
	case width[asked] > width[rec.Disclosure]:
		f.Refuse, f.Reason = true, "共享属性不能比目录规定的更宽，请留空，或按目录填写。"
	default:
		f.Reason, rec.Disclosure = "共享属性比目录规定的更窄，已按较窄的办理，请确认有依据。", asked
	}
	c.finding(f)
}

func docNo(c *check) string {
	if c.row.DocNo == "" {
		return ""
	}
	d, err := model.ParseDocNo(c.row.DocNo)
	if err != nil {
		c.fault("docNo", ruleOf(err), "文号格式有误，请核对。")
		return ""
	}
	return string(d)
}

var finalities = []model.Finality{model.FinalityAppealOpen, model.FinalityReview, model.FinalityLitigation, model.FinalityFinal,
	model.FinalityAmended, model.FinalityRevoked}

// businessKey identifies a fact across imports (§13.2): counterparty, document number
// and authority; without a number, what else tells facts apart. The subject stands in
// front, so that the keys of one subject lie together like its records.
func businessKey(r *model.Record, subject model.SubjectID) string {
	var buf [256]byte
	b := buf[:0]
	put := func(parts ...string) {
		for _, p := range parts {
			b = append(append(b, p...), 0)
		}
	}
	authority := r.AuthorityUSCC
	switch {
	case authority != "":
	case r.Source == r.Authority && r.SourceUSCC != "":
		authority = r.SourceUSCC
	default:
		authority = r.Authority
	}
	put(string(r.Kind), r.DocNo, authority)
	if r.DocNo == "" {
		put(r.Title, string(r.DecisionDate), r.Sector, r.Period, r.Scope, string(r.List), r.Category)
	}
	sum := sha256.Sum256(b)
	return string(subject) + "/" + base64.RawURLEncoding.EncodeToString(sum[:16])
}
