package mongo

import (
	"context"
	"errors"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// errRefused says that a precondition did not hold when the server looked; which one, and
// how it failed, judge finds out.
var errRefused = errors.New("mongo: a precondition did not hold")

// Apply does one op as one command and several as a transaction.
func (d *Driver) Apply(ctx context.Context, ops []store.Op) error {
	op, cancel, err := d.call(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	if err := store.CheckOps(ops); err != nil {
		return err
	}
	if len(ops) == 0 {
		return nil
	}
	for i, op := range ops {
		if reserved(op.Body) {
			return store.OpFailed(model.CodeInvalidRequest, i, op)
		}
	}
	if !d.caps.Concurrency {
		d.alone.Lock()
		defer d.alone.Unlock()
	}
	switch {
	case len(ops) == 1:
		err = d.settle(op, ops, func(ctx context.Context) error { return d.write(ctx, ops[0]) })
	case d.caps.Transactions:
		err = d.settle(op, ops, func(ctx context.Context) error { return d.transact(ctx, ops) })
	default:
		err = d.inOrder(op, ops)
	}
	return fault(ctx, err)
}

// settle runs do until it is done or a majority read shows why it cannot be. It goes round
// when that read finds nothing wrong: then a write we collided with is not yet
// majority-committed, or the state came back to what the caller expects.
func (d *Driver) settle(ctx context.Context, ops []store.Op, do func(context.Context) error) error {
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := do(ctx)
		if !errors.Is(err, errRefused) {
			return err
		}
		i, code, err := d.judge(ctx, ops)
		if err != nil {
			return err
		}
		if code != "" {
			return store.OpFailed(code, i, ops[i])
		}
		d.counts.batchRetries.Add(1)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// judge gives the first op, in order, whose precondition does not hold; code "" if all do.
func (d *Driver) judge(ctx context.Context, ops []store.Op) (index int, code model.Code, err error) {
	revs, err := d.revisions(ctx, ops)
	if err != nil {
		return 0, "", err
	}
	for i, op := range ops {
		rev := revs[docKey{op.Coll, op.ID}] // 0 = absent
		switch {
		case op.Kind == store.OpInsert && rev != 0:
			return i, model.CodeExists, nil
		case (op.Kind == store.OpReplace || op.Kind == store.OpDelete) && rev == 0:
			return i, model.CodeNotFound, nil
		case op.Kind == store.OpReplace || op.Kind == store.OpDelete || op.Kind == store.OpCheck:
			if rev != op.Rev {
				return i, model.CodeConflict, nil
			}
		}
	}
	return 0, "", nil
}

type docKey struct{ coll, id string }

// revisions reads the revision of every document that ops name; absent ones are left out.
// With a session in ctx it reads inside the transaction.
func (d *Driver) revisions(ctx context.Context, ops []store.Op) (map[docKey]int64, error) {
	ids := map[string][]string{}
	for _, op := range ops {
		ids[op.Coll] = append(ids[op.Coll], op.ID)
	}
	revs := make(map[docKey]int64, len(ops))
	for coll, all := range ids {
		for len(all) > 0 {
			part := all[:min(chunk, len(all))]
			all = all[len(part):]
			opts := options.Find().SetProjection(bson.D{{Key: "_rev", Value: 1}}).
				SetBatchSize(int32(len(part)) + 1) // one more, so that the cursor ends with the first batch
			err := d.each(ctx, coll, d.byIDs(part), opts, func(raw bson.Raw) error {
				id, _ := raw.Lookup("_id").StringValueOK()
				revs[docKey{coll, id}], _ = raw.Lookup("_rev").AsInt64OK()
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return revs, nil
}

// write does one op in one atomic command; errRefused if its precondition did not hold.
func (d *Driver) write(ctx context.Context, op store.Op) error {
	c := d.coll(op.Coll)
	switch op.Kind {
	case store.OpInsert:
		_, err := c.InsertOne(ctx, stored(op.ID, op.Body, 1, d.now()))
		return refusedIfDuplicate(err)
	case store.OpReplace:
		res, err := c.ReplaceOne(ctx, d.byRev(op.ID, op.Rev), stored(op.ID, op.Body, op.Rev+1, d.now()))
		if err == nil && res.MatchedCount == 0 {
			return errRefused
		}
		return err
	case store.OpDelete:
		res, err := c.DeleteOne(ctx, d.byRev(op.ID, op.Rev))
		if err == nil && res.DeletedCount == 0 {
			return errRefused
		}
		return err
	case store.OpPut, store.OpMark:
		revs, err := d.revisions(ctx, []store.Op{op})
		if err != nil {
			return err
		}
		op.Kind, op.Rev = store.OpReplace, revs[docKey{op.Coll, op.ID}]
		if op.Rev == 0 {
			op.Kind = store.OpInsert
		}
		return d.write(ctx, op)
	}
	// OpCheck alone writes nothing: the majority read is the answer.
	i, code, err := d.judge(ctx, []store.Op{op})
	if code != "" {
		return store.OpFailed(code, i, op)
	}
	return err
}

// inOrder is for servers without transactions: all preconditions, then one write after
// the other. Not atomic; Capabilities says so.
func (d *Driver) inOrder(ctx context.Context, ops []store.Op) error {
	i, code, err := d.judge(ctx, ops)
	if err != nil {
		return err
	}
	if code != "" {
		return store.OpFailed(code, i, ops[i])
	}
	for i, op := range ops {
		if op.Kind == store.OpCheck {
			continue
		}
		err := d.settle(ctx, ops[i:i+1], func(ctx context.Context) error { return d.write(ctx, op) })
		if failed := (*store.OpError)(nil); errors.As(err, &failed) {
			failed.Index = i
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func refusedIfDuplicate(err error) error {
	if mongo.IsDuplicateKeyError(err) {
		return errRefused
	}
	return err
}
