package grading

import (
	"cmp"
	"embed"
	"io/fs"
	"slices"
	"sync"

	"xinyi/model"
	"xinyi/policy/rulefile"
)

//go:embed rules/*.yaml
var seed embed.FS

// Personal is the file of the seed whose model is in force only where it is published:
// whether there is a personal level at all is for the city to decide (domain §15).
const Personal = "personal.yaml"

// Seed gives the models that come with the program.
func Seed() fs.FS { return rulefile.Rules(seed) }

// modelFile is one dated model as written in YAML.
type modelFile struct {
	Model     string              `yaml:"model"`
	Title     string              `yaml:"title"`
	ValidFrom model.Date          `yaml:"validFrom"`
	Subjects  []model.SubjectKind `yaml:"subjects"`
	Base      struct {
		Points   int    `yaml:"points"`
		Title    string `yaml:"title"`
		Citation string `yaml:"citation"`
	} `yaml:"base"`
	Min int `yaml:"min"`
	Max int `yaml:"max"`
	// Grades are best first, each with the least score it needs.
	Grades   []gradeFile   `yaml:"grades"`
	Ceilings []ceilingFile `yaml:"ceilings"`
	Items    []itemFile    `yaml:"items"`
}

type gradeFile struct {
	Grade string `yaml:"grade"`
	Min   int    `yaml:"min"`
}

// ceilingFile: while an undisputed record matches, the grade is at best Grade. With the
// lowest grade it is a veto.
type ceilingFile struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Citation string   `yaml:"citation"`
	When     whenFile `yaml:"when"`
	Grade    string   `yaml:"grade"`
}

// whenFile selects records; an empty list accepts any value.
type whenFile struct {
	Kind        model.RecordKind `yaml:"kind"`
	List        []model.ListKind `yaml:"list"`
	Severity    []model.Severity `yaml:"severity"`
	Finality    []model.Finality `yaml:"finality"`
	Fulfilment  []string         `yaml:"fulfilment"`
	Category    []string         `yaml:"category"`
	CategoryNot []string         `yaml:"categoryNot"`
	// DutyOpen: only while the duty is not fulfilled.
	DutyOpen bool `yaml:"dutyOpen"`
}

// The ways to choose among records of one item.
const (
	pickEach   = ""                  // every record counts
	pickLatest = "latest_per_sector" // the newest rating of each sector
	pickBest   = "best_per_title"    // one act counts once, at its best level
)

// itemFile is one counted item; exactly one of the point sources is given.
type itemFile struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Citation string   `yaml:"citation"`
	When     whenFile `yaml:"when"`
	Pick     string   `yaml:"pick"`

	Points       int                       `yaml:"points"`
	ByHonorLevel map[string]int            `yaml:"byHonorLevel"`
	ByGrade      map[string]map[string]int `yaml:"byGrade"` // sector → grade → points
	// BySeverity and ByFulfilment keep what may turn into one another under one cap: a
	// milder penalty must never cost more than a graver one.
	BySeverity   map[model.Severity]int `yaml:"bySeverity"`
	ByFulfilment map[string]int         `yaml:"byFulfilment"`
	PerQuantity  *struct {
		Unit   int `yaml:"unit"`
		Points int `yaml:"points"`
	} `yaml:"perQuantity"`
	// RegistrationYears is about the registration, not about records; ascending.
	RegistrationYears []struct {
		Years  int `yaml:"years"`
		Points int `yaml:"points"`
	} `yaml:"registrationYears"`

	// Ages weigh by the months since the decision; past the last one a record counts
	// nothing. Without ages it counts in full while it lives.
	Ages []struct {
		WithinMonths int `yaml:"withinMonths"`
		Percent      int `yaml:"percent"`
	} `yaml:"ages"`
	Cap struct {
		Min *int `yaml:"min"`
		Max *int `yaml:"max"`
	} `yaml:"cap"`
}

// Book holds every version of every model. It is immutable and safe for concurrent use.
type Book struct {
	bySubject map[model.SubjectKind][]*scoring // oldest first
	digests   sync.Pool                        // of *undigested, for Files.Again
}

// Load reads one model version per file.
func Load(fsys fs.FS) (*Book, error) {
	var faults rulefile.Faults
	b := &Book{bySubject: map[model.SubjectKind][]*scoring{}, digests: sync.Pool{New: func() any { return new(undigested) }}}
	for _, f := range rulefile.Read(fsys, &faults) {
		var m modelFile
		if !rulefile.Decode(f, &m, &faults) {
			continue
		}
		before := faults.Len()
		m.check(f.Name, &faults)
		if faults.Len() > before {
			continue
		}
		s := compile(&m, rulefile.Version(m.Model, m.ValidFrom, f.Raw))
		for _, kind := range m.Subjects {
			b.bySubject[kind] = append(b.bySubject[kind], s)
		}
	}
	for kind, versions := range b.bySubject {
		slices.SortFunc(versions, func(a, b *scoring) int { return cmp.Compare(a.from, b.from) })
		for i := 1; i < len(versions); i++ {
			if versions[i].from == versions[i-1].from {
				faults.Addf(".", "%s 在 %s 有两个模型生效", kind, versions[i].from.date())
			}
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

// Past names every version that was in force before a day, by subject kind. Two books with
// the same past judge every day before it alike.
func (b *Book) Past(before model.Date) []string {
	var names []string
	for kind, versions := range b.bySubject {
		for _, s := range versions {
			if s.from < dayOf(before) {
				names = append(names, string(kind)+" "+s.version)
			}
		}
	}
	slices.Sort(names)
	return names
}
