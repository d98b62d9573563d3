package commitment_test

import (
	"bytes"
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"gopkg.in/yaml.v3"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/commitment"
)

const today model.Date = "2026-11-22"

func edition(t testing.TB) *commitment.Edition {
	t.Helper()
	b, err := commitment.Load(commitment.Seed())
	if err != nil {
		t.Fatal(err)
	}
	e, err := b.On(today)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.On("2025-11-30"); !model.Is(err, model.CodeNotFound) {
		t.Errorf("before the first edition: %v", err)
	}
	return e
}

func codes(err error) (out []string) {
	var e *model.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			out = append(out, f.Code)
		}
	}
	return out
}

func TestBars(t *testing.T) {
	raw, err := os.ReadFile("testdata/cases.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name  string               `yaml:"name"`
		Type  model.CommitmentType `yaml:"type"`
		Lists []struct {
			Kind     model.ListKind `yaml:"kind"`
			Disputed bool           `yaml:"disputed"`
		} `yaml:"lists"`
		Broken []struct {
			Since    model.Date `yaml:"since"`
			Disputed bool       `yaml:"disputed"`
		} `yaml:"broken"`
		Want []string `yaml:"want"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	e := edition(t)
	for _, tc := range cases {
		kind, err := e.Type(tc.Type)
		if err != nil {
			t.Fatal(err)
		}
		var sum model.Summary
		for _, l := range tc.Lists {
			sum.Lists = append(sum.Lists, model.ListMember{Kind: l.Kind, Disputed: l.Disputed, Authority: "某局"})
		}
		for _, n := range tc.Broken {
			sum.Negatives = append(sum.Negatives, model.NegativeRef{Kind: model.RecordCommitment, Since: n.Since, Disputed: n.Disputed, Authority: "某局"})
		}
		sum.Negatives = append(sum.Negatives, model.NegativeRef{Kind: model.RecordPenalty, Since: today})
		if got := codes(kind.Bars(&sum, today)); !slices.Equal(got, tc.Want) {
			t.Errorf("%s: %v, want %v", tc.Name, got, tc.Want)
		}
	}
}

func draft(e *commitment.Edition, kind model.SubjectKind, id model.SubjectID) *model.CommitmentDraft {
	return &model.CommitmentDraft{File: &model.SubjectFile{ID: id, Kind: kind, Name: "某公司"}, Type: model.CommitDeferMaterial, Method: "paper", SignedBy: "s",
		Text: model.CommitmentText{Reason: "申请", Content: "承诺", Liability: "责任"}, ValidTo: "2026-11-27", Unit: "11410203005900016A", UnitName: "某局"}
}

func made(t testing.TB, e *commitment.Edition, kind model.SubjectKind, id model.SubjectID) model.Commitment {
	t.Helper()
	c, err := e.Make(draft(e, kind, id), today.Start())
	if err != nil {
		t.Fatal(err)
	}
	if c.Code, err = commitment.Code("410203", today, 1); err != nil {
		t.Fatal(err)
	}
	return c
}

// Every field of the template that must be there is asked for, and none may be too long.
func TestCheck_template(t *testing.T) {
	e := edition(t)
	c := made(t, e, model.KindLegalPerson, "91410203MA44444T88")
	if err := e.Check(&c); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*model.Commitment){
		"/code": func(c *model.Commitment) { c.Code = "" }, "/subjectName": func(c *model.Commitment) { c.Name = " " },
		"/reason": func(c *model.Commitment) { c.Reason = strings.Repeat("长", 513) }, "/content": func(c *model.Commitment) { c.Content = "" },
		"/liability": func(c *model.Commitment) { c.Liability = "" }, "/acceptanceUnit": func(c *model.Commitment) { c.UnitName = "" },
		"/unperformed":    func(c *model.Commitment) { c.Fulfilment, c.Penalty = model.FulfilmentNone, "x" },
		"/penaltyApplied": func(c *model.Commitment) { c.Fulfilment, c.Unperformed = model.FulfilmentPartial, "x" },
	} {
		bad := c
		change(&bad)
		var err *model.Error
		if !errors.As(e.Check(&bad), &err) || len(err.Fields) != 1 || err.Fields[0].Pointer != name {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// A person's promise is on no public list, and nothing of its text is in the record's title.
func TestMake_publication(t *testing.T) {
	e := edition(t)
	org, person := made(t, e, model.KindLegalPerson, "91410203MA44444T88"), made(t, e, model.KindNaturalPerson, "p_00000000000000000000000000")
	if org.Publication != 1 || org.Shown == "" || person.Publication != 2 || person.Shown != "" || person.Name != "" {
		t.Errorf("%+v\n%+v", org, person)
	}
	var r model.Record
	if err := e.Record(&person, &r); err != nil || r.Disclosure != model.DisclosureGovShare || strings.Contains(r.Title, person.Reason) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFind_steps(t *testing.T) {
	e := edition(t)
	whole := model.CommitmentOutcome{Unperformed: "u", Penalty: "p", Remark: "r"}
	all := []model.Fulfilment{model.FulfilmentPending, model.FulfilmentFull, model.FulfilmentPartial, model.FulfilmentNone}
	open := map[[2]model.Fulfilment]bool{{"pending", "full"}: true, {"pending", "partial"}: true, {"pending", "none"}: true, {"none", "partial"}: true,
		{"none", "full"}: true, {"partial", "full"}: true, {"full", "partial"}: true, {"full", "none"}: true}
	for _, from := range all {
		for _, to := range all {
			c := made(t, e, model.KindLegalPerson, "91410203MA44444T88")
			c.Fulfilment, c.ConfirmedOn, whole.Fulfilment = from, "2026-11-25", to
			err := e.Find(&c, whole, c.Unit, c.UnitName, "2026-11-30")
			if open[[2]model.Fulfilment{from, to}] != (err == nil) {
				t.Errorf("%s → %s: %v", from, to, err)
			}
			on := model.Date("2026-11-30")
			if from.Broken() && to.Broken() {
				on = "2026-11-25" // since then it is broken
			}
			if err == nil && (c.ConfirmedOn != on || c.Queue != "" || (c.BanDays > 0) != to.Broken()) {
				t.Errorf("%+v", c)
			}
			if err == nil && from != model.FulfilmentPending {
				again := made(t, e, model.KindLegalPerson, "91410203MA44444T88")
				again.Fulfilment = from
				bare := whole
				bare.Remark = ""
				if err := e.Find(&again, bare, c.Unit, c.UnitName, today); !model.Is(err, model.CodeInvalidRequest) {
					t.Errorf("%s → %s without a reason: %v", from, to, err)
				}
			}
		}
	}
}

// Papers may come until the last day: before it is over, nobody finds them missing.
func TestFind_lastDay(t *testing.T) {
	e := edition(t)
	for _, tc := range []struct {
		kind model.CommitmentType
		day  model.Date
		want string
	}{
		{model.CommitDeferMaterial, "2026-11-27", "not_overdue"},
		{model.CommitDeferMaterial, "2026-11-28", ""},
		{model.CommitReplaceApproval, "2026-11-27", ""},
	} {
		c := made(t, e, model.KindLegalPerson, "91410203MA44444T88")
		c.Type, c.ValidTo = tc.kind, "2026-11-27"
		err := e.Find(&c, model.CommitmentOutcome{Fulfilment: model.FulfilmentNone, Unperformed: "u", Penalty: "p", BanDays: 7}, c.Unit, c.UnitName, tc.day)
		if got := strings.Join(codes(err), " "); got != tc.want || err == nil && c.BanDays != 7 {
			t.Errorf("%s on %s: %q, %v, banned %d", tc.kind, tc.day, got, err, c.BanDays)
		}
	}
}

// What the item or the promise's own type says closes quicker modes; a type without a ban closes
// nothing, whatever is usual where somebody asks next.
func TestFind_ban(t *testing.T) {
	e := edition(t)
	for kind, own := range map[model.CommitmentType]int{model.CommitReplaceApproval: 1095, model.CommitDeferMaterial: 365, model.CommitProofItem: 1095,
		model.CommitRepair: 0, model.CommitSelfDiscipline: 0, model.CommitProactive: 0} {
		for _, item := range []int{0, 90} {
			c := made(t, e, model.KindLegalPerson, "91410203MA44444T88")
			c.Type = kind
			for _, to := range []model.Fulfilment{model.FulfilmentNone, model.FulfilmentPartial} { // put right, it is broken still
				err := e.Find(&c, model.CommitmentOutcome{Fulfilment: to, Unperformed: "u", Penalty: "p", Remark: "r", BanDays: item}, c.Unit, c.UnitName, "2026-11-28")
				if err != nil {
					t.Fatal(kind, err)
				}
				n := model.NegativeRef{Since: c.ConfirmedOn, BanDays: c.BanDays}
				want := n.Since.AddDays(cmp.Or(item, own))
				if got := [2]model.Date{n.BanEnds(365), n.BanEnds(1095)}; got != [2]model.Date{want, want} {
					t.Errorf("%s, item %d: closed until %v, want %s", kind, item, got, want)
				}
			}
			o := model.CommitmentOutcome{Fulfilment: model.FulfilmentFull, Remark: "r"}
			if err := e.Find(&c, o, c.Unit, c.UnitName, "2026-11-29"); err != nil || c.BanDays != 0 {
				t.Errorf("%s kept: %d days, %v", kind, c.BanDays, err)
			}
		}
	}
	n := model.NegativeRef{Since: "2026-11-28"}
	if got := n.BanEnds(365); got != "2027-11-28" {
		t.Errorf("an import that does not say: %s", got)
	}
}

func TestNumbers(t *testing.T) {
	for _, tc := range []struct {
		serial int
		want   string
	}{{1, "41020320261122000001"}, {999_999, "41020320261122999999"}, {0, ""}, {1_000_000, ""}} {
		if got, err := commitment.Code("410203", today, tc.serial); got != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%d: %q, %v", tc.serial, got, err)
		}
	}
	for unit, want := range map[string]string{"11410203005900016A": "410203", "": "", "114102O3005900016A": "", "short": ""} {
		if got, err := commitment.Division(unit); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", unit, got, err)
		}
	}
}

func TestLetters(t *testing.T) {
	e := edition(t)
	cal, err := clock.Load(clock.Seed())
	if err != nil {
		t.Fatal(err)
	}
	types := map[model.CommitmentType]bool{}
	for _, l := range e.Letters() {
		types[l.Type] = true
		if len(l.Hash) != 64 || !strings.HasPrefix(l.Version, l.ID+"@2025-12-01#") {
			t.Errorf("%s: %s %s", l.ID, l.Version, l.Hash)
		}
		ends, err := l.Ends(today, cal)
		if err != nil || ends <= today {
			t.Errorf("%s ends %s, %v", l.ID, ends, err)
		}
		if l.DueWorkdays > 0 {
			if _, err := l.Ends("2026-12-30", cal); !model.Is(err, model.CodeCalendarMissing) {
				t.Errorf("%s at the end of the calendar: %v", l.ID, err)
			}
		}
	}
	if len(types) != 6 || len(e.Types()) != 6 {
		t.Errorf("letters of %d types, %d types", len(types), len(e.Types()))
	}
}

func load(text string) error {
	_, err := commitment.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
	return err
}

func seed(t testing.TB) string {
	raw, err := os.ReadFile("rules/2025-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestLoad_namesFaults(t *testing.T) {
	good := seed(t)
	for old, faulty := range map[string][2]string{
		"validFrom: 2025-12-01":         {"validFrom: soon", "validFrom"},
		"remindWorkdays: 3":             {"remindWorkdays: 0", "remindWorkdays"},
		"key: liability,":               {"key: libel,", "libel"},
		"persons: 3, legalBasis: GB":    {"persons: 1, legalBasis: GB", "自然人"},
		"disclosure: gov_share}":        {"disclosure: secret}", "publication"},
		"uscc: 11410203MB0X00019D":      {"uscc: 11410203MB0X00018D", "unit.uscc"},
		"id: repair-general":            {"id: proof-general", "proof-general"},
		"banDays: 365":                  {"banDays: -1", "banDays"},
		"kind: natural_person, code: 2": {"kind: self_employed, code: 2", "natural_person"},
		"    dueWorkdays: 5\n":          {"    dueWorkdays: 5\n    validMonths: 2\n", "dueWorkdays"},
		"\nletters:\n":                  {"\nletters:\n  - null\n", "letters[0]"},
		"name: commitment\n":            {"name: commitment\ncolour: red\n", "colour"},
	} {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the rules", old)
		}
		if err := load(strings.Replace(good, old, faulty[0], 1)); err == nil || !strings.Contains(err.Error(), faulty[1]) {
			t.Errorf("%q: %v", faulty[0], err)
		}
	}
	if _, err := commitment.Load(fstest.MapFS{"a.yaml": {Data: []byte(good)}, "b.yaml": {Data: []byte(good)}}); err == nil {
		t.Error("two editions of one day were accepted")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(seed(f))
	f.Fuzz(func(t *testing.T, text string) {
		b, err := commitment.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
		if err != nil {
			return
		}
		if e, err := b.On("9999-12-31"); err == nil {
			for _, l := range e.Letters() {
				if _, err := e.Type(l.Type); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
