package synth

import (
	"fmt"
	"strconv"

	"xinyi/model"
	"xinyi/service/ingest"
)

// maxOrgs is how many organisation codes the scheme holds.
const maxOrgs = 10_000_000

// brandOf makes the distinctive part of a name from the index, so that no two
// organisations share one: two characters, and a third where two are used up.
func brandOf(i int) string {
	n := len(brands)
	// A stride that shares no factor with n*n spreads neighbours over the alphabet.
	k := i % (n * n) * 1_000_003 % (n * n)
	name := string(brands[k%n]) + string(brands[k/n])
	if round := i / (n * n); round > 0 {
		name += string(brands[round%n])
	}
	return name
}

// Org gives the rows of organisation i: its registration, then its records.
func (d *District) Org(i int) ([]*ingest.Row, error) {
	r := d.dice(orgStream, i)
	o := org{d: d, dice: r, self: r.chance(0.25)}
	if err := o.register(i); err != nil {
		return nil, err
	}
	rows := []*ingest.Row{o.row}
	for range 1 + r.IntN(3) {
		rows = append(rows, o.permit(len(rows)))
	}
	for range r.IntN(3) {
		rows = append(rows, o.inspection(len(rows)))
	}
	rows = append(rows, o.credit(len(rows))...)
	return append(rows, o.adverse(len(rows))...), nil
}

type org struct {
	dice
	d    *District
	self bool // 个体工商户
	row  *ingest.Row
}

func (o *org) register(i int) error {
	prefix, kind, entType := "91", model.KindLegalPerson, "有限责任公司（自然人投资或控股）"
	trade := pick(o.dice, trades)
	name := pick(o.dice, places) + brandOf(i) + trade + pick(o.dice, suffixes)
	if o.self {
		prefix, kind, entType = "92", model.KindSelfEmployed, "个体工商户"
		trade = pick(o.dice, shops)
		name = "开封市顺河区" + brandOf(i) + trade
	}
	division := "410203"
	if o.chance(0.2) {
		division = "410200"
	}
	// "M" starts the organisation codes of newly registered units; the rest is the index.
	code, err := model.ComposeUnifiedSocialCreditCode(prefix, division, fmt.Sprintf("M%07d", i))
	if err != nil {
		return err
	}
	street := pick(o.dice, streets)
	row := &ingest.Row{Kind: ingest.KindEnterprise, SubjectKind: string(kind), USCC: code.Reveal(), Name: name, EntType: entType,
		Status: o.weigh([]weighted{{"存续", 93}, {"注销", 4}, {"吊销", 3}}), EstablishedOn: o.daysAgo(60, 9000),
		LegalRep: personName(o.dice), RegAuthority: "开封市市场监督管理局", Division: street.code,
		Address:  fmt.Sprintf("河南省开封市顺河回族区%s%s%d号", street.name, pick(o.dice, roads), 1+o.IntN(300)),
		Industry: industries[trade], Size: o.weigh([]weighted{{"微", 70}, {"小", 22}, {"中", 7}, {"大", 1}})}
	if row.Industry == "" {
		row.Industry = "批发和零售业"
	}
	if o.chance(0.02) {
		row.FormerNames = "开封" + brandOf(i) + pick(o.dice, trades) + "部"
	}
	o.row = row
	return nil
}

// record starts a record of the organisation from an authority.
func (o *org) record(kind model.RecordKind, by int, n int) *ingest.Row {
	a := o.d.authorities[by]
	day := o.daysAgo(1, 1500)
	return &ingest.Row{Kind: string(kind), USCC: o.row.USCC, Name: o.row.Name, Authority: a.name, AuthorityUSCC: a.uscc,
		Source: a.name, SourceUSCC: a.uscc, DecisionDate: day, DocNo: docNo(by, day, o.row.USCC[9:17], n)}
}

var docWords = [...]string{"顺市监", "顺税", "顺建", "顺人社", "顺应急", "顺卫", "顺民", "顺法", "顺交", "顺团", "顺城管", "顺公用"}

// docNo is word of the authority, year of the decision and a number of its own.
func docNo(by int, day, serial string, n int) string {
	return fmt.Sprintf("%s〔%s〕%s-%d", docWords[by], day[:4], serial, n)
}

func (o *org) permit(n int) *ingest.Row {
	r := o.record(model.RecordPermit, pick(o.dice, []int{marketRegulation, housing, health, transport, urbanManagement}), n)
	r.Title = pick(o.dice, []string{"食品经营许可", "营业执照变更登记", "建筑施工许可", "公共场所卫生许可", "道路运输经营许可", "户外广告设置许可"})
	r.Category = pick(o.dice, []string{"general", "registration", "approval"})
	r.Content = "准予" + r.Title
	r.ValidFrom, r.ValidTo = r.DecisionDate, "2099-12-31"
	return r
}

