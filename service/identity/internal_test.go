package identity

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
)

var cheap = PasswordConfig{MemoryKiB: 64, Passes: 1, Lanes: 1}

func TestPHC(t *testing.T) {
	s := HashPassword(cheap, "口令 pass")
	h, err := parsePHC(s)
	require.NoError(t, err)
	require.Equal(t, s, h.String())
	require.True(t, h.matches("口令 pass"))
	require.False(t, h.matches("口令 pas"))
	require.NotEqual(t, s, HashPassword(cheap, "口令 pass"), "no salt")

	// The example of the Argon2 reference implementation's README (-id -t 2 -m 16 -p 4).
	known, err := parsePHC("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	require.NoError(t, err)
	require.True(t, known.matches("password"))
}

func TestPHCRefusesWhatIsNotWithinBounds(t *testing.T) {
	good := HashPassword(cheap, "x")
	salt := strings.Split(good, "$")[4]
	for _, bad := range []string{
		"", "x", "$argon2id$", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=4294967295", 1), strings.Replace(good, "m=64", "m=0", 1), strings.Replace(good, "m=64", "m=1", 1),
		strings.Replace(good, "t=1", "t=1000", 1), strings.Replace(good, "p=1", "p=256", 1), strings.Replace(good, "p=1", "p=0", 1),
		strings.Replace(good, ",p=1", "", 1), strings.Replace(good, "p=1", "p=1,p=1", 1), strings.Replace(good, "m=64,t=1", "t=1,m=64", 1),
		strings.Replace(good, salt, "AA", 1), good + "$x", good + "=", strings.Replace(good, salt, strings.Repeat("A", 600), 1),
	} {
		_, err := parsePHC(bad)
		require.ErrorIs(t, err, errHash, bad)
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(HashPassword(cheap, "x"))
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parsePHC(s)
		if err != nil {
			return
		}
		again, err := parsePHC(h.String())
		require.NoError(t, err)
		require.Equal(t, h, again)
		require.LessOrEqual(t, h.conf.MemoryKiB, uint32(maxMemoryKiB))
	})
}

func FuzzParseRefresh(f *testing.F) {
	f.Add(newRefresh(newFamily()).text())
	f.Fuzz(func(t *testing.T, s string) {
		if r, ok := parseRefresh(s); ok {
			require.Equal(t, s, r.text())
		}
	})
}

func TestGateBoundsWork(t *testing.T) {
	g := newGate(PasswordConfig{Parallel: 2, Wait: time.Hour})
	var leave []func()
	for range 2 {
		l, err := g.enter(t.Context())
		require.NoError(t, err)
		leave = append(leave, l)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := g.enter(ctx)
	require.True(t, model.Is(err, model.CodeRateLimited))
	waiting := make(chan error, 1)
	go func() {
		l, err := g.enter(t.Context())
		if err == nil {
			l()
		}
		waiting <- err
	}()
	leave[0]()
	require.NoError(t, <-waiting)
	for range maxQueue {
		g.queue <- struct{}{}
	}
	_, err = g.enter(t.Context())
	require.True(t, model.Is(err, model.CodeRateLimited), "the queue has no end")
}

// Guessing leaves a processor to others.
func TestPasswordConfig_leavesAProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for cores, want := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 8: 4, 64: 4} {
		runtime.GOMAXPROCS(cores)
		require.Equal(t, want, PasswordConfig{}.withDefaults().Parallel, cores)
	}
}

func TestBackoffGrowsToItsBound(t *testing.T) {
	b := Backoff{Free: 3, First: time.Minute, Most: time.Hour}
	want := map[int]time.Duration{1: 0, 2: 0, 3: time.Minute, 4: 2 * time.Minute, 8: 32 * time.Minute, 9: time.Hour, 30: time.Hour, 32: time.Hour, 40: time.Hour, 1 << 40: time.Hour}
	for failures, lock := range want {
		require.Equal(t, lock, b.lock(failures), failures)
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 1<<30).Draw(rt, "failures")
		if b.lock(n) > b.lock(n+1) || b.lock(n) < 0 || b.lock(n) > b.Most {
			rt.Fatal("not monotone or out of bounds")
		}
	})
}

func TestAddressKey(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8::1": "2001:db8::/64", "2001:db8::2": "2001:db8::/64",
		"fe80::1%eth0": "fe80::/64", "": "unknown", "x": "unknown",
	} {
		require.Equal(t, want, addressKey(in), in)
	}
}

func BenchmarkPassword(b *testing.B) {
	h := dummyHash(PasswordConfig{})
	b.ReportAllocs()
	for b.Loop() {
		h.matches("x")
	}
}
