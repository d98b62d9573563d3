package embedded

import (
	"context"
	"encoding/binary"

	"xinyi/model"
	"xinyi/store"

	"github.com/cockroachdb/pebble/v2"
)

// A group takes what waits, up to these; one batch may be larger.
const (
	groupOps   = 4096
	groupBytes = 4 << 20
)

// request is one Apply, or a job that needs the writes to stand still.
type request struct {
	ctx     context.Context
	ops     []store.Op
	entries []opEntries
	job     func() error
	done    chan error
	err     error
}

// room is about what r takes in a batch, which would else grow by doubling.
func (r *request) room() int {
	n := 1 << 10
	for i := range r.ops {
		op := &r.ops[i]
		n += len(op.Coll) + len(op.ID) + len(op.Body) + 64 // and an index entry here and there
	}
	return n
}

// group is what one commit carries; its requests are answered when it is durable.
type group struct {
	batch    *pebble.Batch
	synced   bool // Pebble has been asked to sync it
	requests []*request
}

// Apply does all ops or none; see store.Driver.
func (d *Driver) Apply(ctx context.Context, ops []store.Op) error {
	if len(ops) == 0 {
		return ctx.Err()
	}
	if err := store.CheckOps(ops); err != nil {
		return err
	}
	r := &request{ctx: ctx, ops: ops}
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.leave()
	r.entries = d.entriesOf(ops)
	return d.submit(r)
}

