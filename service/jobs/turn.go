package jobs

import (
	"context"
	"time"

	"xinyi/model"
)

// Turn is one runner's work on one occurrence. It is used by one goroutine.
type Turn struct {
	runner  *Runner
	state   model.JobState
	started time.Time
	note    string
	alarm   bool
}

// Due is the occurrence.
func (t *Turn) Due() time.Time { return t.state.Due }

// Day is the calendar day of the occurrence in Shanghai.
func (t *Turn) Day() model.Date { return model.DateOf(t.state.Due) }

// Position is what was saved last in this occurrence, by whatever runner; "" = nothing.
func (t *Turn) Position() string { return t.state.Position }

// Mark is what an earlier occurrence left with SetMark.
func (t *Turn) Mark() string { return t.state.Mark }

// SetMark leaves a word for later occurrences; it is written with the next Save or the end.
func (t *Turn) SetMark(mark string) { t.state.Mark = mark }

// Note says in one sentence what came of it, without personal data.
func (t *Turn) Note(text string) { t.note = text }

// Alarm is Note of what somebody must see to.
func (t *Turn) Alarm(text string) { t.note, t.alarm = text, true }

// Save makes a change of changed things and the position after it durable: write puts the
// state into the batch of the change. nil = there is nothing but the position.
// CodeConflict when another runner has taken over; Work then returns that error.
func (t *Turn) Save(ctx context.Context, position string, changed int, write func(context.Context, model.JobState) error) error {
	s := t.state
	s.Position, s.Changed = position, s.Changed+int64(changed)
	if write == nil {
		write = t.runner.Store.Save
	}
	return t.save(ctx, s, write)
}

func (t *Turn) save(ctx context.Context, s model.JobState, write func(context.Context, model.JobState) error) error {
	if err := write(ctx, s); err != nil {
		return err
	}
	s.Rev++
	t.state = s
	return nil
}
