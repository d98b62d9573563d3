package audit

import (
	"context"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// Inclusion proves that a leaf is in the tree of a checkpoint (RFC 6962 audit path).
// Check it with tlog.CheckRecord(Path, Size, Root, Index, tlog.RecordHash(Leaf)).
type Inclusion struct {
	Checkpoint Checkpoint
	Index      int64
	Entry      model.AuditEntry
	Path       tlog.RecordProof
}

// Consistency proves that the tree of Size leaves begins with the tree of OldSize.
// Check it with tlog.CheckTree(Path, Size, Root, OldSize, OldRoot).
type Consistency struct {
	OldSize, Size int64
	OldRoot, Root tlog.Hash
	Path          tlog.TreeProof
}

// Checkpoints gives the last signed checkpoint of every origin, by name. CodeInternal
// if one is not signed as it should be.
func (l *Log) Checkpoints(ctx context.Context) ([]Checkpoint, error) {
	origins, err := l.storage.Origins(ctx)
	if err != nil {
		return nil, err
	}
	checkpoints := make([]Checkpoint, len(origins))
	for i, o := range origins {
		if checkpoints[i], err = l.parse(o.Note); err != nil {
			return nil, err
		}
	}
	return checkpoints, nil
}

func (l *Log) checkpoint(ctx context.Context, origin string) (Checkpoint, tlog.HashReader, error) {
	o, err := l.storage.Origin(ctx, origin)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := l.parse(o.Note)
	tree := tlog.Tree{N: c.Size, Hash: c.Root}
	return c, tlog.TileHashReader(tree, tileReader{ctx, l.storage, origin}), err
}

// Inclusion proves leaf index of origin under its last checkpoint. CodeNotFound if
// there is no such leaf (yet), CodeInternal if the tree is damaged.
func (l *Log) Inclusion(ctx context.Context, origin string, index int64) (Inclusion, error) {
	c, hashes, err := l.checkpoint(ctx, origin)
	if err != nil {
		return Inclusion{}, err
	}
	if index < 0 || index >= c.Size {
		return Inclusion{}, noLeaf()
	}
	path, err := tlog.ProveRecord(c.Size, index, hashes)
	if err != nil {
		return Inclusion{}, damaged(err)
	}
	id, err := l.entryAt(ctx, c, index)
	if err != nil {
		return Inclusion{}, err
	}
	entry, err := l.Entry(ctx, id.String())
	if err != nil {
		return Inclusion{}, err
	}
	if err := tlog.CheckRecord(path, c.Size, c.Root, index, tlog.RecordHash(entry.Leaf)); err != nil {
		return Inclusion{}, damaged(err)
	}
	return Inclusion{Checkpoint: c, Index: index, Entry: entry, Path: path}, nil
}

func noLeaf() error {
	return &model.Error{Code: model.CodeNotFound, Detail: "审计树中没有这个序号的记录，请核对序号。"}
}

func damaged(err error) error {
	return model.Wrap(err, model.CodeInternal, "审计日志的数据有损坏，请运行审计校验。")
}

// Consistency proves that origin only grew from oldSize to size leaves (0 = now).
// CodeInvalidRequest unless 1 ≤ oldSize ≤ size ≤ the last checkpoint's.
func (l *Log) Consistency(ctx context.Context, origin string, oldSize, size int64) (Consistency, error) {
	c, hashes, err := l.checkpoint(ctx, origin)
	if err != nil {
		return Consistency{}, err
	}
	if size == 0 {
		size = c.Size
	}
	if oldSize < 1 || oldSize > size || size > c.Size {
		return Consistency{}, model.Invalid("?from", "tree_size", "应为 1 到当前树大小之间的整数，且不大于结束大小。")
	}
	p := Consistency{OldSize: oldSize, Size: size}
	if p.Path, err = tlog.ProveTree(size, oldSize, hashes); err != nil {
		return p, damaged(err)
	}
	if p.OldRoot, err = tlog.TreeHash(oldSize, hashes); err != nil {
		return p, damaged(err)
	}
	if p.Root, err = tlog.TreeHash(size, hashes); err != nil {
		return p, damaged(err)
	}
	return p, nil
}

// Entry gives one entry by its AuditID as text: CodeNotFound if there is none.
func (l *Log) Entry(ctx context.Context, id string) (model.AuditEntry, error) {
	if _, err := model.ParseAuditID(id); err != nil {
		return model.AuditEntry{}, err
	}
	found, err := l.storage.EntriesByID(ctx, []string{id})
	if err != nil {
		return model.AuditEntry{}, err
	}
	if len(found) == 0 {
		return model.AuditEntry{}, &model.Error{Code: model.CodeNotFound, Detail: "没有这条审计记录，请核对编号。"}
	}
	return readEntry(found[0])
}

// readEntry decodes a stored entry and holds it against its id.
func readEntry(stored model.StoredAuditEntry) (model.AuditEntry, error) {
	e, err := decodeLeaf(stored.Leaf)
	if err == nil && e.ID().String() != stored.ID {
		err = &model.Error{Code: model.CodeInternal, Detail: "审计记录与其编号不符，请运行审计校验。"}
	}
	return e, err
}

// entryAt says which entry a leaf is.
func (l *Log) entryAt(ctx context.Context, c Checkpoint, index int64) (model.AuditID, error) {
	first := index &^ (tileWidth - 1)
	t, err := readTile(ctx, l.storage, c.Origin, 0, index/tileWidth, int(min(tileWidth, c.Size-first)))
	if err != nil {
		return model.AuditID{}, err
	}
	at := uint64(index - first)
	for _, r := range t.runs {
		if at < r.Count {
			return model.AuditID{Origin: c.Origin, Gen: r.Gen, Seq: r.Seq + at}, nil
		}
		at -= r.Count
	}
	return model.AuditID{}, noLeaf()
}

// Index gives the leaf of an entry: CodeNotFound while it is not folded. Entries lie in
// the tree nearly in order of their ids; late ones are found by reading the whole tree.
func (l *Log) Index(ctx context.Context, id string) (int64, error) {
	want, err := model.ParseAuditID(id)
	if err != nil {
		return 0, err
	}
	c, _, err := l.checkpoint(ctx, want.Origin)
	if err != nil {
		return 0, err
	}
	tiles := (c.Size + tileWidth - 1) / tileWidth
	lo, hi := int64(0), tiles
	for lo < hi { // the first tile whose newest entry is not before the wanted one
		mid := (lo + hi) / 2
		t, err := readTile(ctx, l.storage, c.Origin, 0, mid, int(min(tileWidth, c.Size-mid*tileWidth)))
		if err != nil {
			return 0, err
		}
		if i, ok := findLeaf(t, want); ok {
			return i, nil
		}
		newest := slices.MaxFunc(t.runs, compareRuns)
		if compareRuns(newest, model.AuditRun{Gen: want.Gen, Seq: want.Seq}) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	for n := range tiles {
		t, err := readTile(ctx, l.storage, c.Origin, 0, n, int(min(tileWidth, c.Size-n*tileWidth)))
		if err != nil {
			return 0, err
		}
		if i, ok := findLeaf(t, want); ok {
			return i, nil
		}
	}
	return 0, noLeaf()
}

func compareRuns(a, b model.AuditRun) int {
	if a.Gen != b.Gen {
		return int(int64(a.Gen) - int64(b.Gen))
	}
	switch {
	case a.Seq < b.Seq:
		return -1
	case a.Seq > b.Seq:
		return 1
	}
	return 0
}

func findLeaf(t tile, want model.AuditID) (int64, bool) {
	index := t.index * tileWidth
	for _, r := range t.runs {
		if r.Gen == want.Gen && want.Seq >= r.Seq && want.Seq-r.Seq < r.Count {
			return index + int64(want.Seq-r.Seq), true
		}
		index += int64(r.Count)
	}
	return 0, false
}
