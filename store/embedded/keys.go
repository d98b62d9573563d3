package embedded

import (
	"encoding/binary"
	"time"

	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

const (
	spaceDoc   = 'd'
	spaceIndex = 'i'
	spaceFeed  = 'f'
	spaceMeta  = 'm'
)

var keyStamp = []byte{spaceMeta, 's'}

func appendColl(dst []byte, space byte, coll string) []byte {
	dst = append(dst, space)
	dst = append(dst, coll...)
	return append(dst, 0)
}

func appendDocKey(dst []byte, coll, id string) []byte {
	return append(appendColl(dst, spaceDoc, coll), id...)
}

func appendIndexPrefix(dst []byte, coll, index string) []byte {
	dst = appendColl(dst, spaceIndex, coll)
	dst = append(dst, index...)
	return append(dst, 0)
}

func appendFeedKey(dst []byte, coll string, stamp uint64) []byte {
	return binary.BigEndian.AppendUint64(appendColl(dst, spaceFeed, coll), stamp)
}

func metaIndexKey(coll string) []byte { return append([]byte{spaceMeta, 'i'}, coll...) }

// prefixEnd gives the first key after all keys that start with prefix; nil = no end.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// stampBits leaves room for a million writes in a millisecond and 500 years of them.
const stampBits = 20

func stampTime(stamp uint64) time.Time { return time.UnixMilli(int64(stamp >> stampBits)).UTC() }

// A stored value is 8 bytes of stamp, the revision as uvarint, then the document, unless
// that says only its id.

func valueHead(dst []byte, stamp uint64, rev int64) []byte {
	return binary.AppendUvarint(binary.BigEndian.AppendUint64(dst, stamp), uint64(rev))
}

type state struct {
	exists bool
	stamp  uint64
	rev    int64
	body   []byte
}

// parseValue reads the value stored under id.
func parseValue(id string, v []byte) (state, bool) {
	if len(v) < 9 {
		return state{}, false
	}
	rev, n := binary.Uvarint(v[8:])
	if n <= 0 || rev == 0 || rev > 1<<62 {
		return state{}, false
	}
	body := v[8+n:]
	if len(body) == 0 {
		body = store.MarkBody(id)
	}
	return state{true, binary.BigEndian.Uint64(v), int64(rev), body}, len(body) >= 5
}

func (s state) doc(id string, body []byte) store.Doc {
	return store.Doc{ID: id, Rev: s.rev, At: stampTime(s.stamp), Body: bson.Raw(body)}
}

// Index values are a type tag and bytes whose order is the order of the values. The
// tags follow MongoDB's order of types.
const (
	tagInt    = 0x10
	tagString = 0x20
	tagBool   = 0x30
	tagTime   = 0x40
)

func appendInt(dst []byte, tag byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tag), uint64(v)^1<<63)
}

// appendString escapes NUL as NUL FF and ends with NUL 01, so that no string's
// encoding is a prefix of another's and shorter sorts first.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, tagString)
	for i := range len(s) {
		if dst = append(dst, s[i]); s[i] == 0 {
			dst = append(dst, 0xFF)
		}
	}
	return append(dst, 0, 1)
}

func appendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, tagBool, 1)
	}
	return append(dst, tagBool, 0)
}

// appendQueryValue encodes a value that Query.Check let pass.
func appendQueryValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case int64:
		return appendInt(dst, tagInt, v)
	case string:
		return appendString(dst, v)
	case bool:
		return appendBool(dst, v)
	case time.Time:
		return appendInt(dst, tagTime, v.UnixMilli())
	}
	return dst
}

// appendField encodes a field of a document; ok is false when it cannot be indexed.
func appendField(dst []byte, v bsoncore.Value) (_ []byte, ok bool) {
	switch v.Type {
	case bsoncore.TypeInt32:
		n, ok := v.Int32OK()
		return appendInt(dst, tagInt, int64(n)), ok
	case bsoncore.TypeInt64:
		n, ok := v.Int64OK()
		return appendInt(dst, tagInt, n), ok
	case bsoncore.TypeString:
		s, ok := v.StringValueOK()
		return appendString(dst, s), ok
	case bsoncore.TypeBoolean:
		b, ok := v.BooleanOK()
		return appendBool(dst, b), ok
	case bsoncore.TypeDateTime:
		ms, ok := v.DateTimeOK()
		return appendInt(dst, tagTime, ms), ok
	}
	return dst, false
}

// skipValue gives what follows the first encoded value of b.
func skipValue(b []byte) (rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	switch b[0] {
	case tagInt, tagTime:
		if len(b) >= 9 {
			return b[9:], true
		}
	case tagBool:
		if len(b) >= 2 {
			return b[2:], true
		}
	case tagString:
		for i := 1; i+1 < len(b); i++ {
			if b[i] != 0 {
				continue
			}
			if b[i+1] == 1 {
				return b[i+2:], true
			}
			i++ // an escaped NUL
		}
	}
	return nil, false
}
