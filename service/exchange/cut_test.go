package exchange_test

import (
	"context"
	"errors"

	"xinyi/model"
	"xinyi/store"
)

// cutStore fails after left commits, before or after the write has landed.
type cutStore struct {
	*store.Exchange
	left, made int
}

var errCut = errors.New("cut off")

func (c *cutStore) Commit(ctx context.Context, in *model.ExchangeBatch) error {
	if c.made++; c.made > c.left {
		c.made = 0
		if c.left%2 == 0 {
			return errCut
		}
		if err := c.Exchange.Commit(ctx, in); err != nil {
			return err
		}
		return errCut
	}
	return c.Exchange.Commit(ctx, in)
}
