package store

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"xinyi/model"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// CollectionOptions say how a T becomes a document. Name and ID are required.
type CollectionOptions[T any] struct {
	Name string
	// ID gives the document's id, which T also encodes as "_id".
	ID func(*T) string
	// Rev gives the place of the revision in T (a field tagged bson:"-"): it is set on
	// reading and writing and compared by Replace. nil = the caller carries revisions.
	Rev func(*T) *int64
	// Check judges a value before it is written; its error is returned as it is.
	Check func(*T) error
	// Cache bounds the decoded values kept, by number; 0 = none.
	Cache int
}

// Collection keeps values of type T in a Driver. Safe for concurrent use.
//
// Values from Get, GetMany and Find may be shared with other callers when there is a
// cache: treat them as read-only and change a copy (Clone what T points to as well).
// A cached value is never stale: every read asks the engine for the document and uses
// the value only if revision, time and (by their hash) bytes are the same; what is saved is
// decoding.
//
// Errors are *model.Error with CodeNotFound, CodeExists, CodeConflict or
// CodeUnavailable; context errors stay what they are.
type Collection[T any] struct {
	driver Driver
	opt    CollectionOptions[T]
	cache  *lru.TwoQueueCache[string, decoded[T]]
	seed   maphash.Seed
}

// decoded is a value and what it was decoded from. Of the bytes their hash is kept: they lie
// in memory that the engine wants back.
type decoded[T any] struct {
	rev   int64
	at    time.Time
	sum   uint64
	value *T
}

// List is a page of values; Next is "" at the end, else the After of the next Query.
type List[T any] struct {
	Items []*T
	Next  string
}

// NewCollection gives the collection of opt.Name in d.
func NewCollection[T any](d Driver, opt CollectionOptions[T]) *Collection[T] {
	c := &Collection[T]{driver: d, opt: opt, seed: maphash.MakeSeed()}
	if opt.Cache > 0 {
		// A scan over many files must not push out the hot ones: hence two queues.
		c.cache, _ = lru.New2Q[string, decoded[T]](opt.Cache) // fails for sizes < 1 only
	}
	return c
}

// Name is the collection's name.
func (c *Collection[T]) Name() string { return c.opt.Name }

// Get gives the value with this id, or CodeNotFound.
func (c *Collection[T]) Get(ctx context.Context, id string) (*T, error) {
	doc, err := c.driver.Get(ctx, c.opt.Name, id)
	if err != nil {
		return nil, err
	}
	return c.decode(doc)
}

// GetMany gives the values that exist, in the order of ids.
func (c *Collection[T]) GetMany(ctx context.Context, ids []string) ([]*T, error) {
	docs, err := c.driver.GetMany(ctx, c.opt.Name, ids)
	if err != nil {
		return nil, err
	}
	return c.decodeAll(docs)
}

// Find gives a page of values.
func (c *Collection[T]) Find(ctx context.Context, q Query) (List[T], error) {
	page, err := c.driver.Find(ctx, c.opt.Name, q)
	if err != nil {
		return List[T]{}, err
	}
	items, err := c.decodeAll(page.Docs)
	return List[T]{Items: items, Next: page.Next}, err
}

// Each calls yield for every value that q finds, page by page of q.Limit (0 = 500),
// until an error. It sees writes that happen meanwhile or not, but no value twice
// unless its place in the order moves.
func (c *Collection[T]) Each(ctx context.Context, q Query, yield func(*T) error) error {
	if q.Limit == 0 {
		q.Limit = 500
	}
	for {
		list, err := c.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, v := range list.Items {
			if err := yield(v); err != nil {
				return err
			}
		}
		if q.After = list.Next; q.After == "" {
			return nil
		}
	}
}

// Insert writes a new value and sets its revision to 1; CodeExists if the id is taken.
func (c *Collection[T]) Insert(ctx context.Context, v *T) error {
	return c.apply(ctx, v, c.InsertOp, 1)
}

// Replace writes over the revision that v was read with and counts it up;
// CodeConflict if somebody was faster, CodeNotFound if it is gone. It needs Options.Rev.
func (c *Collection[T]) Replace(ctx context.Context, v *T) error {
	return c.apply(ctx, v, c.ReplaceOp, c.rev(v)+1)
}

// Put writes v whatever is there. It leaves v's revision alone.
func (c *Collection[T]) Put(ctx context.Context, v *T) error {
	return c.apply(ctx, v, c.PutOp, c.rev(v))
}

