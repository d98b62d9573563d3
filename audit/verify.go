package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

const (
	pageLimit = 1000
	// foldWithin is how much older than the checkpoint a durable entry may be without
	// being in the tree: a lost holder's entries are looked for each lookEvery.
	foldWithin = 4 * lookEvery
)

// Verify proves a whole store: that every entry in the trees is there unchanged, that no
// durable entry was skipped, that each tree has the root that was signed and continues
// the outside checkpoints, and that the access logs say exactly what the entries say. If
// source is a FileChecker, every file of the engine is read too.
//
// The error is about reading (the report then holds what was found so far); what is
// wrong with the data is in the report. Nothing may write while it runs: give it a
// stopped store, or a copy, and outside read before the copy was taken.
func Verify(ctx context.Context, source Source, outside Outside, verifiers note.Verifiers) (Report, error) {
	v := &verification{source: source, outside: outside, verifiers: verifiers}
	err := v.run(ctx)
	return v.report, err
}

type verification struct {
	source    Source
	outside   Outside
	verifiers note.Verifiers
	report    Report
	// lines counts the access lines that entries ask for and that were found.
	lines int64
}

func (v *verification) run(ctx context.Context) error {
	if checker, ok := v.source.(FileChecker); ok {
		err := checker.CheckFiles(ctx)
		v.report.FilesChecked = !errors.Is(err, errors.ErrUnsupported)
		if err = v.survive("", err); err != nil && v.report.FilesChecked {
			return err
		}
	}
	origins, err := v.source.Origins(ctx)
	if err != nil {
		return v.survive("", err)
	}
	names := map[string]bool{}
	for _, o := range origins {
		names[o.Name] = true
		if err := v.survive(o.Name, v.origin(ctx, o)); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.outside)) {
		if !names[name] {
			v.add(OriginMissing, name, "存储中没有这个日志，但外部有它的检查点：日志被整体删除，或存储被换回旧版本")
		}
	}
	if err := v.survive("", v.strays(ctx, slices.Sorted(maps.Keys(names)))); err != nil {
		return err
	}
	return v.survive("", v.access(ctx))
}

// survive makes a finding of an error that says the data are damaged, and goes on.
func (v *verification) survive(origin string, err error) error {
	var coded *model.Error
	if errors.As(err, &coded) && coded.Code == model.CodeInternal {
		v.add(FileDamaged, origin, "%s", cause(err))
		return nil
	}
	return err
}

func (v *verification) add(kind Kind, origin, format string, args ...any) {
	v.report.add(Finding{Kind: kind, Origin: origin, Index: -1, Detail: fmt.Sprintf(format, args...)})
}

// origin verifies one log.
func (v *verification) origin(ctx context.Context, o model.AuditOrigin) error {
	c := v.signed(o)
	marks := v.marks(o, c)
	v.report.Origins = append(v.report.Origins, OriginReport{Name: o.Name, Size: c.Size, CheckpointAt: c.At, Outside: len(v.outside[o.Name])})
	out := &v.report.Origins[len(v.report.Origins)-1]

	t := &treeCheck{v: v, origin: o.Name, checkpoint: c, marks: marks, edge: &edge{}}
	if err := t.read(ctx); err != nil {
		return err
	}
	out.Root = t.edge.root()
	e := &entryCheck{v: v, tree: t, out: out}
	if err := e.read(ctx); err != nil {
		return errors.Join(err, t.judge(ctx, e.changed))
	}
	return t.judge(ctx, e.changed)
}

// signed reads the head's checkpoint; if it cannot be trusted, the unsigned head is taken
// to go on with.
func (v *verification) signed(o model.AuditOrigin) Checkpoint {
	c, err := ParseCheckpoint(o.Note, v.verifiers)
	if err != nil {
		v.add(CheckpointForged, o.Name, "最后的检查点无效：%s", cause(err))
		return Checkpoint{Origin: o.Name, Size: o.Size, Generation: o.Gen, Open: o.Open}
	}
	if c.Origin != o.Name || c.Size != o.Size || c.Generation != o.Gen {
		v.add(CheckpointForged, o.Name, "签名的检查点是日志 %s 第 %d 代、%d 片叶，日志文档写的是第 %d 代、%d 片叶",
			c.Origin, c.Generation, c.Size, o.Gen, o.Size)
	}
	if !slices.EqualFunc(c.Open, o.Open, func(a, b model.AuditGeneration) bool {
		return a.Gen == b.Gen && a.Settled == b.Settled && a.Looked.Equal(b.Looked)
	}) {
		v.add(CheckpointForged, o.Name, "日志文档中未结清的代与签名的检查点不同")
	}
	return c
}

// mark is a root that the tree must have had.
type mark struct {
	Checkpoint
	outside bool
}

