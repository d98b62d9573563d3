package jobs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"xinyi/model"
)

// Store keeps what runners share.
type Store interface {
	// States gives those of the named jobs that have ever been seen.
	States(ctx context.Context, names []string) (map[string]model.JobState, error)
	// Save writes a state over its revision (0 = new): CodeConflict when another was faster.
	Save(ctx context.Context, j model.JobState) error
	// Lease gives the right to run a job for ttl: CodeConflict while another has it.
	Lease(ctx context.Context, job, holder string, ttl time.Duration) (renew, release func(context.Context) error, err error)
}

// Job is one named piece of work.
type Job struct {
	Name     string // lower_snake, never reused for other work
	Schedule Schedule
	// Work does the occurrence from t.Position on, and saves with t.Save what it changed.
	// When it fails, the next try begins at the last saved position.
	Work func(ctx context.Context, t *Turn) error
}

// Times that hold for all jobs.
const (
	leaseFor  = 30 * time.Second
	renewEach = 10 * time.Second
	tickEach  = 2 * time.Second
	retryMin  = 5 * time.Second
	retryMax  = 10 * time.Minute
)

// Runner runs the jobs of one process. All fields but Ticks are required.
type Runner struct {
	Jobs   []Job
	Store  Store
	Clock  model.Clock
	Log    *slog.Logger
	Holder string // unique among running processes
	// Ticks say when to look; nil = every two seconds.
	Ticks <-chan time.Time

	mu    sync.Mutex
	known map[string]model.JobState
}

// Run looks at every tick until ctx ends. Jobs run side by side, each once at a time.
func (r *Runner) Run(ctx context.Context) {
	ticks := r.Ticks
	if ticks == nil {
		ticker := time.NewTicker(tickEach)
		defer ticker.Stop()
		ticks = ticker.C
	}
	var running sync.WaitGroup
	defer running.Wait()
	busy := make(chan string, len(r.Jobs))
	idle := map[string]bool{}
	for _, j := range r.Jobs {
		idle[j.Name] = true
	}
	for {
		select {
		case <-ctx.Done():
			return
		case name := <-busy:
			idle[name] = true
			continue
		case <-ticks:
		}
		due, err := r.due(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("jobs not looked at", "code", string(model.CodeOf(err)))
		}
		for _, j := range due {
			if !idle[j.Name] {
				continue
			}
			idle[j.Name] = false
			running.Go(func() {
				r.runLogged(ctx, j)
				busy <- j.Name
			})
		}
	}
}

// RunDue runs every job that is due, one after the other, and gives what failed.
func (r *Runner) RunDue(ctx context.Context) error {
	due, err := r.due(ctx)
	errs := []error{err}
	for _, j := range due {
		errs = append(errs, r.run(ctx, j))
	}
	return errors.Join(errs...)
}

// States gives every job's state as this process saw it last; zero but for the name before.
func (r *Runner) States() []model.JobState {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]model.JobState, len(r.Jobs))
	for i, j := range r.Jobs {
		list[i] = r.known[j.Name]
		list[i].Name = j.Name
	}
	return list
}

// due reads the states of all jobs and gives those whose time has come.
func (r *Runner) due(ctx context.Context) ([]Job, error) {
	names := make([]string, len(r.Jobs))
	for i, j := range r.Jobs {
		names[i] = j.Name
	}
	states, err := r.Store.States(ctx, names)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.known = states
	r.mu.Unlock()
	now := r.Clock.Now()
	return slices.DeleteFunc(slices.Clone(r.Jobs), func(j Job) bool {
		s, seen := states[j.Name]
		return seen && !ripe(s, now)
	}), nil
}

func ripe(s model.JobState, now time.Time) bool { return !now.Before(s.Due) && !now.Before(s.Retry) }

func (r *Runner) runLogged(ctx context.Context, j Job) {
	if err := r.run(ctx, j); err != nil && ctx.Err() == nil {
		r.Log.Error("job failed", "job", j.Name, "code", string(model.CodeOf(err)))
	}
}

