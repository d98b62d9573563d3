package catalogue

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"xinyi/model"
)

func seedBook(t *testing.T) *Book {
	t.Helper()
	b, err := Load(Seed())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sample is a record of a case file.
type sample struct {
	Name       string
	Kind       model.RecordKind
	Category   string
	List       model.ListKind
	Subject    model.SubjectKind
	On         model.Date
	Title      string
	Content    string
	DocNo      string           `yaml:"docNo"`
	LegalBasis string           `yaml:"legalBasis"`
	Fulfilment string           `yaml:"fulfilment"`
	Finality   model.Finality   `yaml:"finality"`
	Ref        string           `yaml:"ref"`
	Disclosure model.Disclosure `yaml:"disclosure"`
	Section    model.Section    `yaml:"section"`
	Refused    string           `yaml:"refused"`
	Cell       string           `yaml:"cell"`
	Citation   string           `yaml:"citation"`
}

func (s sample) record() *model.Record {
	return &model.Record{Kind: s.Kind, Category: s.Category, List: s.List, DecisionDate: s.On, Title: s.Title, DocNo: s.DocNo, LegalBasis: s.LegalBasis,
		Fulfilment: s.Fulfilment, Finality: s.Finality}
}

func samples(t *testing.T, path string) (list []sample) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dec := yaml.NewDecoder(strings.NewReader(string(raw)))
	dec.KnownFields(true)
	if err := dec.Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFind(t *testing.T) {
	b := seedBook(t)
	for _, s := range samples(t, "testdata/find.yaml") {
		e, refusal := b.Find(s.record(), s.Subject, s.On)
		if s.Refused != "" {
			if refusal == nil || refusal.Column != s.Refused || refusal.Reason == "" {
				t.Errorf("%s: %+v, want a refusal at %s", s.Name, refusal, s.Refused)
			}
			continue
		}
		if refusal != nil || e.Ref() != s.Ref || e.Disclosure != s.Disclosure || e.ReportSection() != s.Section {
			t.Errorf("%s: %+v refused %+v", s.Name, e, refusal)
		}
	}
}

func TestScreen(t *testing.T) {
	b := seedBook(t)
	for _, s := range samples(t, "testdata/block.yaml") {
		refusal := b.Screen(s.record(), s.Content, s.Subject)
		switch {
		case s.Cell == "" && refusal != nil:
			t.Errorf("%s: refused %+v", s.Name, refusal)
		case s.Cell != "" && (refusal == nil || refusal.Column != s.Cell || !strings.Contains(refusal.Reason, s.Citation)):
			t.Errorf("%s: %+v, want %s with %s", s.Name, refusal, s.Cell, s.Citation)
		case refusal != nil && s.Content != "" && strings.Contains(refusal.Reason, s.Content):
			t.Errorf("%s: the reason tells the value", s.Name)
		}
	}
}

// Every kind is listed for organisations and people, and no line shows a person to all.
func TestSeed_coversEveryKind(t *testing.T) {
	b := seedBook(t)
	lists := map[model.RecordKind][]model.ListKind{model.RecordListEntry: {model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch}}
	for _, kind := range model.RecordKinds() {
		for _, subject := range subjectKinds {
			for _, list := range append(lists[kind], "")[:max(1, len(lists[kind]))] {
				for _, e := range b.Editions() {
					entry, refusal := b.Find(&model.Record{Kind: kind, List: list}, subject, e.ValidFrom)
					if refusal != nil || entry.Edition != e {
						t.Fatalf("%s %s of %s under %s: %+v", kind, list, subject, e.Key, refusal)
					}
					if subject == model.KindNaturalPerson && entry.Disclosure == model.DisclosurePublic {
						t.Errorf("%s shows people to everyone", entry.Ref())
					}
				}
			}
		}
	}
	for i, n := range []int{11, 12, 13} {
		if got := len(b.Editions()[i].Classes); got != n {
			t.Errorf("edition %s has %d classes", b.Editions()[i].Key, got)
		}
	}
}

func TestProvider(t *testing.T) {
	b := seedBook(t)
	for name, want := range map[string]string{"顺河回族区市场监督管理局": "market_regulation", " 开封市工商行政管理局 ": "market_regulation", "市工商局": "market_regulation",
		"开封市安全生产监督管理局": "emergency", "开封市旅游委": "culture_tourism", "共青团郏县委员会": "youth_league", "国家税务总局安阳市北关区税务局": "tax",
		"顺河回族区某某市场监督管理局": "", "某局": "", "": "", "市场监督管理局": "", "洛阳市民政局": ""} {
		if key, ok := b.Provider(name); key != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", name, key, want)
		}
	}
	court, _ := b.Find(&model.Record{Kind: model.RecordJudgment}, model.KindLegalPerson, "2026-05-10")
	if !court.Takes("court") || court.Takes("tax") || !court.Takes("") {
		t.Error("judgments come from courts; of an unknown unit nothing is said")
	}
}

