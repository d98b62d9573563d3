package ingest

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"xinyi/model"
)

// item is a valid row on its way to the store.
type item struct {
	line int
	row  *Row
	// uscc names an organisation; indexes (newest first) and identity a person.
	uscc     string
	indexes  []string
	identity model.PersonIdentity

	file    *model.SubjectFile // for enterprise and person rows: what the row says
	record  *model.Record      // for records: without id and subject
	stat    *model.RatingStat
	consent *model.Consent
}

// check is one row being validated.
type check struct {
	row    *Row
	line   int
	today  model.Date
	faults []Fault
}

func (c *check) fault(column, code, reason string) {
	c.faults = append(c.faults, Fault{Line: c.line, Column: column, Code: code, Reason: reason})
}

// need refuses an empty cell.
func (c *check) need(column, value string) string {
	if value == "" {
		c.fault(column, "missing", "该项为必填项，请补充。")
	}
	return value
}

// oneOf refuses a value outside its enumeration; "" is allowed.
func oneOf[T ~string](c *check, column, value string, allowed ...T) T {
	if value != "" && !slices.Contains(allowed, T(value)) {
		c.fault(column, "enum", "该项不在允许的取值范围内，请按模板的下拉选项填写。")
	}
	return T(value)
}

func (c *check) date(column, value string) model.Date {
	if value == "" {
		return ""
	}
	d, err := model.ParseDate(value)
	if err != nil {
		c.fault(column, "date", "日期应为真实存在的日期，格式为 YYYY-MM-DD。")
	}
	return d
}

func (c *check) code(column, value string) string {
	if value == "" {
		return ""
	}
	code, err := model.ParseUnifiedSocialCreditCode(value)
	if err != nil {
		c.fault(column, ruleOf(err), "统一社会信用代码未通过校验，请核对。")
		return ""
	}
	return code.Reveal()
}

func (c *check) idNo(column, value string) string {
	if value == "" {
		return ""
	}
	id, err := model.ParseCitizenID(value, c.today)
	if err != nil {
		c.fault(column, ruleOf(err), "公民身份号码未通过校验，请核对。")
		return ""
	}
	return id.Reveal()
}

// prepare validates and normalises one row: everything that needs no store.
func (im *Importer) prepare(line int, row *Row) (*item, []Fault) {
	c := &check{row: row, line: line, today: model.DateOf(im.Clock.Now())}
	it := &item{line: line, row: row}
	switch row.Kind {
	case KindEnterprise:
		it.uscc = c.code("uscc", c.need("uscc", row.USCC))
		it.file = im.enterprise(c, it.uscc)
	case KindPerson:
		im.person(c, it)
		it.file = &model.SubjectFile{Kind: model.KindNaturalPerson, Division: row.Division, Adult: true, LevelOptIn: row.LevelOptIn}
	case KindRatingStat:
		it.stat = ratingStat(c)
	case KindConsent:
		im.subject(c, it)
		it.consent = consentOf(c)
	default:
		im.subject(c, it)
		it.record = im.record(c, it)
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	return it, nil
}

// subject reads whom a record is about.
func (im *Importer) subject(c *check, it *item) {
	switch {
	case c.row.USCC != "":
		it.uscc = c.code("uscc", c.row.USCC)
	case c.row.IDNo != "":
		im.person(c, it)
	default:
		c.fault("uscc", "missing", "请填写统一社会信用代码，自然人请填写姓名和身份号码。")
	}
}

func (im *Importer) person(c *check, it *item) {
	it.identity = model.PersonIdentity{Name: c.need("name", strings.TrimSpace(c.row.Name)), IDNo: c.idNo("idNo", c.need("idNo", c.row.IDNo))}
	if it.identity.IDNo == "" {
		return
	}
	if id, err := model.ParseCitizenID(it.identity.IDNo, c.today); err == nil && id.AgeOn(c.today) < 18 {
		c.fault("idNo", "minor", "未满十八周岁的自然人不归集信用信息。")
		return
	}
	it.indexes = im.Sealer.IndexAll(model.IndexCitizenID, it.identity.IDNo)
}

func (im *Importer) enterprise(c *check, uscc string) *model.SubjectFile {
	r := c.row
	f := &model.SubjectFile{ID: model.SubjectID(uscc), Kind: oneOf(c, "subjectKind", r.SubjectKind, model.KindLegalPerson, model.KindSelfEmployed),
		Name: c.need("name", strings.TrimSpace(r.Name)), FormerNames: split(r.FormerNames)}
	if f.Kind == "" {
		f.Kind = model.KindLegalPerson
		if strings.HasPrefix(uscc, "92") {
			f.Kind = model.KindSelfEmployed
		}
	}
	for _, code := range split(r.FormerCodes) {
		f.FormerCodes = append(f.FormerCodes, c.formerCode(code))
	}
	f.Registration = &model.Registration{LegalRep: r.LegalRep, RegNo: r.RegNo, Type: r.EntType, Status: r.Status,
		EstablishedOn: c.date("establishedOn", r.EstablishedOn), Address: r.Address, Division: r.Division,
		Authority: r.RegAuthority, Industry: r.Industry, Size: r.Size, Scope: r.Scope}
	if number := c.idNo("legalRepIdNo", r.LegalRepIDNo); number != "" {
		f.Registration.LegalRepIndex = im.Sealer.Index(model.IndexCitizenID, number)
	}
	return f
}

// formerCode takes an old USCC or a 15-digit registration number.
func (c *check) formerCode(code string) string {
	if reg, err := model.ParseRegNo(code); err == nil {
		return reg.Reveal()
	}
	return c.code("formerCodes", code)
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '；' })
}

