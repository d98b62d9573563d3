package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/model"
)

// Doc is a stored document with what the engine knows about it.
type Doc struct {
	ID string
	// Rev counts the writes of this document from 1; it never goes back, also not
	// over delete and insert within one engine's lifetime of the id (an insert after a
	// delete may start again at 1).
	Rev int64
	// At is the instant of the last write, UTC milliseconds, by the engine's clock.
	At time.Time
	// Body is the document without the envelope fields (_rev, _at); it holds _id.
	// It must not be changed by the caller and stays valid after the call.
	Body bson.Raw
}

// Limits that every engine keeps.
const (
	// MaxID is the longest id in bytes.
	MaxID = 1024
	// MaxBody is the largest document in bytes.
	MaxBody = 8 << 20
	// MaxLimit is the largest Query.Limit.
	MaxLimit = 10000
)

// OpKind is what an Op does.
type OpKind uint8

const (
	// OpInsert writes a new document: CodeExists if the id is taken.
	OpInsert OpKind = iota + 1
	// OpReplace writes over revision Rev: CodeNotFound if absent, CodeConflict if the
	// revision differs.
	OpReplace
	// OpDelete removes revision Rev: CodeNotFound if absent, CodeConflict if it differs.
	OpDelete
	// OpPut writes whatever is there (insert or overwrite). For idempotent data only.
	OpPut
	// OpCheck writes nothing: CodeConflict unless the document has revision Rev
	// (Rev 0 = must be absent).
	OpCheck
	// OpMark is OpPut of a document that holds nothing but its id; its revision means
	// nothing. Where the collection has no indexes an engine need not look first.
	OpMark
)

// Op is one write in a batch.
//
// Coll is lower_snake. ID is 1–MaxID bytes of UTF-8 without NUL ("/" is fine). Body
// holds ID as _id, has neither _rev nor _at, and is not to be changed any more once it
// was handed to Apply.
type Op struct {
	Kind OpKind
	Coll string
	ID   string
	Rev  int64
	Body bson.Raw
}

// DocName names a document.
type DocName struct{ Coll, ID string }

// Watcher is an engine that is the only one to write its documents and so can tell, without reading
// them, that they are as they were read. Not every engine is one.
type Watcher interface {
	// Watch gives a mark of documents that are read after it. The zero mark, of which Unchanged
	// says no, where there are too many or the engine does not count their writes.
	Watch(docs ...DocName) model.Mark
	// Unchanged reports whether no document of m was written since. It may say no for nothing.
	Unchanged(m model.Mark) bool
}

// OpError says which op of a batch failed; the batch left no trace.
// errors.As finds it under the *model.Error that Apply returns.
type OpError struct {
	Index int
	Coll  string
	ID    string
}

// Index declares a field that Find may use.
type Index struct {
	// Name is unique in the collection.
	Name string
	// Fields are dotted paths, compared for equality in order; the last one may carry a
	// range and the order. They hold strings, int32/int64, booleans or date-times.
	// Documents where one of the fields is missing or null are not in the index; "" is a
	// value like any other. Fields with other types (arrays too) must not be indexed.
	Fields []string
}

// Query is one Find.
type Query struct {
	// Index names the index; "" means the order of ids.
	Index string
	// Equal gives values for the leading fields of the index, in order (string, int64,
	// bool or time.Time).
	Equal []any
	// From and To bound the next field (or the id): From inclusive, To exclusive; nil = open.
	From, To any
	// Prefix bounds the id (Index "" only): ids that start with it.
	Prefix string
	// Desc turns the order round.
	Desc bool
	// Limit is 1–10000.
	Limit int
	// After is the position after which to go on: Page.Next of the last answer.
	After string
}

// Page is the answer of a Find.
type Page struct {
	Docs []Doc
	// Next is "" at the end. It holds the last key, is valid on every process and after
	// a restart, and survives deletion of that document. It is not signed.
	Next string
}

// Capabilities is what an engine can do; what it cannot, its users cope with.
type Capabilities struct {
	// Transactions: Apply of several ops is atomic.
	Transactions bool
	// Concurrency: compare-and-swap holds under concurrent writers.
	Concurrency bool
	// Durable: an acknowledged Apply survives kill and power loss.
	Durable bool
	// Snapshots: Snapshot works while the engine is in use.
	Snapshots bool
	// Watching: the engine is a Watcher.
	Watching bool
}

// Driver is a document engine. All methods are safe for concurrent use; a cancelled
// context gives its error at once, and the write may or may not have happened.
// Keys and string values compare byte-wise and case-sensitively; times are UTC
// milliseconds.
type Driver interface {
	// Get gives one document: CodeNotFound if there is none.
	Get(ctx context.Context, coll, id string) (Doc, error)
	// GetMany gives those that exist, in the order of ids, which should not repeat.
	GetMany(ctx context.Context, coll string, ids []string) ([]Doc, error)
	// Find gives the documents that match, in order of the range field, then id.
	Find(ctx context.Context, coll string, q Query) (Page, error)
	// Apply does all ops or none, and returns when they are durable. Preconditions are
	// judged against the state before the batch; one id may stand in it only once.
	// CodeInvalidRequest for what CheckOps refuses. No ops is nothing to do.
	Apply(ctx context.Context, ops []Op) error
	// EnsureIndexes makes those given the indexes that Find knows; builds what is missing.
	// What is no longer declared is dropped where no other process can be reading by it.
	// Writes wait meanwhile.
	EnsureIndexes(ctx context.Context, coll string, indexes []Index) error
	// Changes gives documents of coll written at or after since (engine clock), oldest
	// first, at most limit, with the token to go on from. Engines may repeat a document;
	// they never skip one that is older than the token by the engine's clock overlap.
	// Deletions are not seen: what must be seen deleted is marked, not deleted.
	// The collection must have been declared with the feed index (FeedIndex).
	Changes(ctx context.Context, coll string, token string, limit int) (docs []Doc, next string, err error)
	// Snapshot writes a consistent copy that Open can open, into a directory that does
	// not exist yet. CodeUnavailable where Capabilities.Snapshots is false.
	Snapshot(ctx context.Context, dir string) error
	// Stats gives counters for metrics and the bench: "syncs", "bytes", …
	Stats() map[string]int64
	Capabilities() Capabilities
	Close() error
}

// FeedIndex declares a collection for Changes.
var FeedIndex = Index{Name: "_feed", Fields: []string{"_at"}}
