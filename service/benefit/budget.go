package benefit

import (
	"context"
	"slices"
	"sync"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
)

const (
	// sliceLife is how long a process may use a slice of a budget.
	sliceLife = 30 * time.Second
	// sliceGrace is how much later others take back what is left of it: clocks differ. It
	// saves a process from finding its units taken, no more.
	sliceGrace = 10 * time.Second
	// slicePart of what is left goes into one slice, so that near the end hardly anything
	// lies in the hands of a process that does not need it.
	slicePart = 16
)

// Budgets keeps what was handed out of the budgets of benefits; see store.Budgets.
type Budgets interface {
	// Given is zero (Rev 0) before the first slice.
	Given(ctx context.Context, code string) (model.Usage, error)
	// Hand gives CodeConflict when the budget moved.
	Hand(ctx context.Context, given model.Usage, slice *model.BudgetSlice) error
	Over(ctx context.Context, code string, before time.Time) ([]*model.BudgetSlice, error)
	Settle(ctx context.Context, slice *model.BudgetSlice, now time.Time) error
	// Held gives CodeConflict when the budget moved while it was read.
	Held(ctx context.Context, code string) (given model.Usage, held map[model.Date]int, err error)
	Sweep(ctx context.Context, over, now time.Time, limit int) (removed int, err error)
}

// hands are the slices that this process holds, one for each benefit and day.
type hands struct {
	mu sync.Mutex
	of map[string]*hand
}

// hand is what this process may give of one day.
type hand struct {
	mu     sync.Mutex
	slices []*held
}

// held is a slice with the units that nobody uses here.
type held struct {
	version string // of the rule that it was handed out by
	slice   *model.BudgetSlice
	free    []string
}

// unit is one use of a budget; the zero unit is of none.
type unit struct {
	id   string
	from *held
	of   *hand
}

func (h *hands) hand(code string, day model.Date, now time.Time) *hand {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := code + "/" + string(day)
	if found := h.of[key]; found != nil {
		return found
	}
	if h.of == nil {
		h.of = map[string]*hand{}
	}
	for other := range h.of { // those of days that are over
		if at := model.Date(other[len(other)-len(day):]); at < model.DateOf(now).AddDays(-int(uploadWithin/(24*time.Hour))-1) {
			delete(h.of, other)
		}
	}
	made := &hand{}
	h.of[key] = made
	return made
}

// take completes a decision with the budget: where all else allows the use on the day of at,
// the unit it will have used. Without one left it is the standard price. A unit is looked for
// also where something else is against the use: how long it takes tells nobody the cause.
func (s *Service) take(ctx context.Context, rule *benefit.Rule, d model.Decision, at, now time.Time) (model.Decision, unit, error) {
	if rule == nil || rule.Budget == nil {
		return d, unit{}, nil
	}
	day := model.DateOf(at)
	h := s.hands.hand(rule.Code, day, now)
	h.mu.Lock()
	defer h.mu.Unlock()
	from, full := h.first(rule, now), ""
	if from == nil {
		var err error
		if from, full, err = s.refill(ctx, h, rule, day, now); err != nil {
			return d, unit{}, err
		}
	}
	switch {
	case d.Outcome != model.Eligible:
		return d, unit{}, nil
	case full != "":
		return rule.Budgeted(d, full), unit{}, nil
	}
	last := len(from.free) - 1
	id := from.free[last]
	from.free = from.free[:last]
	return rule.Budgeted(d, ""), unit{id, from, h}, nil
}

// room completes a decision with whether there is a unit left, and takes none.
func (s *Service) room(ctx context.Context, rule *benefit.Rule, d model.Decision, now time.Time) (model.Decision, error) {
	full, err := s.full(ctx, rule, now)
	return rule.Budgeted(d, full), err
}

// full is the span of the budget that is used up; "" while there is a unit left.
func (s *Service) full(ctx context.Context, rule *benefit.Rule, now time.Time) (string, error) {
	if rule.Budget == nil {
		return "", nil
	}
	day := model.DateOf(now)
	h := s.hands.hand(rule.Code, day, now)
	h.mu.Lock()
	held := h.first(rule, now)
	h.mu.Unlock()
	if held != nil {
		return "", nil
	}
	_, _, full, err := s.left(ctx, rule, day, now)
	return full, err
}

// first gives a slice with a unit to give by the rule; nil if there is none.
func (h *hand) first(rule *benefit.Rule, now time.Time) *held {
	for _, one := range slices.Backward(h.slices) { // the newest has most
		if one.good(rule, now) && len(one.free) > 0 {
			return one
		}
	}
	return nil
}

