package pace_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/service/pace"
)

// A page is due when those before it have had their time: eight that need no work cost as much as
// one that does. Who is told to stop does not wait for it.
func TestPacer(t *testing.T) {
	now := time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	p := pace.New(model.ClockFunc(func() time.Time { return now }), 1)
	p.Did(model.JudgingPage{Seen: 16, Files: make([]*model.SubjectFile, 2)}) // 14 + 16 eighths of a second …
	for range 1000 {
		p.Did(model.JudgingPage{Seen: 8})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	now = now.Add(1004 * time.Second) // … and as many seconds
	if err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}
