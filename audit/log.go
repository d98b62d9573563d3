package audit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"xinyi/model"
)

// Options are what a Log needs. All but the last four are required.
type Options struct {
	Storage Storage
	// Signer signs checkpoints; Verifiers know its key and every earlier one.
	Signer    note.Signer
	Verifiers note.Verifiers
	Witness   Witness
	Clock     model.Clock
	// Holder names this process in the lease; it must be unique among running processes.
	Holder string

	Logger *slog.Logger
	// Exclusive: no other process can write this store (embedded engine), so the slot of
	// a dead process is taken over at once.
	Exclusive bool
	// Lease is how long a slot is held without being renewed; zero is 15 s.
	Lease time.Duration
	// byHand leaves folding and renewing to calls of tick, for tests.
	byHand bool
}

const (
	foldEvery   = 250 * time.Millisecond
	lookEvery   = 30 * time.Second // for entries that a lost holder left or still writes
	askEvery    = time.Second      // the store about doubtful entries
	writeWithin = 10 * time.Second
	leafRoom    = 512 // bytes; most leaves are 250–400
)

// Log is the audit log of this process. Safe for concurrent use.
type Log struct {
	folder
	options Options
	logger  *slog.Logger
	held    atomic.Pointer[holding] // nil while no slot is held

	records chan *waiting
	notes   chan model.AuditEvent
	// closing ends the writers, stopped the rest.
	closing, stopped    chan struct{}
	writers, background sync.WaitGroup
	sending             sync.RWMutex // held while an entry goes to the writers
	closed              bool         // under sending: no more go
	closeOnce           sync.Once

	counters counters

	tending   sync.Mutex // guards what follows: one tick at a time
	slot      *slot
	nextRenew time.Time
	nextLook  time.Time
	nextAsk   time.Time
	broken    map[string]bool
	firstGen  map[string]uint32 // the first generation of this process, per origin
}

// holding is the generation this process writes under.
type holding struct {
	origin string
	gen    uint32
	// until is the end of the lease, unix ms.
	until  atomic.Int64
	window *window
}

// Open takes a slot and starts the log. Errors: whatever the storage answers; then
// nothing runs.
func Open(ctx context.Context, o Options) (*Log, error) {
	if o.Lease == 0 {
		o.Lease = 15 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Log{
		folder:  folder{storage: o.Storage, witness: o.Witness, clock: o.Clock},
		options: o, logger: o.Logger,
		records: make(chan *waiting, 4*groupLimit), notes: make(chan model.AuditEvent, maxNotes),
		closing: make(chan struct{}), stopped: make(chan struct{}),
		broken: map[string]bool{}, firstGen: map[string]uint32{},
	}
	l.keys.Store(&keys{o.Signer, o.Verifiers})
	if err := l.acquire(ctx); err != nil {
		return nil, err
	}
	for range writerCount {
		l.writers.Go(l.write)
	}
	l.background.Go(l.writeNotes)
	if !o.byHand {
		l.background.Go(l.run)
	}
	return l, nil
}

// UseKeys changes the keys, when they rotate: the next checkpoint is signed by signer, and
// verifiers must know every key that signed an earlier one. Give verifiers that know a new
// key to all processes before any of them signs with it.
func (l *Log) UseKeys(signer note.Signer, verifiers note.Verifiers) {
	l.tending.Lock()
	defer l.tending.Unlock()
	l.keys.Store(&keys{signer, verifiers})
	clear(l.broken) // an origin may only have been signed by a key unknown until now
}

// Begin reserves the place of an event that a change will write in its own batch: pass
// the entry to the repository, then tell End what became of the batch. A zero At becomes
// now. CodeAuditUnavailable: the change must not be made.
func (l *Log) Begin(ev model.AuditEvent) (model.AuditEntry, error) {
	now := l.clock.Now()
	h := l.held.Load()
	if h == nil || now.UnixMilli() >= h.until.Load() {
		return l.refuse(errNoSlot)
	}
	seq, ok := h.window.reserve(now)
	if !ok {
		return l.refuse(errFull)
	}
	canonical(&ev, now)
	e := model.AuditEntry{Origin: h.origin, Gen: h.gen, Seq: seq, Event: ev}
	e.Leaf = appendLeaf(make([]byte, 0, leafRoom), e.ID(), &ev)
	return e, nil
}

var (
	errNoSlot = errors.New("audit: no log is held")
	errFull   = errors.New("audit: log is closing, or too many entries wait to be folded")
	errClosed = errors.New("audit: log is closed")
)

func (l *Log) refuse(err error) (model.AuditEntry, error) {
	l.counters.refused.Add(1)
	return model.AuditEntry{}, unavailable(err)
}

// End says what became of the batch that held e: nil if it is durable. A batch that was
// never sent ends with any error that carries a code of its own.
func (l *Log) End(e model.AuditEntry, err error) { l.end([]model.AuditEntry{e}, err) }

func (l *Log) end(entries []model.AuditEntry, err error) {
	state, now := outcome(err), l.clock.Now()
	if state == durable {
		l.counters.durable.Add(int64(len(entries)))
	}
	for i := range entries {
		e := &entries[i]
		// The entries of a generation that is over are found by whoever holds the origin now.
		if h := l.held.Load(); h != nil && h.gen == e.Gen && h.origin == e.Origin {
			var hash tlog.Hash
			if state == durable {
				hash = tlog.RecordHash(e.Leaf)
			}
			h.window.settle(e.Gen, e.Seq, state, hash, now)
		}
	}
}

// outcome tells whether a write with this error happened. Only an answer that the engine
// gave about the batch is a clear no.
func outcome(err error) itemState {
	switch {
	case err == nil:
		return durable
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return doubt
	}
	switch model.CodeOf(err) {
	case model.CodeUnavailable, model.CodeInternal, model.CodeAuditUnavailable, model.CodeUpstream:
		return doubt
	default:
		return void
	}
}

// run tends the slot until Close.
func (l *Log) run() {
	ticker := time.NewTicker(foldEvery)
	defer ticker.Stop()
	for {
		select {
		case <-l.stopped:
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
		if err := l.tick(ctx); err != nil {
			l.counters.foldErrors.Add(1)
			l.logger.Error("audit log not folded", "error_code", model.CodeOf(err), "error", cause(err))
		}
		cancel()
	}
}

// Close refuses new entries, waits for those under way, folds them and gives the slot
// back. What it could not finish, the next holder does.
func (l *Log) Close(ctx context.Context) error {
	var err error
	l.closeOnce.Do(func() {
		l.endWriters()
		close(l.stopped)
		l.background.Wait()
		err = l.release(ctx)
	})
	return err
}
