package model

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

const testToday Date = "2026-11-22"

func vectors(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", file, len(rows), err)
	}
	return rows[1:]
}

// ruleOf gives the broken rule, "" for nil, and fails on any other error.
func ruleOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *IdentifierError
	if !errors.As(err, &e) {
		t.Fatalf("error is %T", err)
	}
	if e.Detail == "" || !strings.HasSuffix(e.Detail, "。") {
		t.Errorf("detail of %s is no sentence: %q", e.Rule, e.Detail)
	}
	return e.Rule
}

func TestSharedVectors(t *testing.T) {
	check := func(row []string, err error) {
		want := ""
		if row[1] != "true" {
			want, _, _ = strings.Cut(row[2], " ")
		}
		if got := ruleOf(t, err); got != want {
			t.Errorf("%s: broke %q, want %q", row[0], got, want)
		}
	}
	for _, row := range vectors(t, "uscc.csv") {
		c, err := ParseUnifiedSocialCreditCode(row[0])
		check(row, err)
		if _, want, ok := strings.Cut(row[2], "normalise to "); ok && c.Reveal() != want {
			t.Errorf("%s normalised to %s", row[0], c.Reveal())
		}
		if err == nil && len(c.Warnings()) > 0 {
			t.Errorf("%s warns %v", row[0], c.Warnings())
		}
	}
	for _, row := range vectors(t, "citizen_id.csv") {
		_, err := ParseCitizenID(row[0], testToday)
		check(row, err)
	}
}

func TestUSCCParts(t *testing.T) {
	c, err := ParseUnifiedSocialCreditCode("91410200584364333F")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.RegDept(), c.OrgCategory(), c.Division(), c.OrgCode().Reveal(), string(c.SubjectKind()), c.String()}
	if want := []string{"市场监管", "企业", "410200", "584364333", "legal_person", "914102********333F"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	self, err := ParseUnifiedSocialCreditCode("92410203MA9F3K2D7M")
	if err != nil || self.SubjectKind() != KindSelfEmployed {
		t.Errorf("%v %v", self.SubjectKind(), err)
	}
	var zero UnifiedSocialCreditCode
	if zero.RegDept()+zero.OrgCategory()+zero.Division()+zero.OrgCode().Reveal()+zero.String() != "" || zero.Warnings() != nil {
		t.Error("the zero value has parts")
	}
}

func TestUSCCWarnsButAccepts(t *testing.T) {
	body := "B7999999" + "58436433" + "4" // unknown category and division, wrong inner check
	check, ok := usccCheck(body)
	if !ok {
		t.Fatal("bad body")
	}
	c, err := ParseUnifiedSocialCreditCode(body + string(rune(check)))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"org_category", "division", "org_code_check"}; !slices.Equal(c.Warnings(), want) {
		t.Errorf("warnings %v", c.Warnings())
	}
}

func TestSuggestions(t *testing.T) {
	for in, want := range map[string]string{
		"9I410200584364333F": "91410200584364333F",
		"9141O2OO584364333f": "91410200584364333F",
		"91410200S84364333F": "91410200584364333F",
		"91410200V84364333F": "", // V has no obvious look-alike
		"9I410200584364334F": "", // the look-alike does not check out
		"91410200584364333E": "", // a wrong check character has 30 causes
	} {
		_, err := ParseUnifiedSocialCreditCode(in)
		var e *IdentifierError
		if !errors.As(err, &e) || e.Suggestion.Reveal() != want {
			t.Errorf("%s: %v suggests %q", in, err, e.Suggestion.Reveal())
		}
	}
	_, err := ParseCitizenID("4I0203190001019990", testToday)
	if e := new(IdentifierError); !errors.As(err, &e) || e.Suggestion.Reveal() != "" || e.Rule != "alphabet" {
		t.Errorf("%v", err)
	}
	if bad := err.(*IdentifierError).At("/idNo"); bad.Fields[0].Code != "alphabet" || !errors.Is(bad, err) {
		t.Errorf("%+v", bad)
	}
}

