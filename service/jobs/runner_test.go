package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/jobs"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// mortal is a runner's store that ends with it: after death nothing it does has effect,
// and its lease is not given back.
type mortal struct {
	*store.Jobs
	dead bool
}

var errDead = errors.New("the runner is dead")

func (m *mortal) Save(ctx context.Context, j model.JobState) error {
	if m.dead {
		return errDead
	}
	return m.Jobs.Save(ctx, j)
}

func (m *mortal) Lease(ctx context.Context, job, holder string, ttl time.Duration) (renew, release func(context.Context) error, err error) {
	renew, giveBack, err := m.Jobs.Lease(ctx, job, holder, ttl)
	return renew, func(ctx context.Context) error {
		if m.dead {
			return errDead
		}
		return giveBack(ctx)
	}, err
}

// effect is the change of one step; to insert it twice fails.
type effect struct {
	ID string `bson:"_id"`
	N  int    `bson:"n"`
}

func effects(d store.Driver) *store.Collection[effect] {
	return store.NewCollection(d, store.CollectionOptions[effect]{Name: "rating_stats", ID: func(e *effect) string { return e.ID }})
}

func TestSchedule(t *testing.T) {
	h := servicetest.Open(t)
	var ran []string
	r := &jobs.Runner{Store: store.NewJobs(h.Driver, h.Clock), Clock: h.Clock, Log: slog.New(slog.DiscardHandler), Holder: "a", Jobs: []jobs.Job{
		{Name: "daily", Schedule: jobs.Schedule{At: 30 * time.Minute}, Work: func(_ context.Context, t *jobs.Turn) error {
			ran = append(ran, string(t.Day()))
			return nil
		}},
		{Name: "often", Schedule: jobs.Schedule{Every: time.Minute}, Work: func(context.Context, *jobs.Turn) error {
			ran = append(ran, "often")
			return nil
		}},
	}}
	for _, c := range []struct {
		at   time.Time
		want []string
	}{
		{servicetest.Start, []string{"often"}}, // the daily one is due tonight
		{servicetest.Start.Add(59 * time.Second), nil},
		{servicetest.Start.Add(10 * time.Minute), []string{"often"}}, // nine fell away
		{model.Date("2026-11-23").Start(), []string{"often"}},        // not before half past
		{model.Date("2026-11-23").Start().Add(30 * time.Minute), []string{"2026-11-23", "often"}},
		{model.Date("2026-11-25").Start().Add(30 * time.Minute), []string{"2026-11-24", "often"}},
		{model.Date("2026-11-25").Start().Add(30*time.Minute + time.Second), []string{"2026-11-25"}},
		{model.Date("2027-11-25").Start(), []string{"2026-11-26", "often"}}, // that one was begun to be due
		{model.Date("2027-11-25").Start().Add(time.Second), []string{"2027-10-25"}},
	} {
		h.Clock.Set(c.at)
		ran = nil
		require.NoError(t, r.RunDue(t.Context()))
		require.Equal(t, c.want, ran, c.at)
	}
}

// A failure is tried again later and later, from the last position; it never hides.
func TestRetry(t *testing.T) {
	h := servicetest.Open(t)
	fail, from := true, ""
	r := &jobs.Runner{Store: store.NewJobs(h.Driver, h.Clock), Clock: h.Clock, Log: slog.New(slog.DiscardHandler), Holder: "a", Jobs: []jobs.Job{
		{Name: "j", Schedule: jobs.Schedule{}, Work: func(ctx context.Context, t *jobs.Turn) error {
			from = t.Position()
			if fail {
				if err := t.Save(ctx, "half", 3, nil); err != nil {
					return err
				}
				return model.Errorf(model.CodeUnavailable, "no")
			}
			t.Alarm("看这里")
			return nil
		}}}}
	require.NoError(t, r.RunDue(t.Context()))
	h.Clock.Set(model.Date("2026-11-23").Start())
	require.NoError(t, r.RunDue(t.Context()))
	s := r.States()[0]
	require.Equal(t, model.JobFailed, s.Last.Outcome)
	require.Equal(t, model.CodeUnavailable, s.Last.Code)
	require.Equal(t, 1, s.Tries)
	from = "not run"
	require.NoError(t, r.RunDue(t.Context()))
	require.Equal(t, "not run", from, "it waits")
	h.Clock.Pass(5 * time.Second)
	fail = false
	require.NoError(t, r.RunDue(t.Context()))
	require.Equal(t, "half", from)
	s = r.States()[0]
	require.Equal(t, model.JobAlarm, s.Last.Outcome)
	require.Equal(t, "看这里", s.Last.Note)
	require.EqualValues(t, 3, s.Total)
	require.Zero(t, s.Tries)
	require.Equal(t, model.Date("2026-11-24").Start().UTC(), s.Due.UTC())
}

