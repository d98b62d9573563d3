package audit

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// entryCheck holds the entries of one origin against its tree.
type entryCheck struct {
	v       *verification
	tree    *treeCheck
	out     *OriginReport
	changed []changedEntry
	// next is the run that the next entry should be in, from number at on.
	next int
	at   uint64
	tile tile // the last one read
}

// changedEntry is an entry whose hash is not the one in the tree.
type changedEntry struct {
	id          model.AuditID
	index       int64
	tree, entry tlog.Hash
	hint        string
}

// read goes through all entries of the origin in order of their ids, which is the order
// of the runs, so that what is missing shows as a step.
func (e *entryCheck) read(ctx context.Context) error {
	e.tile.index = -1
	span := within(e.tree.origin+"/", pageLimit)
	for {
		page, next, err := e.v.source.Entries(ctx, span)
		if err != nil {
			return err
		}
		var lines []string
		for _, stored := range page {
			e.out.Entries++
			asked, err := e.entry(ctx, stored)
			if err != nil {
				return err
			}
			lines = append(lines, asked...)
		}
		if err := e.lines(ctx, lines); err != nil {
			return err
		}
		if span.After = next; next == "" {
			break
		}
	}
	e.step(model.AuditID{Origin: e.tree.origin, Gen: math.MaxUint32, Seq: math.MaxUint64})
	return nil
}

// entry compares one entry with its leaf and gives the access lines it asks for.
func (e *entryCheck) entry(ctx context.Context, stored model.StoredAuditEntry) ([]string, error) {
	id, err := model.ParseAuditID(stored.ID)
	if err != nil || id.Origin != e.tree.origin {
		e.v.add(EntryStray, e.tree.origin, "记录的编号 %q 不合格式", stored.ID)
		return nil, nil
	}
	decoded, errDecode := readEntry(stored)
	hint := ""
	switch {
	case errDecode != nil:
		hint = "；" + errDecode.Error()
	case stored.Odd:
		hint = "；文档中有多余或改动的字段"
	}
	r, inTree := e.step(id)
	if !inTree {
		e.unfolded(id, stored, hint)
	} else if err := e.compare(ctx, id, r, stored, hint); err != nil {
		return nil, err
	}
	if errDecode != nil {
		return nil, nil
	}
	var lines []string
	for _, subject := range decoded.Event.Subjects {
		lines = append(lines, accessLine(subject, decoded.Event.At.UnixMilli(), id))
	}
	return lines, nil
}

// step moves to id in the runs and reports what was stepped over as missing.
func (e *entryCheck) step(id model.AuditID) (indexedRun, bool) {
	for e.next < len(e.tree.runs) {
		r := e.tree.runs[e.next]
		from := max(r.Seq, e.at)
		switch {
		case r.Gen > id.Gen, r.Gen == id.Gen && from > id.Seq:
			return r, false
		case r.Gen == id.Gen && id.Seq < r.Seq+r.Count:
			e.missing(r, from, id.Seq)
			e.at = id.Seq + 1
			return r, true
		}
		e.missing(r, from, r.Seq+r.Count)
		e.next++
		if e.next < len(e.tree.runs) && e.tree.runs[e.next].Gen != r.Gen {
			e.at = 0
		}
	}
	return indexedRun{}, false
}

// missing reports the entries [from, to) of run r.
func (e *entryCheck) missing(r indexedRun, from, to uint64) {
	if from >= to {
		return
	}
	e.v.report.add(Finding{Kind: EntryMissing, Origin: e.tree.origin, Gen: r.Gen, Seq: from, Count: to - from,
		Index: r.index + int64(from-r.Seq), Detail: "记录在审计树中，但存储里已没有它：被删除"})
}

func (e *entryCheck) compare(ctx context.Context, id model.AuditID, r indexedRun, stored model.StoredAuditEntry, hint string) error {
	index := r.index + int64(id.Seq-r.Seq)
	if n := index / tileWidth; e.tile.index != n {
		size := e.tree.checkpoint.Size
		t, err := readTile(ctx, e.v.source, e.tree.origin, 0, n, int(min(tileWidth, size-n*tileWidth)))
		if err != nil {
			return err
		}
		e.tile = t
	}
	inTree := e.tile.hashes[index%tileWidth]
	if hash := tlog.RecordHash(stored.Leaf); hash != inTree {
		e.changed = append(e.changed, changedEntry{id, index, inTree, hash, hint})
	} else if hint != "" {
		e.v.report.add(Finding{Kind: EntryChanged, Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Count: 1, Index: index,
			Detail: "记录的散列与树一致" + hint})
	}
	return nil
}

