package mongo

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Options are what the URI does not say.
type Options struct {
	// Clock stamps the writes; required.
	Clock model.Clock
	// Timeout bounds each call, retries included; default 10 s. A shorter deadline of
	// the caller's context wins. A commit that was already sent is not interrupted and
	// has a Timeout of its own. EnsureIndexes is bounded by its context only.
	Timeout time.Duration
	// FeedOverlap is how far Changes looks back; default twice Timeout and 5 s.
	FeedOverlap time.Duration
	// AllowStandalone accepts a server without transactions. For tests only.
	AllowStandalone bool
}

// Driver is a store.Driver over one MongoDB database.
type Driver struct {
	client  *mongo.Client
	db      *mongo.Database
	caps    store.Capabilities
	sharded bool
	clock   model.Clock
	timeout time.Duration
	overlap time.Duration
	closed  atomic.Bool
	lastAt  atomic.Int64 // ms; the engine's clock never goes back within a process
	counts  counters
	feeds   feeds

	mu      sync.RWMutex
	indexes map[string]map[string][]string // collection → index → fields

	// alone serialises writes where the server itself loses concurrent ones.
	alone sync.Mutex
}

var _ store.Driver = (*Driver)(nil)

// Open connects and looks at the server: a replica set or mongos, or, with
// AllowStandalone, anything that speaks the protocol. The database is the path of uri,
// "xinyi" without one. Errors: CodeInvalidRequest (URI), CodeUnavailable (unreachable, or
// no transactions); none shows the URI.
func Open(ctx context.Context, uri string, opt Options) (*Driver, error) {
	if opt.Clock == nil {
		return nil, model.Errorf(model.CodeInternal, "存储引擎缺少时钟，请联系管理员。")
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 10 * time.Second
	}
	if opt.FeedOverlap <= 0 {
		opt.FeedOverlap = 2*opt.Timeout + 5*time.Second
	}
	name, err := databaseName(uri)
	if err != nil {
		return nil, err
	}
	d := &Driver{clock: opt.Clock, timeout: opt.Timeout, overlap: opt.FeedOverlap, indexes: map[string]map[string][]string{}}
	set := options.Client().ApplyURI(uri).
		SetAppName("xinyi").
		SetTimeout(opt.Timeout). // bounds commits, whose context WithTransaction detaches
		SetRetryWrites(true).SetRetryReads(true).
		SetReadPreference(readpref.Primary()).
		SetMonitor(d.counts.commands()).SetPoolMonitor(d.counts.pool())
	if set.Validate() != nil { // its text may quote the URI
		return nil, errURI()
	}
	if d.client, err = mongo.Connect(set); err != nil {
		return nil, errURI()
	}
	if err := d.meet(ctx, name, opt.AllowStandalone); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// meet asks what the server is and sets what follows from it.
func (d *Driver) meet(ctx context.Context, name string, allowStandalone bool) error {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	admin := d.client.Database("admin")
	hello, err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Raw()
	if err != nil {
		return fault(parent, err)
	}
	build, err := admin.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Raw()
	if err != nil {
		return fault(parent, err)
	}
	if at, ok := hello.Lookup("localTime").DateTimeOK(); ok {
		d.counts.clockSkew.Store(at - d.clock.Now().UnixMilli())
	}
	kind := kindOf(hello, build)
	d.caps = kind.capabilities()
	if !d.caps.Transactions && !allowStandalone {
		return &model.Error{Code: model.CodeUnavailable, Detail: "这台 MongoDB 不支持事务（单机或兼容服务）。" +
			"请改连副本集或 mongos；单机可用 rs.initiate() 改成一个成员的副本集。"}
	}
	d.sharded = kind == mongos
	concerns := options.Database().
		SetWriteConcern(durably()).
		SetReadPreference(readpref.Primary())
	if kind == mongos || kind == replicaSet {
		concerns.SetReadConcern(readconcern.Majority())
	} else {
		concerns.SetReadConcern(readconcern.Local()) // a standalone knows no majority reads
	}
	d.db = d.client.Database(name, concerns)
	return nil
}

// durably asks for a majority with the journal written, whatever the set's defaults are.
func durably() *writeconcern.WriteConcern {
	journal := true
	return &writeconcern.WriteConcern{W: "majority", Journal: &journal}
}

type serverKind uint8

const (
	standalone serverKind = iota
	replicaSet
	mongos
	ferret
)

func kindOf(hello, build bson.Raw) serverKind {
	for _, key := range []string{"ferretdbVersion", "ferretdb"} { // version 1, version 2
		if _, err := build.LookupErr(key); err == nil {
			return ferret
		}
	}
	if msg, _ := hello.Lookup("msg").StringValueOK(); msg == "isdbgrid" {
		return mongos
	}
	if set, _ := hello.Lookup("setName").StringValueOK(); set != "" {
		return replicaSet
	}
	return standalone
}

func (k serverKind) capabilities() store.Capabilities {
	switch k {
	case mongos, replicaSet:
		return store.Capabilities{Transactions: true, Concurrency: true, Durable: true}
	case standalone:
		return store.Capabilities{Concurrency: true, Durable: true}
	}
	return store.Capabilities{} // FerretDB loses concurrent updates
}

// Capabilities tells what the server at the other end can do.
func (d *Driver) Capabilities() store.Capabilities { return d.caps }

// Snapshot is not this engine's to make.
func (d *Driver) Snapshot(context.Context, string) error {
	return &model.Error{Code: model.CodeUnavailable,
		Detail: "MongoDB 引擎不在本程序内备份。请在数据库侧运行 mongodump --oplog（副本集），分片集群请用其备份服务。"}
}

// Close ends the connections; waiting and later calls fail with CodeUnavailable.
func (d *Driver) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := d.client.Disconnect(ctx); err != nil {
		return fault(context.Background(), err)
	}
	return nil
}

// ready gives the error of a call that need not start.
func (d *Driver) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.closed.Load() {
		return &model.Error{Code: model.CodeUnavailable, Detail: "数据引擎已关闭，请稍后重试。"}
	}
	return nil
}

// call gives the context of one call.
func (d *Driver) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := d.ready(ctx); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	return ctx, cancel, nil
}

// now is the engine's clock: UTC milliseconds that never go back in this process.
func (d *Driver) now() time.Time {
	ms := d.clock.Now().UnixMilli()
	for {
		last := d.lastAt.Load()
		if ms <= last {
			return time.UnixMilli(last).UTC()
		}
		if d.lastAt.CompareAndSwap(last, ms) {
			return time.UnixMilli(ms).UTC()
		}
	}
}