func (o *org) inspection(n int) *ingest.Row {
	r := o.record(model.RecordInspection, pick(o.dice, []int{marketRegulation, emergency, health, urbanManagement}), n)
	r.Title, r.Content = "双随机、一公开抽查", pick(o.dice, []string{"未发现问题", "未发现问题", "发现问题已责令改正"})
	return r
}

// credit gives what speaks for the organisation, and its ratings.
func (o *org) credit(n int) (rows []*ingest.Row) {
	add := func(r *ingest.Row) { n++; rows = append(rows, r) }
	year := strconv.Itoa(o.asOf.Start().Year() - 1)
	if o.chance(0.8) {
		r := o.record(model.RecordRating, taxBureau, n)
		r.Title, r.Sector, r.Period, r.Scope, r.DocNo = "纳税信用评价", "tax", year, "district:410203", ""
		r.Grade = o.weigh([]weighted{{"A", 20}, {"B", 55}, {"M", 12}, {"C", 9}, {"D", 4}})
		r.DecisionDate = string(model.Date(year + "-04-30").AddMonths(12))
		if r.DecisionDate > string(o.asOf) {
			r.DecisionDate = string(o.asOf)
		}
		add(r)
		if r.Grade == "A" {
			l := o.record(model.RecordListEntry, taxBureau, n)
			l.Title, l.List, l.DocNo, l.LegalBasis = "A级纳税人", string(model.ListHonor), "", "纳税信用管理办法（试行）第十八条"
			l.DecisionDate, l.ValidTo = r.DecisionDate, string(model.Date(r.DecisionDate).AddMonths(12))
			add(l)
		}
	}
	if o.chance(0.3) {
		r := o.record(model.RecordRating, humanResources, n)
		r.Title, r.Sector, r.Period, r.Scope, r.DocNo = "劳动保障守法诚信等级评价", "labour_integrity", year, "district:410203", ""
		r.Grade = o.weigh([]weighted{{"A", 70}, {"B", 27}, {"C", 3}})
		add(r)
	}
	if o.chance(0.35) {
		r := o.record(model.RecordCommitment, marketRegulation, n)
		r.Title, r.Category = "信用承诺书", pick(o.dice, []string{"proactive", "defer_material", "replace_approval"})
		r.Content, r.Fulfilment = "依法诚信经营，按期补交材料", o.weigh([]weighted{{"full", 80}, {"pending", 15}, {"partial", 3}, {"none", 2}})
		add(r)
	}
	if o.chance(0.1) {
		r := o.record(model.RecordHonor, pick(o.dice, []int{civilAffairs, marketRegulation}), n)
		r.Title, r.HonorLevel = pick(o.dice, []string{"诚信示范单位", "文明单位", "消费者满意单位"}), o.weigh([]weighted{{"county", 6}, {"city", 3}, {"province", 1}})
		add(r)
	}
	return rows
}

// adverse gives penalties, judgments and lists, as rare as they are.
func (o *org) adverse(n int) (rows []*ingest.Row) {
	add := func(r *ingest.Row) { n++; rows = append(rows, r) }
	if o.chance(0.07) {
		r := o.record(model.RecordPenalty, pick(o.dice, []int{marketRegulation, emergency, urbanManagement, housing}), n)
		r.Title, r.Content = "行政处罚决定书", "责令改正，处以罚款"
		r.Severity = o.weigh([]weighted{{"minor", 30}, {"general", 60}, {"serious", 10}})
		r.Finality = o.weigh([]weighted{{"final", 85}, {"appeal_window_open", 10}, {"under_review", 5}})
		r.Category, r.FineFen = "fine", int64(1+o.IntN(50))*100_000
		r.LegalBasis = "《中华人民共和国行政处罚法》第九条"
		r.Disputed = o.chance(0.05)
		if o.chance(0.7) {
			r.DutyFulfilledOn = r.DecisionDate
		}
		add(r)
	}
	if o.chance(0.02) {
		r := o.record(model.RecordListEntry, marketRegulation, n)
		r.Title, r.List, r.LegalBasis = "经营异常名录", string(model.ListAbnormal), "企业信息公示暂行条例第十七条"
		add(r)
	}
	if o.chance(0.008) {
		r := o.record(model.RecordListEntry, humanResources, n)
		r.Title, r.List, r.LegalBasis = "拖欠农民工工资失信联合惩戒对象名单", string(model.ListSerious), "拖欠农民工工资失信联合惩戒对象名单管理暂行办法第五条"
		r.DecisionDate, r.ValidTo = o.daysAgo(30, 700), string(o.asOf.AddMonths(12))
		r.DocNo = docNo(humanResources, r.DecisionDate, o.row.USCC[9:17], n)
		add(r)
	}
	if o.chance(0.015) {
		r := o.record(model.RecordJudgment, court, n)
		r.Title, r.Content, r.Finality = "民事判决书", "给付货款", "final"
		if o.chance(0.6) {
			r.DutyFulfilledOn = r.DecisionDate
		}
		add(r)
	}
	return rows
}