// unfolded judges an entry that is not in the tree: waiting, or skipped.
func (e *entryCheck) unfolded(id model.AuditID, stored model.StoredAuditEntry, hint string) {
	c := e.tree.checkpoint
	f := Finding{Kind: EntrySkipped, Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Count: 1, Index: -1}
	settled, complete, open := c.promise(id.Gen)
	switch {
	case e.tree.damaged:
		return // the tree was not read to its end
	case id.Gen > c.Generation: // a holder came after this checkpoint; its first write is its own checkpoint
		f.Detail = "记录属于检查点之后的一代，而日志从未进入这一代：记录是伪造的，或日志文档被换回旧版本"
	case id.Gen <= c.Generation && !open:
		f.Detail = "检查点说这一代的记录都已入树，这条却不在：被漏掉，或事后插入"
	case id.Seq < settled:
		f.Detail = fmt.Sprintf("检查点说这一代 %d 号以前的记录都已入树，这条却不在：被漏掉，或事后插入", settled)
	case stored.WrittenAt.Add(foldWithin).Before(complete):
		f.Detail = fmt.Sprintf("记录写于 %s，到检查点时早该入树，却不在", stored.WrittenAt.UTC().Format(leafTime))
	default:
		e.out.Waiting++
		if hint == "" {
			return
		}
		f.Kind, f.Detail = EntryChanged, "未入树的记录有异常"
	}
	f.Detail += hint
	e.v.report.add(f)
}

// lines checks that the access lines which entries ask for are there.
func (e *entryCheck) lines(ctx context.Context, asked []string) error {
	for len(asked) > 0 {
		n := min(pageLimit, len(asked))
		found, err := e.v.source.AccessByID(ctx, asked[:n])
		if err != nil {
			return err
		}
		e.v.lines += int64(len(found))
		there := make(map[string]bool, len(found))
		for _, line := range found {
			there[line] = true
		}
		for _, line := range asked[:n] {
			if there[line] {
				continue
			}
			if id, err := entryIDOfLine(line); err == nil {
				e.v.report.add(Finding{Kind: AccessMissing, Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Count: 1, Index: -1,
					Detail: "主体的查询记录中缺少这一条：被删除"})
			}
		}
		asked = asked[n:]
	}
	return nil
}

func entryIDOfLine(line string) (model.AuditID, error) {
	id, _ := entryOfLine(line)
	return model.ParseAuditID(id)
}

// access finds lines of the access logs that no entry asks for. Every line that is asked
// for was found or reported, so that counting is enough unless there are too many.
func (v *verification) access(ctx context.Context) error {
	total := int64(0)
	err := v.eachLine(ctx, func(page []string) error {
		total += int64(len(page))
		return nil
	})
	if err != nil || total == v.lines {
		return err
	}
	return v.eachLine(ctx, func(page []string) error { return v.added(ctx, page) })
}

func (v *verification) eachLine(ctx context.Context, f func([]string) error) error {
	span := model.AuditSpan{Limit: pageLimit}
	for {
		page, next, err := v.source.Access(ctx, span)
		if err != nil {
			return err
		}
		if err := f(page); err != nil {
			return err
		}
		if span.After = next; next == "" {
			return nil
		}
	}
}

// added reports the lines of page that their entries do not ask for.
func (v *verification) added(ctx context.Context, page []string) error {
	for _, line := range page {
		id, err := entryIDOfLine(line)
		if err != nil {
			v.add(AccessAdded, "", "查询记录中有一条不合格式，没有对应的审计记录")
			continue
		}
		from := id.String()
		stored, _, err := v.source.Entries(ctx, model.AuditSpan{From: from, To: from + "0", Limit: 1})
		if err != nil {
			return err
		}
		if len(stored) == 1 && asks(stored[0], line) {
			continue
		}
		v.report.add(Finding{Kind: AccessAdded, Origin: id.Origin, Gen: id.Gen, Seq: id.Seq, Count: 1, Index: -1,
			Detail: "主体的查询记录中有这一条，但没有与之相符的审计记录：被添加，或审计记录被删除"})
	}
	return nil
}

// asks reports whether stored is an entry that puts line into an access log.
func asks(stored model.StoredAuditEntry, line string) bool {
	e, err := readEntry(stored)
	if err != nil {
		return false
	}
	for _, subject := range e.Event.Subjects {
		if accessLine(subject, e.Event.At.UnixMilli(), e.ID()) == line {
			return true
		}
	}
	return false
}