// record reads a credit fact. Its section and disclosure come from the catalogue.
func (im *Importer) record(c *check, it *item) *model.Record {
	r := c.row
	rec := &model.Record{
		Kind: model.RecordKind(r.Kind), Title: c.need("title", r.Title), DocNo: docNo(c), Category: r.Category, LegalBasis: r.LegalBasis,
		Authority: c.need("authority", r.Authority), AuthorityUSCC: c.code("authorityUscc", r.AuthorityUSCC),
		Source: c.need("source", r.Source), SourceUSCC: c.code("sourceUscc", r.SourceUSCC),
		DecisionDate: c.date("decisionDate", c.need("decisionDate", r.DecisionDate)),
		ValidFrom:    c.date("validFrom", r.ValidFrom), ValidTo: c.date("validTo", r.ValidTo),
		Severity:        oneOf(c, "severity", r.Severity, model.SeverityMinor, model.SeverityGeneral, model.SeveritySerious),
		Finality:        oneOf(c, "finality", r.Finality, finalities()...),
		DutyFulfilledOn: c.date("dutyFulfilledOn", r.DutyFulfilledOn), FineFen: r.FineFen, Disputed: r.Disputed,
		List:   oneOf(c, "list", r.List, model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch),
		Sector: r.Sector, Grade: r.Grade, Period: r.Period, Fulfilment: oneOf(c, "fulfilment", r.Fulfilment, "full", "partial", "none", "pending"),
		HonorLevel: oneOf(c, "honorLevel", r.HonorLevel, "town", "county", "city", "province", "state"), Quantity: r.Quantity,
	}
	if rec.Kind == model.RecordRating {
		rec.Scope = r.Scope
	}
	im.rules(c, it, rec)
	if it.uscc != "" {
		rec.Content = r.Content
	}
	return rec
}

// rules are the checks across cells and the blocklist.
func (im *Importer) rules(c *check, it *item, rec *model.Record) {
	person := it.uscc == ""
	asked := oneOf(c, "disclosure", c.row.Disclosure, model.DisclosurePublic, model.DisclosureGovShare, model.DisclosureAuthorised)
	section, disclosure, ok := classify(rec.Kind, rec.List, person, asked)
	if !ok {
		c.fault("kind", string(model.CodeOutsideCatalog), "该类信息不在公共信用信息目录内，不得归集。")
		return
	}
	rec.Section, rec.Disclosure = section, disclosure
	switch {
	case rec.DecisionDate > c.today:
		c.fault("decisionDate", "future", "决定日期不能晚于今天。")
	case rec.DecisionDate != "" && rec.DecisionDate < "1949-10-01":
		c.fault("decisionDate", "too_early", "决定日期不能早于 1949-10-01。")
	}
	if rec.ValidFrom != "" && rec.ValidTo != "" && rec.ValidFrom > rec.ValidTo {
		c.fault("validTo", "range", "有效期至不能早于有效期自。")
	}
	if rec.FineFen < 0 || rec.Quantity < 0 {
		c.fault("fineFen", "range", "金额和数量不能为负。")
	}
	switch rec.Kind {
	case model.RecordPenalty:
		c.need("docNo", rec.DocNo)
		if person && c.row.Procedure == "summary" {
			c.fault("procedure", "blocked", "自然人适用简易程序的处罚不得归集（河南省社会信用条例第十三条）。")
		}
	case model.RecordListEntry:
		c.need("list", string(rec.List))
		c.need("legalBasis", rec.LegalBasis)
	case model.RecordRating:
		c.need("sector", rec.Sector)
		c.need("grade", rec.Grade)
	}
	rec.DisplayEnds = im.Display.Ends(rec)
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

func finalities() []model.Finality {
	return []model.Finality{model.FinalityAppealOpen, model.FinalityReview, model.FinalityLitigation, model.FinalityFinal,
		model.FinalityAmended, model.FinalityRevoked}
}

// businessKey identifies a fact across imports (§13.2): document number, authority and
// counterparty; without a number, what else tells facts apart.
func businessKey(r *model.Record) string {
	h := sha256.New()
	put := func(parts ...string) {
		for _, p := range parts {
			h.Write([]byte(p))
			h.Write([]byte{0})
		}
	}
	put(string(r.Kind), string(r.Subject), r.DocNo, r.Authority)
	if r.DocNo == "" {
		put(r.Title, string(r.DecisionDate), r.Sector, r.Period, r.Scope, string(r.List), r.Category)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

func consentOf(c *check) *model.Consent {
	r := c.row
	purposes := []model.Purpose{model.PurposeBankAssess, model.PurposeEmployment, model.PurposeTender, model.PurposeAward,
		model.PurposeApproval, model.PurposeBenefitCheck, model.PurposeOther}
	return &model.Consent{Recipient: c.code("recipient", c.need("recipient", r.Recipient)),
		Purpose:   oneOf(c, "purpose", c.need("purpose", r.Purpose), purposes...),
		GrantedAt: c.date("decisionDate", c.need("decisionDate", r.DecisionDate)).Start(),
		ValidTo:   c.date("validTo", c.need("validTo", r.ValidTo)).AddDays(1).Start()}
}
