package audit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/mod/sumdb/note"

	"xinyi/model"
	"xinyi/store"
)

// written is a house whose log was closed with n entries folded, 300 to a checkpoint.
func written(t *testing.T, n int) *house {
	h := newHouse(t)
	l := h.open("one")
	for n > 0 {
		h.record(l, min(n, 300))
		h.tick(l)
		n -= min(n, 300)
		h.clock.pass(historyEvery / 2)
		h.tick(l)
	}
	require.NoError(t, l.Close(t.Context()))
	return h
}

// edit changes a stored document behind the log's back; nil deletes it.
func (h *house) edit(coll, id string, change func(bson.Raw) bson.Raw) {
	h.t.Helper()
	doc, err := h.driver.Get(h.t.Context(), coll, id)
	require.NoError(h.t, err)
	op := store.Op{Kind: store.OpDelete, Coll: coll, ID: id, Rev: doc.Rev}
	if change != nil {
		op.Kind, op.Body = store.OpReplace, change(bytes.Clone(doc.Body))
	}
	require.NoError(h.t, h.driver.Apply(h.t.Context(), []store.Op{op}))
}

// flip changes the last letter of the first word to another that keeps the document valid.
func flip(word string) func(bson.Raw) bson.Raw {
	return func(body bson.Raw) bson.Raw {
		i := bytes.Index(body, []byte(word)) + len(word) - 1
		body[i] ^= 1
		return body
	}
}

func entryID(seq uint64) string { return model.AuditID{Origin: "o001", Gen: 1, Seq: seq}.String() }

func TestVerify_findsWhatWasTamperedWith(t *testing.T) {
	kinds := func(kinds ...Kind) []Kind { return kinds }
	const last = 700
	cases := []struct {
		name   string
		tamper func(h *house)
		want   []Kind
		seq    uint64 // of the first finding
	}{
		{"nothing", func(*house) {}, nil, 0},
		{"one byte of an entry", func(h *house) { h.edit("audit_entries", entryID(417), flip("示范银")) }, kinds(EntryChanged), 417},
		{"the subject in an entry", func(h *house) { h.edit("audit_entries", entryID(417), flip("aaaaaaaaaaaaaaa4")) },
			kinds(AccessMissing, EntryChanged, AccessAdded), 417},
		{"an entry that becomes unreadable", func(h *house) { h.edit("audit_entries", entryID(1), flip(`"v":1`)) }, kinds(EntryChanged, AccessAdded), 1},
		{"an extra field beside the leaf", func(h *house) {
			h.edit("audit_entries", entryID(9), func(body bson.Raw) bson.Raw {
				var d bson.D
				require.NoError(t, bson.Unmarshal(body, &d))
				b, err := bson.Marshal(append(d, bson.E{Key: "note", Value: "x"}))
				require.NoError(t, err)
				return b
			})
		}, kinds(EntryChanged), 9},
		{"a deleted entry", func(h *house) { h.edit("audit_entries", entryID(417), nil) }, kinds(EntryMissing, AccessAdded), 417},
		{"deleted last entries", func(h *house) {
			for seq := uint64(last - 9); seq <= last; seq++ {
				h.edit("audit_entries", entryID(seq), nil)
				h.edit("audit_access", h.line(seq), nil)
			}
		}, kinds(EntryMissing), last - 9},
		{"a deleted access line", func(h *house) { h.edit("audit_access", h.line(33), nil) }, kinds(AccessMissing), 33},
		{"an added access line", func(h *house) {
			e := model.AuditEntry{Origin: "o001", Gen: 1, Seq: 33, Event: look(1)}
			e.Event.Subjects, e.Event.At = []model.SubjectID{"p_somebody"}, h.clock.Now()
			ops := store.AuditOps(e)
			require.NoError(t, h.driver.Apply(t.Context(), ops[1:]))
		}, kinds(AccessAdded), 33},
		{"an inserted entry", func(h *house) {
			id := model.AuditID{Origin: "o001", Gen: 1, Seq: last + 1}
			ev := look(1)
			canonical(&ev, h.clock.Now())
			require.NoError(t, h.change(model.AuditEntry{Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Event: ev, Leaf: appendLeaf(nil, id, &ev)}))
		}, kinds(EntrySkipped), last + 1},
		{"an entry of no origin", func(h *house) {
			ev := look(1)
			ev.Subjects = nil
			require.NoError(t, h.change(model.AuditEntry{Origin: "o000", Gen: 1, Seq: 1, Event: ev}))
		}, kinds(EntryStray), 0},
		{"a hash in the tree", func(h *house) { h.editTile("o001/00/000000000001", 7) }, kinds(TileDamaged, TileDamaged), 0},
		{"a hash above the leaves", func(h *house) { h.editTile("o001/01/000000000000", 1) }, kinds(TileDamaged), 0},
		{"a deleted tile", func(h *house) { h.edit("audit_tree", "o001/00/000000000001", nil) }, kinds(TileDamaged), 0},
		{"the size in the head", func(h *house) {
			h.editOrigin(func(o *model.AuditOrigin) { o.Size-- })
		}, kinds(CheckpointForged), 0},
		{"the settled mark in the head", func(h *house) {
			h.editOrigin(func(o *model.AuditOrigin) { o.Open = []model.AuditGeneration{{Gen: 1, Settled: 9}} })
		}, kinds(CheckpointForged), 0},
		{"one byte of the signed checkpoint", func(h *house) { h.edit("audit_origins", "o001", flip("generation 1")) }, kinds(CheckpointForged), 0},
		{"a checkpoint signed with another key", func(h *house) {
			h.editOrigin(func(o *model.AuditOrigin) {
				skey, _, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "audit.test")
				require.NoError(t, err)
				signer, err := note.NewSigner(skey)
				require.NoError(t, err)
				c := Checkpoint{Origin: "o001", Size: o.Size, Generation: 1, At: h.clock.Now()}
				require.NoError(t, c.sign(signer))
				o.Note = c.Note
			})
		}, kinds(CheckpointForged), 0},
		{"a deleted head", func(h *house) { h.edit("audit_origins", "o001", nil) }, kinds(OriginMissing, EntryStray), 0},
		{"one byte of the outside checkpoint", func(h *house) { h.editFile("o001", "generation 1") }, kinds(CheckpointForged), 0},
		{"one byte of the outside history", func(h *house) { h.editFile("o001.history", "generation 1") }, kinds(CheckpointForged), 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := written(t, last)
			c.tamper(h)
			report := h.verify()
			var got []Kind
			for _, f := range report.Findings {
				if len(got) == 0 || got[len(got)-1] != f.Kind || f.Kind == TileDamaged {
					got = append(got, f.Kind)
				}
			}
			require.Equal(t, c.want, got, "%v", report.Lines())
			if c.seq > 0 {
				f := report.Findings[0]
				require.Equal(t, "o001", f.Origin)
				require.Equal(t, c.seq, f.Seq)
				require.Contains(t, f.String(), entryID(c.seq))
			}
			for _, line := range report.Lines() {
				require.NotContains(t, line, "p_", "a report names nobody")
			}
		})
	}
}

