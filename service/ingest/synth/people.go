package synth

import (
	"fmt"
	"strings"

	"xinyi/model"
	"xinyi/service/ingest"
)

// perPrefix is how many people one division's numbers hold: 365 days × 999 orders.
const perPrefix = 365 * 999

func personName(r dice) string {
	return pick(r, surnames) + string(pick(r, given)) + string(pick(r, given))
}

// number gives the id number of person i: division, day of 1900 and order.
func (d *District) number(i int) (string, error) {
	division := d.prefixes[i%len(d.prefixes)]
	k := i / len(d.prefixes) % perPrefix
	birth := model.Date("1900-01-01").AddDays(k % 365)
	id, err := model.ComposeCitizenID(division, birth, 1+k/365)
	return id.Reveal(), err
}

// Identity gives name and number of person i.
func (d *District) Identity(i int) (model.PersonIdentity, error) {
	number, err := d.number(i)
	return model.PersonIdentity{Name: personName(d.dice(personStream, i)), IDNo: number}, err
}

// Person gives the rows of person i: who it is, then the records.
func (d *District) Person(i int) ([]*ingest.Row, error) {
	number, err := d.number(i)
	if err != nil {
		return nil, err
	}
	r := d.dice(personStream, i)
	p := person{dice: r, d: d, name: personName(r), number: number}
	rows := []*ingest.Row{{Kind: ingest.KindPerson, Name: p.name, IDNo: p.number, Division: pick(r, streets).code, LevelOptIn: r.chance(0.7)}}
	count := max(1, d.cfg.PerPerson/2+r.IntN(d.cfg.PerPerson+1))
	for n := range count {
		rows = append(rows, p.record(n))
	}
	return rows, nil
}

type person struct {
	dice
	d            *District
	name, number string
}

// personKinds are the kinds of a person's records by frequency.
var personKinds = []weighted{{"contract", 40}, {"payment", 18}, {"volunteer", 14}, {"confirmation", 8}, {"permit", 6}, {"commitment", 5},
	{"blood", 4}, {"honor", 3}, {"levy", 1}, {"penalty", 0.3}, {"judgment", 0.1}}

func (p *person) record(n int) *ingest.Row {
	switch p.weigh(personKinds) {
	case "payment":
		return p.row(model.RecordPayment, civilAffairs, n, pick(p.dice, []string{"高龄津贴发放", "临时救助", "稳岗补贴"}))
	case "volunteer":
		r := p.row(model.RecordHonor, youthLeague, n, "志愿服务记录")
		r.Category, r.Quantity = "volunteer", 2+p.IntN(30)
		return r
	case "confirmation":
		return p.row(model.RecordConfirmation, humanResources, n, pick(p.dice, []string{"职业技能等级认定", "专业技术资格确认", "就业登记"}))
	case "permit":
		r := p.row(model.RecordPermit, pick(p.dice, []int{transport, health, humanResources}), n, pick(p.dice, []string{"机动车驾驶许可", "健康证明", "职业资格许可"}))
		r.Category, r.Content, r.ValidFrom, r.ValidTo = "approval", "准予"+r.Title, r.DecisionDate, "2099-12-31"
		return r
	case "commitment":
		r := p.row(model.RecordCommitment, civilAffairs, n, "个人信用承诺书")
		r.Category, r.Fulfilment = "proactive", p.weigh([]weighted{{"full", 85}, {"pending", 12}, {"none", 3}})
		return r
	case "blood":
		r := p.row(model.RecordHonor, health, n, "无偿献血")
		r.Category, r.Quantity = "blood_donation", 1
		return r
	case "honor":
		r := p.row(model.RecordHonor, civilAffairs, n, pick(p.dice, []string{"道德模范", "优秀志愿者", "先进工作者", "好邻居"}))
		r.HonorLevel = p.weigh([]weighted{{"town", 50}, {"county", 30}, {"city", 15}, {"province", 4}, {"state", 1}})
		return r
	case "levy":
		return p.row(model.RecordLevy, taxBureau, n, "个人所得税汇算清缴")
	case "penalty":
		return p.penalty(n)
	case "judgment":
		r := p.row(model.RecordJudgment, court, n, "民事判决书")
		r.Finality = "final"
		if p.chance(0.6) {
			r.DutyFulfilledOn = r.DecisionDate
		}
		return r
	}
	r := p.row(model.RecordContract, utilities, n, pick(p.dice, []string{"水费缴纳", "燃气费缴纳", "图书借阅归还", "公共自行车归还"}))
	r.Fulfilment = p.weigh([]weighted{{"full", 97}, {"partial", 2}, {"none", 1}})
	if strings.HasSuffix(r.Title, "费缴纳") { // arrears that nobody confirmed are never collected (HN 27)
		r.Fulfilment = "full"
	}
	return r
}

func (p *person) penalty(n int) *ingest.Row {
	r := p.row(model.RecordPenalty, pick(p.dice, []int{transport, urbanManagement, marketRegulation}), n, "行政处罚决定书")
	r.Severity, r.Procedure, r.Category = p.weigh([]weighted{{"minor", 40}, {"general", 50}, {"serious", 10}}), "ordinary", "fine"
	r.Finality, r.FineFen = "final", int64(5+p.IntN(100))*10_000
	r.LegalBasis, r.Content = "《中华人民共和国行政处罚法》第九条", "责令改正，处以罚款"
	if p.chance(0.8) { // what was corrected before the decision is not reported (HN 13)
		r.DutyFulfilledOn = string(model.Date(r.DecisionDate).AddDays(1))
	}
	r.Disputed = p.chance(0.05)
	return r
}

func (p *person) row(kind model.RecordKind, by, n int, title string) *ingest.Row {
	a := p.d.authorities[by]
	day := p.daysAgo(1, 1400)
	return &ingest.Row{Kind: string(kind), Name: p.name, IDNo: p.number, Title: title, Authority: a.name, AuthorityUSCC: a.uscc,
		Source: a.name, SourceUSCC: a.uscc, DecisionDate: day, DocNo: docNo(by, day, p.serial(), n)}
}

// serial stands for the person in document numbers without giving the id number away.
func (p *person) serial() string { return fmt.Sprintf("%08X", p.Uint32()) }
