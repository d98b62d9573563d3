package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
)

var start = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

// hands is a clock that tests move.
type hands struct {
	mu sync.Mutex
	t  time.Time
}

func (h *hands) Now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.t }

func (h *hands) move(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.t = h.t.Add(d) }

// room is a vault over a file ring in a folder of its own.
type room struct {
	*Vault
	clock  *hands
	ring   FileRing
	master Master
}

func newRoom(t testing.TB, opts Options) room {
	r := room{clock: &hands{t: start}, ring: FileRing{Dir: t.TempDir()}, master: NewMaster()}
	v, err := Open(t.Context(), r.master, r.ring, r.clock, opts)
	require.NoError(t, err)
	r.Vault = v
	return r
}

// again opens the same ring as another process would.
func (r room) again(t testing.TB, opts Options) *Vault {
	v, err := Open(t.Context(), r.master, r.ring, r.clock, opts)
	require.NoError(t, err)
	return v
}

func TestFirstStartOfManyProcessesAgreesOnTheKeys(t *testing.T) {
	ring, clock, path := FileRing{Dir: t.TempDir()}, &hands{t: start}, filepath.Join(t.TempDir(), "keys", "master.key")
	vaults := make([]*Vault, 12)
	var wg sync.WaitGroup
	for i := range vaults {
		wg.Go(func() {
			master, err := LoadOrCreateMaster(path)
			if err == nil {
				vaults[i], err = Open(t.Context(), master, ring, clock, Options{})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.False(t, t.Failed())
	sealed, err := vaults[0].Seal("a", "b", []byte("text"))
	require.NoError(t, err)
	for _, v := range vaults {
		plain, err := v.Open("a", "b", sealed)
		require.NoError(t, err)
		require.Equal(t, "text", string(plain))
		require.Equal(t, vaults[0].Keys(), v.Keys())
		require.Equal(t, vaults[0].JWKS(), v.JWKS())
		require.Len(t, v.Keys(), len(Uses()))
	}
}

func TestConcurrentRotationsMakeOneKey(t *testing.T) {
	r := newRoom(t, Options{})
	vaults := []*Vault{r.Vault, r.again(t, Options{}), r.again(t, Options{}), r.again(t, Options{})}
	var wg sync.WaitGroup
	for _, v := range vaults {
		wg.Go(func() {
			info, err := v.Rotate(t.Context(), UseSeal)
			if (err != nil && !model.Is(err, model.CodeConflict)) || info.ID != "seal.2" {
				t.Errorf("key %q, error %v", info.ID, err)
			}
		})
	}
	wg.Wait()
	require.NoError(t, r.Refresh(t.Context()))
	require.Equal(t, uint16(2), r.newest(UseSeal))
}

// What was sealed, indexed or signed before any number of rotations still opens, is
// still found and still verifies, in every process.
func TestRotationLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "ring")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		ctx, master, clock, ring := context.Background(), NewMaster(), &hands{t: start}, FileRing{Dir: dir}
		open := func() *Vault {
			opts := Options{Policy: rapid.SampledFrom([]Policy{PolicyGM, PolicyIntl}).Draw(t, "policy"),
				PassAlg: rapid.SampledFrom([]Alg{EdDSA, ES256, SM2}).Draw(t, "pass alg")}
			v, err := Open(ctx, master, ring, clock, opts)
			require.NoError(t, err)
			return v
		}
		v := open()
		type fact struct {
			id     string
			sealed model.Sealed
			index  string
			kid    string
			mac    []byte
		}
		var facts []fact
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1:
				f := fact{id: fmt.Sprint("doc", step)}
				f.sealed, err = v.Seal("p", f.id, []byte(f.id))
				require.NoError(t, err)
				f.index = v.Index("kind", f.id)
				f.kid, _ = v.JWTSigner()
				f.mac, err = v.MAC("cursor", []byte(f.id))
				require.NoError(t, err)
				facts = append(facts, f)
			case 2:
				use := rapid.SampledFrom(Uses()).Draw(t, "use")
				if _, err := v.Rotate(ctx, use); !model.Is(err, model.CodeConflict) {
					require.NoError(t, err)
				}
			case 3: // less than the time that retired tokens are kept
				clock.move(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
			case 4:
				v = open()
			}
			for _, f := range facts {
				plain, err := v.Open("p", f.id, f.sealed)
				require.NoError(t, err)
				require.Equal(t, f.id, string(plain))
				require.Contains(t, v.IndexAll("kind", f.id), f.index)
				_, ok := v.JWTKey(f.kid)
				require.True(t, ok)
				require.True(t, v.CheckMAC("cursor", []byte(f.id), f.mac))
			}
			active, _ := v.now.Load().seal.active(clock.Now())
			fresh, err := v.Seal("p", "fresh", nil)
			require.NoError(t, err)
			require.False(t, v.Stale(fresh))
			require.Equal(t, active.key.header[:], []byte(fresh[:sealHeader]))
		}
	})
}

