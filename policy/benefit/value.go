package benefit

import "xinyi/policy/rulefile"

// ValueType is what a benefit gives.
type ValueType string

// The kinds of value.
const (
	ValuePercent  ValueType = "percent"  // pay Value percent of the price (80 = 八折)
	ValueAmount   ValueType = "amount"   // Value 分 off the price
	ValueFree     ValueType = "free"     // pay nothing
	ValueDeposit  ValueType = "deposit"  // leave Value percent of the deposit (0 = 免押金)
	ValuePriority ValueType = "priority" // be served first
	ValueQuota    ValueType = "quota"    // Value of something: books, minutes
)

// MaxCompanions bounds the companions of a rule: a pass has one digit for them.
const MaxCompanions = 9

// Value is what a benefit gives. Unit names what a quota counts ("册", "分钟").
type Value struct {
	Type  ValueType `yaml:"type"`
	Value int       `yaml:"value"`
	Unit  string    `yaml:"unit"`
}

// shared reports whether companions can have it too: a deposit and a quota are one person's.
func (v Value) shared() bool { return v.Type != ValueDeposit && v.Type != ValueQuota }

func (v Value) check(file string, base *int64, faults *rulefile.Faults) {
	ok := false
	switch v.Type {
	case ValuePercent, ValueDeposit:
		ok = v.Value >= 0 && v.Value < 100
	case ValueAmount:
		ok = v.Value > 0 && base != nil && int64(v.Value) <= *base
	case ValueFree, ValuePriority:
		ok = v.Value == 0
	case ValueQuota:
		ok = v.Value > 0 && v.Unit != ""
	}
	if !ok {
		faults.Addf(file, "value: percent 和 deposit 为 0–99 的应付百分比；amount 为不超过 basePriceFen 的分值；quota 为正数并写 unit；free 和 priority 不写数值")
	}
	if base != nil && (*base < 1 || *base > 1e9) {
		faults.Addf(file, "basePriceFen 应在 1–1000000000 分之间")
	}
}

// Price gives what a holder with the benefit pays; see Decision.PayPercent and PayFen.
func (r *Rule) Price() (percent int, fen *int64) {
	p := r.priceOf(true)
	return p.percent, p.fen
}

// price is what a holder pays, with the amount in 分 where the base price is known.
type price struct {
	percent int
	fen     *int64
}

// pay gives what to pay; without the benefit that is the standard price. What it points to is
// the rule's: decisions share it.
func (r *Rule) pay(eligible bool) (percent int, fen *int64) {
	p := r.standard
	if eligible {
		p = r.reduced
	}
	return p.percent, p.fen
}

// priceOf computes what pay gives.
func (r *Rule) priceOf(eligible bool) price {
	percent := 100
	if eligible {
		switch r.Value.Type {
		case ValuePercent, ValueDeposit:
			percent = r.Value.Value
		case ValueFree:
			percent = 0
		case ValueAmount:
			left := *r.BasePriceFen - int64(r.Value.Value)
			return price{int((left*100 + *r.BasePriceFen - 1) / *r.BasePriceFen), &left}
		}
	}
	if r.BasePriceFen == nil {
		return price{percent: percent}
	}
	pay := (*r.BasePriceFen*int64(percent) + 50) / 100
	return price{percent, &pay}
}
