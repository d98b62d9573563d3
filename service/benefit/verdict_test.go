package benefit_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/benefit"
	"xinyi/store"
)

// Where the engine can tell that nothing was written, a second check asks for the pass alone, and
// whatever was written about the holder counts at once.
func TestCheck_readsWhatWasWritten(t *testing.T) {
	ops := &operations{}
	d := openOver(t, func(driver store.Driver) store.Driver {
		ops.Driver = driver
		return ops.watching(t)
	})
	check := func(want string) (reads int) {
		t.Helper()
		text := d.passOf(t, ticket)
		ops.take()
		c, err := d.Check(t.Context(), gate, text)
		require.NoError(t, err)
		require.Equal(t, want, c.Result)
		for _, op := range ops.take() {
			if op == "get subjects" || op == "get usage" {
				reads++
			}
		}
		return reads
	}
	require.NotZero(t, check("pass"))
	require.Zero(t, check("pass"))

	useOther(t, d)
	require.NotZero(t, check("standard"))
	require.Zero(t, check("standard"))

	d.house.Clock.Set(model.DateOf(d.house.Clock.Now()).AddDays(1).Start())
	require.NotZero(t, check("pass"), "another day")
	require.Zero(t, check("pass"))

	d.list(false)
	require.NotZero(t, check("standard"))
	require.Zero(t, check("standard"))

	d.Rules = inForce{book(t, "status: published", "status: paused")}
	require.NotZero(t, check("standard"), "other rules")
}

// late has the file looked at later than the moment of the check.
type late struct {
	benefit.Files
	pass func()
}

func (l *late) Stamp(ctx context.Context, id model.SubjectID) (model.Stamp, error) {
	if l.pass != nil {
		l.pass()
		l.pass = nil
	}
	return l.Files.Stamp(ctx, id)
}

// A check that begins before midnight and looks at the file after it leaves nothing of its day
// for the next one.
func TestCheck_overMidnight(t *testing.T) {
	d := open(t)
	midnight := model.DateOf(d.house.Clock.Now()).AddDays(1).Start()
	useOther(t, d)
	check := func() string {
		c, err := d.Check(t.Context(), gate, d.passOf(t, ticket))
		require.NoError(t, err)
		return c.Result
	}
	d.house.Clock.Set(midnight.Add(-time.Millisecond))
	d.Files = &late{d.Files, func() { d.house.Clock.Set(midnight.Add(time.Millisecond)) }}
	require.Equal(t, "standard", check())
	d.house.Clock.Pass(time.Second)
	require.Equal(t, "pass", check())
}
