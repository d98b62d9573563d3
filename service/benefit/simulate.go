package benefit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"xinyi/model"
	"xinyi/policy/benefit"
	"xinyi/service/pace"
)

// Simulations reads the population in pages, and keeps how far a simulation is.
type Simulations interface {
	// Page reads the next subjects after the position and decodes the files that want asks for.
	Page(ctx context.Context, after string, limit int, want func(model.FileHead) bool) (model.JudgingPage, error)
	Simulation(ctx context.Context, code string) (model.Simulation, error)
	SaveSimulation(ctx context.Context, run model.Simulation, entry model.AuditEntry) error
}

const (
	// simulationSlice is how long one request works; the next one goes on from there, on any
	// process.
	simulationSlice = 5 * time.Second
	// simulationKept is how long a finished simulation is answered before another one starts.
	simulationKept = 10 * time.Minute
)

// Simulate tries the draft on everybody and counts who gains and who loses against the version
// that would be in force on the draft's first day (试算). Facts are those of now; no counter
// and no use limit is looked at. A call works for some seconds and says how far it is; the
// same call again goes on. Errors: CodeNotFound without a draft.
func (s *RuleDesk) Simulate(ctx context.Context, p model.Principal, code string) (model.Simulation, error) {
	d, err := s.draft(ctx, code)
	if err != nil {
		return model.Simulation{}, err
	}
	t, run, err := s.trial(ctx, &d)
	if err != nil || run.Finished {
		return run, err
	}
	pacer := pace.New(s.Clock, s.Pace)
	for began := s.Clock.Now(); !run.Finished && s.Clock.Now().Sub(began) < simulationSlice; {
		if err := t.page(ctx, s, &run, pacer); err != nil {
			return model.Simulation{}, err
		}
	}
	run.Cells, run.UpdatedAt = t.sorted(), s.Clock.Now().UTC()
	outcome := "running"
	if run.Finished {
		outcome = "finished"
	}
	err = s.logged(p, "benefit_rule.simulate", outcome, code, run.Draft, func(entry model.AuditEntry) error { return s.Runs.SaveSimulation(ctx, run, entry) })
	if model.Is(err, model.CodeConflict) { // somebody else is at it: their progress is ours
		return s.Runs.Simulation(ctx, code)
	}
	return run, err
}

// trial compares two versions, one of which may be missing.
type trial struct {
	old, next *benefit.Rule
	day       model.Date
	cells     map[cellKey]*model.SimulationCell
}

type cellKey struct{ division, level string }

// trial goes on with the stored run, or starts another one.
func (s *RuleDesk) trial(ctx context.Context, d *Draft) (*trial, model.Simulation, error) {
	now := s.Clock.Now()
	t := &trial{next: d.Rule, day: d.ValidFrom, cells: map[cellKey]*model.SimulationCell{}}
	if today := model.DateOf(now); t.day < today {
		t.day = today
	}
	against := ""
	if old, err := s.Rules.Book().Rule(d.Code, t.day.Start()); err == nil && old.InForce(t.day.Start()) {
		t.old, against = old, old.Version
	}
	run, err := s.Runs.Simulation(ctx, d.Code)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return nil, model.Simulation{}, err
	}
	// Facts are those of a day: what was counted on another one does not go with them.
	if model.DateOf(run.StartedAt) != model.DateOf(now) || run.Draft != d.Rule.Version || run.Against != against || run.On != t.day || run.Finished && now.Sub(run.UpdatedAt) > simulationKept {
		run = model.Simulation{ID: d.Code, Draft: d.Rule.Version, Against: against, On: t.day, StartedAt: now.UTC(), Rev: run.Rev}
	}
	for _, c := range run.Cells {
		t.cells[cellKey{c.Division, c.Level}] = &c
	}
	return t, run, nil
}

// page counts the next subjects when they are due.
func (t *trial) page(ctx context.Context, s *RuleDesk, run *model.Simulation, pacer *pace.Pacer) error {
	if err := pacer.Wait(ctx); err != nil {
		return err
	}
	page, err := s.Runs.Page(ctx, run.After, pace.Page, func(h model.FileHead) bool { return t.concerns(h.Kind) })
	if err != nil {
		return err
	}
	now := s.Clock.Now()
	for _, f := range page.Files {
		h := f.Head()
		outdated := !f.ValidUntil.IsZero() && !now.Before(f.ValidUntil) || h.RuleVersion != s.Files.RulesOf(h.Kind, h.LevelOptIn, model.DateOf(now))
		if outdated { // as a look-up would
			if f, _, err = s.Files.Fresh(ctx, f.ID); model.Is(err, model.CodeNotFound) {
				continue
			} else if err != nil {
				return err
			}
		}
		known := facts(f, now)
		t.count(f, &known)
	}
	run.Seen += page.Seen
	run.After, run.Finished = page.Next, page.Next == ""
	pacer.Did(page)
	return nil
}

func (t *trial) concerns(kind model.SubjectKind) bool {
	person := kind == model.KindNaturalPerson
	return person == t.next.Persons() || t.old != nil && person == t.old.Persons()
}

// count puts a subject into its cell.
func (t *trial) count(f *model.SubjectFile, known *benefit.Facts) {
	key := cellKey{division: f.Division}
	if f.Registration != nil {
		key.division = f.Registration.Division
	}
	if f.Judgement != nil {
		key.level = f.Judgement.Grade
	}
	c := t.cells[key]
	if c == nil {
		c = &model.SimulationCell{Division: key.division, Level: key.level}
		t.cells[key] = c
	}
	had := t.old != nil && t.old.Entitles(known, t.day) == model.Eligible
	outcome := model.NotEligible
	if t.next.Status == benefit.StatusPublished {
		outcome = t.next.Entitles(known, t.day)
	}
	switch gets := outcome == model.Eligible; {
	case gets && had:
		c.Keeps++
	case gets:
		c.Gains++
	case had:
		c.Loses++
	default:
		c.Without++
	}
	if outcome == model.Undetermined {
		c.Undetermined++
	}
}

func (t *trial) sorted() []model.SimulationCell {
	out := make([]model.SimulationCell, 0, len(t.cells))
	for _, c := range t.cells {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b model.SimulationCell) int {
		return cmp.Or(cmp.Compare(a.Division, b.Division), cmp.Compare(a.Level, b.Level))
	})
	return out
}