func (o *held) good(rule *benefit.Rule, now time.Time) bool {
	return o.version == rule.Version && now.Before(o.slice.Until)
}

// left is what can be handed out for a day, after slices that are over were taken back where
// there is nothing else.
func (s *Service) left(ctx context.Context, rule *benefit.Rule, day model.Date, now time.Time) (given model.Usage, left int, full string, err error) {
	for {
		if given, err = s.Budgets.Given(ctx, rule.Code); err != nil {
			return given, 0, "", err
		}
		if left, full = rule.Budget.Left(given, day); left > 0 {
			return given, left, "", nil
		}
		over, err := s.Budgets.Over(ctx, rule.Code, now.Add(-sliceGrace))
		if err != nil || len(over) == 0 {
			return given, 0, full, err
		}
		for _, slice := range over {
			if err := s.Budgets.Settle(ctx, slice, now); err != nil {
				return given, 0, "", err
			}
		}
	}
}

// refill gets the next slice; full is the span that is used up when there is none.
func (s *Service) refill(ctx context.Context, h *hand, rule *benefit.Rule, day model.Date, now time.Time) (next *held, full string, err error) {
	if err := h.settle(ctx, s.Budgets, now, func(o *held) bool { return !o.good(rule, now) }); err != nil {
		return nil, "", err
	}
	err = model.Retry(ctx, func() error {
		given, left, span, err := s.left(ctx, rule, day, now)
		if full = span; full != "" || err != nil {
			return err
		}
		size := 1
		if day == model.DateOf(now) { // what came in late comes one by one
			size = min(max(left/slicePart, 1), model.MaxBudgetSlice)
		}
		slice := &model.BudgetSlice{ID: rule.Code + "/" + s.IDs.Next(), Benefit: rule.Code, Day: day, Size: size,
			Until: now.Add(sliceLife).UTC().Truncate(time.Millisecond)}
		if err := s.Budgets.Hand(ctx, given, slice); err != nil {
			return err
		}
		next = &held{version: rule.Version, slice: slice}
		for n := range size {
			next.free = append(next.free, slice.Unit(n))
		}
		h.slices = append(h.slices, next)
		return nil
	})
	return next, full, err
}

// settle gives slices back. Units that are on their way will be found taken.
func (h *hand) settle(ctx context.Context, budgets Budgets, now time.Time, which func(*held) bool) error {
	kept := h.slices[:0:0]
	for i, o := range h.slices {
		if !which(o) {
			kept = append(kept, o)
			continue
		}
		if err := budgets.Settle(ctx, o.slice, now); err != nil {
			h.slices = append(kept, h.slices[i:]...)
			return err
		}
		o.free = nil
	}
	h.slices = kept
	return nil
}

// spent tells what became of the redemption that was to use the unit, and gives its error. A
// unit of a failed one is free again: was it written all the same, its number is taken. A
// unit that others took back asks for another try (CodeConflict).
func (u unit) spent(err error) error {
	if u.from == nil || err == nil {
		return err
	}
	u.of.mu.Lock()
	defer u.of.mu.Unlock()
	if model.Is(err, model.CodeBudgetReached) {
		u.from.free = nil
		return model.Wrap(err, model.CodeConflict, "名额刚被收回，请重试。")
	}
	u.from.free = append(u.from.free, u.id)
	return err
}

// budgetBack is the budget of a redemption after it was reversed; nil if it used none.
func (s *Service) budgetBack(ctx context.Context, r *model.Redemption) (*model.Usage, error) {
	if r.BudgetUnit == "" {
		return nil, nil //nolint:nilnil // no budget is an answer
	}
	given, err := s.Budgets.Given(ctx, r.BenefitCode)
	if err != nil {
		return nil, err
	}
	given = given.Count(model.DateOf(r.At), -1)
	return &given, nil
}

// SweepBudgets takes back slices whose process has not come back, and forgets settled ones.
func (s *Service) SweepBudgets(ctx context.Context, limit int) error {
	now := s.Clock.Now()
	_, err := s.Budgets.Sweep(ctx, now.Add(-sliceGrace), now, limit)
	return err
}

// Close gives back what this process holds of budgets.
func (s *Service) Close(ctx context.Context) error {
	s.hands.mu.Lock()
	defer s.hands.mu.Unlock()
	for _, h := range s.hands.of {
		h.mu.Lock()
		err := h.settle(ctx, s.Budgets, s.Clock.Now(), func(*held) bool { return true })
		h.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
