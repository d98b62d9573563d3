package ingest

import (
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/policy/compliance"
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
	record  *model.Record      // for records: id, subject and key come with the batch
	warned  []Fault            // what is to be looked at, though the row is taken
	stat    *model.RatingStat
	consent *model.Consent // id and grantor come with the batch
}

// clerk prepares the rows of one chunk: everything that needs no store.
type clerk struct {
	im    *Importer
	today model.Date
	// people remembers numbers: the rows of one person mostly stand together.
	people map[string]person
	// items and records come from one piece of memory each.
	items   slab[item]
	records slab[model.Record]
}

// slab hands out zero values of one allocation.
type slab[T any] []T

func (s *slab[T]) next() *T {
	if len(*s) == 0 {
		*s = make([]T, 256)
	}
	v := &(*s)[0]
	*s = (*s)[1:]
	return v
}

// person is what a number in a file comes to.
type person struct {
	number  string
	indexes []string
	faults  []Fault // without line
}

// prepare validates and normalises one row; nil with all that was found if it is rejected.
func (k *clerk) prepare(line int, row *Row) (*item, []Fault) {
	c := &check{rules: k.im.Compliance, row: row, line: line, today: k.today}
	c.tidy()
	it := k.items.next()
	it.line, it.row = line, row
	switch row.Kind {
	case KindEnterprise:
		it.uscc = c.code("uscc", c.need("uscc", row.USCC))
		it.file = k.enterprise(c, it.uscc)
	case KindPerson:
		k.person(c, it)
		it.file = &model.SubjectFile{Division: row.Division, LevelOptIn: row.LevelOptIn, DeedsOptOut: row.DeedsOptOut}
	case KindRatingStat:
		it.stat = ratingStat(c)
		if k.im.Schemes != nil && k.im.reporter() != "" {
			c.ratedBy(k.im, c.row.Sector, c.today)
		}
	case KindConsent:
		k.subject(c, it)
		it.consent = consentOf(c)
	default:
		k.subject(c, it)
		it.record = k.record(c, it)
	}
	if refused(c.faults) {
		return nil, c.faults
	}
	it.warned = c.faults
	return it, nil
}

// subject reads whom a record is about.
func (k *clerk) subject(c *check, it *item) {
	switch {
	case c.row.USCC != "":
		k.named(c)
		it.uscc = c.code("uscc", c.row.USCC)
	case c.row.IDNo != "":
		k.person(c, it)
	case c.row.RegNo != "": // an alias, of those who have no code in the sheet
		k.named(c)
		it.uscc = c.regNo("regNo", c.row.RegNo)
	default:
		c.found(compliance.Missing, "uscc", "missing", "请填写统一社会信用代码，自然人请填写姓名和身份号码。")
	}
}

// named asks for the name of an organisation.
func (k *clerk) named(c *check) {
	if k.im.Named {
		c.need("name", c.row.Name)
	}
}

// person reads a natural person: adults only (HN 3).
func (k *clerk) person(c *check, it *item) {
	c.need("name", c.row.Name)
	p, ok := k.people[c.row.IDNo]
	if !ok {
		p = k.look(c)
		k.people[c.row.IDNo] = p
	}
	for _, f := range p.faults {
		f.Line = c.line
		c.faults = append(c.faults, f)
	}
	it.identity, it.indexes = model.PersonIdentity{Name: c.row.Name, IDNo: p.number}, p.indexes
}

func (k *clerk) look(c *check) (p person) {
	own := &check{rules: c.rules, today: c.today}
	id := own.idNo("idNo", own.need("idNo", c.row.IDNo))
	if p.number = id.Reveal(); !id.IsZero() {
		switch age := id.AgeOn(c.today); {
		case age < 14:
			own.found(compliance.OutsideList, "idNo", "minor", "依法不得归集未满十四周岁未成年人的信息（《个人信息保护法》第二十八条、第三十一条）。请删除该行。")
		case age < 18:
			own.found(compliance.OutsideList, "idNo", "minor", "未满十八周岁的自然人不归集信用信息（《河南省社会信用条例》第三条）。请删除该行。")
		}
		p.indexes = k.im.Sealer.IndexAll(model.IndexCitizenID, p.number)
	}
	p.faults = own.faults
	return p
}

func (k *clerk) enterprise(c *check, uscc string) *model.SubjectFile {
	r := c.row
	f := &model.SubjectFile{ID: model.SubjectID(uscc), Kind: oneOf(c, "subjectKind", r.SubjectKind, model.KindLegalPerson, model.KindSelfEmployed),
		Name: c.need("name", r.Name), FormerNames: split(r.FormerNames)}
	if f.Kind == "" {
		f.Kind = model.UnifiedSocialCreditCode(uscc).SubjectKind()
	}
	for _, code := range split(r.FormerCodes) {
		if code = c.formerCode(code); code != "" && !slices.Contains(f.FormerCodes, code) {
			f.FormerCodes = append(f.FormerCodes, code)
		}
	}
	for _, odd := range model.UnifiedSocialCreditCode(uscc).Warnings() { // real codes of old registrations can be odd
		c.finding(compliance.Finding{Check: compliance.BadCode, Column: "uscc", Code: odd,
			Reason: "代码校验通过，但机构类别、登记地或组织机构代码部分少见，请对照营业执照核对。"})
	}
	if uscc != "" && slices.Contains(f.FormerCodes, uscc) {
		c.fault("formerCodes", "same_code", "曾用代码不能与现行代码相同，请删除。")
	}
	f.Registration = &model.Registration{LegalRep: r.LegalRep, RegNo: c.regNo("regNo", r.RegNo), Type: r.EntType, Status: r.Status,
		EstablishedOn: c.date("establishedOn", r.EstablishedOn), Address: r.Address, Division: r.Division,
		Authority: r.RegAuthority, Industry: r.Industry, Size: r.Size, Scope: r.Scope}
	if id := c.idNo("legalRepIdNo", r.LegalRepIDNo); !id.IsZero() {
		f.Registration.LegalRepIndex = k.im.Sealer.Index(model.IndexCitizenID, id.Reveal())
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

// split gives the parts between semicolons, trimmed, without empty ones.
func split(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ';' || r == '；' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
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
