package mongo_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func body(t *testing.T, id string) bson.Raw {
	t.Helper()
	b, err := bson.Marshal(bson.D{{Key: "_id", Value: id}, {Key: "n", Value: int64(1)}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// batch has one op of each kind on two collections.
func batch(t *testing.T) []store.Op {
	return []store.Op{
		{Kind: store.OpInsert, Coll: "a", ID: "s/1", Body: body(t, "s/1")},
		{Kind: store.OpReplace, Coll: "a", ID: "s/2", Rev: 4, Body: body(t, "s/2")},
		{Kind: store.OpDelete, Coll: "b", ID: "s/3", Rev: 5},
		{Kind: store.OpCheck, Coll: "b", ID: "s/4", Rev: 6},
		{Kind: store.OpCheck, Coll: "b", ID: "s/5"},
		{Kind: store.OpPut, Coll: "b", ID: "s/6", Body: body(t, "s/6")},
	}
}

func TestTransactionOnTheWire(t *testing.T) {
	s := startFake(t, nil)
	if err := s.open(t).Apply(t.Context(), batch(t)); err != nil {
		t.Fatal(err)
	}
	if got, want := s.sentNames(), "find insert update insert update delete commitTransaction"; got != want {
		t.Fatalf("sent %q, want %q", got, want)
	}
	for i, c := range s.sent() {
		if auto, ok := c.Lookup("autocommit").BooleanOK(); !ok || auto {
			t.Errorf("%d %s is outside the transaction", i, name(c))
		}
		if c.Lookup("txnNumber").Int64() != s.sent()[0].Lookup("txnNumber").Int64() {
			t.Errorf("%d %s has another transaction number", i, name(c))
		}
		_, err := c.LookupErr("startTransaction")
		if (err == nil) != (i == 0) {
			t.Errorf("%d %s: startTransaction", i, name(c))
		}
		level, _ := c.Lookup("readConcern", "level").StringValueOK()
		if (level == "snapshot") != (i == 0) {
			t.Errorf("%d %s: read concern %q", i, name(c), level)
		}
		w, _ := c.Lookup("writeConcern", "w").StringValueOK()
		j, _ := c.Lookup("writeConcern", "j").BooleanOK()
		if last := name(c) == "commitTransaction"; (w == "majority") != last || j != last {
			t.Errorf("%d %s: write concern %q, journal %v", i, name(c), w, j)
		}
	}
	checkLocks(t, s.sent())
}

// checkLocks looks at how the two OpChecks guard: a change, and a placeholder that goes.
func checkLocks(t *testing.T, sent []bson.Raw) {
	t.Helper()
	lock := sent[4].Lookup("updates", "0").Document()
	if lock.Lookup("q", "_rev").Int64() != 6 || lock.Lookup("u", "$set", "_lock").Type != bson.TypeObjectID {
		t.Errorf("check of a revision does not change its document: %v", lock)
	}
	if first := sent[3].Lookup("documents", "0", "_id").StringValue(); first != "s/5" {
		t.Errorf("no placeholder for the check of an absent id: %v", first)
	}
	if gone := sent[5].Lookup("deletes", "1", "q", "_id").StringValue(); gone != "s/5" {
		t.Errorf("the placeholder stays: %v", gone)
	}
}

func TestSingleOpsAreOneRetryableCommand(t *testing.T) {
	for _, op := range batch(t)[:3] {
		s := startFake(t, nil)
		if err := s.open(t).Apply(t.Context(), []store.Op{op}); err != nil {
			t.Fatal(err)
		}
		sent := s.sent()
		if len(sent) != 1 {
			t.Fatalf("kind %d: sent %q", op.Kind, s.sentNames())
		}
		c := sent[0]
		_, err := c.LookupErr("txnNumber")
		_, inTxn := c.LookupErr("autocommit")
		if err != nil || inTxn == nil {
			t.Errorf("%s is not a retryable write: %v", name(c), c)
		}
		if c.Lookup("writeConcern", "w").StringValue() != "majority" || !c.Lookup("writeConcern", "j").Boolean() {
			t.Errorf("%s: write concern %v", name(c), c.Lookup("writeConcern"))
		}
	}
}

func TestReadsAreMajorityReads(t *testing.T) {
	s := startFake(t, nil)
	_, err := s.open(t).Get(t.Context(), "a", "x")
	if !model.Is(err, model.CodeNotFound) {
		t.Fatal(err)
	}
	if level := s.sent()[0].Lookup("readConcern", "level").StringValue(); level != "majority" {
		t.Errorf("read concern %q", level)
	}
}

func TestTransactionRetries(t *testing.T) {
	tests := []struct {
		name    string
		on      string // the command that fails once
		failure bson.D
		want    string
		code    model.Code
	}{
		{"write conflict starts over", "update", failed(112, "WriteConflict", "TransientTransactionError"),
			"find insert update abortTransaction find insert update insert update delete commitTransaction", ""},
		{"unknown commit commits again", "commitTransaction", failed(91, "ShutdownInProgress", "UnknownTransactionCommitResult", "RetryableWriteError"),
			"find insert update insert update delete commitTransaction commitTransaction", ""},
		{"aborted commit starts over", "commitTransaction", failed(251, "NoSuchTransaction", "TransientTransactionError"),
			"find insert update insert update delete commitTransaction find insert update insert update delete commitTransaction", ""},
		{"broken connection starts over", "insert", bson.D{{Key: "hang up", Value: 1}},
			"find insert abortTransaction find insert update insert update delete commitTransaction", ""},
		{"anything else gives up", "update", failed(2, "BadValue"),
			"find insert update abortTransaction", model.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var once atomic.Bool
			s := startFake(t, func(c bson.Raw) bson.D {
				if name(c) == tt.on && once.CompareAndSwap(false, true) {
					return tt.failure
				}
				return nil
			})
			err := s.open(t).Apply(t.Context(), batch(t))
			if model.CodeOf(err) != tt.code {
				t.Fatalf("error %v, want code %q", err, tt.code)
			}
			if got := s.sentNames(); got != tt.want {
				t.Errorf("sent\n%s, want\n%s", got, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(errors.Unwrap(err).Error(), "secret")) {
				t.Errorf("the server's text went on: %v", errors.Unwrap(err))
			}
		})
	}
}

// A refused batch aborts and is explained by a majority read outside the transaction; the
// first op in order that cannot be is the one named.
func TestRefusedTransactionNamesTheFirstOp(t *testing.T) {
	rev := func(id string, rev int64) bson.D { return bson.D{{Key: "_id", Value: id}, {Key: "_rev", Value: rev}} }
	duplicate := bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{bson.D{
		{Key: "index", Value: 0}, {Key: "code", Value: 11000}, {Key: "errmsg", Value: "E11000 dup key: { _id: \"s/1\" }"}}}}}
	unmatched := bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 0}, {Key: "nModified", Value: 0}}
	tests := []struct {
		name   string
		on     string
		reply  bson.D
		a, b   bson.D // what the majority reads find
		code   model.Code
		index  int
		rounds int
	}{
		{"taken id", "insert", duplicate, found(rev("s/1", 1), rev("s/2", 4)), found(rev("s/3", 5), rev("s/4", 6)), model.CodeExists, 0, 1},
		{"other revision", "update", unmatched, found(rev("s/2", 9)), found(rev("s/3", 5), rev("s/4", 6)), model.CodeConflict, 1, 1},
		{"absent", "update", unmatched, found(), found(rev("s/3", 5), rev("s/4", 6)), model.CodeNotFound, 1, 1},
		{"check fails", "update", unmatched, found(rev("s/2", 4)), found(rev("s/3", 5), rev("s/4", 7)), model.CodeConflict, 3, 1},
		{"there though it must not", "insert", duplicate, found(rev("s/2", 4)), found(rev("s/3", 5), rev("s/4", 6), rev("s/5", 1)), model.CodeConflict, 4, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startFake(t, func(c bson.Raw) bson.D {
				_, inTxn := c.LookupErr("autocommit")
				switch {
				case name(c) == tt.on:
					return tt.reply
				case name(c) == "find" && inTxn != nil && c.Lookup("find").StringValue() == "a":
					return tt.a
				case name(c) == "find" && inTxn != nil:
					return tt.b
				}
				return nil
			})
			err := s.open(t).Apply(t.Context(), batch(t))
			var op *store.OpError
			if !errors.As(err, &op) || op.Index != tt.index || model.CodeOf(err) != tt.code {
				t.Fatalf("error %v (%+v), want %s of op %d", err, op, tt.code, tt.index)
			}
			if names := s.sentNames(); !strings.Contains(names, "abortTransaction find find") || strings.Contains(names, "commit") {
				t.Errorf("sent %s", names)
			}
		})
	}
}

