package audit

import (
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/store"
	"xinyi/store/embedded"
)

// abandon forgets a log as a killed process would: nothing is folded or given back.
func (l *Log) abandon() {
	l.closeOnce.Do(func() {
		l.endWriters()
		close(l.stopped)
		l.background.Wait()
		l.held.Store(nil)
	})
}

func TestOpen_afterACrashFoldsTheRest(t *testing.T) {
	for _, exclusive := range []bool{true, false} {
		h := newHouse(t)
		o := h.options("one")
		o.Exclusive = exclusive
		l := h.openWith(o)
		h.record(l, 300)
		h.tick(l)
		h.record(l, 5000)
		lost, err := l.Begin(look(1)) // a gap: the process died before its batch
		require.NoError(t, err)
		h.record(l, 10)
		l.abandon()
		require.Equal(t, int64(5010), h.requireSound().Origins[0].Waiting)

		o.Holder = "two"
		next := h.openWith(o)
		if !exclusive {
			require.Equal(t, "o002", next.Stats().Origin, "the lease of the dead one still runs")
			h.clock.pass(2*o.Lease + 31*time.Second)
		}
		h.tick(next)
		h.tick(next)
		require.Equal(t, int64(5310), size(t, next))
		require.NoError(t, next.Close(t.Context()))
		report := h.requireSound()
		require.Zero(t, report.Origins[0].Waiting)
		require.Equal(t, !exclusive, len(origins(t, h)[0].Open) > 0, "only a paused process could still fill the gap %d", lost.Seq)
	}
}

func TestTakeover_pausedHolderWritesLate(t *testing.T) {
	h := newHouse(t)
	old := h.open("old")
	h.record(old, 10)
	h.tick(old)
	before, err := old.Begin(look(1)) // paused here, its batch on the way
	require.NoError(t, err)
	between, err := old.Begin(look(2))
	require.NoError(t, err)
	h.record(old, 10)
	h.clock.pass(time.Minute)
	require.NoError(t, h.change(between)) // durable, and the holder never heard of it

	young := h.open("young")
	require.Equal(t, "o001", young.Stats().Origin)
	require.Equal(t, uint32(2), young.Stats().Generation)
	h.record(young, 5)
	h.tick(young)
	require.Equal(t, int64(26), size(t, young))
	h.requireSound()

	// The old one wakes up.
	old.End(before, h.change(before))
	_, err = old.Begin(look(3))
	require.True(t, model.Is(err, model.CodeAuditUnavailable), "its lease ran out")
	err = old.tick(t.Context())
	require.True(t, model.Is(err, model.CodeConflict))
	h.tick(old)
	require.Equal(t, "o002", old.Stats().Origin)
	require.NoError(t, old.Record(t.Context(), look(4)))

	h.requireSound()
	h.clock.pass(lookEvery)
	h.tick(young)
	require.Equal(t, int64(27), size(t, young), "the late entry is found")
	h.tick(old)
	report := h.requireSound()
	require.Zero(t, report.Origins[0].Waiting)

	h.clock.pass(settleAfter + time.Minute)
	h.tick(young)
	require.Len(t, origins(t, h)[0].Open, 1, "the old generation is settled")
	h.requireSound()
}

func TestTakeover_othersFoldWhatNobodyTakes(t *testing.T) {
	h := newHouse(t)
	one, two := h.open("one"), h.open("two")
	h.record(two, 20)
	two.abandon()
	h.clock.pass(time.Minute)
	h.tick(one)
	require.Equal(t, int64(20), size(t, one))
	require.True(t, origins(t, h)[1].Released)
	h.requireSound()
}

func TestOpen_leavesABrokenOriginAlone(t *testing.T) {
	h := newHouse(t)
	l := h.open("one")
	h.record(l, 10)
	snapshot := filepath.Join(h.dir, "older")
	h.tick(l)
	require.NoError(t, h.driver.Snapshot(t.Context(), snapshot))
	h.record(l, 10)
	require.NoError(t, l.Close(t.Context()))
	require.NoError(t, h.driver.Close())
	h.openStore(snapshot) // rolled back
	h.witness = h.newWitness()
	o := h.options("one")
	o.Exclusive = true
	l = h.openWith(o)
	require.Equal(t, "o002", l.Stats().Origin)
	h.record(l, 3)
	require.NoError(t, l.Close(t.Context()))
	report := h.verify()
	require.Len(t, report.Findings, 1)
	require.Equal(t, TailCut, report.Findings[0].Kind)
}