// Update reads the value with this id, lets change alter a copy and writes it; when
// somebody else was faster it starts over, a few times, then gives CodeConflict.
// change gets a freshly decoded value, never a shared one, and may be called again.
func (c *Collection[T]) Update(ctx context.Context, id string, change func(*T) error) (*T, error) {
	for attempt := 0; ; attempt++ {
		doc, err := c.driver.Get(ctx, c.opt.Name, id)
		if err != nil {
			return nil, err
		}
		v, err := Decode[T](doc)
		if err != nil {
			return nil, err
		}
		c.setRev(v, doc.Rev)
		if err := change(v); err != nil {
			return nil, err
		}
		op, err := c.op(OpReplace, v, doc.Rev)
		if err != nil {
			return nil, err
		}
		if err = c.driver.Apply(ctx, []Op{op}); err == nil {
			c.setRev(v, doc.Rev+1)
			return v, nil
		}
		if !model.Is(err, model.CodeConflict) || attempt == updateAttempts {
			return nil, err
		}
	}
}

const updateAttempts = 16

// Delete removes the value with this id and revision.
func (c *Collection[T]) Delete(ctx context.Context, id string, rev int64) error {
	return c.driver.Apply(ctx, []Op{c.DeleteOp(id, rev)})
}

func (c *Collection[T]) apply(ctx context.Context, v *T, op func(*T) (Op, error), rev int64) error {
	o, err := op(v)
	if err != nil {
		return err
	}
	if err := c.driver.Apply(ctx, []Op{o}); err != nil {
		return err
	}
	c.setRev(v, rev)
	return nil
}

// InsertOp is Insert as part of a batch. The ops leave v's revision alone.
func (c *Collection[T]) InsertOp(v *T) (Op, error) { return c.op(OpInsert, v, 0) }

// ReplaceOp is Replace as part of a batch.
func (c *Collection[T]) ReplaceOp(v *T) (Op, error) { return c.op(OpReplace, v, c.rev(v)) }

// PutOp is Put as part of a batch.
func (c *Collection[T]) PutOp(v *T) (Op, error) { return c.op(OpPut, v, 0) }

// DeleteOp is Delete as part of a batch.
func (c *Collection[T]) DeleteOp(id string, rev int64) Op {
	return Op{Kind: OpDelete, Coll: c.opt.Name, ID: id, Rev: rev}
}

// CheckOp makes a batch fail with CodeConflict unless id has this revision; 0 = absent.
func (c *Collection[T]) CheckOp(id string, rev int64) Op {
	return Op{Kind: OpCheck, Coll: c.opt.Name, ID: id, Rev: rev}
}

func (c *Collection[T]) op(kind OpKind, v *T, rev int64) (Op, error) {
	if c.opt.Check != nil {
		if err := c.opt.Check(v); err != nil {
			return Op{}, err
		}
	}
	body, err := Encode(v)
	if err != nil {
		return Op{}, err
	}
	return Op{Kind: kind, Coll: c.opt.Name, ID: c.opt.ID(v), Rev: rev, Body: body}, nil
}

func (c *Collection[T]) rev(v *T) int64 {
	if c.opt.Rev == nil {
		return 0
	}
	return *c.opt.Rev(v)
}

func (c *Collection[T]) setRev(v *T, rev int64) {
	if c.opt.Rev != nil {
		*c.opt.Rev(v) = rev
	}
}

func (c *Collection[T]) decodeAll(docs []Doc) ([]*T, error) {
	items := make([]*T, len(docs))
	for i, doc := range docs {
		v, err := c.decode(doc)
		if err != nil {
			return nil, err
		}
		items[i] = v
	}
	return items, nil
}

func (c *Collection[T]) decode(doc Doc) (*T, error) {
	var sum uint64
	if c.cache != nil {
		// The bytes count too: an id deleted and inserted again starts at revision 1.
		sum = maphash.Bytes(c.seed, doc.Body)
		if have, ok := c.cache.Get(doc.ID); ok && have.rev == doc.Rev && have.at.Equal(doc.At) && have.sum == sum {
			return have.value, nil
		}
	}
	v, err := Decode[T](doc)
	if err != nil {
		return nil, err
	}
	c.setRev(v, doc.Rev)
	if c.cache != nil {
		c.cache.Add(doc.ID, decoded[T]{doc.Rev, doc.At, sum, v})
	}
	return v, nil
}

// Decode gives the body of doc as a T. The error is CodeInternal and names no content.
func Decode[T any](doc Doc) (*T, error) {
	v := new(T)
	if err := bson.Unmarshal(doc.Body, v); err != nil {
		return nil, unreadable(err)
	}
	return v, nil
}

var errMalformed = errors.New("store: a field has another type or the document is cut off")

func unreadable(cause error) error {
	return model.Wrap(cause, model.CodeInternal, "存储的数据无法解读，请联系管理员。")
}
