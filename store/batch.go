package store

import (
	"context"
	"slices"
)

// Batch collects ops over several collections and does them at once:
//
//	var b store.Batch
//	b.Add(files.ReplaceOp(file))
//	b.Add(records.InsertOp(record))
//	err := b.Apply(ctx, driver)
//
// The first error of an op builder is what Apply returns, before anything is written.
type Batch struct {
	ops []Op
	err error
}

// Add takes what an op builder returns.
func (b *Batch) Add(op Op, err error) {
	if err != nil {
		if b.err == nil {
			b.err = err
		}
		return
	}
	b.ops = append(b.ops, op)
}

// AddOps takes finished ops.
func (b *Batch) AddOps(ops ...Op) { b.ops = append(b.ops, ops...) }

// Grow makes room for n more ops.
func (b *Batch) Grow(n int) { b.ops = slices.Grow(b.ops, n) }

// Len is the number of ops.
func (b *Batch) Len() int { return len(b.ops) }

// Ops gives the ops, or the first error of Add.
func (b *Batch) Ops() ([]Op, error) { return b.ops, b.err }

// Apply does all ops or none; see Driver.Apply.
func (b *Batch) Apply(ctx context.Context, d Driver) error {
	if b.err != nil {
		return b.err
	}
	return d.Apply(ctx, b.ops)
}