func TestValidUSCCDoesNotAllocate(t *testing.T) {
	s, bad, div := "91410200584364333F", "91410200584364333E", "410203"
	if n := testing.AllocsPerRun(100, func() {
		if !ValidUnifiedSocialCreditCode(s) || ValidUnifiedSocialCreditCode(bad) || !KnownDivision(div) {
			t.Fail()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCompose(t *testing.T) {
	c, err := ComposeUnifiedSocialCreditCode("91", "410203", "MA40AB1C")
	if err != nil || c != "91410203MA40AB1C3C" {
		t.Errorf("%q %v", c.Reveal(), err)
	}
	for _, bad := range [][3]string{{"9", "410203", "MA40AB1C"}, {"91", "4102", "MA40AB1C"}, {"91", "410203", "MA4"}, {"91", "410203", "MAOOOOOO"}, {"91", "41020a", "MA40AB1C"}} {
		if _, err := ComposeUnifiedSocialCreditCode(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%v accepted", bad)
		}
	}
	id, err := ComposeCitizenID("410203", "1900-01-01", 999)
	if err != nil || id.Reveal() != "410203190001019990" {
		t.Errorf("%s %v", id.Reveal(), err)
	}
	if _, err := ComposeCitizenID("41020x", "1900-01-01", 1); err == nil {
		t.Error("accepted")
	}
}

func TestOrgCode(t *testing.T) {
	for in, rule := range map[string]string{
		"58436433-3": "", "584364333": "", "７6022899９": "", "ma40ab1c3": "",
		"584364334": "check_character", "58436433": "length", "58436433ä": "alphabet", "584364.33": "alphabet", "58436433!": "alphabet",
	} {
		if _, err := ParseOrgCode(in); ruleOf(t, err) != rule {
			t.Errorf("%s: %v, want %q", in, err, rule)
		}
	}
}

func TestRegNo(t *testing.T) {
	good := "41020310000123"
	good += string(rune(regNoCheck(good)))
	for in, rule := range map[string]string{
		good: "", " " + good[:6] + " " + good[6:]: "",
		good[:14]: "length", good[:14] + string(rune('0'+(good[14]-'0'+1)%10)): "check_character", "4102031000O123" + "x": "alphabet",
	} {
		if _, err := ParseRegNo(in); ruleOf(t, err) != rule {
			t.Errorf("%s: %v, want %q", in, err, rule)
		}
	}
	_, err := ParseRegNo(strings.ReplaceAll(good, "0", "O"))
	if e := new(IdentifierError); !errors.As(err, &e) || e.Suggestion.Reveal() != good {
		t.Errorf("suggests %q", e.Suggestion.Reveal())
	}
	// A number of the register whose check digit is known from the rule's own example.
	if regNoCheck("11010800000001") != '6' {
		t.Errorf("check is %c", regNoCheck("11010800000001"))
	}
}

func TestCitizenIDParts(t *testing.T) {
	id, err := ParseCitizenID("４４０５２４ 1880 0101 0014", testToday)
	if err != nil {
		t.Fatal(err)
	}
	if id.Birth() != "1880-01-01" || id.Division() != "440524" || !id.Male() || id.String() != "440524********0014" {
		t.Errorf("%s %s %v %s", id.Birth(), id.Division(), id.Male(), id)
	}
	for day, age := range map[Date]int{"1879-12-31": -1, "1880-01-01": 0, "1898-01-01": 18, "1897-12-31": 17, "": -1} {
		if got := id.AgeOn(day); got != age {
			t.Errorf("age on %s is %d", day, got)
		}
	}
	again, _ := ParseCitizenID("440524188001010014", testToday)
	if id != again || !(CitizenID{}).IsZero() || id.IsZero() {
		t.Error("equality")
	}
	var none CitizenID
	if none.Reveal()+none.Division()+string(none.Birth())+none.String() != "" || none.Male() || none.AgeOn(testToday) != -1 {
		t.Error("the zero value has parts")
	}
	if _, err := ParseCitizenID("410203190001019990", "1899-12-31"); ruleOf(t, err) != "birth_date" {
		t.Errorf("born tomorrow: %v", err)
	}
}

func TestConvertOldCitizenID(t *testing.T) {
	id, err := ConvertOldCitizenID("410203 000101 999", testToday)
	if err != nil || id.Reveal() != "410203190001019990" {
		t.Errorf("%s %v", id.Reveal(), err)
	}
	for in, rule := range map[string]string{"410203": "length", "41020300010199X": "alphabet", "410203000231999": "birth_date", "990203000101999": "division"} {
		if _, err := ConvertOldCitizenID(in, testToday); ruleOf(t, err) != rule {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{"王小明": "王*", "欧阳修": "欧*", "阿卜杜拉·买买提": "阿*", " 李 ": "李*", "": ""} {
		if got := MaskName(in); got != want {
			t.Errorf("%q → %q", in, got)
		}
	}
	for in, want := range map[string]string{"13800001234": "138****1234", "1234567": "****", "": ""} {
		if got := MaskPhone(in); got != want {
			t.Errorf("%q → %q", in, got)
		}
	}
}

func BenchmarkValidUSCC(b *testing.B) {
	for b.Loop() {
		ValidUnifiedSocialCreditCode("91410200584364333F")
	}
}

func BenchmarkParseCitizenID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ParseCitizenID("410203190001019990", testToday)
	}
}