// When the majority read finds nothing wrong, the write we collided with is on its way.
func TestRefusalWaitsForTheMajority(t *testing.T) {
	var updates atomic.Int32
	s := startFake(t, func(c bson.Raw) bson.D {
		switch {
		case name(c) == "update" && updates.Add(1) <= 2:
			return bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 0}, {Key: "nModified", Value: 0}}
		case name(c) == "find":
			return found(bson.D{{Key: "_id", Value: "s/2"}, {Key: "_rev", Value: int64(4)}})
		}
		return nil
	})
	if err := s.open(t).Apply(t.Context(), batch(t)[1:2]); err != nil {
		t.Fatal(err)
	}
	if got := s.sentNames(); got != "update find update find update" {
		t.Errorf("sent %s", got)
	}
}

// On mongos every filter names the shard.
func TestShardedFilters(t *testing.T) {
	s := startFake(t, func(c bson.Raw) bson.D {
		if n := name(c); n == "hello" || n == "isMaster" || n == "ismaster" {
			return bson.D{{Key: "msg", Value: "isdbgrid"}, {Key: "isWritablePrimary", Value: true}, {Key: "ismaster", Value: true},
				{Key: "helloOk", Value: true}, {Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21},
				{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48000000}, {Key: "maxWriteBatchSize", Value: 100000},
				{Key: "logicalSessionTimeoutMinutes", Value: 30}, {Key: "ok", Value: 1.0}}
		}
		return nil
	})
	if err := s.open(t).Apply(t.Context(), batch(t)); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.sent() {
		for _, path := range [][]string{{"filter"}, {"updates", "0", "q"}, {"deletes", "0", "q"}, {"deletes", "1", "q"}, {"documents", "0"}} {
			if q, ok := c.Lookup(path...).DocumentOK(); ok && q.Lookup("_s").Type == 0 {
				t.Errorf("%s without the shard: %v", name(c), q)
			}
		}
	}
	if got, want := s.sentNames(), "find insert update insert update delete commitTransaction"; got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

func TestSilentServerIsUnavailable(t *testing.T) {
	silence := make(chan struct{})
	defer close(silence)
	s := startFake(t, func(c bson.Raw) bson.D {
		if name(c) == "find" {
			<-silence
		}
		return nil
	})
	// Hello is answered, but on a busy machine not always within the shortest timeout.
	d := s.openWithin(t, 200*time.Millisecond, 400*time.Millisecond, 5*time.Second, time.Minute)
	if _, err := d.Get(t.Context(), "a", "x"); !model.Is(err, model.CodeUnavailable) {
		t.Errorf("get: %v", err)
	}
	if _, err := d.Find(t.Context(), "a", store.Query{Limit: 1}); !model.Is(err, model.CodeUnavailable) {
		t.Errorf("find: %v", err)
	}
}

func TestCancelledContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := startFake(t, func(c bson.Raw) bson.D {
		if name(c) == "update" {
			cancel() // in the middle of the transaction
		}
		return nil
	})
	d := s.open(t)
	if err := d.Apply(ctx, batch(t)); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(s.sentNames(), "commit") {
		t.Errorf("sent %s", s.sentNames())
	}
	if err := d.Apply(ctx, batch(t)); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
}
