package ingest

import (
	"crypto/sha256"
	"encoding/base64"

	"xinyi/model"
)

// record reads a credit fact. Its section and disclosure come from the catalogue.
func (k *clerk) record(c *check, it *item) *model.Record {
	r := c.row
	rec := k.records.next()
	*rec = model.Record{
		Kind: model.RecordKind(r.Kind), Title: c.need("title", r.Title), DocNo: docNo(c), Category: r.Category, LegalBasis: r.LegalBasis,
		Authority: c.need("authority", r.Authority), AuthorityUSCC: c.code("authorityUscc", r.AuthorityUSCC),
		Source: c.need("source", r.Source), SourceUSCC: c.code("sourceUscc", r.SourceUSCC),
		DecisionDate: c.date("decisionDate", c.need("decisionDate", r.DecisionDate)),
		ValidFrom:    c.date("validFrom", r.ValidFrom), ValidTo: c.date("validTo", r.ValidTo),
		Severity:        oneOf(c, "severity", r.Severity, model.SeverityMinor, model.SeverityGeneral, model.SeveritySerious),
		Finality:        oneOf(c, "finality", r.Finality, finalities...),
		DutyFulfilledOn: c.date("dutyFulfilledOn", r.DutyFulfilledOn), FineFen: r.FineFen, Disputed: r.Disputed,
		List:   oneOf(c, "list", r.List, model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch),
		Sector: r.Sector, Grade: r.Grade, Period: r.Period, Fulfilment: oneOf(c, "fulfilment", r.Fulfilment, "full", "partial", "none", "pending"),
		HonorLevel: oneOf(c, "honorLevel", r.HonorLevel, "town", "county", "city", "province", "state"), Quantity: r.Quantity,
	}
	if rec.Kind == model.RecordRating {
		rec.Scope = r.Scope
	}
	k.rules(c, rec)
	if it.uscc != "" {
		rec.Content = r.Content
	}
	return rec
}

// rules are the checks across cells and the blocklist.
func (k *clerk) rules(c *check, rec *model.Record) {
	person := c.row.USCC == ""
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
	rec.DisplayEnds = k.im.Display.Ends(rec)
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
	put(string(r.Kind), r.DocNo, r.Authority)
	if r.DocNo == "" {
		put(r.Title, string(r.DecisionDate), r.Sector, r.Period, r.Scope, string(r.List), r.Category)
	}
	sum := sha256.Sum256(b)
	return string(subject) + "/" + base64.RawURLEncoding.EncodeToString(sum[:16])
}