func (d *Driver) submit(r *request) error {
	r.done = make(chan error, 1)
	select {
	case d.queue <- r:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	select {
	case err := <-r.done:
		return err
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// commit is the committer: the only goroutine that writes.
func (d *Driver) commit() {
	defer close(d.acks)
	overlay := map[docRef]state{}
	for r := range d.queue {
		if r.job != nil {
			d.acks <- group{requests: []*request{d.runJob(r)}}
			continue
		}
		g, job := d.gather(r, overlay)
		clear(overlay)
		d.acks <- d.hand(g)
		if job != nil {
			d.acks <- group{requests: []*request{d.runJob(job)}}
		}
	}
}

func (d *Driver) runJob(r *request) *request {
	if d.broken.Load() {
		r.err = errBroken
	} else {
		r.err = r.job()
	}
	return r
}

// gather judges first and what waits behind it, and merges the good ones. A job that
// turns up ends the group and is given back.
func (d *Driver) gather(first *request, overlay map[docRef]state) (g group, job *request) {
	g.batch = d.db.NewBatchWithSize(first.room())
	if now := uint64(d.opt.Clock.Now().UnixMilli()) << stampBits; now > d.stamp {
		d.stamp = now
	}
	ops := 0
	for r := first; ; {
		if r.err = d.add(g.batch, r, overlay); r.err != nil {
			d.refused.Add(1)
		} else {
			ops += len(r.ops)
		}
		g.requests = append(g.requests, r)
		if ops >= groupOps || g.batch.Len() >= groupBytes {
			return g, nil
		}
		select {
		case next, ok := <-d.queue:
			if !ok {
				return g, nil
			}
			if next.job != nil {
				return g, next
			}
			r = next
		default:
			return g, nil
		}
	}
}

// hand gives the group to Pebble, which makes it visible at once and durable soon.
func (d *Driver) hand(g group) group {
	if g.batch.Empty() {
		return g
	}
	if d.broken.Load() {
		d.fail(g, errBroken)
		return g
	}
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], d.stamp)
	err := g.batch.Set(keyStamp, stamp[:], nil)
	if err == nil {
		d.groups.Add(1)
		d.bytes.Add(int64(g.batch.Len()))
		d.fs.bulk.wrote(g.batch.Len(), d.opt.Clock.Now())
		g.eachKey(d.uncached, d.rows.hold)
		d.heads.hold(&g)
		err = d.db.ApplyNoSyncWait(g.batch, pebble.Sync)
		d.heads.release(&g)
		g.eachKey(d.uncached, d.rows.release)
		g.synced = err == nil
	}
	if err != nil {
		d.fail(g, err)
	}
	return g
}

// eachKey calls do with the key of every document that the group writes, but for those of
// collections in not.
func (g *group) eachKey(not map[string]bool, do func(key []byte)) {
	buf := keyBuffers.Get().(*[]byte)
	defer keyBuffers.Put(buf)
	for _, r := range g.requests {
		if r.err != nil {
			continue
		}
		for i := range r.ops {
			if op := &r.ops[i]; op.Kind != store.OpCheck && !not[op.Coll] {
				*buf = appendDocKey((*buf)[:0], op.Coll, op.ID)
				do(*buf)
			}
		}
	}
}

// acknowledge answers groups in their order. Refused batches and those of checks only too:
// what they were judged by must be durable before their callers hear of it, and when it is
// not, they hear that.
func (d *Driver) acknowledge() {
	defer close(d.ended)
	for g := range d.acks {
		if g.synced {
			if err := g.batch.SyncWait(); err != nil {
				d.fail(g, err)
			}
		} else if g.batch != nil && d.broken.Load() {
			d.fail(g, errBroken)
		}
		for _, r := range g.requests {
			r.done <- r.err
		}
		if g.batch != nil {
			_ = g.batch.Close() // gives the buffer back; cannot fail after SyncWait
		}
	}
}

// fail stops all writing: after a failed sync nobody knows what the disk holds.
func (d *Driver) fail(g group, err error) {
	d.broken.Store(true)
	for _, r := range g.requests {
		r.err = model.Wrap(err, model.CodeUnavailable, "数据写入磁盘失败，引擎已停止写入。请检查磁盘后重新启动服务。")
	}
}

type docRef struct{ coll, id string }

// add judges r against the state before it and puts its writes into batch.
func (d *Driver) add(batch *pebble.Batch, r *request, overlay map[docRef]state) error {
	if d.broken.Load() {
		return errBroken
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	defs := *d.indexes.Load()
	var few [8]state
	olds := few[:0]
	for i, op := range r.ops {
		old, err := d.current(op, defs[op.Coll], overlay)
		if err != nil {
			return err
		}
		if code := judge(op, old); code != "" {
			return store.OpFailed(code, i, op)
		}
		olds = append(olds, old)
	}
	for i, op := range r.ops {
		if op.Kind == store.OpCheck {
			continue
		}
		if r.entries[i].defs != defs[op.Coll] { // EnsureIndexes came between
			r.entries[i] = newEntries(defs[op.Coll], op)
		}
		next, err := d.write(batch, op, olds[i], r.entries[i])
		if err != nil { // the batch holds half of r now and must not be committed
			d.broken.Store(true)
			return engineError(err)
		}
		overlay[docRef{op.Coll, op.ID}] = next
		d.tails.wrote(op.Coll, op.ID)
		d.ops.Add(1)
	}
	return nil
}

// current gives the state of op's document; without the body for an insert. It reads
// nothing where the state is known or makes no difference.
func (d *Driver) current(op store.Op, defs *collIndexes, overlay map[docRef]state) (state, error) {
	beyond, err := d.tails.beyond(d.db, op.Coll, op.ID)
	if err != nil {
		return state{}, err
	}
	if s, ok := overlay[docRef{op.Coll, op.ID}]; ok {
		return s, nil
	}
	switch {
	case beyond, op.Kind == store.OpMark && (defs == nil || len(defs.list) == 0 && !defs.feed):
		return state{}, nil
	case op.Kind == store.OpInsert: // is hardly ever there, so it is not worth keeping
		if s, known := d.kept(op.Coll, op.ID); known {
			return s, nil
		}
		return read(d.db, op.Coll, op.ID, false)
	}
	return d.row(op.Coll, op.ID)
}

func judge(op store.Op, old state) model.Code {
	switch op.Kind {
	case store.OpInsert:
		if old.exists {
			return model.CodeExists
		}
	case store.OpReplace, store.OpDelete:
		if !old.exists {
			return model.CodeNotFound
		}
		if old.rev != op.Rev {
			return model.CodeConflict
		}
	case store.OpCheck:
		if old.rev != op.Rev { // an absent document has revision 0
			return model.CodeConflict
		}
	}
	return ""
}

// write puts one document and its entries into batch and gives its new state.
func (d *Driver) write(batch *pebble.Batch, op store.Op, old state, entries opEntries) (state, error) {
	buf := keyBuffers.Get().(*[]byte)
	defer keyBuffers.Put(buf)
	*buf = appendDocKey((*buf)[:0], op.Coll, op.ID)
	if op.Kind == store.OpDelete {
		if err := batch.Delete(*buf, nil); err != nil {
			return state{}, err
		}
		return state{}, entries.swap(batch, op, old, state{})
	}
	d.stamp++
	next := state{exists: true, stamp: d.stamp, rev: old.rev + 1, body: op.Body}
	var head [18]byte
	h, body := valueHead(head[:0], next.stamp, next.rev), op.Body
	if store.OnlyID(op) {
		body = nil // the key says all of it
	}
	set := batch.SetDeferred(len(*buf), len(h)+len(body))
	copy(set.Key, *buf)
	copy(set.Value[copy(set.Value, h):], body)
	if err := set.Finish(); err != nil {
		return state{}, err
	}
	return next, entries.swap(batch, op, old, next)
}

func (d *Driver) loadStamp() error {
	v, closer, err := d.db.Get(keyStamp)
	if err == pebble.ErrNotFound { //nolint:errorlint // given bare
		return nil
	}
	if err != nil {
		return engineError(err)
	}
	if len(v) != 8 {
		return corrupted(&CorruptionError{Err: errLayout})
	}
	d.stamp = binary.BigEndian.Uint64(v)
	return engineError(closer.Close())
}
