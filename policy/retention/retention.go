// Package retention says how long what has served its purpose is kept (保存期限), and then
// erased. The periods are data (rules/*.yaml), each with its basis.
package retention

import (
	"embed"
	"io/fs"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Seed gives the rules that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// Period is one line of the table.
type Period struct {
	Months     int    `yaml:"months"`
	LegalBasis string `yaml:"legalBasis"`
}

type table struct {
	Name       string     `yaml:"name"`
	ValidFrom  model.Date `yaml:"validFrom"`
	Archive    Period     `yaml:"archive"`
	Redemption Period     `yaml:"redemption"`
}

// Table is immutable and safe for concurrent use.
type Table struct {
	table
	version string
}

// Load reads one rules file.
func Load(fsys fs.FS) (*Table, error) {
	var faults rulefile.Faults
	t := &Table{}
	files := rulefile.Read(fsys, &faults)
	if len(files) > 1 {
		faults.Addf(files[1].Name, "保存期限只能有一个文件")
	}
	if len(files) > 0 && rulefile.Decode(files[0], &t.table, &faults) {
		name := files[0].Name
		faults.Text(name, "name", t.Name)
		faults.Date(name, "validFrom", t.ValidFrom)
		for key, p := range map[string]Period{"archive": t.Archive, "redemption": t.Redemption} {
			faults.Text(name, key+".legalBasis", p.LegalBasis)
			if p.Months < 1 || p.Months > 1200 {
				faults.Addf(name, "%s.months 应在 1–1200 之间", key)
			}
		}
		t.version = rulefile.Version(t.Name, t.ValidFrom, files[0].Raw)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// RuleVersion names the table (name@date#hash8).
func (t *Table) RuleVersion() string { return t.version }

// ArchiveMonths is how long after the end of its display a record is kept.
func (t *Table) ArchiveMonths() int { return t.Archive.Months }

// KeptUntil gives the first day on which an archived record is erased; "" = it has no end,
// since its display has none.
func (t *Table) KeptUntil(r *model.Record) model.Date {
	if r.DisplayEnds == "" {
		return ""
	}
	return r.DisplayEnds.AddMonths(t.Archive.Months)
}

// RedemptionsBefore gives the day before which redemptions are kept as sums only.
func (t *Table) RedemptionsBefore(today model.Date) model.Date {
	return today.AddMonths(-t.Redemption.Months)
}