// TestHistories_random lets processes start, write, fail, pause, wake, die and take over
// in any order over one store: no durable entry may be skipped or doubted.
func TestHistories_random(t *testing.T) {
	base := newHouse(t)
	rapid.Check(t, func(r *rapid.T) {
		h := *base
		d, err := embedded.Open("store", embedded.Options{Clock: h.clock, FS: vfs.NewMem(), CacheBytes: 1 << 20, MemTableBytes: 1 << 20})
		require.NoError(r, err)
		defer d.Close()
		h.driver, h.storage = d, store.NewAuditLog(d)
		outside := memory{}
		h.witness = outside
		var logs []*Log
		held := map[string]*Log{} // id of an entry begun and not ended → its log
		entries := map[string]model.AuditEntry{}
		written := 0
		pick := func() *Log {
			if len(logs) == 0 {
				return nil
			}
			return logs[rapid.IntRange(0, len(logs)-1).Draw(r, "log")]
		}
		r.Repeat(map[string]func(*rapid.T){
			"start": func(r *rapid.T) {
				if len(logs) < 4 {
					logs = append(logs, h.open(note64()))
				}
			},
			"record": func(r *rapid.T) {
				if l := pick(); l != nil {
					for i := range rapid.IntRange(1, 40).Draw(r, "count") {
						if l.Record(t.Context(), look(i)) == nil {
							written++
						}
					}
				}
			},
			"begin": func(r *rapid.T) {
				if l := pick(); l != nil {
					if e, err := l.Begin(look(1)); err == nil {
						held[e.ID().String()], entries[e.ID().String()] = l, e
					}
				}
			},
			"end": func(r *rapid.T) {
				if len(held) == 0 {
					return
				}
				id := rapid.SampledFrom(slices.Sorted(maps.Keys(held))).Draw(r, "entry")
				var err error
				switch rapid.IntRange(0, 3).Draw(r, "fate") {
				case 0:
					err = &model.Error{Code: model.CodeConflict}
				case 1:
					err = &model.Error{Code: model.CodeUnavailable}
				case 2: // durable, but the answer is lost
					require.NoError(r, h.change(entries[id]))
					written++
					err = t.Context().Err()
					if err == nil {
						err = &model.Error{Code: model.CodeUnavailable}
					}
				default:
					require.NoError(r, h.change(entries[id]))
					written++
				}
				held[id].End(entries[id], err)
				delete(held, id)
			},
			"tick":  func(r *rapid.T) { tickAny(t, pick()) },
			"pass":  func(r *rapid.T) { h.clock.pass(rapid.SampledFrom(passes).Draw(r, "time")) },
			"kill":  func(r *rapid.T) { logs = h.remove(logs, pick(), (*Log).abandon) },
			"close": func(r *rapid.T) { logs = h.remove(logs, pick(), func(l *Log) { _ = l.Close(t.Context()) }) },
			"": func(r *rapid.T) {
				report, err := Verify(t.Context(), h.storage, Outside(outside), h.known)
				require.NoError(r, err)
				require.Empty(r, report.Findings)
			},
		})
		for _, l := range logs {
			l.abandon()
		}
		// One survivor folds everything.
		l := h.open("survivor")
		for range 3 {
			h.clock.pass(2 * time.Minute)
			tickAny(t, l)
		}
		tickAny(t, l)
		require.Equal(r, int64(written), size(t, l))
		require.NoError(r, l.Close(t.Context()))
	})
}

// memory is a Witness that forgets nothing until the test ends.
type memory Outside

func (m memory) Last(origin string) (string, error) {
	if n := len(m[origin]); n > 0 {
		return m[origin][n-1], nil
	}
	return "", &model.Error{Code: model.CodeNotFound}
}

func (m memory) Save(c Checkpoint) error {
	m[c.Origin] = append(m[c.Origin], c.Note)
	return nil
}

var passes = []time.Duration{time.Millisecond, patience, 6 * time.Second, 40 * time.Second, 5 * time.Minute}

func note64() string { return time.Unix(0, rand.Int64()).String() }

func tickAny(t *testing.T, l *Log) {
	if l == nil {
		return
	}
	if err := l.tick(t.Context()); err != nil && !model.Is(err, model.CodeConflict) {
		t.Error(err)
	}
}

func (h *house) remove(logs []*Log, gone *Log, end func(*Log)) []*Log {
	var rest []*Log
	for _, l := range logs {
		if l != gone {
			rest = append(rest, l)
		}
	}
	if gone != nil {
		end(gone)
	}
	return rest
}

func TestUseKeys_bothKeysAreKnownToVerification(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	l := h.open("one")
	h.record(l, 5)
	h.tick(l)
	first, err := h.known.Verifier(h.signer.Name(), h.signer.KeyHash())
	require.NoError(t, err)
	second, err := other.known.Verifier(other.signer.Name(), other.signer.KeyHash())
	require.NoError(t, err)
	h.signer, h.known = other.signer, note.VerifierList(first, second)
	l.UseKeys(h.signer, h.known)
	h.record(l, 5)
	require.NoError(t, l.Close(t.Context()))
	report := h.requireSound()
	require.Equal(t, int64(10), report.Origins[0].Size)
	h.known = note.VerifierList(first)
	require.Equal(t, CheckpointForged, h.verify().Findings[0].Kind, "the new key is not known here")
}

func TestCheckpoint_signedTextComesBack(t *testing.T) {
	h := newHouse(t)
	rapid.Check(t, func(r *rapid.T) {
		c := Checkpoint{Origin: "o001", Size: rapid.Int64Min(0).Draw(r, "size"), At: h.clock.Now(),
			Generation: rapid.Uint32().Draw(r, "gen"), Unfolded: rapid.IntRange(0, 5).Draw(r, "lag")}
		if c.Unfolded > 0 {
			c.Since = c.At.Add(-time.Second)
		}
		for range rapid.IntRange(0, 3).Draw(r, "open") {
			c.Open = append(c.Open, model.AuditGeneration{Looked: c.Since, Gen: rapid.Uint32().Draw(r, "g"), Settled: rapid.Uint64().Draw(r, "settled")})
		}
		require.NoError(r, c.sign(h.signer))
		got, err := ParseCheckpoint(c.Note, h.known)
		require.NoError(r, err)
		require.Equal(r, c, got)
		i := rapid.IntRange(0, len(c.Note)-1).Draw(r, "byte")
		flipped := []byte(c.Note)
		flipped[i] ^= 1
		_, err = ParseCheckpoint(string(flipped), h.known)
		require.Error(r, err)
	})
	_, err := ParseCheckpoint("x", note.VerifierList())
	require.Error(t, err)
}