// run does one occurrence, if it is due still and nobody else is at it.
func (r *Runner) run(ctx context.Context, j Job) error {
	renew, release, err := r.Store.Lease(ctx, j.Name, r.Holder, leaseFor)
	if model.Is(err, model.CodeConflict) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = release(context.WithoutCancel(ctx)) }() // else it ends by itself
	t, err := r.begin(ctx, j)
	if t == nil || err != nil {
		return lostIsNil(err)
	}
	kept, stop := r.keep(ctx, renew)
	err = j.Work(kept, t)
	lost := context.Cause(kept) == errLost
	stop()
	if lost || err != nil && ctx.Err() != nil {
		return nil // another runner goes on from the last position
	}
	return lostIsNil(r.end(context.WithoutCancel(ctx), j, t, err))
}

func lostIsNil(err error) error {
	if model.Is(err, model.CodeConflict) {
		return nil
	}
	return err
}

// begin takes the occurrence that is due; nil when there is none any more.
func (r *Runner) begin(ctx context.Context, j Job) (*Turn, error) {
	states, err := r.Store.States(ctx, []string{j.Name})
	if err != nil {
		return nil, err
	}
	now := r.now()
	s, seen := states[j.Name]
	if !seen {
		s = model.JobState{Name: j.Name, Due: j.Schedule.first(now)}
	}
	if !ripe(s, now) {
		if seen {
			return nil, nil
		}
		return nil, r.Store.Save(ctx, s)
	}
	if s.Begun.IsZero() {
		s.Begun = now
	}
	s.Holder = r.Holder
	t := &Turn{runner: r, state: s, started: now}
	return t, t.save(ctx, s, r.Store.Save)
}

func (r *Runner) now() time.Time { return r.Clock.Now().UTC().Truncate(time.Millisecond) }

var errLost = errors.New("jobs: the lease is lost")

// keep renews the lease until stop; when it is lost, the context ends. It goes by the wall
// clock: what it guards against is that others wait in vain, never that both write.
func (r *Runner) keep(ctx context.Context, renew func(context.Context) error) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(renewEach)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if err := renew(ctx); model.Is(err, model.CodeConflict) {
				cancel(errLost)
				return
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

// end writes down how the occurrence went, and when the next one or the next try is due.
func (r *Runner) end(ctx context.Context, j Job, t *Turn, failed error) error {
	s, now := t.state, r.now()
	res := model.JobResult{Due: s.Due, Ended: now, Millis: now.Sub(t.started).Milliseconds(), Changed: s.Changed, Outcome: model.JobOK, Note: t.note}
	switch {
	case failed != nil:
		res.Outcome, res.Code = model.JobFailed, model.CodeOf(failed)
		s.Tries++
		s.Retry = now.Add(min(retryMax, retryMin<<min(s.Tries-1, 10)))
	default:
		if t.alarm {
			res.Outcome = model.JobAlarm
		}
		s.GoodAt, s.Runs, s.Total = now, s.Runs+1, s.Total+s.Changed
		s.Tries, s.Retry, s.Begun, s.Position, s.Changed, s.Holder = 0, time.Time{}, time.Time{}, "", 0, ""
		s.Due = j.Schedule.after(s.Due, now)
	}
	s.Last = res
	err := t.save(ctx, s, r.Store.Save)
	if err == nil {
		r.remember(t.state)
		r.tell(j, res, failed)
	}
	return err
}

func (r *Runner) remember(s model.JobState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]model.JobState{}
	}
	r.known[s.Name] = s
}

// tell logs an occurrence: what was wrong or changed something is worth a line.
func (r *Runner) tell(j Job, res model.JobResult, failed error) {
	args := []any{"job", j.Name, "due", res.Due, "outcome", string(res.Outcome), "changed", res.Changed, "ms", res.Millis}
	if res.Note != "" {
		args = append(args, "note", res.Note)
	}
	switch {
	case failed != nil:
		r.Log.Error("job failed", append(args, "code", string(res.Code))...)
	case res.Outcome == model.JobAlarm:
		r.Log.Warn("job alarm", args...)
	case res.Changed > 0 || j.Schedule.Every == 0:
		r.Log.Info("job done", args...)
	}
}
