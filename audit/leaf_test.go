package audit

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
)

func TestLeaf_isFixed(t *testing.T) {
	ev := look(3)
	ev.Outcome = "a \"b\" \\ \n \xff 开封"
	canonical(&ev, time.Date(2026, 11, 22, 10, 0, 0, 5_600_000, time.FixedZone("", 8*3600)))
	const want = `{"v":1,"origin":"o001","gen":2,"seq":17,"at":"2026-11-22T02:00:00.005Z","actorId":"client_bank01","actorRole":"bank",` +
		`"unit":"bank01","unitName":"示范银行","action":"loan.whitelist.check","subjects":["p_aaaaaaaaaaaaaaaaaaaaaaaaa3"],` +
		`"purpose":"bank_assess","outcome":"a \"b\" \\ \u000a ` + "\uFFFD" + ` 开封","shown":["listed"],"requestId":"req-3"}`
	require.Equal(t, want, string(appendLeaf(nil, model.AuditID{Origin: "o001", Gen: 2, Seq: 17}, &ev)))
}

func TestLeaf_comesBack(t *testing.T) {
	text := rapid.String()
	rapid.Check(t, func(r *rapid.T) {
		ev := model.AuditEvent{At: time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(r, "at")).UTC(),
			ActorID: text.Draw(r, "actor"), ActorRole: model.Role(text.Draw(r, "role")), UnitName: text.Draw(r, "unit"),
			Action: text.Draw(r, "action"), Outcome: text.Draw(r, "outcome"), Ref: text.Draw(r, "ref")}
		for range rapid.IntRange(0, 40).Draw(r, "subjects") {
			ev.Subjects = append(ev.Subjects, model.SubjectID(text.Draw(r, "subject")))
		}
		canonical(&ev, ev.At)
		id := model.AuditID{Origin: "o001", Gen: rapid.Uint32().Draw(r, "gen"), Seq: rapid.Uint64().Draw(r, "seq")}
		leaf := appendLeaf(nil, id, &ev)
		require.True(r, json.Valid(leaf))
		got, err := decodeLeaf(leaf)
		require.NoError(r, err)
		require.Equal(r, id, got.ID())
		if len(ev.Subjects) == 0 {
			ev.Subjects = nil
		}
		require.Equal(r, ev, got.Event)
	})
}

func TestCanonical_namesEachSubjectOnce(t *testing.T) {
	for name, c := range map[string]struct{ in, want []model.SubjectID }{
		"none":  {nil, nil},
		"one":   {[]model.SubjectID{"a"}, []model.SubjectID{"a"}},
		"twice": {[]model.SubjectID{"a", "b", "a"}, []model.SubjectID{"a", "b"}},
		"empty": {[]model.SubjectID{"", "b"}, []model.SubjectID{"b"}},
		"many":  {append(make([]model.SubjectID, 20), "b"), []model.SubjectID{"b"}},
	} {
		ev := model.AuditEvent{Subjects: c.in}
		canonical(&ev, time.Now())
		require.Equal(t, c.want, ev.Subjects, name)
	}
}

func FuzzDecodeLeaf(f *testing.F) {
	ev := look(1)
	canonical(&ev, time.Unix(0, 0))
	f.Add(appendLeaf(nil, model.AuditID{Origin: "o001", Gen: 1, Seq: 1}, &ev))
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		if e, err := decodeLeaf(leaf); err == nil && string(appendLeaf(nil, e.ID(), &e.Event)) != string(leaf) {
			t.Fatalf("accepted an encoding that is not canonical: %q", leaf)
		}
	})
}

func FuzzCheckpointText(f *testing.F) {
	f.Add("k/o001\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ntime 2026-11-22T02:00:00.000Z\ngeneration 1\nunfolded 1 since 2026-11-22T02:00:00.000Z\nopen 1 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseText(text, "k")
		if err == nil && (c.Origin == "" || c.Size < 0) {
			t.Fatalf("accepted %q", text)
		}
	})
}

func FuzzAuditID(f *testing.F) {
	f.Add("o001/00000001/0000000000000011")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := model.ParseAuditID(s); err == nil && id.String() != s {
			t.Fatalf("%q became %q", s, id)
		}
	})
}
