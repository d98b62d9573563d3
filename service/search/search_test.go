package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
)

func small() *Index {
	x := New()
	x.Upsert(
		Entry{USCC: "91410200584364333F", Name: "开封润达建筑工程有限公司", FormerCodes: []string{"410200100012345"}, Status: "存续"},
		Entry{USCC: "91410200760228999F", Name: "河南爱思嘉建筑工程有限公司", FormerNames: []string{"河南旧名商贸有限公司"}},
		Entry{USCC: "91410203MA40AB1C3C", Name: "河南（开封）银行重庆路支行"},
		Entry{USCC: "92410203MA9F3K2D7M", Name: "顺河区ABC便利店"},
		Entry{USCC: "52410203MJF987657E", Name: "长乐幼儿园"},
	)
	return x
}

func TestKindsOfQuery(t *testing.T) {
	x := small()
	for _, c := range []struct {
		q, name string
		score   int
		field   Field
		marked  string // the spans of Text, joined by |
	}{
		{"91410200584364333F", "开封润达建筑工程有限公司", 100, FieldCode, "91410200584364333F"},
		{" ９1410200-584364333f", "开封润达建筑工程有限公司", 100, FieldCode, "91410200584364333F"},
		{"410200100012345", "开封润达建筑工程有限公司", 95, FieldFormerCode, "410200100012345"},
		{"91410200584364338F", "开封润达建筑工程有限公司", 45, FieldCode, "9141020058436433|F"},
		{"9141020058436433F", "开封润达建筑工程有限公司", 45, FieldCode, "9141020058436433|F"},
		{"914102000584364333F", "开封润达建筑工程有限公司", 45, FieldCode, "91410200584364333F"},
		{"91412000584364333F", "开封润达建筑工程有限公司", 45, FieldCode, "9141|00584364333F"},
		{"开封润达建筑工程有限公司", "开封润达建筑工程有限公司", 90, FieldName, "开封润达建筑工程有限公司"},
		{"开封润达", "开封润达建筑工程有限公司", 85, FieldName, "开封润达"},
		{"河南旧名商贸有限公司", "河南爱思嘉建筑工程有限公司", 80, FieldFormerName, "河南旧名商贸有限公司"},
		{"河南旧名", "河南爱思嘉建筑工程有限公司", 75, FieldFormerName, "河南旧名"},
		{"爱思嘉", "河南爱思嘉建筑工程有限公司", 70, FieldName, "爱思嘉"},
		{"旧名", "河南爱思嘉建筑工程有限公司", 65, FieldFormerName, "旧名"},
		{"嘉", "河南爱思嘉建筑工程有限公司", 70, FieldName, "嘉"},
		{"河南(开封)银行", "河南（开封）银行重庆路支行", 85, FieldName, "河南（开封）银行"},
		{"河南【开封】银行", "河南（开封）银行重庆路支行", 85, FieldName, "河南（开封）银行"},
		{"河南 开封银行", "河南（开封）银行重庆路支行", 75, FieldName, "河南（开封）银行"},
		{"kfrd", "开封润达建筑工程有限公司", 60, FieldName, "开封润达"},
		{"KFRDJZ", "开封润达建筑工程有限公司", 60, FieldName, "开封润达建筑"},
		{"krrd", "开封润达建筑工程有限公司", 35, FieldName, "开封润达"},
		{"asjjz", "河南爱思嘉建筑工程有限公司", 55, FieldName, "爱思嘉建筑"},
		{"hnkfyhcql", "河南（开封）银行重庆路支行", 60, FieldName, "河南（开封）银行重庆路"},
		{"cly", "长乐幼儿园", 60, FieldName, "长乐幼"},
		{"zlye", "长乐幼儿园", 60, FieldName, "长乐幼儿"},
		{"ａｂｃ便利", "顺河区ABC便利店", 70, FieldName, "ABC便利"},
		{"shqabcbld", "顺河区ABC便利店", 60, FieldName, "顺河区ABC便利店"},
		{"开封润大建筑工程有限公司", "开封润达建筑工程有限公司", 50, FieldName, "开封润|建筑工程有限公司"},
		{"开封润建筑工程有限公司", "开封润达建筑工程有限公司", 50, FieldName, "开封润|建筑工程有限公司"},
		{"开封润达达建筑工程有限公司", "开封润达建筑工程有限公司", 50, FieldName, "开封润达建筑工程有限公司"},
		{"开封达润建筑工程有限公司", "开封润达建筑工程有限公司", 50, FieldName, "开封|建筑工程有限公司"},
		{"爱斯嘉建筑", "河南爱思嘉建筑工程有限公司", 40, FieldName, "爱|嘉建筑"},
		{"长乐园", "", 0, "", ""}, // too short to forgive
		{"长乐儿园", "长乐幼儿园", 50, FieldName, "长乐|儿园"},
		{"没有这样的名字", "", 0, "", ""},
		{"（）", "", 0, "", ""}, {"", "", 0, "", ""}, {" \u200b\xff", "", 0, "", ""},
		{strings.Repeat("有", 201), "", 0, "", ""},
		{strings.Repeat("限", 10000), "", 0, "", ""},
	} {
		hits := x.Search(c.q, 10, Key{})
		if c.name == "" {
			if len(hits) > 0 && c.q != "（）" {
				t.Errorf("%q finds %s", c.q, namesOf(hits))
			}
			continue
		}
		if len(hits) == 0 {
			t.Errorf("%q finds nothing", c.q)
			continue
		}
		h := hits[0]
		var marked []string
		for _, s := range h.Spans {
			marked = append(marked, string([]rune(h.Text)[s[0]:s[1]]))
		}
		if h.Name != c.name || h.Score != c.score || h.Field != c.field || strings.Join(marked, "|") != c.marked {
			t.Errorf("%q: %s %d %s %q", c.q, h.Name, h.Score, h.Field, marked)
		}
	}
}