// marks lists the checkpoints to hold the tree against, by size.
func (v *verification) marks(o model.AuditOrigin, c Checkpoint) []mark {
	var marks []mark
	if c.Note != "" {
		marks = append(marks, mark{Checkpoint: c})
	}
	cut := mark{}
	for i, signed := range v.outside[o.Name] {
		m, err := ParseCheckpoint(signed, v.verifiers)
		switch {
		case err != nil:
			v.add(CheckpointForged, o.Name, "外部检查点第 %d 个无效：%s", i+1, cause(err))
		case m.Origin != o.Name:
			v.add(CheckpointForged, o.Name, "外部检查点第 %d 个属于日志 %s", i+1, m.Origin)
		case m.Size > c.Size, m.At.After(c.At) && c.Note != "":
			if cut.Note == "" || m.At.After(cut.At) {
				cut = mark{Checkpoint: m, outside: true}
			}
		default:
			marks = append(marks, mark{Checkpoint: m, outside: true})
		}
	}
	if cut.Note != "" {
		v.add(TailCut, o.Name, "存储只到 %d 片叶（%s），外部检查点已到 %d 片（%s）：尾部被截断，或存储被换回旧版本",
			c.Size, c.At.UTC().Format(time.RFC3339), cut.Size, cut.At.UTC().Format(time.RFC3339))
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return int(a.Size - b.Size) })
	return marks
}

// strays finds entries outside the ranges of the known origins.
func (v *verification) strays(ctx context.Context, names []string) error {
	from := ""
	for i := 0; i <= len(names); i++ {
		span := model.AuditSpan{From: from, Limit: pageLimit}
		if i < len(names) {
			span.To, from = names[i]+"/", names[i]+"0"
		}
		for {
			found, next, err := v.source.Entries(ctx, span)
			if err != nil {
				return err
			}
			for _, e := range found {
				v.add(EntryStray, "", "记录 %q 不属于任何日志", e.ID)
			}
			if span.After = next; next == "" {
				break
			}
		}
	}
	return nil
}

// treeCheck rebuilds one tree from its stored leaf hashes.
type treeCheck struct {
	v          *verification
	origin     string
	checkpoint Checkpoint
	marks      []mark
	edge       *edge
	// runs are the entries behind the leaves, by generation and number.
	runs []indexedRun
	// wrong are the marks that the tree does not meet.
	wrong   []mark
	damaged bool
}

type indexedRun struct {
	model.AuditRun
	index int64
}

// read goes through the leaf tiles, rebuilds what lies above and compares it.
func (t *treeCheck) read(ctx context.Context) error {
	marks := t.marks
	pass := func() {
		for ; len(marks) > 0 && marks[0].Size == t.edge.size; marks = marks[1:] {
			if marks[0].Root != t.edge.root() {
				t.wrong = append(t.wrong, marks[0])
			}
		}
	}
	pass()
	upper := newUpperTiles(t)
	err := t.leaves(ctx, func(l leaf) error {
		t.edge.append(l, upper.full)
		pass()
		return upper.check(ctx)
	})
	if err != nil {
		return err
	}
	t.edge.partial(upper.full)
	if err := upper.check(ctx); err != nil {
		return err
	}
	t.sortRuns()
	return nil
}

// leaves calls f with each leaf in order, as far as tiles are whole, and collects the runs.
func (t *treeCheck) leaves(ctx context.Context, f func(leaf) error) error {
	t.runs = nil
	size := t.checkpoint.Size
	for first := int64(0); first < size; {
		stored, err := t.v.source.Tiles(ctx, t.origin, 0, first/tileWidth, 16)
		if err != nil {
			return err
		}
		if len(stored) == 0 {
			stored = []model.AuditTile{{Origin: t.origin, Index: first / tileWidth}}
		}
		for _, s := range stored {
			if first >= size {
				break
			}
			opened, err := openTile(s, int(min(tileWidth, size-first)))
			if s.Index != first/tileWidth || err != nil {
				t.damage(0, first/tileWidth, "缺失或不完整，其后的 %d 片叶无法核对", size-first)
				return nil
			}
			if err := t.tile(opened, f); err != nil {
				return err
			}
			first += tileWidth
		}
	}
	return nil
}

func (t *treeCheck) tile(opened tile, f func(leaf) error) error {
	index := opened.index * tileWidth
	i := 0
	for _, r := range opened.runs {
		if n := len(t.runs); n > 0 && t.runs[n-1].Gen == r.Gen && t.runs[n-1].Seq+t.runs[n-1].Count == r.Seq {
			t.runs[n-1].Count += r.Count
		} else {
			t.runs = append(t.runs, indexedRun{r, index + int64(i)})
		}
		for k := range r.Count {
			if err := f(leaf{r.Gen, r.Seq + k, opened.hashes[i]}); err != nil {
				return err
			}
			i++
		}
	}
	return nil
}

