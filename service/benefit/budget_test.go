package benefit_test

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/store"
)

// town is several processes over one store, and some holders of a benefit with a budget.
type town struct {
	*desk
	code      string
	processes []*benefit.Service
	holders   []model.Principal
}

// process is another one over the same store; it knows nothing of what others hold.
func (d *desk) process() *benefit.Service {
	return &benefit.Service{Files: d.house.Credit, Rules: d, Passes: d.Passes, Store: store.NewBenefits(d.house.Driver), Sealer: d.house.Vault, MACs: d.house.Vault, Auditor: d.house.Log,
		IDs: model.NewIDs(d.house.Clock), Clock: d.house.Clock, Issuer: d.house.Vault, Counters: store.NewPassCounters(d.house.Driver),
		Budgets: store.NewBudgets(d.house.Driver)}
}

// Book gives the processes the desk's rules.
func (d *desk) Book() *rules.Book { return d.Rules.Book() }

func (w *town) rule(t require.TestingT, status string, b rules.Budget) {
	raw, err := fs.ReadFile(rules.Seed(), "tt-park-60.yaml")
	require.NoError(t, err)
	text := strings.NewReplacer("code: "+ticket, "code: "+w.code, "per: {day: 1, year: 12}",
		fmt.Sprintf("budget: {day: %d, month: %d, year: %d, total: %d}", b.Day, b.Month, b.Year, b.Total), "status: published", "status: "+status).Replace(string(raw))
	book, err := rules.Load(fstest.MapFS{"r.yaml": {Data: []byte(text)}})
	require.NoError(t, err)
	w.Rules = inForce{book}
}

func newTown(t *testing.T, processes, holders int) *town {
	d := open(t)
	w := &town{desk: d, code: "TT-BUDGET"}
	for range processes {
		w.processes = append(w.processes, d.process())
	}
	for n := range holders {
		d.newHolder(100 + n)
		w.holders = append(w.holders, d.holder)
	}
	return w
}

func (w *town) mint(t require.TestingT, holder model.Principal) string {
	at := w.house.Clock.Now().Truncate(time.Second)
	text, err := w.Passes.Mint(w.house.T.Context(), holder.Subject, pass.Claims{ID: pass.NewID(), Benefit: w.code, PayPercent: 60, HolderMasked: "王*",
		Site: site, IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(10 * time.Minute)})
	require.NoError(t, err)
	return text
}

// budgetModel is the plain reference: all uses, counted anew each time.
type budgetModel struct {
	budget  rules.Budget
	paused  bool
	uses    []*modelUse
	offline []benefit.OfflineUse
	caps    [4]int
}

func (m *budgetModel) counts(day model.Date) (n [4]int) {
	for _, u := range m.uses {
		if !u.counts || u.reversed {
			continue
		}
		d := model.DateOf(u.at)
		for i, in := range []bool{d == day, d[:7] == day[:7], d[:4] == day[:4], true} {
			if in {
				n[i]++
			}
		}
	}
	return n
}

func (m *budgetModel) room(day model.Date) bool {
	n := m.counts(day)
	for i, most := range []int{m.budget.Day, m.budget.Month, m.budget.Year, m.budget.Total} {
		if most > 0 && n[i] >= most {
			return false
		}
	}
	return true
}

// add notes a redemption, which must have been allowed.
func (m *budgetModel) add(t require.TestingT, r model.Redemption) {
	counts := r.Result == "pass"
	if counts {
		require.True(t, m.room(model.DateOf(r.At)), "exceeded: %v of %+v", m.counts(model.DateOf(r.At)), m.budget)
		require.False(t, m.paused)
		require.NotEmpty(t, r.BudgetUnit)
	}
	m.uses = append(m.uses, &modelUse{no: r.No, at: r.At, counts: counts})
}

