package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"go.mongodb.org/mongo-driver/v2/bson"
)

var wall = model.ClockFunc(time.Now)

// body makes a document from pairs of name and value.
func body(t testing.TB, id string, fields ...any) bson.Raw {
	t.Helper()
	d := bson.D{{Key: "_id", Value: id}}
	for i := 0; i < len(fields); i += 2 {
		d = append(d, bson.E{Key: fields[i].(string), Value: fields[i+1]})
	}
	raw, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func insertOp(t testing.TB, id string, fields ...any) store.Op {
	return store.Op{Kind: store.OpInsert, Coll: "things", ID: id, Body: body(t, id, fields...)}
}

func open(t testing.TB, dir string, opt Options) *Driver {
	t.Helper()
	if opt.Clock == nil {
		opt.Clock = wall
	}
	d, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func apply(t testing.TB, d store.Driver, ops ...store.Op) {
	t.Helper()
	if err := d.Apply(t.Context(), ops); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_needsAClock(t *testing.T) {
	if _, err := Open(t.TempDir(), Options{}); model.CodeOf(err) != model.CodeInternal {
		t.Fatal(err)
	}
}

func TestOpen_aPlaceThatIsNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(file, Options{Clock: wall})
	var e *model.Error
	if !errors.As(err, &e) || e.Code != model.CodeUnavailable || !strings.Contains(e.Detail, "打不开") {
		t.Fatal(err)
	}
}

const lockDir = "XINYI_TEST_LOCK_DIR" // set in the child only

// TestLock opens a folder twice: in this process, by another way of writing its name,
// and in a child.
func TestLock(t *testing.T) {
	if dir := os.Getenv(lockDir); dir != "" {
		_, err := Open(dir, Options{Clock: wall})
		fmt.Println(err)
		return
	}
	dir := t.TempDir()
	d := open(t, dir, Options{})
	const says = "数据目录正被另一个 xinyi 进程使用"
	t.Chdir(filepath.Dir(dir))
	for _, name := range []string{dir, dir + "/.", filepath.Base(dir)} {
		_, err := Open(name, Options{Clock: wall})
		if !model.Is(err, model.CodeUnavailable) || !strings.Contains(err.Error(), says) {
			t.Fatalf("second open of %q: %v", name, err)
		}
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLock$")
	child.Env = append(os.Environ(), lockDir+"="+dir)
	if out, err := child.CombinedOutput(); err != nil || !bytes.Contains(out, []byte(says)) {
		t.Fatalf("child: %s, %v", out, err)
	}
	apply(t, d, insertOp(t, "a")) // the first one has not suffered
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{})
}

// gateFS holds the log's syncs back until it is opened.
type gateFS struct {
	vfs.FS
	gate *sync.RWMutex
}

type gateFile struct {
	vfs.File
	gate *sync.RWMutex
}

func (f gateFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.Create(name, c)
	if err != nil || filepath.Ext(name) != ".log" {
		return file, err
	}
	return gateFile{file, f.gate}, nil
}

func (f gateFile) Sync() error {
	f.gate.RLock()
	defer f.gate.RUnlock()
	return f.File.Sync()
}

func (f gateFile) SyncData() error { return f.Sync() }

// TestGroupCommit holds the disk back: what waits is committed with few syncs, seen
// before it is durable, and acknowledged only when it is; refusals too.
func TestGroupCommit(t *testing.T) {
	var gate sync.RWMutex
	d := open(t, "data", Options{FS: gateFS{vfs.NewMem(), &gate}})
	apply(t, d, insertOp(t, "first"))
	before := d.Stats()
	gate.Lock()
	const writers = 60 // alone in a group each, they still fit into the pipeline
	answers := make(chan error, writers)
	for i := range writers {
		go func() { answers <- d.Apply(t.Context(), []store.Op{insertOp(t, fmt.Sprintf("w%03d", i%(writers/2)))}) }()
	}
	for { // reads see what is applied
		page, err := d.Find(t.Context(), "things", store.Query{Prefix: "w", Limit: writers})
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Docs) == writers/2 {
			break
		}
	}
	if len(answers) != 0 {
		t.Fatalf("%d answers before the disk has synced", len(answers))
	}
	gate.Unlock()
	exists := 0
	for range writers {
		if err := <-answers; model.Is(err, model.CodeExists) {
			exists++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if exists != writers/2 {
		t.Fatalf("%d were refused", exists)
	}
	after := d.Stats()
	if n := after["walSyncs"] - before["walSyncs"]; n < 1 || n > 10 {
		t.Fatalf("%d syncs of the log for %d waiting writers", n, writers)
	}
	if after["ops"]-before["ops"] != writers/2 || after["refused"]-before["refused"] != writers/2 || after["groups"] <= before["groups"] {
		t.Fatalf("stats %v", after)
	}
}

// TestSyncs counts real syncs: writers one after the other need one each.
func TestSyncs(t *testing.T) {
	d := open(t, t.TempDir(), Options{})
	before := d.Stats()
	for i := range 20 {
		apply(t, d, insertOp(t, fmt.Sprint(i)))
	}
	after := d.Stats()
	if n := after["walSyncs"] - before["walSyncs"]; n != 20 {
		t.Fatalf("%d syncs of the log for 20 writes in a row", n)
	}
	if after["syncs"] < after["walSyncs"] || after["groups"]-before["groups"] != 20 || after["bytes"] <= before["bytes"] {
		t.Fatalf("stats %v", after)
	}
}

// TestApply_givenUp cancels a caller whose batch waits: it hears at once.
func TestApply_givenUp(t *testing.T) {
	var gate sync.RWMutex
	d := open(t, "data", Options{FS: gateFS{vfs.NewMem(), &gate}})
	gate.Lock()
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() { answer <- d.Apply(ctx, []store.Op{insertOp(t, "a")}) }()
	for {
		if _, err := d.Get(t.Context(), "things", "a"); err == nil {
			break
		}
	}
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	gate.Unlock()
	apply(t, d, insertOp(t, "b"))
}

// TestFailingDisk fails a sync of the log: nobody hears "done", and nothing is written
// any more.
func TestFailingDisk(t *testing.T) {
	broken := errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if filepath.Ext(op.Path) == ".log" && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
			return errors.New("no")
		}
		return nil
	})}
	d, err := Open("data", Options{Clock: wall, FS: errorfs.Wrap(vfs.NewMem(), &broken),
		Fatal: func(msg string) { panic(msg) }})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, d, insertOp(t, "a"))
	broken.On()
	for _, id := range []string{"b", "c"} {
		if err := d.Apply(t.Context(), []store.Op{insertOp(t, id)}); !model.Is(err, model.CodeUnavailable) {
			t.Fatalf("write %q: %v", id, err)
		}
	}
	if err := d.EnsureIndexes(t.Context(), "things", []store.Index{store.FeedIndex}); !model.Is(err, model.CodeUnavailable) {
		t.Fatal(err)
	}
	broken.Off()
	if err := d.Apply(t.Context(), []store.Op{insertOp(t, "d")}); !model.Is(err, model.CodeUnavailable) {
		t.Fatalf("a write after a failed sync: %v", err)
	}
	if _, err := d.Get(t.Context(), "things", "a"); err != nil {
		t.Fatal(err)
	}
	_ = d.Close() // it may complain
}