func (t *treeCheck) damage(level int, index int64, format string, args ...any) {
	t.damaged = true
	t.v.add(TileDamaged, t.origin, "审计树第 %d 层第 %d 块%s", level, index, fmt.Sprintf(format, args...))
}

// sortRuns orders runs by entry and reports entries that are in the tree twice.
func (t *treeCheck) sortRuns() {
	slices.SortFunc(t.runs, func(a, b indexedRun) int { return compareRuns(a.AuditRun, b.AuditRun) })
	for i := 1; i < len(t.runs); i++ {
		a, b := &t.runs[i-1], t.runs[i]
		if a.Gen == b.Gen && a.Seq+a.Count > b.Seq {
			t.v.report.add(Finding{Kind: EntryTwice, Origin: t.origin, Gen: b.Gen, Seq: b.Seq, Index: b.index,
				Count: min(b.Count, a.Seq+a.Count-b.Seq), Detail: "这条记录在审计树中出现了两次"})
		}
	}
}

// judge says what is wrong with the roots. changed are the leaves whose entries have
// another hash than the tree: either the entries or the tree were altered, and the
// signed root tells which.
func (t *treeCheck) judge(ctx context.Context, changed []changedEntry) error {
	intact := false // the entries are, so the stored hashes were altered
	if len(t.wrong) > 0 && len(changed) > 0 && !t.damaged {
		last := t.wrong[len(t.wrong)-1]
		rebuilt, err := t.rebuild(ctx, last.Size, changed)
		if err != nil {
			return err
		}
		intact = rebuilt == last.Root
	}
	for _, ch := range changed {
		kind, what := EntryChanged, "记录内容与入树时不同"
		if intact {
			kind, what = TileDamaged, "审计树中的散列被改动，记录本身未变"
		}
		t.v.report.add(Finding{Kind: kind, Origin: t.origin, Gen: ch.id.Gen, Seq: ch.id.Seq, Count: 1, Index: ch.index,
			Detail: fmt.Sprintf("%s：树中散列 %s，记录的散列 %s%s", what, ch.tree, ch.entry, ch.hint)})
	}
	for _, m := range t.wrong {
		switch {
		case intact:
		case m.outside:
			t.v.add(Forked, t.origin, "树在 %d 片叶时的根与外部检查点（%s）不同：日志被改写或分叉", m.Size, m.At.UTC().Format(time.RFC3339))
		default:
			t.v.add(TreeDiffers, t.origin, "树的 %d 片叶算出的根与签名的检查点不同", m.Size)
		}
	}
	return nil
}

// rebuild gives the root of the first size leaves with the hashes that the entries have now.
func (t *treeCheck) rebuild(ctx context.Context, size int64, changed []changedEntry) (tlog.Hash, error) {
	hashes := map[int64]tlog.Hash{}
	for _, ch := range changed {
		hashes[ch.index] = ch.entry
	}
	e := &edge{}
	runs := t.runs
	err := t.leaves(ctx, func(l leaf) error {
		if h, ok := hashes[e.size]; ok {
			l.hash = h
		}
		if e.size < size {
			e.append(l, func(int, int64, []tlog.Hash, []model.AuditRun) {})
		}
		return nil
	})
	t.runs = runs
	return e.root(), err
}

// upperTiles compares the tiles above the leaves with what the leaves give.
type upperTiles struct {
	t    *treeCheck
	want []model.AuditTile
}

func newUpperTiles(t *treeCheck) *upperTiles { return &upperTiles{t: t} }

func (u *upperTiles) full(level int, index int64, hashes []tlog.Hash, _ []model.AuditRun) {
	if level > 0 {
		u.want = append(u.want, storedTile(u.t.origin, level, index, hashes, nil))
	}
}

func (u *upperTiles) check(ctx context.Context) error {
	for _, want := range u.want {
		stored, err := u.t.v.source.Tiles(ctx, u.t.origin, want.Level, want.Index, 1)
		if err != nil {
			return err
		}
		if len(stored) == 0 || len(stored[0].Hashes) < len(want.Hashes) {
			u.t.damage(want.Level, want.Index, "缺失或不完整")
			continue
		}
		for i := 0; i < len(want.Hashes); i += tlog.HashSize {
			if string(stored[0].Hashes[i:i+tlog.HashSize]) != string(want.Hashes[i:i+tlog.HashSize]) {
				u.t.v.add(TileDamaged, u.t.origin, "审计树第 %d 层第 %d 块的第 %d 个散列与下一层不符",
					want.Level, want.Index, i/tlog.HashSize)
			}
		}
	}
	u.want = u.want[:0]
	return nil
}