// Processes that come, crash and forget, uses handed in late, reversals, pauses, changes of
// the budget and jumps of the clock: it is never exceeded, and what nobody uses comes back.
func TestBudget_agreesWithAPlainModel(t *testing.T) {
	w := newTown(t, 3, 2)
	w.house.Clock.Set(time.Date(2026, 12, 29, 10, 0, 0, 0, model.Shanghai))
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		w.code = fmt.Sprintf("TT-BUDGET-%d", run)
		m := &budgetModel{}
		change := func(rt *rapid.T) {
			draw := func(name string, most int) int { return rapid.IntRange(0, most).Draw(rt, name) }
			m.budget, m.paused = rules.Budget{Day: draw("day", 4), Month: draw("month", 40), Year: draw("year", 8), Total: 1 + draw("total", 60)}, draw("paused", 5) == 0
			w.rule(rt, map[bool]string{true: "paused", false: "published"}[m.paused], m.budget)
		}
		change(rt)
		process := func(rt *rapid.T) *benefit.Service {
			return w.processes[rapid.IntRange(0, len(w.processes)-1).Draw(rt, "process")]
		}
		holder := func(rt *rapid.T) model.Principal {
			return w.holders[rapid.IntRange(0, len(w.holders)-1).Draw(rt, "holder")]
		}
		pass := func(most int) func(rt *rapid.T) {
			return func(rt *rapid.T) {
				w.house.Clock.Pass(time.Duration(rapid.IntRange(1, most).Draw(rt, "seconds")) * time.Second)
			}
		}
		office := benefit.RuleDesk{Rules: w.desk, Budgets: store.NewBudgets(w.house.Driver), Clock: w.house.Clock}
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) { // what lies with processes is told apart, also of those that crashed
				use, err := office.BudgetUse(t.Context(), w.code)
				require.NoError(rt, err)
				counts, index := m.counts(model.DateOf(use.AsOf)), map[string]int{rules.SpanDay: 0, rules.SpanMonth: 1, rules.SpanYear: 2, rules.SpanTotal: 3}
				for _, span := range use.Spans {
					require.Equal(rt, counts[index[span.Span]], span.Used, span.Span)
					require.GreaterOrEqual(rt, span.Held, 0, span.Span)
				}
			},
			"change": change, "seconds": pass(50), "hours": pass(30 * 3600),
			"crash": func(rt *rapid.T) {
				w.processes[rapid.IntRange(0, len(w.processes)-1).Draw(rt, "process")] = w.process()
			},
			"close": func(rt *rapid.T) { require.NoError(rt, process(rt).Close(t.Context())) },
			"redeem": func(rt *rapid.T) {
				r, err := process(rt).Redeem(t.Context(), gate, benefit.Scan{Pass: w.mint(rt, holder(rt))}, nil)
				require.NoError(rt, err)
				m.add(rt, r.Redemption)
			},
			"use offline": func(rt *rapid.T) {
				m.offline = append(m.offline, benefit.OfflineUse{Pass: w.mint(rt, holder(rt)), AcceptedAt: w.house.Clock.Now().Add(time.Second)})
			},
			"upload": func(rt *rapid.T) {
				w.house.Clock.Pass(time.Second)
				for _, use := range m.offline {
					out, err := process(rt).Upload(t.Context(), gate, []benefit.OfflineUse{use}, nil)
					require.NoError(rt, err)
					if out[0].Outcome == "accepted" { // not too late
						m.add(rt, out[0].Redemption)
					}
				}
				m.offline = nil
			},
			"reverse": func(rt *rapid.T) {
				for _, u := range m.uses {
					if !u.reversed && w.house.Clock.Now().Sub(u.at) < 20*time.Minute {
						_, err := process(rt).Reverse(t.Context(), gate, u.no, "误扫", nil)
						require.NoError(rt, err)
						u.reversed = true
						return
					}
				}
				rt.Skip("nothing to reverse")
			},
			"settled": func(rt *rapid.T) { // nobody holds anything any more: exact both ways
				w.house.Clock.Pass(time.Minute)
				if rapid.Bool().Draw(rt, "swept") {
					require.NoError(rt, process(rt).SweepBudgets(t.Context(), 100))
					given, err := store.NewBudgets(w.house.Driver).Given(t.Context(), w.code)
					require.NoError(rt, err)
					a, b, c, total := given.On(model.DateOf(w.house.Clock.Now()))
					require.Equal(rt, m.counts(model.DateOf(w.house.Clock.Now())), [4]int{a, b, c, total})
				}
				want := map[bool]string{true: "pass", false: "standard"}[!m.paused && m.room(model.DateOf(w.house.Clock.Now()))]
				p, text := process(rt), w.mint(rt, holder(rt))
				c, err := p.Check(t.Context(), gate, text)
				require.NoError(rt, err)
				require.Equal(rt, want, c.Result)
				r, err := p.Redeem(t.Context(), gate, benefit.Scan{Pass: text}, nil)
				require.NoError(rt, err)
				require.Equal(rt, want, r.Result)
				m.add(rt, r.Redemption)
			},
		})
		w.house.Clock.Set(w.house.Clock.Now().AddDate(0, 0, 2))
	})
}

