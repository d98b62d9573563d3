package embedded

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestPowerLoss cuts the power at random moments under load, on a file system that
// forgets what was not synced, wholly or in parts; and again while the engine works on
// what the first cut left.
func TestPowerLoss(t *testing.T) {
	const writers, generations, cutsEach = 6, 3, 6
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1900))
			disk := vfs.NewCrashableMem()
			acked := make([]int64, writers)
			for range generations {
				cuts := cutPower(t, disk, rng, acked, cutsEach)
				for _, c := range cuts {
					c.check(t)
				}
				// Go on from one of the remains.
				next := cuts[rng.IntN(len(cuts))]
				disk = next.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rng})
				acked = next.acked
			}
		})
	}
}

// cut is a disk after a power cut and what had been acknowledged before.
type cut struct {
	disk  *vfs.MemFS
	acked []int64
}

func powerOptions(disk vfs.FS) Options {
	return Options{Clock: wall, FS: disk, MemTableBytes: 128 << 10, CacheBytes: 8 << 20}
}

// cutPower writes to disk and takes n pictures of what a power cut would leave.
func cutPower(t *testing.T, disk *vfs.MemFS, rng *rand.Rand, acked []int64, n int) (cuts []cut) {
	t.Helper()
	d, err := Open("new/data", powerOptions(disk))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.EnsureIndexes(t.Context(), ledger, ledgerIndexes); err != nil {
		t.Fatal(err)
	}
	now := make([]atomic.Int64, len(acked))
	for i := range now {
		now[i].Store(acked[i])
	}
	var steps atomic.Int64
	var stop atomic.Bool
	var wg sync.WaitGroup
	bell := make(chan struct{}, 1)
	wg.Go(func() {
		writeLedger(t, d, len(acked), stop.Load, func(w string, n int64) {
			now[w[1]-'0'].Store(n)
			steps.Add(1)
			select {
			case bell <- struct{}{}:
			default:
			}
		})
	})
	for range n {
		for until := steps.Load() + rng.Int64N(60); steps.Load() < until; {
			<-bell
		}
		c := cut{acked: make([]int64, len(acked))}
		for i := range now {
			c.acked[i] = now[i].Load()
		}
		percent := []int{0, 0, 5, 50, 95, 100}[rng.IntN(6)]
		c.disk = disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})
		cuts = append(cuts, c)
	}
	stop.Store(true)
	wg.Wait()
	return cuts
}

// check opens a copy of the disk and wants the ledger whole.
func (c cut) check(t *testing.T) {
	t.Helper()
	d, err := Open("new/data", powerOptions(c.disk.CrashClone(vfs.CrashCloneCfg{})))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	total := int64(0)
	for i, acked := range c.acked {
		n := checkLedger(t, d, fmt.Sprintf("w%d", i), acked)
		total += n*ledgerParts + min(n, 1)
	}
	if total > 0 {
		checkFeed(t, d, total)
	}
}
