package store

import (
	"context"
	"time"

	"xinyi/model"
)

const (
	collBudgets      = "benefit_budgets"
	collBudgetSlices = "budget_slices"
	collBudgetUnits  = "budget_units"
	collBudgetDone   = "budget_slices_done"
	// budgetRest is how long the units of a settled slice stay, so that a process which
	// stood still meanwhile finds them taken.
	budgetRest = 24 * time.Hour
	// settleTries bounds the races for one budget.
	settleTries = 40
)

// budgetDoc counts what was handed out of a benefit's budget: slices, less what was taken
// back of them, and uses that were reversed.
type budgetDoc struct {
	ID          string `bson:"_id"` // code
	model.Usage `bson:",inline"`
}

// budgetUnit is a unit of a slice that was used or taken back: its id says which.
type budgetUnit struct {
	ID string `bson:"_id"`
}

// budgetDone is a settled slice; its id is what the names of its units begin with.
type budgetDone struct {
	ID        string    `bson:"_id"`
	ExpiresAt time.Time `bson:"expiresAt"`
	Rev       int64     `bson:"-"`
}

func budgetUnits(d Driver) *Collection[budgetUnit] {
	return NewCollection(d, CollectionOptions[budgetUnit]{Name: collBudgetUnits, ID: func(u *budgetUnit) string { return u.ID }})
}

func budgetDocs(d Driver) *Collection[budgetDoc] {
	return NewCollection(d, CollectionOptions[budgetDoc]{Name: collBudgets, ID: func(b *budgetDoc) string { return b.ID },
		Rev: func(b *budgetDoc) *int64 { return &b.Rev }})
}

// Budgets hands the budgets of benefits to processes in slices (预算发放). Nothing depends on
// clocks but when a slice is taken back. Safe for concurrent use.
type Budgets struct {
	driver Driver
	docs   *Collection[budgetDoc]
	slices *Collection[model.BudgetSlice]
	units  *Collection[budgetUnit]
	done   *Collection[budgetDone]
}

// NewBudgets gives the repository.
func NewBudgets(d Driver) *Budgets {
	return &Budgets{driver: d, docs: budgetDocs(d), units: budgetUnits(d),
		slices: NewCollection(d, CollectionOptions[model.BudgetSlice]{Name: collBudgetSlices, ID: func(s *model.BudgetSlice) string { return s.ID },
			Rev: func(s *model.BudgetSlice) *int64 { return &s.Rev }}),
		done: NewCollection(d, CollectionOptions[budgetDone]{Name: collBudgetDone, ID: func(s *budgetDone) string { return s.ID },
			Rev: func(s *budgetDone) *int64 { return &s.Rev }})}
}

// Given is what was handed out of a benefit's budget; zero (Rev 0) before the first slice.
func (b *Budgets) Given(ctx context.Context, code string) (model.Usage, error) {
	doc, err := b.docs.Get(ctx, code)
	if model.Is(err, model.CodeNotFound) {
		return model.Usage{Benefit: code}, nil
	}
	if err != nil {
		return model.Usage{}, err
	}
	return doc.Usage, nil
}

// Hand counts a slice in given, as it was read, and keeps both: CodeConflict when the budget moved.
func (b *Budgets) Hand(ctx context.Context, given model.Usage, slice *model.BudgetSlice) error {
	var batch Batch
	batch.Add(b.docOp(given.Count(slice.Day, slice.Size)))
	batch.Add(b.slices.InsertOp(slice))
	if err := batch.Apply(ctx, b.driver); err != nil {
		return lost(err)
	}
	slice.Rev = 1
	return nil
}

func (b *Budgets) docOp(given model.Usage) (Op, error) {
	return write(b.docs, &budgetDoc{ID: given.Benefit, Usage: given}, given.Rev)
}