// line is the access line of an entry.
func (h *house) line(seq uint64) string {
	stored, err := h.storage.EntriesByID(h.t.Context(), []string{entryID(seq)})
	require.NoError(h.t, err)
	if len(stored) == 0 { // deleted before: look for the line itself
		lines, _, err := h.storage.Access(h.t.Context(), model.AuditSpan{Limit: 10000})
		require.NoError(h.t, err)
		for _, line := range lines {
			if strings.HasSuffix(line, entryID(seq)) {
				return line
			}
		}
	}
	e, err := readEntry(stored[0])
	require.NoError(h.t, err)
	return accessLine(e.Event.Subjects[0], e.Event.At.UnixMilli(), e.ID())
}

func (h *house) editTile(id string, hash int) {
	h.edit("audit_tree", id, func(body bson.Raw) bson.Raw {
		_, data := body.Lookup("hashes").Binary()
		data[hash*32] ^= 1
		return body
	})
}

func (h *house) editOrigin(change func(*model.AuditOrigin)) {
	h.edit("audit_origins", "o001", func(body bson.Raw) bson.Raw {
		var o model.AuditOrigin
		require.NoError(h.t, bson.Unmarshal(body, &o))
		change(&o)
		b, err := bson.Marshal(o)
		require.NoError(h.t, err)
		return b
	})
}

func (h *house) editFile(name, word string) {
	path := filepath.Join(h.checkpoints(), name)
	content, err := os.ReadFile(path)
	require.NoError(h.t, err)
	require.NoError(h.t, os.WriteFile(path, flip(word)(content), 0o600))
}

func TestVerify_findsARollback(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	h.record(l, 40)
	require.NoError(t, l.Close(t.Context()))
	older := filepath.Join(h.dir, "older")
	require.NoError(t, h.driver.Snapshot(t.Context(), older))
	l = h.open("one")
	h.record(l, 40)
	require.NoError(t, l.Close(t.Context()))
	h.requireSound()
	require.NoError(t, h.driver.Close())
	h.openStore(older)
	report := h.verify()
	require.Len(t, report.Findings, 1)
	require.Equal(t, TailCut, report.Findings[0].Kind)
	require.Contains(t, report.Findings[0].Detail, "只到 40 片叶")
	require.Contains(t, report.Findings[0].Detail, "已到 80 片")
}

// TestVerify_findsAFork: somebody with the store and the signing key rewrites history.
func TestVerify_findsAFork(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	h.record(l, 40)
	require.NoError(t, l.Close(t.Context()))
	other := newHouse(t)
	other.signer, other.known = h.signer, h.known
	other.clock.pass(historyEvery)
	l = other.open("one")
	other.record(l, 60)
	require.NoError(t, l.Close(t.Context()))
	outside, err := ReadOutside(h.checkpoints())
	require.NoError(t, err)
	report, err := Verify(t.Context(), other.storage, outside, h.known)
	require.NoError(t, err)
	require.NotEmpty(t, report.Findings)
	require.Equal(t, Forked, report.Findings[0].Kind)
}

func TestReadOutside_lineCutByACrashIsNoForgery(t *testing.T) {
	h := written(t, 400)
	path := filepath.Join(h.checkpoints(), "o001.history")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.GreaterOrEqual(t, bytes.Count(content, []byte("\n")), 2)
	require.NoError(t, os.WriteFile(path, content[:len(content)-10], 0o600))
	h.requireSound()
	h.clock.pass(historyEvery)
	h.witness = h.newWitness()
	l := h.open("two") // a new process goes on with whole lines
	h.record(l, 1)
	require.NoError(t, l.Close(t.Context()))
	h.requireSound()
}
