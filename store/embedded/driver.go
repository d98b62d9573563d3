package embedded

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
	"xinyi/store"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options tune an engine. Only Clock is required.
type Options struct {
	// Clock stamps the writes.
	Clock model.Clock
	// CacheBytes bounds the caches: a quarter for documents, the rest for uncompressed
	// blocks; 0 = 256 MiB.
	CacheBytes int64
	// MemTableBytes is the size of one write buffer, of which up to four can wait for
	// the disk; 0 = 64 MiB. It also bounds the log replayed at start.
	MemTableBytes uint64
	// Uncached names collections whose documents are written once and hardly read again:
	// keeping what was read of them would cost every write more than it saves.
	Uncached []string
	// Queues names collections that are emptied from the front.
	Queues []string
	// SyncGap is the least time between two syncs, in which those who write meanwhile gather;
	// a lone write is synced at once. 0 = 1 ms; negative = none, for one writer at a time.
	SyncGap time.Duration
	// FS is the file system; nil = the operating system's.
	FS vfs.FS
	// Log hears of damage and failed background work; nil = nobody.
	Log *slog.Logger
	// Fatal is called when the log cannot be written any more; it must not return.
	// nil = log and end the process, since nothing after that could be durable.
	Fatal func(msg string)
}

// Driver is the embedded engine; see the package comment.
type Driver struct {
	dir  string
	db   *pebble.DB
	lock *pebble.Lock
	fs   syncFS
	opt  Options

	// open is held for reading by every call and for writing by Close.
	open   sync.RWMutex
	closed bool

	rows     *rowCache
	uncached map[string]bool // the collections of Options.Uncached
	indexes  atomic.Pointer[map[string]*collIndexes]
	queue    chan *request
	acks     chan group
	ended    chan struct{}
	broken   atomic.Bool
	// stamp is the last one given; the committer's alone.
	stamp uint64
	tails tails
	heads heads

	groups, ops, bytes, refused atomic.Int64
}

var (
	_ store.Driver  = (*Driver)(nil)
	_ store.Watcher = (*Driver)(nil)
)

// Open opens the folder dir, made if need be. Errors: CodeUnavailable if another
// process has it open or it cannot be read, CodeInternal with a CorruptionError inside
// if a file is damaged.
func Open(dir string, opt Options) (*Driver, error) {
	if opt.Clock == nil {
		return nil, model.Errorf(model.CodeInternal, "数据引擎缺少时钟，请检查启动代码。")
	}
	if opt.CacheBytes == 0 {
		opt.CacheBytes = 256 << 20
	}
	if opt.FS == nil {
		opt.FS = vfs.Default
		// The lock inside one process goes by name: make it one name per folder.
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
	}
	d := &Driver{dir: dir, fs: newSyncFS(opt.FS, opt.Clock), opt: opt, rows: newRowCache(opt.CacheBytes / 4), tails: tails{}, heads: newHeads(opt.Queues), uncached: map[string]bool{},
		queue: make(chan *request, 1024), acks: make(chan group, 64), ended: make(chan struct{})}
	for _, coll := range opt.Uncached {
		d.uncached[coll] = true
	}
	fewArenas()
	if err := makeDir(d.fs, dir); err != nil {
		return nil, openError(err, dir)
	}
	var err error
	if d.lock, err = pebble.LockDirectory(dir, d.fs); err != nil {
		return nil, lockError(err)
	}
	if err := takeClean(d.fs, dir); err != nil {
		return nil, errors.Join(err, d.lock.Close())
	}
	if d.db, err = pebble.Open(dir, d.pebbleOptions()); err != nil {
		return nil, errors.Join(openError(err, d.fs.lastRead()), d.lock.Close())
	}
	if err := d.load(); err != nil {
		return nil, errors.Join(err, d.db.Close(), d.lock.Close())
	}
	go d.commit()
	go d.acknowledge()
	return d, nil
}

// makeDir makes dir and whatever is missing above it, and syncs the folders that hold
// them: a new data folder must not vanish with the power.
func makeDir(fs vfs.FS, dir string) error {
	above := []string{fs.PathDir(dir)}
	for {
		last := above[len(above)-1]
		if _, err := fs.Stat(last); err == nil || fs.PathDir(last) == last {
			break
		}
		above = append(above, fs.PathDir(last))
	}
	if err := fs.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range above {
		if err := syncDir(fs, parent); err != nil {
			return err
		}
	}
	return nil
}

