package exchange

import (
	"context"

	"xinyi/model"
)

// NextPackage gives the number of the package that is being filled, or will be next.
func (s *Service) NextPackage(ctx context.Context) (int, error) {
	st, err := s.Store.State(ctx)
	return st.Package, err
}

// Deliver exports what changed and writes every package from the number on into dir. It can
// be interrupted at any point: the same call goes on.
func (s *Service) Deliver(ctx context.Context, by, dir string, from int) (d model.ExchangeDelivery, err error) {
	done, err := s.Export(ctx, by)
	if err != nil {
		return d, err
	}
	d.Rows, d.Held = done.Rows, done.Held
	next, err := s.NextPackage(ctx)
	if err != nil {
		return d, err
	}
	for n := from; n < next; n++ {
		if _, err := s.Write(ctx, by, number(n), dir); err != nil {
			return d, err
		}
		d.Packages++
	}
	return d, nil
}
