package model

import (
	"context"
	"errors"
	"testing"
)

func TestRetry(t *testing.T) {
	lost, other := Errorf(CodeConflict, "moved"), errors.New("other")
	for _, tc := range []struct {
		name  string
		fail  error
		times int // how often it fails
		calls int
		want  error
	}{
		{"at once", nil, 0, 1, nil},
		{"after two lost races", lost, 2, 3, nil},
		{"another error ends it", other, 9, 1, other},
		{"not for ever", lost, 1000, RaceTries + 1, lost},
	} {
		calls := 0
		err := Retry(t.Context(), func() error {
			if calls++; calls <= tc.times {
				return tc.fail
			}
			return nil
		})
		if !errors.Is(err, tc.want) || calls != tc.calls {
			t.Errorf("%s: %v after %d calls", tc.name, err, calls)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls := 0
	err := Retry(ctx, func() error { calls++; return lost })
	if !errors.Is(err, context.Canceled) || calls == RaceTries+1 {
		t.Errorf("a caller who left: %v after %d calls", err, calls)
	}
}
