package embedded

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"xinyi/model"
	"xinyi/store"

	"github.com/cockroachdb/pebble/v2"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// collIndexes are the built indexes of a collection. A value never changes.
type collIndexes struct {
	list []indexDef
	feed bool
}

type indexDef struct {
	name   string
	fields [][]string // split paths
}

func (c *collIndexes) find(name string) (indexDef, bool) {
	if c != nil {
		for _, def := range c.list {
			if def.name == name {
				return def, true
			}
		}
	}
	return indexDef{}, false
}

func compile(indexes []store.Index) *collIndexes {
	c := &collIndexes{}
	for _, index := range indexes {
		if index.Name == store.FeedIndex.Name {
			c.feed = true
			continue
		}
		def := indexDef{name: index.Name}
		for _, field := range index.Fields {
			def.fields = append(def.fields, strings.Split(field, "."))
		}
		c.list = append(c.list, def)
	}
	return c
}

// key gives the entry of a document in the index, or nil if it is not in it.
func (def indexDef) key(coll, id string, body []byte) []byte {
	key := appendIndexPrefix(make([]byte, 0, 96), coll, def.name)
	for _, path := range def.fields {
		v, err := bsoncore.Document(body).LookupErr(path...)
		if err != nil {
			return nil
		}
		var ok bool
		if key, ok = appendField(key, v); !ok {
			return nil
		}
	}
	return append(key, id...)
}

// opEntries are the index entries that a write makes. They are worked out by the
// caller's goroutine; the committer only swaps them for the old ones.
type opEntries struct {
	defs *collIndexes
	keys [][]byte // one for each index, nil where the document is not in it
}

func (d *Driver) entriesOf(ops []store.Op) []opEntries {
	defs := *d.indexes.Load()
	entries := make([]opEntries, len(ops))
	for i, op := range ops {
		entries[i] = newEntries(defs[op.Coll], op)
	}
	return entries
}

func newEntries(defs *collIndexes, op store.Op) opEntries {
	e := opEntries{defs: defs}
	if defs == nil || len(defs.list) == 0 {
		return e
	}
	e.keys = make([][]byte, len(defs.list))
	if op.Body != nil {
		for i, def := range defs.list {
			e.keys[i] = def.key(op.Coll, op.ID, op.Body)
		}
	}
	return e
}

// swap removes the entries of the old state and adds those of the next.
func (e opEntries) swap(batch *pebble.Batch, op store.Op, old, next state) error {
	if e.defs == nil {
		return nil
	}
	for i, def := range e.defs.list {
		var oldKey []byte
		if old.exists {
			oldKey = def.key(op.Coll, op.ID, old.body)
		}
		if bytes.Equal(oldKey, e.keys[i]) {
			continue
		}
		if oldKey != nil {
			if err := batch.Delete(oldKey, nil); err != nil {
				return err
			}
		}
		if e.keys[i] != nil {
			if err := batch.Set(e.keys[i], nil, nil); err != nil {
				return err
			}
		}
	}
	if !e.defs.feed {
		return nil
	}
	if old.exists {
		if err := batch.Delete(appendFeedKey(nil, op.Coll, old.stamp), nil); err != nil {
			return err
		}
	}
	if next.exists {
		return batch.Set(appendFeedKey(nil, op.Coll, next.stamp), []byte(op.ID), nil)
	}
	return nil
}

// EnsureIndexes makes the indexes of coll those given. It reads the whole collection
// when one is missing; writes wait meanwhile. Interrupted, it starts anew next time.
func (d *Driver) EnsureIndexes(ctx context.Context, coll string, indexes []store.Index) error {
	if !store.ValidColl(coll) || !validIndexes(indexes) {
		return model.Errorf(model.CodeInternal, "索引定义有误，请联系管理员。")
	}
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.leave()
	return d.submit(&request{ctx: ctx, job: func() error { return d.buildIndexes(ctx, coll, indexes) }})
}

func validIndexes(indexes []store.Index) bool {
	names := map[string]bool{}
	for _, index := range indexes {
		feed := index.Name == store.FeedIndex.Name
		if index.Name == "" || strings.IndexByte(index.Name, 0) >= 0 || names[index.Name] || len(index.Fields) == 0 ||
			feed && !slices.Equal(index.Fields, store.FeedIndex.Fields) {
			return false
		}
		for _, field := range index.Fields {
			if !feed && (field == "" || field[0] == '_' && field != "_id") {
				return false
			}
		}
		names[index.Name] = true
	}
	return true
}