func TestLifeOfAKey(t *testing.T) {
	r := newRoom(t, Options{})
	state := func(id string) State {
		info, err := r.info(id)
		require.NoError(t, err)
		return info.State
	}
	first, _ := r.JWTSigner()
	info, err := r.Rotate(t.Context(), UseJWT)
	require.NoError(t, err)
	require.Equal(t, StatePending, info.State)
	require.Contains(t, string(r.JWKS()), info.KID, "published before it is used")
	kid, _ := r.JWTSigner()
	require.Equal(t, first, kid, "a pending key signs nothing")
	_, err = r.Rotate(t.Context(), UseJWT)
	require.True(t, model.Is(err, model.CodeConflict))

	r.clock.move(plans[UseJWT].lead)
	kid, _ = r.JWTSigner()
	require.Equal(t, info.KID, kid)
	require.Equal(t, []State{StateActive, StateRetired}, []State{state("jwt.2"), state("jwt.1")})
	_, ok := r.JWTKey(first)
	require.True(t, ok, "a retired key verifies")

	r.clock.move(plans[UseJWT].keep)
	require.Equal(t, StateGone, state("jwt.1"))
	_, ok = r.JWTKey(first)
	require.False(t, ok)
	require.NotContains(t, string(r.JWKS()), first)
}

func TestUrgentRotationOvertakesAPendingKey(t *testing.T) {
	r := newRoom(t, Options{})
	_, err := r.Rotate(t.Context(), UseSeal)
	require.NoError(t, err)
	info, err := r.RotateNow(t.Context(), UseSeal)
	require.NoError(t, err)
	require.Equal(t, "seal.3", info.ID)
	states := func() (s []State) {
		for _, k := range r.Keys() {
			if k.Use == UseSeal {
				s = append(s, k.State)
			}
		}
		return s
	}
	require.Equal(t, []State{StateActive, StateRetired, StateRetired}, states())
	r.clock.move(time.Hour)
	require.Equal(t, []State{StateActive, StateRetired, StateRetired}, states())
}

func TestForgetDestroysRetiredKeysOnly(t *testing.T) {
	r := newRoom(t, Options{})
	sealed, err := r.Seal("p", "d", []byte("x"))
	require.NoError(t, err)
	old := r.Index("k", "1")
	require.True(t, model.Is(r.Forget(t.Context(), "seal.1"), model.CodeConflict))
	require.True(t, model.Is(r.Forget(t.Context(), "seal.9"), model.CodeNotFound))
	for _, use := range []Use{UseSeal, UseIndex} {
		_, err = r.RotateNow(t.Context(), use)
		require.NoError(t, err)
		require.NoError(t, r.Forget(t.Context(), keyID(use, 1)))
	}
	_, err = r.Open("p", "d", sealed)
	require.True(t, model.Is(err, model.CodeInternal))
	require.NotContains(t, r.IndexAll("k", "1"), old)
	stored, err := r.ring.Load(t.Context())
	require.NoError(t, err)
	i := slices.IndexFunc(stored, func(k WrappedKey) bool { return k.ID == "seal.1" })
	require.Empty(t, stored[i].Wrapped)
	require.NotPanics(t, func() { r.again(t, Options{}) })
}

func TestRotateMaster(t *testing.T) {
	r := newRoom(t, Options{})
	sealed, err := r.Seal("p", "d", []byte("x"))
	require.NoError(t, err)
	next := NewMaster()
	require.NoError(t, RotateMaster(t.Context(), r.ring, r.master, next, PolicyGM))
	require.NoError(t, RotateMaster(t.Context(), r.ring, r.master, next, PolicyGM), "repeatable")

	_, err = Open(t.Context(), r.master, r.ring, r.clock, Options{})
	require.True(t, model.Is(err, model.CodeUnavailable), "the old master key opens nothing")
	require.Error(t, r.Refresh(t.Context()))
	_, err = r.Open("p", "d", sealed)
	require.NoError(t, err, "a running process keeps its keys")

	for _, opts := range []Options{{}, {OldMasters: []Master{r.master}}} {
		v, err := Open(t.Context(), next, r.ring, r.clock, opts)
		require.NoError(t, err)
		plain, err := v.Open("p", "d", sealed)
		require.NoError(t, err)
		require.Equal(t, "x", string(plain))
	}
}

