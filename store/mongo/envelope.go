package mongo

import (
	"strings"
	"time"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// seed is what the shard key hashes: a subject's documents share it.
func seed(id string) string {
	s, _, _ := strings.Cut(id, "/")
	return s
}

// stored gives the stored form of body: _id first, as MongoDB wants it, the envelope last.
func stored(id string, body bson.Raw, rev int64, at time.Time) bson.Raw {
	start, dst := bsoncore.AppendDocumentStart(make([]byte, 0, len(body)+len(id)+64))
	dst = bsoncore.AppendStringElement(dst, "_id", id)
	if rest := []byte(body); len(rest) >= 5 {
		rest = rest[4 : len(rest)-1]
		for len(rest) > 0 {
			e, after, ok := bsoncore.ReadElement(rest)
			if !ok {
				break // CheckOps let no such body pass
			}
			if !enveloped(string(e.KeyBytes())) {
				dst = append(dst, e...)
			}
			rest = after
		}
	}
	dst = bsoncore.AppendInt64Element(dst, "_rev", rev)
	dst = bsoncore.AppendDateTimeElement(dst, "_at", at.UnixMilli())
	dst = bsoncore.AppendStringElement(dst, "_s", seed(id))
	dst, _ = bsoncore.AppendDocumentEnd(dst, start)
	return dst
}

// reserved reports whether a body has a field that is this engine's own.
func reserved(body bson.Raw) bool {
	for _, key := range []string{"_s", "_lock"} {
		if _, err := body.LookupErr(key); err == nil {
			return true
		}
	}
	return false
}

func enveloped(key string) bool {
	switch key {
	case "_id", "_rev", "_at", "_s", "_lock":
		return true
	}
	return false
}

// opened takes a stored document apart; it copies what it keeps.
func opened(raw bson.Raw) (store.Doc, error) {
	var doc store.Doc
	bad := func() (store.Doc, error) {
		return store.Doc{}, model.Errorf(model.CodeInternal, "数据库中的数据不是本程序写入的格式，请联系管理员。")
	}
	if len(raw) < 5 {
		return bad()
	}
	start, dst := bsoncore.AppendDocumentStart(make([]byte, 0, len(raw)))
	rest := []byte(raw[4 : len(raw)-1])
	for len(rest) > 0 {
		e, after, ok := bsoncore.ReadElement(rest)
		if !ok {
			return bad()
		}
		rest = after
		switch string(e.KeyBytes()) {
		case "_id":
			if doc.ID, ok = e.Value().StringValueOK(); !ok {
				return bad()
			}
			dst = append(dst, e...)
		case "_rev":
			if doc.Rev, ok = e.Value().AsInt64OK(); !ok {
				return bad()
			}
		case "_at":
			ms, ok := e.Value().DateTimeOK()
			if !ok {
				return bad()
			}
			doc.At = time.UnixMilli(ms).UTC()
		case "_s", "_lock":
		default:
			dst = append(dst, e...)
		}
	}
	if doc.ID == "" || doc.Rev < 1 {
		return bad()
	}
	dst, _ = bsoncore.AppendDocumentEnd(dst, start)
	doc.Body = dst
	return doc, nil
}