// load reads what earlier runs left: the last stamp and the index definitions.
func (d *Driver) load() error {
	if err := d.loadStamp(); err != nil {
		return err
	}
	return d.loadIndexes()
}

// enter admits one call; leave must follow when it gives nil.
func (d *Driver) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.open.RLock()
	if d.closed {
		d.open.RUnlock()
		return errClosed
	}
	return nil
}

func (d *Driver) leave() { d.open.RUnlock() }

var keyBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 128); return &b }}

// Get gives one document.
func (d *Driver) Get(ctx context.Context, coll, id string) (store.Doc, error) {
	if err := d.enter(ctx); err != nil {
		return store.Doc{}, err
	}
	defer d.leave()
	s, err := d.row(coll, id)
	if err != nil {
		return store.Doc{}, err
	}
	if !s.exists {
		return store.Doc{}, store.ErrNotFound
	}
	return s.doc(id, s.body), nil
}

// kept gives the committed state of a document that was read lately, or was not there.
func (d *Driver) kept(coll, id string) (s state, known bool) {
	if d.uncached[coll] {
		return state{}, false
	}
	buf := keyBuffers.Get().(*[]byte)
	defer keyBuffers.Put(buf)
	*buf = appendDocKey((*buf)[:0], coll, id)
	v, known, _ := d.rows.get(*buf)
	s, _ = parseValue(id, v)
	return s, known
}

// Watch implements store.Watcher.
func (d *Driver) Watch(docs ...store.DocName) (m model.Mark) {
	if len(docs) > model.MarkDocs {
		return model.Mark{}
	}
	buf := keyBuffers.Get().(*[]byte)
	defer keyBuffers.Put(buf)
	for _, doc := range docs {
		if d.uncached[doc.Coll] { // their writes are not counted
			return model.Mark{}
		}
		*buf = appendDocKey((*buf)[:0], doc.Coll, doc.ID)
		d.rows.watch(*buf, &m)
	}
	return m
}

// Unchanged implements store.Watcher.
func (d *Driver) Unchanged(m model.Mark) bool { return d.rows.unchanged(m) }

// row gives the committed state of a document, from memory if it was read lately.
func (d *Driver) row(coll, id string) (state, error) {
	if d.uncached[coll] {
		return read(d.db, coll, id, true)
	}
	buf := keyBuffers.Get().(*[]byte)
	defer keyBuffers.Put(buf)
	*buf = appendDocKey((*buf)[:0], coll, id)
	v, known, ticket := d.rows.get(*buf)
	if known {
		s, _ := parseValue(id, v) // was parsed before it was kept; nil is no document
		return s, nil
	}
	v, closer, err := d.db.Get(*buf)
	if err == pebble.ErrNotFound { //nolint:errorlint // Get gives it bare, and the hot path must not search chains
		d.rows.put(*buf, nil, ticket)
		return state{}, nil
	}
	if err != nil {
		return state{}, engineError(err)
	}
	if _, ok := parseValue(id, v); !ok {
		return state{}, errors.Join(corrupted(&CorruptionError{Err: errLayout}), closer.Close())
	}
	v = d.rows.put(*buf, v, ticket)
	if err := closer.Close(); err != nil {
		return state{}, engineError(err)
	}
	s, _ := parseValue(id, v)
	return s, nil
}

// get reads from the database or a snapshot of it.
func (d *Driver) get(from pebble.Reader, coll, id string) (store.Doc, error) {
	s, err := read(from, coll, id, true)
	if err != nil {
		return store.Doc{}, err
	}
	if !s.exists {
		return store.Doc{}, store.ErrNotFound
	}
	return s.doc(id, s.body), nil
}

