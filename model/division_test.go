package model

import (
	"strings"
	"testing"
)

func TestDivisionTableIsOrdered(t *testing.T) {
	last, n := "", 0
	for line := range strings.Lines(divisions) {
		n++
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		code := parts[0]
		if len(parts) < 2 || len(parts) > 3 || parts[1] == "" || len(code) != 6 && len(code) != 9 || !isDigits(code) || code <= last {
			t.Fatalf("line %d: %q after %s", n, line, last)
		}
		last = code
		if d, ok := LookupDivision(code); !ok || d.Name != parts[1] || d.Current != (len(parts) == 2) {
			t.Fatalf("%s found as %+v %v", code, d, ok)
		}
	}
	if n < 4500 {
		t.Errorf("only %d divisions", n)
	}
}

func TestDivisionsOfTheReference(t *testing.T) {
	for code, name := range map[string]string{
		"410203": "河南省开封市顺河回族区", "410204": "河南省开封市鼓楼区", "410503": "河南省安阳市北关区", "410425": "河南省平顶山市郏县",
		"410203201": "河南省开封市顺河回族区土柏岗乡", "410503100": "河南省安阳市北关区柏庄镇", "410425204": "河南省平顶山市郏县广阔天地乡",
		"410000": "河南省", "410500": "河南省安阳市", "110101": "北京市东城区", "419001": "河南省济源市", "500230": "重庆市丰都县",
	} {
		d, ok := LookupDivision(code)
		if !ok || !d.Current || d.FullName() != name {
			t.Errorf("%s is %q %v", code, d.FullName(), ok)
		}
	}
	for _, code := range []string{"410211", "410224", "410424", "410412", "410504", "410511", "410521", "410524", "410525", "110103",
		"412301", "510221", "320223", "442600", "460321", "110201"} {
		if d, ok := LookupDivision(code); !ok || d.Current {
			t.Errorf("%s is %+v %v", code, d, ok)
		}
	}
	for _, code := range []string{"810000", "820000", "830000"} {
		if !KnownDivision(code) {
			t.Errorf("%s unknown: residence permits start with it", code)
		}
	}
	for _, code := range []string{"", "41", "4102", "990203", "410203999", "41020", "000000", "999999", "41020３"} {
		if KnownDivision(code) {
			t.Errorf("%q known", code)
		}
	}
	for code, n := range map[string]int{"410203": 8, "410503": 10, "410425": 15, "410200": 9, "410000": 18, "999999": 0, "4102": 0} {
		if got := DivisionsUnder(code); len(got) != n {
			t.Errorf("%s has %d below it, want %d: %v", code, len(got), n, got)
		}
	}
}

func BenchmarkKnownDivision(b *testing.B) {
	for b.Loop() {
		KnownDivision("410425")
	}
}
