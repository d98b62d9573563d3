package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

const (
	foldLimit = 4096 // leaves in one batch
	// settleAfter is how long the generation of a lost holder is looked at for entries
	// that a paused process still writes.
	settleAfter = 24 * time.Hour
)

// errBroken: the stored tree contradicts its checkpoint or the one outside the store.
// Nothing is added to it, so that the evidence stays.
var errBroken = errors.New("audit: origin contradicts its checkpoints")

// errUnsigned: leaves could not be folded and are not kept for another try.
var errUnsigned = errors.New("audit: checkpoint not signed")

// slot is an origin as one goroutine works on it: the last known head and the edge of its tree.
type slot struct {
	origin model.AuditOrigin
	edge   *edge
	// attempt is a write whose outcome is unknown; it is finished before another starts.
	attempt *attempt
	note    Checkpoint
	// witnessed is the last checkpoint given to the witness.
	witnessed Checkpoint
}

type attempt struct {
	origin model.AuditOrigin
	tiles  []model.AuditTile
	edge   *edge
	note   Checkpoint
}

// folder is what it takes to work on slots.
type folder struct {
	storage Storage
	witness Witness
	clock   model.Clock
	keys    atomic.Pointer[keys]
}

// keys sign checkpoints and know who signed the earlier ones.
type keys struct {
	signer    note.Signer
	verifiers note.Verifiers
}

func (f *folder) parse(signed string) (Checkpoint, error) {
	return ParseCheckpoint(signed, f.keys.Load().verifiers)
}

// open prepares to work on origin: errBroken if it contradicts its checkpoint or the witness.
func (f *folder) open(ctx context.Context, origin model.AuditOrigin) (*slot, error) {
	s := &slot{origin: origin, edge: &edge{}}
	if origin.Rev == 0 {
		return s, f.agree(ctx, Checkpoint{Origin: origin.Name})
	}
	c, err := f.parse(origin.Note)
	if err != nil || c.Origin != origin.Name || c.Size != origin.Size {
		return nil, fmt.Errorf("%w: %s: signed head does not fit: %v", errBroken, origin.Name, err)
	}
	if s.edge, err = loadEdge(ctx, f.storage, origin.Name, origin.Size); err != nil {
		if model.Is(err, model.CodeInternal) {
			return nil, fmt.Errorf("%w: %w", errBroken, err)
		}
		return nil, err
	}
	if s.edge.root() != c.Root {
		return nil, fmt.Errorf("%w: %s: tree of %d leaves has another root", errBroken, origin.Name, c.Size)
	}
	s.note = c
	return s, f.agree(ctx, c)
}

// agree compares a stored checkpoint with the one outside the store: the tree must
// reach back to it.
func (f *folder) agree(ctx context.Context, c Checkpoint) error {
	last, err := f.witness.Last(c.Origin)
	if model.Is(err, model.CodeNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	outside, err := f.parse(last)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s: outside checkpoint: %w", errBroken, c.Origin, err)
	case outside.Size > c.Size, outside.At.After(c.At):
		return fmt.Errorf("%w: %s holds %d leaves of %s, the outside checkpoint %d of %s",
			errBroken, c.Origin, c.Size, c.At.Format(leafTime), outside.Size, outside.At.Format(leafTime))
	case outside.Size == 0:
		return nil
	}
	tree := tlog.Tree{N: c.Size, Hash: c.Root}
	root, err := tlog.TreeHash(outside.Size, tlog.TileHashReader(tree, tileReader{ctx, f.storage, c.Origin}))
	if err != nil {
		return err
	}
	if root != outside.Root {
		return fmt.Errorf("%w: %s: another tree stood under the outside checkpoint of %d leaves", errBroken, c.Origin, outside.Size)
	}
	return nil
}

// lag is what a checkpoint says about entries that are, or may be, durable but not folded.
type lag struct {
	unfolded int
	since    time.Time
}

// fold puts leaves into the tree, lets change alter the head, and writes both with a
// fresh checkpoint. After an error other than CodeConflict the same write is tried again
// by finish. CodeConflict: another process took the slot.
func (f *folder) fold(ctx context.Context, s *slot, leaves []leaf, behind lag, change func(*model.AuditOrigin)) error {
	next := s.origin
	next.Open = make([]model.AuditGeneration, len(s.origin.Open))
	for i, g := range s.origin.Open {
		g.Above = slices.Clone(g.Above)
		next.Open[i] = g
	}
	a := &attempt{edge: s.edge.clone()}
	emit := func(level int, index int64, hashes []tlog.Hash, runs []model.AuditRun) {
		a.tiles = append(a.tiles, storedTile(next.Name, level, index, hashes, runs))
	}
	for _, l := range leaves {
		a.edge.append(l, emit)
		if g := generation(&next, l.gen); g != nil {
			g.Above = insertRun(g.Above, l.gen, l.seq)
		}
	}
	if len(leaves) > 0 {
		a.edge.partial(emit)
	}
	change(&next)
	for i := range next.Open {
		settle(&next.Open[i])
	}
	next.Size = a.edge.size
	a.note = Checkpoint{Origin: next.Name, Size: next.Size, Root: a.edge.root(), At: f.after(s.note),
		Generation: next.Gen, Unfolded: behind.unfolded, Since: behind.since, Open: next.Open}
	if err := a.note.sign(f.keys.Load().signer); err != nil {
		return fmt.Errorf("%w: %w", errUnsigned, err)
	}
	next.Note = a.note.Note
	a.origin = next
	s.attempt = a
	return f.finish(ctx, s)
}

