package mongo

import (
	"context"

	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// transact does all ops in one transaction, or none and gives errRefused if a precondition
// did not hold.
//
// The callback obeys the driver's rules: it only uses the context it is given, one command
// at a time, may run again from the start (the server forgot the first run), and returns
// every error. A duplicate key has already aborted the transaction on the server; returning
// errRefused instead of it, without labels, ends the loop, and the driver's abort that
// follows is harmless.
func (d *Driver) transact(ctx context.Context, ops []store.Op) error {
	session, err := d.client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	opts := options.Transaction().
		SetReadConcern(readconcern.Snapshot()).
		SetWriteConcern(durably()).
		SetReadPreference(readpref.Primary())
	d.counts.transactions.Add(1)
	attempts := int64(0)
	_, err = session.WithTransaction(ctx, func(ctx context.Context) (any, error) {
		if err := ctx.Err(); err != nil {
			return nil, err // do not go round for somebody who left
		}
		attempts++
		return nil, d.attempt(ctx, ops)
	}, opts)
	d.counts.transactionRetries.Add(max(0, attempts-1))
	return err
}

// attempt runs the commands of one try inside the session of ctx.
func (d *Driver) attempt(ctx context.Context, ops []store.Op) error {
	groups, err := d.plan(ctx, ops)
	if err != nil {
		return err
	}
	for _, g := range groups {
		res, err := d.coll(g.coll).BulkWrite(ctx, g.models(), options.BulkWrite().SetOrdered(true))
		if err != nil {
			return refusedIfDuplicate(err)
		}
		if res.InsertedCount != int64(len(g.inserts)) || res.MatchedCount != int64(len(g.updates)) ||
			res.DeletedCount != int64(len(g.deletes)) {
			return errRefused
		}
	}
	return nil
}

// group is what one collection gets. The kinds are kept apart because the driver makes one
// command of neighbours of a kind, and because each has its count.
type group struct {
	coll                      string
	inserts, updates, deletes []mongo.WriteModel
}

// models puts inserts first: the placeholder of a check must be there before its delete.
func (g *group) models() []mongo.WriteModel {
	all := make([]mongo.WriteModel, 0, len(g.inserts)+len(g.updates)+len(g.deletes))
	return append(append(append(all, g.inserts...), g.updates...), g.deletes...)
}

// plan turns ops into bulk writes, in the order in which collections appear. An id stands
// in a batch only once, so the order of ops does not matter to the outcome.
func (d *Driver) plan(ctx context.Context, ops []store.Op) ([]*group, error) {
	var puts []store.Op
	for _, op := range ops {
		if op.Kind == store.OpPut || op.Kind == store.OpMark {
			puts = append(puts, op)
		}
	}
	revs, err := d.revisions(ctx, puts)
	if err != nil {
		return nil, err
	}
	at := d.now()
	byColl := map[string]*group{}
	var groups []*group
	for _, op := range ops {
		g := byColl[op.Coll]
		if g == nil {
			g = &group{coll: op.Coll}
			byColl[op.Coll] = g
			groups = append(groups, g)
		}
		insert := func() {
			g.inserts = append(g.inserts, mongo.NewInsertOneModel().SetDocument(stored(op.ID, op.Body, 1, at)))
		}
		replace := func(rev int64) {
			g.updates = append(g.updates, mongo.NewReplaceOneModel().SetFilter(d.byRev(op.ID, rev)).
				SetReplacement(stored(op.ID, op.Body, rev+1, at)))
		}
		switch rev := revs[docKey{op.Coll, op.ID}]; {
		case op.Kind == store.OpInsert, (op.Kind == store.OpPut || op.Kind == store.OpMark) && rev == 0:
			insert()
		case op.Kind == store.OpPut, op.Kind == store.OpMark:
			replace(rev)
		case op.Kind == store.OpReplace:
			replace(op.Rev)
		case op.Kind == store.OpDelete:
			g.deletes = append(g.deletes, mongo.NewDeleteOneModel().SetFilter(d.byRev(op.ID, op.Rev)))
		case op.Rev == 0: // a check that the id is free
			insert()
			g.deletes = append(g.deletes, mongo.NewDeleteOneModel().SetFilter(d.byID(op.ID)))
		default: // a check of a revision: change something, or it guards nothing
			g.updates = append(g.updates, mongo.NewUpdateOneModel().SetFilter(d.byRev(op.ID, op.Rev)).
				SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "_lock", Value: bson.NewObjectID()}}}}))
		}
	}
	return groups, nil
}
