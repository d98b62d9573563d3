package quality

import (
	"math/big"
	"slices"

	"xinyi/model"
)

// Sheet is what one unit's figures are made of: counters and entered numbers by month.
type Sheet struct {
	Counts, Entered map[string]map[string]int64
}

// Figure is one computed KPI.
type Figure struct {
	KPI
	// Numerator and Denominator are nil where a number is missing.
	Numerator, Denominator *int64
	// Value has two decimals, percent already multiplied; "" when it cannot be told.
	Value string
	// Previous is the value of the period before.
	Previous string
	// Met says whether target or trend is met; nil when that cannot be told.
	Met *bool
	// Missing names the entered numbers that are not there.
	Missing []string
	// Concern marks a unit to look at (重点关注).
	Concern bool
}

// Table computes the figures of a period; those of the area too when area is set.
func (r *Rules) Table(s Sheet, p Period, area bool) []Figure {
	var list []Figure
	for _, k := range r.file.KPIs {
		if !area && !k.PerUnit {
			continue
		}
		f := r.figure(k, s, p)
		before := r.figure(k, s, p.Before())
		f.Previous = before.Value
		now, was := f.rational(), before.rational()
		switch {
		case now == nil:
		case k.Target != nil:
			f.Met = met(now.Cmp(new(big.Rat).SetInt64(k.Target.Value)), k.Target.Op)
		case k.Trend == "rising" && was != nil:
			f.Met = met(now.Cmp(was), "ge")
		case k.Trend == "falling" && was != nil:
			f.Met = met(now.Cmp(was), "le")
		}
		f.Concern = now != nil && k.Key == r.file.Concern.KPI && now.Cmp(new(big.Rat).SetInt64(r.file.Concern.Over)) > 0
		list = append(list, f)
	}
	return list
}

func met(cmp int, op string) *bool {
	ok := map[string]bool{"ge": cmp >= 0, "gt": cmp > 0, "le": cmp <= 0, "lt": cmp < 0}[op]
	return &ok
}

func (r *Rules) figure(k KPI, s Sheet, p Period) Figure {
	if k.Yearly {
		p = p.Year()
	}
	f := Figure{KPI: k}
	f.Numerator = r.sum(k.Numerator, s, p, &f.Missing)
	if len(k.Denominator) > 0 {
		f.Denominator = r.sum(k.Denominator, s, p, &f.Missing)
	}
	if v := f.rational(); v != nil {
		f.Value = v.FloatString(2)
	}
	return f
}

// sum adds up counters; nil when an entered number is missing.
func (r *Rules) sum(names []string, s Sheet, p Period, missing *[]string) *int64 {
	var total int64
	complete := true
	for _, name := range names {
		e, entered := r.entered[name]
		if !entered {
			total += counted(s.Counts, name, p)
			continue
		}
		n, ok := e.of(s.Entered, p)
		if !ok {
			complete = false
			if !slices.Contains(*missing, name) {
				*missing = append(*missing, name)
			}
		}
		total += n
	}
	if !complete {
		return nil
	}
	return &total
}

// counted gives a stock at the end of a period, or the flow in it.
func counted(months map[string]map[string]int64, name string, p Period) (n int64) {
	stock := slices.Contains(stocks, name)
	for month, counters := range months {
		if p.holds(month) || stock && month < p.Last {
			n += counters[name]
		}
	}
	return n
}

// of gives an entered number: the latest one of a stock, the sum of a flow.
func (e Entered) of(months map[string]map[string]int64, p Period) (n int64, ok bool) {
	latest := ""
	for month, numbers := range months {
		v, given := numbers[e.Key]
		switch {
		case !given || month > p.Last:
		case e.Stock && month > latest:
			latest, n, ok = month, v, true
		case !e.Stock && p.holds(month):
			n, ok = n+v, true
		}
	}
	return n, ok
}

// rational gives the exact value; nil when a number is missing or the denominator is 0.
func (f *Figure) rational() *big.Rat {
	if f.Numerator == nil {
		return nil
	}
	v := new(big.Rat).SetInt64(*f.Numerator)
	if f.Measure == Count {
		return v
	}
	if f.Denominator == nil || *f.Denominator == 0 {
		return nil
	}
	v.Quo(v, new(big.Rat).SetInt64(*f.Denominator))
	if f.Measure == Percent {
		v.Mul(v, new(big.Rat).SetInt64(100))
	}
	return v
}

// Behind tells whether a record counts, for a unit, in the sum of the named counters of a
// period; false for what is no counter of records.
func (r *Rules) Behind(rec *model.Record, unit string, names []string, p Period) bool {
	counts := model.QualityCounts{}
	r.Record(rec, 1, counts)
	for _, name := range names {
		if counted(counts[unit], name, p) > 0 {
			return true
		}
		if via, ok := throughRecords[name]; ok && via(rec) && counted(counts[unit], "records", p) > 0 {
			return true
		}
	}
	return false
}

// HasRows reports whether rows handed in are in a sum of counters.
func HasRows(names []string) bool { return slices.ContainsFunc(names, OfSubmissions) }

// throughRecords are counters of subjects, with the records that make a subject count.
var throughRecords = map[string]func(*model.Record) bool{
	"orgs_covered":    func(r *model.Record) bool { return !r.Subject.IsPerson() },
	"persons_covered": func(r *model.Record) bool { return r.Subject.IsPerson() },
	"serious_orgs": func(r *model.Record) bool {
		return !r.Subject.IsPerson() && r.Kind == model.RecordListEntry && r.List == model.ListSerious
	},
}

// reports are counters of records that departments submitted.
var reports = []string{"reported", "on_time", "on_time_permit", "on_time_penalty", "late", "late_permit", "late_penalty"}

// Drill says how to reach the records behind a sum of counters.
type Drill int

const (
	// DrillNone: the numbers do not come from records.
	DrillNone Drill = iota
	// DrillReports: among the reports of the period.
	DrillReports
	// DrillRecords: among all records.
	DrillRecords
)

// DrillOf tells how to reach the records behind counters.
func DrillOf(names []string) Drill {
	drill := DrillNone
	for _, name := range names {
		switch _, via := throughRecords[name]; {
		case slices.Contains(reports, name):
			drill = max(drill, DrillReports)
		case via, slices.Contains(counters[:slices.Index(counters, "rows")], name):
			drill = DrillRecords
		}
	}
	return drill
}
