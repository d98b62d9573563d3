package store

import (
	"context"
	"time"

	"xinyi/model"
)

// collJobs holds where each job stands.
const collJobs = "jobs"

// jobSkew is how far the clocks of processes may lie apart.
const jobSkew = 5 * time.Second

// Jobs keeps the states of jobs and the leases of their runners.
type Jobs struct {
	driver Driver
	states *Collection[model.JobState]
	leases *Leases
}

// NewJobs gives the repository.
func NewJobs(d Driver, clock model.Clock) *Jobs {
	return &Jobs{driver: d, states: jobStates(d), leases: NewLeases(d, clock, jobSkew)}
}

func jobStates(d Driver) *Collection[model.JobState] {
	return NewCollection(d, CollectionOptions[model.JobState]{Name: collJobs,
		ID: func(j *model.JobState) string { return j.Name }, Rev: func(j *model.JobState) *int64 { return &j.Rev }})
}

// States gives those of the named jobs that have ever been seen.
func (s *Jobs) States(ctx context.Context, names []string) (map[string]model.JobState, error) {
	found, err := s.states.GetMany(ctx, names)
	m := make(map[string]model.JobState, len(found))
	for _, j := range found {
		m[j.Name] = *j
	}
	return m, err
}

// Save writes a state over its revision (0 = new): CodeConflict when another runner was
// faster.
func (s *Jobs) Save(ctx context.Context, j model.JobState) error {
	var b Batch
	b.Add(jobOp(s.states, j))
	return lost(b.Apply(ctx, s.driver))
}

// jobOp writes a state in the batch of the change that it tells of.
func jobOp(states *Collection[model.JobState], j model.JobState) (Op, error) {
	return write(states, &j, j.Rev)
}

// Lease gives the right to run the job for ttl to holder: CodeConflict while another has
// it. renew makes it last ttl from now, release gives it back.
func (s *Jobs) Lease(ctx context.Context, job, holder string, ttl time.Duration) (renew, release func(context.Context) error, err error) {
	l, err := s.leases.Acquire(ctx, "job_"+job, holder, ttl)
	if err != nil {
		return nil, nil, err
	}
	renew = func(ctx context.Context) error {
		next, err := s.leases.Renew(ctx, l, ttl)
		if err == nil {
			l = next
		}
		return err
	}
	return renew, func(ctx context.Context) error { return s.leases.Release(ctx, l) }, nil
}

// SaveWith is Save in the batch of the change that the state tells of.
func (s *Jobs) SaveWith(ctx context.Context, j model.JobState, change *Batch) error {
	change.Add(jobOp(s.states, j))
	return lost(change.Apply(ctx, s.driver))
}
