package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

func auditEntry(seq uint64, subjects ...model.SubjectID) model.AuditEntry {
	return model.AuditEntry{Origin: "o001", Gen: 1, Seq: seq, Leaf: []byte(`{"seq":"开封"}`),
		Event: model.AuditEvent{At: time.UnixMilli(1_795_000_000_000 + int64(seq)), Subjects: subjects}}
}

func openAudit(t *testing.T) (store.Driver, *store.AuditLog) {
	d, err := embedded.Open(t.TempDir(), embedded.Options{Clock: model.ClockFunc(time.Now)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d, store.NewAuditLog(d)
}

func TestAuditOps_documentsAreOrdinaryBSON(t *testing.T) {
	ops := store.AuditOps(auditEntry(17, "p_a", "91410200MA0000000X"))
	require.Len(t, ops, 3)
	want := []struct {
		kind     store.OpKind
		coll, id string
	}{
		{store.OpInsert, "audit_entries", "o001/00000001/0000000000000011"},
		{store.OpMark, "audit_access", "p_a/01a1ee565e11/o001/00000001/0000000000000011"},
		{store.OpMark, "audit_access", "91410200MA0000000X/01a1ee565e11/o001/00000001/0000000000000011"},
	}
	for i, op := range ops {
		require.Equal(t, want[i].kind, op.Kind)
		require.Equal(t, want[i].coll, op.Coll)
		require.Equal(t, want[i].id, op.ID)
		require.NoError(t, op.Body.Validate())
		require.Equal(t, len(op.Body), cap(op.Body), "written in one piece of memory")
	}
	var entry bson.D
	require.NoError(t, bson.Unmarshal(ops[0].Body, &entry))
	require.Equal(t, bson.D{{Key: "_id", Value: want[0].id}, {Key: "leaf", Value: `{"seq":"开封"}`}}, entry)
}

func TestAuditLog_entriesAndAccess(t *testing.T) {
	d, log := openAudit(t)
	require.NoError(t, log.Append(t.Context(), []model.AuditEntry{auditEntry(1, "p_a"), auditEntry(2, "p_a", "p_b")}))
	require.True(t, model.Is(log.Append(t.Context(), []model.AuditEntry{auditEntry(3), auditEntry(2)}), model.CodeExists))

	page, next, err := log.Entries(t.Context(), model.AuditSpan{From: "o001/", To: "o0010", Limit: 10})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, page, 2, "the batch that met an existing entry left no trace")
	require.Equal(t, auditEntry(1).Leaf, page[0].Leaf)
	require.False(t, page[0].Odd)
	require.False(t, page[0].WrittenAt.IsZero())

	lines, _, err := log.Access(t.Context(), model.AuditSpan{From: "p_a/", To: "p_a0", Desc: true, Limit: 10})
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Contains(t, lines[0], auditEntry(2).ID().String(), "newest first")
	there, err := log.AccessByID(t.Context(), []string{lines[1], "p_a/none"})
	require.NoError(t, err)
	require.Equal(t, lines[1:], there)

	id := auditEntry(1).ID().String()
	body, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "leaf", Value: "x"}, {Key: "more", Value: 1}})
	require.NoError(t, err)
	require.NoError(t, d.Apply(t.Context(), []store.Op{{Kind: store.OpReplace, Coll: "audit_entries", ID: id, Rev: 1, Body: body}}))
	found, err := log.EntriesByID(t.Context(), []string{id, "o001/none"})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.True(t, found[0].Odd)
}

func TestAuditLog_originIsSwappedWithItsTiles(t *testing.T) {
	_, log := openAudit(t)
	_, err := log.Origin(t.Context(), "o001")
	require.True(t, model.Is(err, model.CodeNotFound))
	now := time.UnixMilli(1_795_000_000_000).UTC()
	o := model.AuditOrigin{Name: "o001", Gen: 1, Holder: "one", Until: now, Size: 2, Note: "signed",
		Open: []model.AuditGeneration{{Gen: 1, Settled: 3, Ended: now, Above: []model.AuditRun{{Gen: 1, Seq: 9, Count: 2}}}}}
	tile := model.AuditTile{Origin: "o001", Level: 0, Index: 1, Hashes: make([]byte, 64), Runs: []model.AuditRun{{Gen: 1, Seq: 1, Count: 2}}}
	require.NoError(t, log.SaveOrigin(t.Context(), o, []model.AuditTile{tile}))
	require.True(t, model.Is(log.SaveOrigin(t.Context(), o, nil), model.CodeExists))

	got, err := log.Origin(t.Context(), "o001")
	require.NoError(t, err)
	o.Rev = 1
	require.Equal(t, o, got)
	lost := tile
	lost.Hashes = nil
	o.Rev = 7
	require.True(t, model.Is(log.SaveOrigin(t.Context(), o, []model.AuditTile{lost}), model.CodeConflict))
	tiles, err := log.Tiles(t.Context(), "o001", 0, 0, 3)
	require.NoError(t, err)
	require.Equal(t, []model.AuditTile{tile}, tiles, "what is missing is left out, what lost the swap is not written")
	all, err := log.Origins(t.Context())
	require.NoError(t, err)
	require.Equal(t, []model.AuditOrigin{got}, all)
}

func TestAuditLog_checkFilesSaysWhatTheEngineCannot(t *testing.T) {
	_, log := openAudit(t)
	if err := log.CheckFiles(t.Context()); err != nil {
		require.True(t, errors.Is(err, errors.ErrUnsupported))
	}
}
