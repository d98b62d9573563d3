package mongo

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// ownIndex marks the indexes that are ours, which operators may drop when no version in
// use declares them.
const ownIndex = "x_"

const codeNamespaceExists = 48

// EnsureIndexes creates the collection and builds what is missing. Several processes may
// do so at once, and of several versions while one replaces the other: so it drops
// nothing, for another process may be reading by what this one does not declare.
func (d *Driver) EnsureIndexes(ctx context.Context, coll string, indexes []store.Index) error {
	if err := d.ready(ctx); err != nil {
		return err
	}
	want := map[string]bson.D{}
	fields := map[string][]string{}
	for _, ix := range indexes {
		if ix.Name == "" || len(ix.Fields) == 0 || fields[ix.Name] != nil {
			return model.Errorf(model.CodeInternal, "索引声明有误，请联系管理员。")
		}
		want[ownIndex+ix.Name] = indexKeys(ix)
		fields[ix.Name] = slices.Clone(ix.Fields)
	}
	if !store.ValidColl(coll) {
		return model.Errorf(model.CodeInternal, "集合名称不符合要求，请联系管理员。")
	}
	op := ctx
	if _, bounded := ctx.Deadline(); !bounded { // building may take hours; the client's time-out is for requests
		var cancel context.CancelFunc
		op, cancel = context.WithTimeout(ctx, 24*time.Hour)
		defer cancel()
	}
	if err := d.buildIndexes(op, coll, want); err != nil {
		return fault(ctx, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.indexes[coll] = fields
	return nil
}

// indexKeys appends the id, which orders equal keys, and for the feed the revision, so
// that the feed is read from the index alone.
func indexKeys(ix store.Index) bson.D {
	var keys bson.D
	for _, f := range ix.Fields {
		keys = append(keys, bson.E{Key: f, Value: int32(1)})
	}
	keys = append(keys, bson.E{Key: "_id", Value: int32(1)})
	if ix.Name == store.FeedIndex.Name {
		keys = append(keys, bson.E{Key: "_rev", Value: int32(1)})
	}
	return keys
}

func (d *Driver) buildIndexes(ctx context.Context, coll string, want map[string]bson.D) error {
	if err := d.db.CreateCollection(ctx, coll); err != nil && !hasCode(err, codeNamespaceExists) {
		return err
	}
	view := d.coll(coll).Indexes()
	have, err := view.ListSpecifications(ctx)
	if err != nil {
		return err
	}
	var models []mongo.IndexModel
	for _, name := range slices.Sorted(maps.Keys(want)) {
		free, built := place(name, want[name], have)
		if !built {
			models = append(models, mongo.IndexModel{Keys: want[name], Options: options.Index().SetName(free)})
		}
	}
	if len(models) == 0 {
		return nil
	}
	_, err = view.CreateMany(ctx, models)
	return err
}

// place tells whether one of our indexes has these keys, under whatever name, and if not
// which name a new one takes: with its fields if the plain one stands for other keys.
func place(name string, keys bson.D, have []mongo.IndexSpecification) (free string, built bool) {
	free = name
	for _, spec := range have {
		if !strings.HasPrefix(spec.Name, ownIndex) {
			continue
		}
		if sameKeys(keys, spec.KeysDocument) {
			return spec.Name, true
		}
		if spec.Name == name {
			for _, e := range keys {
				free += "." + e.Key
			}
		}
	}
	return free, false
}

func sameKeys(want bson.D, have bson.Raw) bool {
	elements, err := have.Elements()
	if err != nil || len(elements) != len(want) {
		return false
	}
	for i, e := range elements {
		if n, ok := e.Value().AsInt64OK(); !ok || n != 1 || e.Key() != want[i].Key {
			return false
		}
	}
	return true
}

func hasCode(err error, code int) bool {
	var se mongo.ServerError
	return errors.As(err, &se) && se.HasErrorCode(code)
}