// read gives the state of a document, its body copied if asked for.
func read(from pebble.Reader, coll, id string, body bool) (state, error) {
	buf := keyBuffers.Get().(*[]byte)
	*buf = appendDocKey((*buf)[:0], coll, id)
	v, closer, err := from.Get(*buf)
	keyBuffers.Put(buf)
	if err == pebble.ErrNotFound { //nolint:errorlint // Get gives it bare, and the hot path must not search chains
		return state{}, nil
	}
	if err != nil {
		return state{}, engineError(err)
	}
	s, ok := parseValue(id, v)
	if body {
		s.body = append([]byte(nil), s.body...) // v is gone when closer is
	} else {
		s.body = nil
	}
	if err := closer.Close(); err != nil {
		return state{}, engineError(err)
	}
	if !ok {
		return state{}, corrupted(&CorruptionError{Err: errLayout})
	}
	return s, nil
}

// GetMany gives those that exist, in the order of ids.
func (d *Driver) GetMany(ctx context.Context, coll string, ids []string) ([]store.Doc, error) {
	if err := d.enter(ctx); err != nil {
		return nil, err
	}
	defer d.leave()
	docs := make([]store.Doc, 0, len(ids))
	for i, id := range ids {
		if i%64 == 63 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s, err := read(d.db, coll, id, true)
		if err != nil {
			return nil, err
		}
		if s.exists {
			docs = append(docs, s.doc(id, s.body))
		}
	}
	return docs, nil
}

// Snapshot writes a checkpoint: hard links of the tables and a copy of the log.
func (d *Driver) Snapshot(ctx context.Context, dir string) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.leave()
	if _, err := d.fs.Stat(dir); err == nil {
		return model.Errorf(model.CodeExists, "备份目录已存在，请换一个新目录。")
	}
	err := d.db.Checkpoint(dir, pebble.WithFlushedWAL())
	if err != nil && !pebble.IsCorruptionError(err) {
		return model.Wrap(err, model.CodeUnavailable, "备份没有写成，请检查目标目录的权限和磁盘空间后重试。")
	}
	return engineError(err)
}

// Stats gives counters since Open and gauges:
//
//	syncs, walSyncs   fsync and fdatasync calls: of all files and folders, of the log
//	groups, ops       commits and the document writes in them; refused counts batches
//	bytes             committed batch bytes
//	diskBytes, cacheBytes, cacheHits, cacheMisses, compactions, flushes, memTableBytes
func (d *Driver) Stats() map[string]int64 {
	stats := map[string]int64{
		"syncs": d.fs.all.Load(), "walSyncs": d.fs.wal.Load(),
		"groups": d.groups.Load(), "ops": d.ops.Load(), "bytes": d.bytes.Load(), "refused": d.refused.Load(),
	}
	d.open.RLock()
	defer d.open.RUnlock()
	if d.closed {
		return stats
	}
	m := d.db.Metrics()
	stats["diskBytes"] = int64(m.DiskSpaceUsage())
	stats["cacheBytes"] = m.BlockCache.Size
	stats["cacheHits"] = m.BlockCache.Hits
	stats["cacheMisses"] = m.BlockCache.Misses
	stats["compactions"] = m.Compact.Count
	stats["compacting"] = m.Compact.NumInProgress + m.Flush.NumInProgress
	stats["flushes"] = m.Flush.Count
	stats["memTableBytes"] = int64(m.MemTable.Size)
	return stats
}

// Capabilities are all there.
func (d *Driver) Capabilities() store.Capabilities {
	return store.Capabilities{Transactions: true, Concurrency: true, Durable: true, Snapshots: true, Watching: true}
}

// Close waits for calls under way, writes what is in memory to tables, so that every
// byte at rest stands under a checksum and the next start has no log to replay, and
// closes. Further calls give CodeUnavailable.
func (d *Driver) Close() error {
	d.open.Lock()
	if d.closed {
		d.open.Unlock()
		return nil
	}
	d.closed = true
	d.open.Unlock()
	close(d.queue)
	<-d.ended
	d.fs.bulk.until.Store(math.MaxInt64) // nobody waits any more but for this
	var err error
	if !d.broken.Load() {
		err = d.db.Flush()
	}
	if err = errors.Join(err, d.db.Close()); err == nil && !d.broken.Load() {
		err = leaveClean(d.fs, d.dir)
	}
	return engineError(errors.Join(err, d.lock.Close()))
}