// after gives the time of the checkpoint that follows c, in milliseconds. It always
// grows, whatever the clocks of successive holders say: a newer checkpoint outside then
// proves that the store was cut.
func (f *folder) after(c Checkpoint) time.Time {
	if now := f.clock.Now().UTC().Truncate(time.Millisecond); now.After(c.At) {
		return now
	}
	return c.At.Add(time.Millisecond)
}

// finish carries out the pending write of s, if there is one.
func (f *folder) finish(ctx context.Context, s *slot) error {
	a := s.attempt
	if a == nil {
		return nil
	}
	err := f.storage.SaveOrigin(ctx, a.origin, a.tiles)
	if model.Is(err, model.CodeConflict) || model.Is(err, model.CodeExists) {
		// An earlier try whose answer was lost may have done it.
		stored, errGet := f.storage.Origin(ctx, a.origin.Name)
		switch {
		case errGet != nil:
			err = errGet
		case stored.Rev == a.origin.Rev+1 && stored.Note == a.origin.Note:
			err = nil
		default:
			err = &model.Error{Code: model.CodeConflict, Detail: "审计日志已由另一个进程接管。", Err: err}
		}
	}
	if err != nil {
		return err
	}
	s.origin, s.edge, s.note, s.attempt = a.origin, a.edge, a.note, nil
	s.origin.Rev++
	return nil
}

// attest keeps the checkpoint of s outside the store, at most once a second unless now.
func (f *folder) attest(s *slot, now bool) error {
	if !now && (s.note.Size == s.witnessed.Size || f.clock.Now().Sub(s.witnessed.At) < time.Second) {
		return nil
	}
	if err := f.witness.Save(s.note); err != nil {
		return err
	}
	s.witnessed = s.note
	return nil
}

// generation finds an open generation of o; nil if it is not open.
func generation(o *model.AuditOrigin, gen uint32) *model.AuditGeneration {
	for i := range o.Open {
		if o.Open[i].Gen == gen {
			return &o.Open[i]
		}
	}
	return nil
}

// rescan folds the durable entries of ended generations that are not in the tree yet.
// Nobody can write any more under a generation below endedBelow; behind is the lag of
// the present one.
func (f *folder) rescan(ctx context.Context, s *slot, endedBelow uint32, behind lag) (folded int, err error) {
	for _, g := range slices.Clone(s.origin.Open) {
		if g.Ended.IsZero() {
			continue
		}
		n, err := f.rescanGeneration(ctx, s, g, endedBelow, behind)
		folded += n
		if err != nil {
			return folded, err
		}
	}
	return folded, nil
}

func (f *folder) rescanGeneration(ctx context.Context, s *slot, g model.AuditGeneration, endedBelow uint32, behind lag) (folded int, err error) {
	span := model.AuditSpan{Limit: foldLimit,
		From: model.AuditID{Origin: s.origin.Name, Gen: g.Gen, Seq: g.Settled}.String(),
		To:   s.origin.Name + "/" + string(model.AppendHex(nil, uint64(g.Gen), 8)) + "0"}
	looked := f.clock.Now().UTC().Truncate(time.Millisecond)
	quiet := g.Gen < endedBelow || f.clock.Now().Sub(g.Ended) > settleAfter
	keep := func(o *model.AuditOrigin) {}
	for {
		stored, next, err := f.storage.Entries(ctx, span)
		if err != nil {
			return folded, err
		}
		var leaves []leaf
		for _, e := range stored {
			id, err := model.ParseAuditID(e.ID)
			if err != nil || inRuns(g.Above, id.Seq) {
				continue
			}
			leaves = append(leaves, leaf{id.Gen, id.Seq, tlog.RecordHash(e.Leaf)})
		}
		if len(leaves) > 0 {
			if err := f.fold(ctx, s, leaves, behind, keep); err != nil {
				return folded, err
			}
			folded += len(leaves)
		}
		if span.After = next; next == "" {
			break
		}
	}
	if !quiet {
		generation(&s.origin, g.Gen).Looked = looked // written with the next checkpoint
		return folded, nil
	}
	return folded, f.fold(ctx, s, nil, behind, func(o *model.AuditOrigin) {
		o.Open = slices.DeleteFunc(o.Open, func(old model.AuditGeneration) bool { return old.Gen == g.Gen })
	})
}