// buildIndexes runs in the committer. Order: undeclare and empty what is not wanted,
// fill what is missing, declare it; a crash in between leaves it undeclared.
func (d *Driver) buildIndexes(ctx context.Context, coll string, indexes []store.Index) error {
	have, err := d.storedIndexes(coll)
	if err != nil {
		return err
	}
	same := func(list []store.Index, index store.Index) bool {
		return slices.ContainsFunc(list, func(o store.Index) bool {
			return o.Name == index.Name && slices.Equal(o.Fields, index.Fields)
		})
	}
	var keep, missing []store.Index
	var stale []string
	for _, index := range have {
		if same(indexes, index) {
			keep = append(keep, index)
		} else {
			stale = append(stale, index.Name)
		}
	}
	for _, index := range indexes {
		if !same(have, index) {
			missing = append(missing, index)
			stale = append(stale, index.Name) // left by an interrupted build
		}
	}
	if len(stale) == 0 {
		return nil
	}
	if err := d.dropIndexes(coll, keep, stale); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	if err := d.fillIndexes(ctx, coll, compile(missing)); err != nil {
		return err
	}
	batch := d.db.NewBatch()
	defer batch.Close()
	return d.declare(batch, coll, indexes)
}

func (d *Driver) dropIndexes(coll string, keep []store.Index, stale []string) error {
	batch := d.db.NewBatch()
	defer batch.Close()
	for _, name := range stale {
		prefix := appendIndexPrefix(nil, coll, name)
		if name == store.FeedIndex.Name {
			prefix = appendColl(nil, spaceFeed, coll)
		}
		if err := batch.DeleteRange(prefix, prefixEnd(prefix), nil); err != nil {
			return engineError(err)
		}
	}
	return d.declare(batch, coll, keep)
}

// fillIndexes writes the entries of all documents of coll.
func (d *Driver) fillIndexes(ctx context.Context, coll string, defs *collIndexes) error {
	prefix := appendColl(nil, spaceDoc, coll)
	iter, err := d.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: prefixEnd(prefix)})
	if err != nil {
		return engineError(err)
	}
	defer iter.Close()
	batch := d.db.NewBatch()
	defer func() { _ = batch.Close() }()
	for valid := iter.First(); valid; valid = iter.Next() {
		id := string(iter.Key()[len(prefix):])
		s, ok := parseValue(id, iter.Value())
		if !ok {
			return corrupted(&CorruptionError{Err: errLayout})
		}
		op := store.Op{Coll: coll, ID: id, Body: s.body}
		if err := newEntries(defs, op).swap(batch, op, state{}, s); err != nil {
			return engineError(err)
		}
		if batch.Len() < groupBytes {
			continue
		}
		d.fs.bulk.wrote(batch.Len(), d.opt.Clock.Now())
		if err := batch.Commit(pebble.NoSync); err != nil {
			return engineError(err)
		}
		batch.Reset()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := iter.Error(); err != nil {
		return engineError(err)
	}
	// The declaration that follows is synced, and the log keeps the order.
	return engineError(batch.Commit(pebble.NoSync))
}

// declare stores the definitions with the rest of batch and puts them in force.
func (d *Driver) declare(batch *pebble.Batch, coll string, indexes []store.Index) error {
	v, err := json.Marshal(indexes)
	if err != nil {
		return model.Wrap(err, model.CodeInternal, "索引定义无法保存，请联系管理员。")
	}
	if err := batch.Set(metaIndexKey(coll), v, nil); err != nil {
		return engineError(err)
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return engineError(err)
	}
	d.setIndexes(coll, indexes)
	return nil
}

func (d *Driver) setIndexes(coll string, indexes []store.Index) {
	all := map[string]*collIndexes{coll: compile(indexes)}
	if old := d.indexes.Load(); old != nil {
		for name, defs := range *old {
			if name != coll {
				all[name] = defs
			}
		}
	}
	d.indexes.Store(&all)
}

func (d *Driver) storedIndexes(coll string) ([]store.Index, error) {
	v, closer, err := d.db.Get(metaIndexKey(coll))
	if err == pebble.ErrNotFound { //nolint:errorlint // given bare
		return nil, nil
	}
	if err != nil {
		return nil, engineError(err)
	}
	defer closer.Close()
	return decodeIndexes(v)
}

func decodeIndexes(v []byte) (indexes []store.Index, err error) {
	if err := json.Unmarshal(v, &indexes); err != nil {
		return nil, corrupted(&CorruptionError{Err: err})
	}
	return indexes, nil
}

func (d *Driver) loadIndexes() error {
	d.indexes.Store(&map[string]*collIndexes{})
	prefix := metaIndexKey("")
	iter, err := d.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: prefixEnd(prefix)})
	if err != nil {
		return engineError(err)
	}
	defer iter.Close()
	for valid := iter.First(); valid; valid = iter.Next() {
		indexes, err := decodeIndexes(iter.Value())
		if err != nil {
			return err
		}
		d.setIndexes(string(iter.Key()[len(prefix):]), indexes)
	}
	return engineError(iter.Error())
}