// Who can write documents but has no master key can make no use of it.
func TestChangedKeyDocumentsAreRefused(t *testing.T) {
	changes := map[string]func(*WrappedKey){
		"activeFrom": func(k *WrappedKey) { k.ActiveFrom = k.ActiveFrom.Add(time.Hour) },
		"createdAt":  func(k *WrappedKey) { k.CreatedAt = k.CreatedAt.Add(-time.Hour) },
		"use":        func(k *WrappedKey) { k.Use = UsePass },
		"alg":        func(k *WrappedKey) { k.Alg = AES256GCM },
		"number":     func(k *WrappedKey) { k.Number++ },
		"bit":        func(k *WrappedKey) { k.Wrapped[len(k.Wrapped)/2] ^= 1 },
		"cut":        func(k *WrappedKey) { k.Wrapped = k.Wrapped[:9] },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, Options{})
			stored, err := r.ring.Load(t.Context())
			require.NoError(t, err)
			i := slices.IndexFunc(stored, func(k WrappedKey) bool { return k.ID == "seal.1" })
			change(&stored[i])
			require.NoError(t, r.ring.Save(t.Context(), stored[i]))
			_, err = Open(t.Context(), r.master, r.ring, r.clock, Options{})
			require.Error(t, err)
		})
	}
}

func TestRefreshKeepsKeysWhenTheRingFails(t *testing.T) {
	r := newRoom(t, Options{})
	broken := &Vault{ring: failingRing{}, clock: r.clock, opts: r.opts, wrap: r.wrap, known: r.known}
	broken.now.Store(r.now.Load())
	require.ErrorIs(t, broken.Refresh(t.Context()), errRing)
	_, err := broken.Seal("p", "d", nil)
	require.NoError(t, err)
}

var errRing = errors.New("ring is away")

type failingRing struct{}

func (failingRing) Load(context.Context) ([]WrappedKey, error) { return nil, errRing }
func (failingRing) Save(context.Context, WrappedKey) error     { return errRing }

func TestOptionsAreChecked(t *testing.T) {
	for _, opts := range []Options{{Policy: "GM"}, {PassAlg: "none"}, {PassAlg: HMACSM3}} {
		_, err := Open(t.Context(), NewMaster(), FileRing{Dir: t.TempDir()}, &hands{t: start}, opts)
		require.Error(t, err)
	}
}

func TestMasterFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "master.key")
	m, err := LoadOrCreateMaster(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := LoadOrCreateMaster(path)
	require.NoError(t, err)
	require.Equal(t, m, again)
	require.ErrorIs(t, WriteMaster(path, NewMaster()), os.ErrExist)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o644, 0o601} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = LoadOrCreateMaster(path)
		require.ErrorContains(t, err, "chmod 600", "mode %o", mode)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file stays")
}

func TestParseMaster(t *testing.T) {
	hex32 := strings.Repeat("0123456789abcdef", 4)
	a, err := ParseMaster(" " + hex32 + "\n")
	require.NoError(t, err)
	b, err := ParseMaster("ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=")
	require.NoError(t, err)
	require.Equal(t, a, b)
	for _, bad := range []string{"", hex32[:62], hex32 + "00", strings.Repeat("00", 32), "ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze9=", strings.Repeat("z", 64)} {
		_, err := ParseMaster(bad)
		require.Error(t, err, bad)
		if bad != "" {
			require.NotContains(t, err.Error(), bad)
		}
	}
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", a, a, a, a), "1, 35")
	require.Equal(t, "master(****) master(****) master(****)", fmt.Sprintf("%v %+v %#v", a, a, a))
}

func TestFileRing(t *testing.T) {
	ring := FileRing{Dir: filepath.Join(t.TempDir(), "ring")}
	none, err := ring.Load(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
	k := WrappedKey{ID: "seal.1", Use: UseSeal, Number: 1, Wrapped: []byte{1}}
	require.NoError(t, ring.Save(t.Context(), k))
	require.True(t, model.Is(ring.Save(t.Context(), k), model.CodeExists))
	k.Rev = 1
	k.Wrapped = []byte{2}
	require.NoError(t, ring.Save(t.Context(), k))
	require.True(t, model.Is(ring.Save(t.Context(), k), model.CodeConflict), "a lost race")
	all, err := ring.Load(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, int64(2), all[0].Rev)
	require.Equal(t, []byte{2}, all[0].Wrapped)
	require.NoError(t, os.WriteFile(filepath.Join(ring.Dir, "jwt.1.r1.key"), []byte("{"), 0o600))
	_, err = ring.Load(t.Context())
	require.Error(t, err)
}