// Held is what lies with processes of a benefit's budget: given as it was meanwhile, and how
// many units nobody has used yet, by the day of their slices. CodeConflict when the budget moved.
func (b *Budgets) Held(ctx context.Context, code string) (given model.Usage, held map[model.Date]int, err error) {
	if given, err = b.Given(ctx, code); err != nil {
		return given, nil, err
	}
	held = map[model.Date]int{}
	err = b.slices.Each(ctx, Query{Prefix: code + "/"}, func(s *model.BudgetSlice) error {
		held[s.Day] += s.Size
		return b.units.Each(ctx, Query{Prefix: s.Units()}, func(*budgetUnit) error { held[s.Day]--; return nil })
	})
	if err != nil {
		return given, nil, err
	}
	after, err := b.Given(ctx, code)
	if err == nil && after.Rev != given.Rev {
		err = model.Errorf(model.CodeConflict, "名额刚被更新，请重试。")
	}
	return given, held, err
}

// Over gives the slices that ended before an instant and are not settled, of one benefit or,
// for "", of all.
func (b *Budgets) Over(ctx context.Context, code string, before time.Time) (over []*model.BudgetSlice, err error) {
	q := Query{}
	if code != "" {
		q.Prefix = code + "/"
	}
	err = b.slices.Each(ctx, q, func(s *model.BudgetSlice) error {
		if s.Until.Before(before) {
			over = append(over, s)
		}
		return nil
	})
	return over, err
}

// Settle takes back what was not used of a slice, once: who still holds it finds its units
// taken. A slice that is settled already is none.
func (b *Budgets) Settle(ctx context.Context, slice *model.BudgetSlice, now time.Time) error {
	err := model.Retry(ctx, func() error { return b.settle(ctx, slice, now) })
	if model.Is(err, model.CodeNotFound) {
		return nil
	}
	return err
}

func (b *Budgets) settle(ctx context.Context, slice *model.BudgetSlice, now time.Time) error {
	if _, err := b.slices.Get(ctx, slice.ID); err != nil {
		return err
	}
	taken := map[string]bool{}
	if err := b.units.Each(ctx, Query{Prefix: slice.Units()}, func(u *budgetUnit) error { taken[u.ID] = true; return nil }); err != nil {
		return err
	}
	var batch Batch
	batch.AddOps(b.slices.DeleteOp(slice.ID, slice.Rev))
	batch.Add(b.done.InsertOp(&budgetDone{ID: slice.Units(), ExpiresAt: now.Add(budgetRest).UTC().Truncate(time.Millisecond)}))
	left := 0
	for n := range slice.Size {
		if unit := slice.Unit(n); !taken[unit] {
			left++
			batch.Add(b.units.InsertOp(&budgetUnit{ID: unit}))
		}
	}
	if left > 0 {
		given, err := b.Given(ctx, slice.Benefit)
		if err != nil {
			return err
		}
		batch.Add(b.docOp(given.Count(slice.Day, -left)))
	}
	return lost(batch.Apply(ctx, b.driver))
}

// Sweep settles slices that ended before over, and removes at most limit that were settled a day ago,
// with their units.
func (b *Budgets) Sweep(ctx context.Context, over, now time.Time, limit int) (removed int, err error) {
	ended, err := b.Over(ctx, "", over)
	if err != nil {
		return 0, err
	}
	for _, slice := range ended {
		if err := b.Settle(ctx, slice, now); err != nil {
			return 0, err
		}
	}
	old, err := b.done.Find(ctx, Query{Index: byExpiry.Name, To: now, Limit: limit})
	if err != nil {
		return 0, err
	}
	for _, slice := range old.Items {
		units, err := b.driver.Find(ctx, collBudgetUnits, Query{Prefix: slice.ID, Limit: model.MaxBudgetSlice})
		if err != nil {
			return removed, err
		}
		ops := []Op{b.done.DeleteOp(slice.ID, slice.Rev)}
		for _, u := range units.Docs {
			ops = append(ops, Op{Kind: OpDelete, Coll: collBudgetUnits, ID: u.ID, Rev: u.Rev})
		}
		if err := b.driver.Apply(ctx, ops); err != nil && !moved(err) { // moved: somebody else sweeps, too
			return removed, err
		}
		removed++
	}
	return removed, nil
}
