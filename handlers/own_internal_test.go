package handlers

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"xinyi/model"
)

// A spliced own file is byte for byte what encoding the whole answer gives.
func TestEncodeOwn_splices(t *testing.T) {
	f := &model.SubjectFile{ID: "p_1", LevelOptIn: true, Summary: model.Summary{Total: 3, Counts: map[model.Section]int{model.SectionHonesty: 3}},
		Judgement: &model.Judgement{Grade: model.LevelGood, RuleVersion: "personal@2026-04-01#1", Explanation: []model.Explanation{{ItemID: "a", Title: "志愿服务"}}}}
	stamp := model.Stamp{Rev: 2, Day: "2026-11-22", ValidUntil: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, name := range []string{"王沐宸", `a"b\c`, "a\u2028<b>\x01", "坏\xff"} {
		kept, err := encodeOwn(f, stamp)
		if err != nil {
			t.Fatal(err)
		}
		answer := wireOwn(f, stamp)
		answer.Name, answer.IDNoMasked = name, "410203********9990"
		want, err := encode(answer)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		b.WriteString(`{"name":`)
		if err := writeText(&b, name); err != nil {
			t.Fatal(err)
		}
		b.WriteString(`,"idNoMasked":"410203********9990",`)
		b.Write(kept.body)
		if got := b.String(); got != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if strings.Contains(string(kept.body), "410203") {
			t.Error("a number was kept")
		}
	}
}