func TestUpsertReplacesAndRemoves(t *testing.T) {
	x := small()
	x.Upsert(Entry{USCC: "52410203MJF987657E", Name: "长乐新名幼儿园", FormerNames: []string{"长乐幼儿园"}})
	hits := x.Search("长乐幼儿园", 10, Key{})
	if len(hits) != 1 || hits[0].Field != FieldFormerName || hits[0].Name != "长乐新名幼儿园" {
		t.Errorf("%+v", hits)
	}
	if x.Len() != 5 {
		t.Errorf("%d organisations", x.Len())
	}
	x.Remove("52410203MJF987657E", "unknown")
	if x.Len() != 4 || len(x.Search("长乐", 10, Key{})) != 0 || len(x.Search("52410203MJF987657E", 10, Key{})) != 0 {
		t.Error("removed, yet found")
	}
	x.Upsert(Entry{USCC: "1", Name: "甲"}, Entry{USCC: "1", Name: "乙"}, Entry{Name: "无代码"})
	if len(x.Search("乙", 10, Key{})) != 1 || len(x.Search("甲", 10, Key{})) != 0 || x.Len() != 5 {
		t.Error("the last of two does not count")
	}
}

// TestOrderOfFeedingDoesNotMatter feeds the same entries in one and in many steps, with
// replacements and removals, and wants equal answers: what two engines must give.
func TestOrderOfFeedingDoesNotMatter(t *testing.T) {
	entries := corpus()[:3000]
	one, many := New(), New()
	one.Upsert(entries...)
	rnd := rand.New(rand.NewPCG(7, 7))
	for _, i := range rnd.Perm(len(entries)) {
		e := entries[i]
		if i%3 == 0 {
			many.Upsert(Entry{USCC: e.USCC, Name: "旧" + e.Name}, Entry{USCC: "x" + e.USCC, Name: e.Name})
			many.Remove("x" + e.USCC)
		}
		many.Upsert(e)
	}
	if n := len(many.now.Load().parts); n > 12 {
		t.Errorf("%d segments", n)
	}
	for range 400 {
		e := entries[rnd.IntN(len(entries))]
		r := []rune(e.Name)
		from := rnd.IntN(len(r))
		for _, q := range []string{e.USCC, e.Name, edit(rnd, e.Name), string(r[from : from+rnd.IntN(len(r)-from)+1]), "kf" + string(rune('a'+rnd.IntN(26))), "krrd"} {
			a, b := one.Search(q, 20, Key{}), many.Search(q, 20, Key{})
			if fmt.Sprint(a) != fmt.Sprint(b) {
				t.Fatalf("%q:\n%v\n%v", q, a, b)
			}
		}
	}
}

func TestPagingIsStable(t *testing.T) {
	x := New()
	x.Upsert(corpus()[:5000]...)
	for _, q := range []string{"开封", "有限公司", "科技", "kf", "kfxx", "司", "润达", "yxgs", "krrd", "开封市润达商冒", "达"} {
		whole := x.Search(q, 10000, Key{})
		if !slices.IsSortedFunc(whole, func(a, b Hit) int { return a.Key.compare(b.Key) }) {
			t.Errorf("%q is not in order", q)
		}
		seen := map[string]bool{}
		for _, h := range whole {
			if seen[h.USCC] {
				t.Errorf("%q finds %s twice", q, h.Name)
			}
			seen[h.USCC] = true
		}
		var paged []Hit
		for after := (Key{}); ; {
			page := x.Search(q, 37, after)
			paged = append(paged, page...)
			if len(page) < 37 {
				break
			}
			after = page[len(page)-1].Key
		}
		if namesOf(paged) != namesOf(whole) {
			t.Errorf("%q: %d hits in pages, %d at once", q, len(paged), len(whole))
		}
	}
	if hits := x.Search("开封", 10, Key{Score: 37}); hits != nil {
		t.Errorf("a key of no kind gives %d hits", len(hits))
	}
}

