package model

import (
	"strings"
	"testing"
)

func TestParseDocNo(t *testing.T) {
	const want = "汴住建文〔2020〕327号"
	for _, in := range []string{
		want, "(汴住建文〔2020]327号)", "汴住建文[2020]327号", "汴住建文【2020】327号", "汴住建文（2020）327号", "汴住建文{2020)327号",
		"汴住建文 〔２０２０〕 ３２７ 号", "　汴住建文［2020］327号　", "【汴住建文〔2020〕327号】", "汴住建文〖2020〗327号",
	} {
		d, err := ParseDocNo(in)
		if err != nil || d != want {
			t.Errorf("%s → %s, %v", in, d, err)
		}
		if y, ok := d.Year(); !ok || y != 2020 {
			t.Errorf("%s: year %d %v", in, y, ok)
		}
	}
	for in, want := range map[string]DocNo{
		"豫（开）环罚决字〔2021〕第0007号": "豫(开)环罚决字〔2021〕第0007号",
		"XK-2023–0001": "XK-2023-0001",
		"〔2020〕3号":     "〔2020〕3号",
		"(甲)字(乙)":      "(甲)字(乙)",
	} {
		if d, err := ParseDocNo(in); err != nil || d != want {
			t.Errorf("%s → %s, %v", in, d, err)
		}
	}
	if _, ok := DocNo("XK-2023-0001").Year(); ok {
		t.Error("a year without brackets")
	}
	for in, rule := range map[string]string{"": "length", " 　": "length", "()": "length", strings.Repeat("号", 65): "length", "\xff": "alphabet", "文\x00号": "alphabet"} {
		if _, err := ParseDocNo(in); ruleOf(t, err) != rule {
			t.Errorf("%q: %v, want %s", in, err, rule)
		}
	}
}

func FuzzParseDocNo(f *testing.F) {
	for _, s := range []string{"(汴住建文〔2020]327号)", "((2020)", "〔2020〕", "\xff", "[2020]2021]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDocNo(s)
		if err != nil {
			if d != "" {
				t.Fatalf("half an answer %q", d)
			}
			return
		}
		if again, err := ParseDocNo(string(d)); err != nil || again != d {
			t.Fatalf("not idempotent: %q → %q, %v", d, again, err)
		}
	})
}
