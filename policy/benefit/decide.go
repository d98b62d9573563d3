package benefit

import (
	"slices"
	"time"

	"xinyi/model"
)

// The ids of conditions that every rule has by itself.
const (
	ConditionInForce  = "in_force"
	ConditionSubject  = "subject_kind"
	ConditionWindow   = "time_window"
	ConditionDay      = "per_day"
	ConditionMonth    = "per_month"
	ConditionYear     = "per_year"
	ConditionTotal    = "per_total"
	ConditionCooldown = "cooldown"
	// ConditionVisit stands in decisions by rules that others exclude; see Rule.Visited.
	ConditionVisit = "one_of_site"
	// ConditionBudget stands in decisions by rules with a budget; see Rule.Budgeted.
	ConditionBudget = "budget"
)

var reservedIDs = []string{ConditionInForce, ConditionSubject, ConditionWindow, ConditionDay, ConditionMonth, ConditionYear,
	ConditionTotal, ConditionCooldown, ConditionVisit, ConditionBudget}

// disputedText is what a condition says whose fact is being checked (异议中).
const disputedText = "这项信息正在核查（异议中），核查完成后自动重新计算；本次按标准执行。"

// Decide says whether the holder gets the benefit at a moment, having used it as u says.
// It never fails: what cannot be known makes the decision undetermined.
func (r *Rule) Decide(f Facts, u model.Usage, at time.Time) model.Decision {
	d := decision{rule: r, facts: &f, usage: &u, at: at, day: model.DateOf(at), known: f.known()}
	d.out = model.Decision{BenefitCode: r.Code, Outcome: model.Eligible, RuleVersion: r.Version,
		Conditions: make([]model.Reason, 0, 3+len(r.conditions)+len(r.limits))}
	d.until(f.ValidUntil)
	d.inForce()
	d.subject()
	d.window()
	d.conditions()
	d.limits()
	d.parameters()
	d.records()
	d.out.PayPercent, d.out.PayFen = r.pay(d.out.Outcome == model.Eligible)
	return d.out
}

// decision is a Decision in the making.
type decision struct {
	rule  *Rule
	facts *Facts
	usage *model.Usage
	at    time.Time
	day   model.Date
	known FactSet
	used  FactSet
	miss  FactSet
	out   model.Decision
}

// add adds one condition's outcome. A definite "no" beats an unknown beats a "yes".
func (d *decision) add(id string, o model.Outcome, text string) {
	d.out.Conditions = append(d.out.Conditions, model.Reason{ID: id, Outcome: o, Text: text})
	if o == model.NotEligible || (o == model.Undetermined && d.out.Outcome == model.Eligible) {
		d.out.Outcome = o
	}
}

// until notes a moment at which time alone may change the decision.
func (d *decision) until(t time.Time) {
	if t.After(d.at) && (d.out.ValidUntil.IsZero() || t.Before(d.out.ValidUntil)) {
		d.out.ValidUntil = t
	}
}

func (d *decision) inForce() {
	r := d.rule
	d.until(r.ValidFrom.Start())
	if r.ValidTo != "" {
		d.until(r.ValidTo.AddDays(1).Start())
	}
	if r.successor != "" {
		d.until(r.successor.Start())
	}
	if r.InForce(d.at) {
		d.add(ConditionInForce, model.Eligible, "优惠正在进行。")
		return
	}
	d.add(ConditionInForce, model.NotEligible, "优惠目前不在有效期内，请以优惠列表为准。")
}

func (d *decision) subject() {
	d.used = d.used.With(FactKind)
	if !d.known.Has(FactKind) {
		d.unknown(ConditionSubject, FactSet(0).With(FactKind), "还没有核实您的主体类别，请先完成实名认证。")
		return
	}
	person := d.facts.Kind == model.KindNaturalPerson
	switch {
	case person == (d.rule.SubjectType == subjectPerson):
		d.add(ConditionSubject, model.Eligible, "适用于您的主体类别。")
	case person:
		d.add(ConditionSubject, model.NotEligible, "本优惠面向企业和个体工商户，您可以切换到已绑定的企业查看。")
	default:
		d.add(ConditionSubject, model.NotEligible, "本优惠面向个人用户，请使用个人身份领取。")
	}
}

func (d *decision) conditions() {
	v := view{facts: d.facts, rule: d.rule, day: d.day}
	for i := range d.rule.conditions {
		c := &d.rule.conditions[i]
		d.used |= c.needs
		if c.needs&^d.known != 0 {
			d.unknown(c.ID, c.needs&^d.known, c.Undetermined)
			continue
		}
		switch yes, ok := c.holds(&v); {
		case !ok:
			d.add(c.ID, model.Undetermined, c.Undetermined)
		case yes:
			d.add(c.ID, model.Eligible, c.Eligible)
		default:
			d.add(c.ID, model.NotEligible, c.NotEligible)
		}
	}
}

// unknown adds an undetermined condition; a dispute is named before a plain gap.
func (d *decision) unknown(id string, missing FactSet, text string) {
	d.miss |= missing
	if missing&d.facts.Disputed != 0 {
		text = disputedText
	}
	d.add(id, model.Undetermined, text)
}

// parameters names the values in force; before the first change those are the first ones.
func (d *decision) parameters() {
	for i := range d.rule.paramDays {
		p := &d.rule.paramDays[i]
		d.until(p.from.Start())
		if i == 0 || p.from <= d.day {
			d.out.Parameters = p.values
		}
	}
}

// records names the records behind the facts used and the facts that were missing.
func (d *decision) records() {
	for f := range factCount {
		if d.miss.Has(f) {
			d.out.Missing = append(d.out.Missing, f.String())
		}
		if d.used.Has(f) {
			d.out.Facts = append(d.out.Facts, d.facts.records(f)...)
		}
	}
	slices.Sort(d.out.Facts)
	d.out.Facts = slices.Compact(d.out.Facts)
}
