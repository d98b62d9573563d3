package mongo_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store/mongo"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fakeServer speaks just enough of the wire protocol to record what the driver sends and
// to answer as a test wants: it stands in for the replica set that tests do not have.
type fakeServer struct {
	addr string
	// answer may answer a command itself; nil leaves it to the default, "all matched".
	answer func(command bson.Raw) bson.D

	mu       sync.Mutex
	received []bson.Raw
	conns    []net.Conn
}

func startFake(t *testing.T, answer func(bson.Raw) bson.D) *fakeServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeServer{addr: l.Addr().String(), answer: answer}
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.conns {
			_ = c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, c)
			s.mu.Unlock()
			go s.serve(c)
		}
	}()
	return s
}

func (s *fakeServer) open(t *testing.T) *mongo.Driver {
	t.Helper()
	return s.openWithin(t, time.Minute)
}

// openWithin opens with the first of the timeouts within which the server can be reached.
func (s *fakeServer) openWithin(t *testing.T, timeouts ...time.Duration) *mongo.Driver {
	t.Helper()
	for i, timeout := range timeouts {
		d, err := mongo.Open(t.Context(), "mongodb://"+s.addr+"/?directConnection=true&heartbeatFrequencyMS=100000",
			mongo.Options{Clock: model.ClockFunc(func() time.Time { return day }), Timeout: timeout})
		if model.Is(err, model.CodeUnavailable) && i < len(timeouts)-1 {
			continue
		}
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
	t.Fatal("no timeouts")
	return nil
}

var day = time.Date(2026, 11, 22, 2, 0, 0, 123_000_000, time.UTC)

// sent gives the commands that carried data, without hello, endSessions and the like.
func (s *fakeServer) sent() []bson.Raw {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []bson.Raw
	for _, c := range s.received {
		switch name(c) {
		case "insert", "update", "delete", "find", "commitTransaction", "abortTransaction":
			out = append(out, c)
		}
	}
	return out
}

func (s *fakeServer) sentNames() string {
	var names []string
	for _, c := range s.sent() {
		names = append(names, name(c))
	}
	return strings.Join(names, " ")
}

func name(command bson.Raw) string {
	e, err := command.IndexErr(0)
	if err != nil {
		return ""
	}
	return e.Key()
}

var errWire = errors.New("fake server: not understood")

const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
)

func (s *fakeServer) serve(c net.Conn) {
	defer c.Close()
	for {
		head := make([]byte, 16)
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head)-16)
		if _, err := io.ReadFull(c, body); err != nil {
			return
		}
		id, code := binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint32(head[12:])
		command, err := parse(code, body)
		if err != nil {
			return
		}
		reply := s.reply(command)
		if reply == nil {
			return // the connection breaks
		}
		doc, err := bson.Marshal(reply)
		if err != nil {
			return
		}
		var out []byte
		if code == opQuery {
			out = frame(id, opReply, append([]byte{8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, doc...))
		} else {
			out = frame(id, opMsg, append([]byte{0, 0, 0, 0, 0}, doc...))
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

func frame(to, code uint32, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	out = binary.LittleEndian.AppendUint32(out, 1)
	out = binary.LittleEndian.AppendUint32(out, to)
	out = binary.LittleEndian.AppendUint32(out, code)
	return append(out, body...)
}

// parse gives the command, with document sequences folded in as arrays.
func parse(code uint32, b []byte) (bson.Raw, error) {
	if code == opQuery {
		nul := strings.IndexByte(string(b[4:]), 0)
		return bson.Raw(b[4+nul+1+8:]), nil
	}
	if code != opMsg {
		return nil, errWire
	}
	var command bson.D
	for b = b[4:]; len(b) > 0; {
		kind, rest := b[0], b[1:]
		size := binary.LittleEndian.Uint32(rest)
		section := rest[:size]
		b = rest[size:]
		if kind == 0 {
			if err := bson.Unmarshal(section, &command); err != nil {
				return nil, err
			}
			continue
		}
		ident, docs, _ := strings.Cut(string(section[4:]), "\x00")
		var all bson.A
		for len(docs) > 0 {
			n := binary.LittleEndian.Uint32([]byte(docs))
			all = append(all, bson.Raw(docs[:n]))
			docs = docs[n:]
		}
		command = append(command, bson.E{Key: ident, Value: all})
	}
	return bson.Marshal(command)
}

func (s *fakeServer) reply(command bson.Raw) bson.D {
	s.mu.Lock()
	s.received = append(s.received, command)
	s.mu.Unlock()
	if s.answer != nil {
		if r := s.answer(command); r != nil {
			if len(r) == 1 && r[0].Key == "hang up" {
				return nil
			}
			return r
		}
	}
	ok := bson.E{Key: "ok", Value: 1.0}
	count := func(field string) int32 {
		values, _ := command.Lookup(field).Array().Values()
		return int32(len(values))
	}
	switch name(command) {
	case "hello", "isMaster", "ismaster":
		return bson.D{{Key: "isWritablePrimary", Value: true}, {Key: "ismaster", Value: true}, {Key: "helloOk", Value: true},
			{Key: "setName", Value: "rs"}, {Key: "me", Value: s.addr}, {Key: "primary", Value: s.addr},
			{Key: "hosts", Value: bson.A{s.addr}}, {Key: "minWireVersion", Value: 0}, {Key: "maxWireVersion", Value: 21},
			{Key: "maxBsonObjectSize", Value: 16 << 20}, {Key: "maxMessageSizeBytes", Value: 48000000},
			{Key: "maxWriteBatchSize", Value: 100000}, {Key: "logicalSessionTimeoutMinutes", Value: 30},
			{Key: "localTime", Value: day}, ok}
	case "insert":
		return bson.D{{Key: "n", Value: count("documents")}, ok}
	case "update":
		return bson.D{{Key: "n", Value: count("updates")}, {Key: "nModified", Value: count("updates")}, ok}
	case "delete":
		return bson.D{{Key: "n", Value: count("deletes")}, ok}
	case "find":
		return found()
	}
	return bson.D{ok}
}

// found is the answer of a find with all documents in its first batch.
func found(docs ...any) bson.D {
	return bson.D{{Key: "cursor", Value: bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "xinyi.c"},
		{Key: "firstBatch", Value: append(bson.A{}, docs...)}}}, {Key: "ok", Value: 1.0}}
}

func failed(code int, name string, labels ...string) bson.D {
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: code}, {Key: "codeName", Value: name},
		{Key: "errmsg", Value: "about 19000101 secret"}, {Key: "errorLabels", Value: labels}}
}
