// Package synth makes synthetic districts: rows for the importer about people and
// organisations that do not exist. Id numbers carry birth dates of the year 1900, so
// they belong to nobody; each subject depends on the seed and its own index only, so a
// district is the same whatever its size or the order of generation.
package synth

import (
	"math/rand/v2"

	"xinyi/model"
	"xinyi/service/ingest"
)

// Config says how large a district is.
type Config struct {
	People, Orgs int
	// PerPerson is the mean number of records of a person; 0 = 15 (the county's target).
	PerPerson int
	Seed      uint64
	// AsOf is the newest day of any record.
	AsOf model.Date
}

// Emit takes one row; an error ends the generation.
type Emit func(row *ingest.Row) error

const defaultPerPerson = 15

// District is a district ready to be generated.
type District struct {
	cfg         Config
	authorities []authority
	prefixes    []string // six-digit divisions of id numbers
}

// New prepares a district. Errors: CodeInvalidRequest for sizes that cannot be made.
func New(cfg Config) (*District, error) {
	if cfg.People < 0 || cfg.Orgs < 0 || cfg.PerPerson < 0 || cfg.Orgs > maxOrgs {
		return nil, model.Errorf(model.CodeInvalidRequest, "人数和机构数不能为负，机构数不能超过 %d。", maxOrgs)
	}
	if cfg.PerPerson == 0 {
		cfg.PerPerson = defaultPerPerson
	}
	d := &District{cfg: cfg}
	if err := d.name(); err != nil {
		return nil, err
	}
	for _, prefecture := range model.DivisionsUnder("410000") {
		for _, county := range model.DivisionsUnder(prefecture.Code) {
			d.prefixes = append(d.prefixes, county.Code)
		}
	}
	if cfg.People > len(d.prefixes)*perPrefix {
		return nil, model.Errorf(model.CodeInvalidRequest, "人数不能超过 %d。", len(d.prefixes)*perPrefix)
	}
	return d, nil
}

// Each emits the published distributions, then every organisation and person, each
// followed by its records.
func (d *District) Each(emit Emit) error {
	for i := range distributions {
		row := distributions[i]
		if err := emit(&row); err != nil {
			return err
		}
	}
	for i := range d.cfg.Orgs {
		rows, err := d.Org(i)
		if err != nil {
			return err
		}
		if err := each(rows, emit); err != nil {
			return err
		}
	}
	for i := range d.cfg.People {
		rows, err := d.Person(i)
		if err != nil {
			return err
		}
		if err := each(rows, emit); err != nil {
			return err
		}
	}
	return nil
}

func each(rows []*ingest.Row, emit Emit) error {
	for _, row := range rows {
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// dice is the randomness of one subject.
type dice struct {
	*rand.Rand
	asOf model.Date
}

// streams keep organisations and people apart.
const (
	orgStream    uint64 = 1 << 40
	personStream uint64 = 2 << 40
)

func (d *District) dice(stream uint64, index int) dice {
	return dice{rand.New(rand.NewPCG(d.cfg.Seed, stream+uint64(index)+1)), d.cfg.AsOf}
}

// chance reports true with probability p.
func (d dice) chance(p float64) bool { return d.Float64() < p }

func pick[T any](d dice, from []T) T { return from[d.IntN(len(from))] }

// daysAgo gives a day between the given numbers of days before the newest one.
func (d dice) daysAgo(least, most int) string {
	return string(d.asOf.AddDays(-least - d.IntN(most-least+1)))
}

// weighted picks by weight; weights need not sum to one.
type weighted struct {
	value  string
	weight float64
}

func (d dice) weigh(options []weighted) string {
	var sum float64
	for _, o := range options {
		sum += o.weight
	}
	x := d.Float64() * sum
	for _, o := range options {
		if x -= o.weight; x < 0 {
			return o.value
		}
	}
	return options[len(options)-1].value
}

// distributions are the published rating distributions of the source documents, exactly
// (sector_ratings.csv); what a document does not give stays open.
var distributions = []ingest.Row{
	stat("medical_insurance", "district:410203", "2021", "医疗机构", 0, "B=13"),
	stat("labour_integrity", "district:410203", "2022-11-02", "用人单位", 0, "C=2"),
	stat("tax", "district:410203", "2021", "纳税人", 0, "A=150"),
	stat("construction", "city:410200", "2020", "施工单位", 88, "优良=23;良好=1;一般=64"),
	stat("construction", "city:410200", "2020", "监理单位", 4, "优良=3;良好=1;一般=0"),
	stat("real_estate", "city:410200", "2020", "房地产开发", 63, "优良=50;良好=0;一般=13"),
	stat("survey", "city:410200", "2020", "勘察设计", 7, "优良=7"),
	stat("bidding", "city:410200", "2020", "招标代理", 36, "优良=2;良好=31;一般=3"),
	stat("grain", "city:410200", "2022", "粮食企业", 93, "A=35;B=58"),
	stat("township", "city:410200", "2022Q2", "乡镇街道", 114, "标兵=15;优秀=39;良好=39;一般=16;落后=5"),
	stat("urban_mgmt", "city:410200", "2022", "企业", 45, ""),
	stat("urban_mgmt", "district:410203", "2022", "企业", 2, "A=0;B=2;C=0;D=0"),
	stat("intermediary", "city:410200", "2022", "中介机构", 252, "5★=4"),
	stat("tax", "county:410425", "2020", "纳税人", 3928, "A=167;D=303"),
	stat("health_practice", "county:410425", "2020", "医疗机构", 430, "优秀=53;合格=370;差=7"),
}

func stat(sector, scope, period, label string, total int, distribution string) ingest.Row {
	return ingest.Row{Kind: ingest.KindRatingStat, Sector: sector, Scope: scope, Period: period, SubjectLabel: label,
		Total: total, Distribution: distribution, Source: "信用分级分类公开材料"}
}