// A crowd at four processes gets exactly what the budget has.
func TestBudget_isExactInACrowd(t *testing.T) {
	const most, crowd = 40, 120
	w := newTown(t, 4, 6)
	if c := w.house.Driver.Capabilities(); !c.Concurrency || !c.Transactions {
		t.Skip("skipped by declared capability: concurrency, transactions")
	}
	w.rule(t, "published", rules.Budget{Day: most, Total: 1000})
	var passes, standards atomic.Int32
	redeem := func(p *benefit.Service, text string) {
		r, err := p.Redeem(t.Context(), gate, benefit.Scan{Pass: text}, nil)
		switch {
		case err != nil:
			t.Error(err)
		case r.Result == "pass":
			passes.Add(1)
		default:
			standards.Add(1)
		}
	}
	var gates sync.WaitGroup
	for i := range crowd {
		text := w.mint(t, w.holders[i%len(w.holders)])
		gates.Go(func() { redeem(w.processes[i%len(w.processes)], text) })
	}
	gates.Wait()
	require.LessOrEqual(t, passes.Load(), int32(most))
	require.EqualValues(t, crowd, passes.Load()+standards.Load())
	for _, p := range w.processes { // what a process did not need is there for the others
		require.NoError(t, p.Close(t.Context()))
	}
	for range most {
		redeem(w.processes[0], w.mint(t, w.holders[0]))
	}
	require.EqualValues(t, most, passes.Load())
}

// The holder is told why, the gate is not; offline gates are not told of such a benefit.
func TestBudget_isExplainedToTheHolder(t *testing.T) {
	w := newTown(t, 1, 2)
	w.rule(t, "published", rules.Budget{Day: 1})
	p := w.processes[0]
	own := func() benefit.OwnBenefit {
		all, err := p.Own(t.Context(), w.holders[1])
		require.NoError(t, err)
		return all[0]
	}
	require.Equal(t, model.Eligible, own().Decision.Outcome)
	r, err := p.Redeem(t.Context(), gate, benefit.Scan{Pass: w.mint(t, w.holders[0])}, nil)
	require.NoError(t, err)
	require.Equal(t, "pass", r.Result)
	full := own().Decision
	require.Equal(t, model.NotEligible, full.Outcome)
	require.Equal(t, 100, full.PayPercent)
	require.Equal(t, model.Reason{ID: rules.ConditionBudget, Outcome: model.NotEligible, Text: "今天的名额已经用完，明天 0 时起可再使用；本次按标准执行。"}, full.Conditions[len(full.Conditions)-1])
	_, err = p.Issue(t.Context(), w.holders[1], benefit.Wanted{Benefit: w.code}, nil)
	require.True(t, model.Is(err, model.CodeBudgetReached), err)
	c, err := p.Check(t.Context(), gate, w.mint(t, w.holders[1]))
	require.NoError(t, err)
	require.Equal(t, benefit.Check{Result: "standard", BenefitCode: w.code, PayPercent: 100, PayFen: full.PayFen, HolderMasked: "王*"}, c)

	w.house.Clock.Pass(24 * time.Hour)
	require.Equal(t, model.Eligible, own().Decision.Outcome)
}

// A process that stood still while its slice was taken back finds the units taken, and goes
// on with another one; after a day what was settled is forgotten.
func TestBudget_takenBackFromWhoStoodStill(t *testing.T) {
	w := newTown(t, 1, 1)
	w.rule(t, "published", rules.Budget{Total: 64})
	budgets := store.NewBudgets(w.house.Driver)
	redeem := func() model.Redemption {
		r, err := w.processes[0].Redeem(t.Context(), gate, benefit.Scan{Pass: w.mint(t, w.holders[0])}, nil)
		require.NoError(t, err)
		require.Equal(t, "pass", r.Result)
		return r.Redemption
	}
	first := redeem().BudgetUnit
	held, err := budgets.Over(t.Context(), w.code, w.house.Clock.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, held, 1)
	require.Equal(t, 4, held[0].Size)
	require.NoError(t, budgets.Settle(t.Context(), held[0], w.house.Clock.Now())) // as a process with a fast clock would
	require.NoError(t, budgets.Settle(t.Context(), held[0], w.house.Clock.Now()), "once")
	require.Contains(t, first, held[0].Units())
	require.NotContains(t, redeem().BudgetUnit, held[0].Units())
	w.house.Clock.Pass(time.Minute)
	removed, err := budgets.Sweep(t.Context(), w.house.Clock.Now(), w.house.Clock.Now(), 10)
	require.NoError(t, err)
	require.Zero(t, removed)
	given, err := budgets.Given(t.Context(), w.code)
	require.NoError(t, err)
	require.Equal(t, 2, given.Total)
	w.house.Clock.Pass(25 * time.Hour)
	removed, err = budgets.Sweep(t.Context(), w.house.Clock.Now(), w.house.Clock.Now(), 10)
	require.NoError(t, err)
	require.Equal(t, 2, removed)
	page, err := w.house.Driver.Find(t.Context(), "budget_units", store.Query{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, page.Docs)
}