func TestRetention(t *testing.T) {
	b := seedBook(t)
	for _, c := range []struct {
		rec  model.Record
		want model.Date
	}{
		{model.Record{CatalogueRef: "0303@2024", DisplayEnds: "2027-05-10"}, "2037-05-10"},
		{model.Record{CatalogueRef: "0303@2021"}, ""}, // still shown
		{model.Record{CatalogueRef: "0301@2022", ValidTo: "2030-02-28"}, "2040-02-28"},
		{model.Record{CatalogueRef: "1101@2024", DecisionDate: "2020-01-01"}, ""}, // kept
	} {
		r, ok := b.Retention(&c.rec)
		if got := r.Until(&c.rec); !ok || got != c.want {
			t.Errorf("%+v is kept until %q, want %q", c.rec, got, c.want)
		}
	}
	for _, ref := range []string{"", "0301", "0301@1999", "9999@2024"} {
		if _, ok := b.Retention(&model.Record{CatalogueRef: ref}); ok {
			t.Errorf("%q leads somewhere", ref)
		}
	}
}

const unitsFile = `{catalogue: units, name: u, title: u, validFrom: 2020-01-01, places: [甲市], types: [{key: authority, name: 单位, names: ["*局"]}]}`

func edition(key, from, base, items string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(`{catalogue: edition, name: e, title: t, edition: "` + key + `", base: "` + base + `", document: d, validFrom: ` + from +
		`, classes: [{key: c` + key + `, no: 1, name: n, section: administration}], items: [` + items + `]}`)}
}

func line(code, class, more string) string {
	return `{code: "` + code + `", name: n, class: ` + class + `, kind: permit, subjects: [legal_person], providers: [authority], disclosure: public, nature: basic, updateCycle: monthly, legalBasis: l` + more + `}`
}

// Class, disclosure and retention are those of the edition of the day.
func TestFind_byEdition(t *testing.T) {
	changed := strings.Replace(line("01", "c2024", ", section: other, retention: {from: decision, months: 12}"), "public", "gov_share", 1)
	b, err := Load(fstest.MapFS{"u.yaml": {Data: []byte(unitsFile)}, "1.yaml": edition("2021", "2021-01-01", "", line("01", "c2021", "")+","+line("02", "c2021", ", categories: [x]")),
		"2.yaml": edition("2024", "2024-01-01", "2021", changed)})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[model.Date]string{"2023-12-31": "public administration 0", "2024-01-01": "gov_share other 12", "1990-01-01": "public administration 0"} {
		e, refusal := b.Find(&model.Record{Kind: model.RecordPermit}, model.KindLegalPerson, day)
		if refusal != nil {
			t.Fatal(refusal)
		}
		if got := string(e.Disclosure) + " " + string(e.ReportSection()) + " " + string(rune('0'+e.Retention.Months/12)); got != strings.Replace(want, "12", "1", 1) {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	if e := b.Editions()[0]; e.ValidUntil != "2023-12-31" || len(b.Editions()[1].Items) != 2 {
		t.Errorf("%+v", e)
	}
}

func TestLoad_faults(t *testing.T) {
	for name, c := range map[string]struct{ item, want string }{
		"a person in public":  {strings.Replace(line("01", "c2021", ""), "legal_person", "natural_person", 1), "第二十五条"},
		"an unknown provider": {strings.Replace(line("01", "c2021", ""), "[authority]", "[somebody]", 1), "providers"},
		"no legal basis":      {strings.Replace(line("01", "c2021", ""), "legalBasis: l", `legalBasis: ""`, 1), "legalBasis"},
		"a class of nowhere":  {line("01", "nowhere", ""), "class"},
		"an unknown key":      {line("01", "c2021", ", colour: red"), "colour"},
		"a code twice":        {line("01", "c2021", "") + "," + line("01", "c2021", ""), "重复"},
		"retention by halves": {line("01", "c2021", ", retention: {from: decision}"), "retention"},
		"an unknown kind":     {strings.Replace(line("01", "c2021", ""), "permit", "gossip", 1), "kind"},
	} {
		_, err := Load(fstest.MapFS{"u.yaml": {Data: []byte(unitsFile)}, "1.yaml": edition("2021", "2021-01-01", "", c.item)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, err := Load(fstest.MapFS{"1.yaml": edition("2022", "2022-01-01", "2021", "")})
	if err == nil || !strings.Contains(err.Error(), "base") {
		t.Errorf("a missing base: %v", err)
	}
	_, err = Load(fstest.MapFS{"b.yaml": {Data: []byte(`{catalogue: blocklist, name: b, title: b, validFrom: 2020-01-01, blocked: [{key: k, name: n, terms: [x], cells: [title]}]}`)}})
	if err == nil || !strings.Contains(err.Error(), "依据") {
		t.Errorf("a block without citation: %v", err)
	}
}
