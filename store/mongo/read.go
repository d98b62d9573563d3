package mongo

import (
	"context"
	"errors"

	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func (d *Driver) coll(name string) *mongo.Collection { return d.db.Collection(name) }

// byID is the filter of one document: on mongos it names the shard too.
func (d *Driver) byID(id string) bson.D {
	if d.sharded {
		return bson.D{{Key: "_id", Value: id}, {Key: "_s", Value: seed(id)}}
	}
	return bson.D{{Key: "_id", Value: id}}
}

// byRev is the filter of a compare-and-swap.
func (d *Driver) byRev(id string, rev int64) bson.D {
	return append(d.byID(id), bson.E{Key: "_rev", Value: rev})
}

// byIDs is the filter of several; of one it is the plain form, which servers are quickest at.
func (d *Driver) byIDs(ids []string) bson.D {
	if len(ids) == 1 {
		return d.byID(ids[0])
	}
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}
	if d.sharded {
		seeds := make([]string, 0, len(ids))
		seen := make(map[string]struct{}, len(ids))
		for _, id := range ids {
			s := seed(id)
			if _, ok := seen[s]; !ok {
				seen[s] = struct{}{}
				seeds = append(seeds, s)
			}
		}
		filter = append(filter, bson.E{Key: "_s", Value: bson.D{{Key: "$in", Value: seeds}}})
	}
	return filter
}

// Get gives one document.
func (d *Driver) Get(ctx context.Context, coll, id string) (store.Doc, error) {
	op, cancel, err := d.call(ctx)
	if err != nil {
		return store.Doc{}, err
	}
	defer cancel()
	if !store.ValidColl(coll) || !store.ValidID(id) {
		return store.Doc{}, store.ErrNotFound
	}
	raw, err := d.coll(coll).FindOne(op, d.byID(id)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Doc{}, store.ErrNotFound
	}
	if err != nil {
		return store.Doc{}, fault(ctx, err)
	}
	return opened(raw)
}

// GetMany gives those that exist, in the order of ids.
func (d *Driver) GetMany(ctx context.Context, coll string, ids []string) ([]store.Doc, error) {
	op, cancel, err := d.call(ctx)
	if err != nil {
		return nil, err
	}
	defer cancel()
	docs, err := d.getMany(op, coll, ids)
	return docs, fault(ctx, err)
}

// chunk keeps the filter of one command far below the size limit.
const chunk = 5000

func (d *Driver) getMany(ctx context.Context, coll string, ids []string) ([]store.Doc, error) {
	found := make(map[string]store.Doc, len(ids))
	for rest := validIDs(coll, ids); len(rest) > 0; {
		part := rest[:min(chunk, len(rest))]
		rest = rest[len(part):]
		err := d.each(ctx, coll, d.byIDs(part), options.Find().SetBatchSize(int32(len(part))+1), func(raw bson.Raw) error {
			doc, err := opened(raw)
			found[doc.ID] = doc
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	docs := make([]store.Doc, 0, len(found))
	for _, id := range ids {
		if doc, ok := found[id]; ok {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

// validIDs leaves out what cannot be in the store.
func validIDs(coll string, ids []string) []string {
	if !store.ValidColl(coll) {
		return nil
	}
	valid := make([]string, 0, len(ids))
	for _, id := range ids {
		if store.ValidID(id) {
			valid = append(valid, id)
		}
	}
	return valid
}

// each calls yield with every document found; raw is valid during the call only.
func (d *Driver) each(ctx context.Context, coll string, filter bson.D, opts *options.FindOptionsBuilder, yield func(bson.Raw) error) error {
	cursor, err := d.coll(coll).Find(ctx, filter, opts)
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	for cursor.Next(ctx) {
		if err := yield(cursor.Current); err != nil {
			return err
		}
	}
	return cursor.Err()
}