// TestFailingDisk_judgedByWhatIsLost: a batch that only checks, or that is refused, is
// answered after the sync of what it was judged by, and not as if that had come to disk.
func TestFailingDisk_judgedByWhatIsLost(t *testing.T) {
	for _, tt := range []struct {
		name string
		op   store.Op
	}{
		{"a check", store.Op{Kind: store.OpCheck, Coll: "things", ID: "a", Rev: 1}},
		{"a refusal", insertOp(t, "a")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fail := make(chan struct{})
			disk := errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
				if filepath.Ext(op.Path) == ".log" && (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) {
					<-fail
					return errors.New("no")
				}
				return nil
			})}
			d, err := Open("data", Options{Clock: wall, FS: errorfs.Wrap(vfs.NewMem(), &disk), Fatal: func(string) {}})
			if err != nil {
				t.Fatal(err)
			}
			disk.On()
			answers := make(chan error, 2)
			go func() { answers <- d.Apply(t.Context(), []store.Op{insertOp(t, "a")}) }()
			for {
				if _, err := d.Get(t.Context(), "things", "a"); err == nil {
					break
				}
			}
			go func() { answers <- d.Apply(t.Context(), []store.Op{tt.op}) }()
			for len(d.acks) == 0 { // it is judged, and waits behind the first
				runtime.Gosched()
			}
			close(fail)
			for range 2 {
				if err := <-answers; !model.Is(err, model.CodeUnavailable) {
					t.Errorf("got %v", err)
				}
			}
			disk.Off()
			_ = d.Close() // it may complain
		})
	}
}

// TestClockGoesBack: the feed keeps its order and its tokens over a restart with a
// clock that has been set back.
func TestClockGoesBack(t *testing.T) {
	now := time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
	opt := Options{Clock: model.ClockFunc(func() time.Time { return now })}
	dir := t.TempDir()
	d := open(t, dir, opt)
	if err := d.EnsureIndexes(t.Context(), "things", []store.Index{store.FeedIndex}); err != nil {
		t.Fatal(err)
	}
	apply(t, d, insertOp(t, "z"))
	apply(t, d, insertOp(t, "gone"))
	_, token, err := d.Changes(t.Context(), "things", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, d, store.Op{Kind: store.OpDelete, Coll: "things", ID: "gone", Rev: 1})
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(-time.Hour)
	d = open(t, dir, opt)
	apply(t, d, insertOp(t, "a"))
	docs, _, err := d.Changes(t.Context(), "things", token, 10)
	if err != nil || len(docs) != 1 || docs[0].ID != "a" {
		t.Fatalf("%d changes, %v", len(docs), err)
	}
}

// TestEnsureIndexes_amongWriters builds and drops an index while batches run, some
// prepared before and judged after.
func TestEnsureIndexes_amongWriters(t *testing.T) {
	d := open(t, t.TempDir(), Options{})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprintf("%d/%d", w, i%50)
				put := store.Op{Kind: store.OpPut, Coll: "things", ID: id, Body: body(t, id, "n", i)}
				if err := d.Apply(t.Context(), []store.Op{put}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	n := store.Index{Name: "n", Fields: []string{"n"}}
	for _, list := range [][]store.Index{{n}, {n, store.FeedIndex}, {store.FeedIndex}, {}, {n, store.FeedIndex}} {
		if err := d.EnsureIndexes(t.Context(), "things", list); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if v, err := d.Verify(t.Context()); err != nil || v.Entries != 2*v.Docs {
		t.Fatalf("%+v, %v", v, err)
	}
}