// A runner that was given up for dead cannot write once another has taken over.
func TestTakenOver(t *testing.T) {
	h := servicetest.Open(t)
	var old *jobs.Turn
	job := func(work func(context.Context, *jobs.Turn) error) []jobs.Job {
		return []jobs.Job{{Name: "j", Schedule: jobs.Schedule{}, Work: work}}
	}
	first := &mortal{Jobs: store.NewJobs(h.Driver, h.Clock)}
	log := slog.New(slog.DiscardHandler)
	a := &jobs.Runner{Store: first, Clock: h.Clock, Log: log, Holder: "a", Jobs: job(func(_ context.Context, turn *jobs.Turn) error {
		old, first.dead = turn, true
		return errDead
	})}
	b := &jobs.Runner{Store: store.NewJobs(h.Driver, h.Clock), Clock: h.Clock, Log: log, Holder: "b", Jobs: job(func(ctx context.Context, turn *jobs.Turn) error {
		first.dead = false
		require.True(t, model.Is(old.Save(ctx, "mine", 1, nil), model.CodeConflict))
		return nil
	})}
	require.NoError(t, b.RunDue(t.Context()))
	h.Clock.Set(model.Date("2026-11-23").Start())
	require.Error(t, a.RunDue(t.Context()))
	require.NoError(t, b.RunDue(t.Context()))
	require.Zero(t, b.States()[0].Runs, "the lease is a's still")
	h.Clock.Pass(time.Minute)
	require.NoError(t, b.RunDue(t.Context()))
	require.EqualValues(t, 1, b.States()[0].Runs)
	require.True(t, model.Is(old.Save(t.Context(), "mine", 1, nil), model.CodeConflict))
}

// Any number of runners, of which some die between or within steps, also after a write
// whose answer they did not hear: every step of every due day has its effect once.
func TestOnceInEffect(t *testing.T) {
	h := servicetest.Open(t)
	done := effects(h.Driver)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := fmt.Sprintf("model_%d", n)
		h.Clock.Set(servicetest.Start)
		const steps = 3
		var runners []*jobs.Runner
		var mortals []*mortal
		start := func() {
			m := &mortal{Jobs: store.NewJobs(h.Driver, h.Clock)}
			work := func(ctx context.Context, turn *jobs.Turn) error {
				at, _ := strconv.Atoi(turn.Position())
				for ; at < steps; at++ {
					death := rapid.SampledFrom([]string{"", "", "", "before", "after"}).Draw(rt, "death")
					if m.dead = death == "before"; m.dead {
						return errDead
					}
					err := turn.Save(ctx, strconv.Itoa(at+1), 1, func(ctx context.Context, s model.JobState) error {
						var b store.Batch
						b.Add(done.InsertOp(&effect{ID: fmt.Sprintf("%s/%s/%d", name, turn.Day(), at)}))
						if err := m.SaveWith(ctx, s, &b); err != nil {
							return err
						}
						if m.dead = death == "after"; m.dead {
							return errDead
						}
						return nil
					})
					if err != nil {
						return err
					}
				}
				return nil
			}
			runners = append(runners, &jobs.Runner{Store: m, Clock: h.Clock, Log: slog.New(slog.DiscardHandler), Holder: fmt.Sprintf("%s-%d", name, len(runners)),
				Jobs: []jobs.Job{{Name: name, Schedule: jobs.Schedule{}, Work: work}}})
			mortals = append(mortals, m)
		}
		start()
		var first model.Date // on which somebody looked
		for range rapid.IntRange(1, 12).Draw(rt, "events") {
			h.Clock.Pass(time.Duration(rapid.IntRange(0, 30).Draw(rt, "hours")) * time.Hour)
			i := rapid.IntRange(0, len(runners)-1).Draw(rt, "runner")
			if first == "" {
				first = model.DateOf(h.Clock.Now()).AddDays(1)
			}
			_ = runners[i].RunDue(rt.Context())
			if mortals[i].dead {
				runners, mortals = append(runners[:i], runners[i+1:]...), append(mortals[:i], mortals[i+1:]...)
			}
			for len(runners) < 2 {
				start()
			}
		}
		last := model.DateOf(h.Clock.Now())
		for range 300 { // the living catch up
			h.Clock.Pass(time.Minute)
			start()
			_ = runners[len(runners)-1].RunDue(rt.Context())
			if s := runners[len(runners)-1].States()[0]; !s.Due.IsZero() && model.DateOf(s.Due) > last {
				break
			}
		}
		list, err := done.Find(rt.Context(), store.Query{Prefix: name + "/", Limit: 1000})
		require.NoError(rt, err)
		want := 0
		for d := first; d <= last; d = d.AddDays(1) {
			for at := range steps {
				require.Equal(rt, fmt.Sprintf("%s/%s/%d", name, d, at), list.Items[want].ID)
				want++
			}
		}
		require.Len(rt, list.Items, want)
		s := runners[len(runners)-1].States()[0]
		require.EqualValues(rt, want/steps, s.Runs)
		require.EqualValues(rt, want, s.Total)
	})
}