// TestSubstringsAgainstPlainScan compares with the obvious algorithm.
func TestSubstringsAgainstPlainScan(t *testing.T) {
	entries := corpus()[:4000]
	x := New()
	x.Upsert(entries...)
	rnd := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		r := []rune(entries[rnd.IntN(len(entries))].Name)
		from := rnd.IntN(len(r))
		q := string(r[from : from+1+rnd.IntN(min(4, len(r)-from))])
		want := 0
		for _, e := range entries {
			if strings.Contains(foldText(e.Name, false), foldText(q, false)) {
				want++
			}
		}
		got := 0
		for _, h := range x.Search(q, 10000, Key{}) {
			if strings.Contains(foldText(h.Name, false), foldText(q, false)) {
				got++
			}
		}
		if got != want {
			t.Errorf("%q: %d names, want %d", q, got, want)
		}
	}
}

// TestExactNamesAndOwnPrefixesComeFirst is the promise of the search, over all names and
// the shortest prefix that is theirs alone; every tenth name with all longer ones.
func TestExactNamesAndOwnPrefixesComeFirst(t *testing.T) {
	x, entries := corpusIndex(), corpus()
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	sort.Strings(names)
	shared := func(a, b string) int { // characters
		n := 0
		for i, r := range a {
			if !strings.HasPrefix(b[min(i, len(b)):], string(r)) {
				break
			}
			n++
		}
		return n
	}
	bad := 0
	for nth, e := range entries {
		if hits := x.Search(e.Name, 1, Key{}); len(hits) != 1 || hits[0].USCC != e.USCC || hits[0].Score != 90 {
			t.Fatalf("%s finds %s", e.Name, namesOf(hits))
		}
		i := sort.SearchStrings(names, e.Name)
		own := 0
		if i > 0 {
			own = shared(e.Name, names[i-1])
		}
		if i+1 < len(names) {
			own = max(own, shared(e.Name, names[i+1]))
		}
		r := []rune(e.Name)
		for n := own + 1; n < len(r); n++ {
			if hits := x.Search(string(r[:n]), 1, Key{}); len(hits) != 1 || hits[0].USCC != e.USCC {
				if bad++; bad < 5 {
					t.Errorf("%s, only in %s, finds %s", string(r[:n]), e.Name, namesOf(hits))
				}
			}
			if nth%10 > 0 {
				break // the shortest is the hardest
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d prefixes miss", bad)
	}
}

// TestOneEditFindsTheName measures recall: 2,000 cases in every run, 10,000 with -v
// for the record.
func TestOneEditFindsTheName(t *testing.T) {
	cases := 2000
	if testing.Verbose() {
		cases = 10000
	}
	x, entries := corpusIndex(), corpus()
	rnd := rand.New(rand.NewPCG(1, 10000))
	found, missed := 0, 0
	for range cases {
		e := entries[rnd.IntN(len(entries))]
		q := edit(rnd, e.Name)
		if at := rank(x.Search(q, 5, Key{}), e.USCC); at >= 0 {
			found++
		} else if missed++; missed <= 5 {
			t.Logf("%s (for %s) finds %s", q, e.Name, namesOf(x.Search(q, 5, Key{})))
		}
	}
	t.Logf("%d of %d one-edit queries find the name in the first five", found, cases)
	if found*100 < cases*98 {
		t.Errorf("%d of %d", found, cases)
	}
}

// TestOneEditInCodes tries every kind of mistake in codes.
func TestOneEditInCodes(t *testing.T) {
	x, entries := corpusIndex(), corpus()
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ"
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		c := entries[rnd.IntN(len(entries))].USCC
		i := rnd.IntN(len(c))
		wrong := c[:i] + string(alphabet[rnd.IntN(len(alphabet))]) + c[i+1:]
		missing := c[:i] + c[i+1:]
		extra := c[:i] + "7" + c[i:]
		for _, q := range []string{c, strings.ToLower(wrong), missing, extra} {
			if rank(x.Search(q, 5, Key{}), c) != 0 {
				t.Errorf("%s does not find %s", q, c)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	x := small()
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 200 {
				if w == 0 {
					x.Upsert(Entry{USCC: fmt.Sprint("id", i%20), Name: fmt.Sprint("开封并发", i, "有限公司")})
					x.Remove(fmt.Sprint("id", (i+7)%20))
				} else if hits := x.Search("开封润达", 5, Key{}); len(hits) != 1 {
					t.Errorf("%d hits", len(hits))
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"91410200584364333F", "开封润达", "krrd", "（）", "\xff\xfe", "ſK", "a\u0301开", "开开开开", "9141020058436433FF"} {
		f.Add(s)
	}
	x := small()
	f.Fuzz(func(t *testing.T, s string) {
		for _, plain := range []bool{false, true} {
			if once := foldText(s, plain); foldText(once, plain) != once {
				t.Fatalf("folding twice changes %q", once)
			}
			if n := len(positions(s, plain)); n != len([]rune(foldText(s, plain))) {
				t.Fatalf("%d positions", n)
			}
		}
		for _, h := range x.Search(s, 10, Key{}) {
			n := len([]rune(h.Text))
			for _, span := range h.Spans {
				if span[0] < 0 || span[0] >= span[1] || span[1] > n {
					t.Fatalf("span %v of %q", span, h.Text)
				}
			}
			if h.Score <= 0 || h.Key.Score != h.Score || h.Key.USCC != h.USCC {
				t.Fatalf("%+v", h)
			}
		}
	})
}
