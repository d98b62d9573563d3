package store

import (
	"strings"
	"time"
	"unicode/utf8"

	"xinyi/model"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// OpFailed makes the error of the op at index: code, a sentence, and the OpError as cause.
func OpFailed(code model.Code, index int, op Op) error {
	return &model.Error{Code: code, Detail: opDetails[code], Err: &OpError{Index: index, Coll: op.Coll, ID: op.ID}}
}

var opDetails = map[model.Code]string{
	model.CodeExists:         "该数据已存在，请勿重复提交。",
	model.CodeNotFound:       "没有找到该数据，请核对后重试。",
	model.CodeConflict:       "该数据刚被修改，请刷新后重试。",
	model.CodeInvalidRequest: "数据的编号或格式不符合存储要求，请检查后重试。",
}

// ErrNotFound is what a Driver's Get answers when there is no such document.
var ErrNotFound error = &model.Error{Code: model.CodeNotFound, Detail: opDetails[model.CodeNotFound]}

// ValidID reports whether id can name a document: 1–MaxID bytes of UTF-8 without NUL.
func ValidID(id string) bool {
	return id != "" && len(id) <= MaxID && strings.IndexByte(id, 0) < 0 && utf8.ValidString(id)
}

// ValidColl reports whether name can name a collection: lower_snake, at most 64 bytes.
func ValidColl(name string) bool {
	if name == "" || len(name) > 64 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

// CheckOps judges the form of a batch alike for every engine: names, ids, bodies, and
// that no id stands in it twice. Errors: CodeInvalidRequest with the OpError inside.
func CheckOps(ops []Op) error {
	for i, op := range ops {
		if !ValidColl(op.Coll) || !ValidID(op.ID) || op.Rev < 0 || !validBody(op) {
			return OpFailed(model.CodeInvalidRequest, i, op)
		}
	}
	if i := repeated(ops); i >= 0 {
		return OpFailed(model.CodeInvalidRequest, i, ops[i])
	}
	return nil
}

// MarkBody is the document that says only its id.
func MarkBody(id string) bson.Raw {
	b := make([]byte, 4, 4+5+len(id)+6)
	return endDocument(bsoncore.AppendStringElement(b, "_id", id))
}

// OnlyID reports whether the document of a valid op says nothing but its id.
func OnlyID(op Op) bool { return len(op.Body) == 4+len("\x02_id\x00")+4+len(op.ID)+2 }

func validBody(op Op) bool {
	switch op.Kind {
	case OpDelete, OpCheck:
		return len(op.Body) == 0
	case OpInsert, OpReplace, OpPut, OpMark:
	default:
		return false
	}
	length, rest, ok := bsoncore.ReadLength(bsoncore.Document(op.Body))
	if !ok || int(length) != len(op.Body) || length < 5 || length > MaxBody || op.Body[length-1] != 0 {
		return false
	}
	if op.Kind == OpMark && !OnlyID(op) {
		return false
	}
	rest = rest[:len(rest)-1]
	hasID := false
	for len(rest) > 0 {
		var e bsoncore.Element
		if e, rest, ok = bsoncore.ReadElement(rest); !ok {
			return false
		}
		switch string(e.KeyBytes()) { // no allocation in a switch
		case "_id":
			id, ok := e.Value().StringValueOK()
			if !ok || id != op.ID || hasID {
				return false
			}
			hasID = true
		case "_rev", "_at":
			return false
		}
	}
	return hasID
}

// repeated gives the index of the first op on an id that an earlier op has, or -1.
func repeated(ops []Op) int {
	if len(ops) <= 16 { // most batches: no map needed
		for i := range ops {
			for j := range i {
				if ops[i].ID == ops[j].ID && ops[i].Coll == ops[j].Coll {
					return i
				}
			}
		}
		return -1
	}
	type key struct{ coll, id string }
	seen := make(map[key]struct{}, len(ops))
	for i, op := range ops {
		k := key{op.Coll, op.ID}
		if _, ok := seen[k]; ok {
			return i
		}
		seen[k] = struct{}{}
	}
	return -1
}

// Check judges the form of q alike for every engine, against the fields of its index
// (nil for the order of ids). Errors: CodeInternal, since queries are written by us.
func (q Query) Check(fields []string) error {
	bad := func(why string) error {
		return model.Errorf(model.CodeInternal, "查询条件有误（%s），请联系管理员。", why)
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return bad("limit")
	}
	for _, v := range q.Equal {
		if !validValue(v) {
			return bad("equal")
		}
	}
	ranged := q.From != nil || q.To != nil
	if q.Index == "" {
		_, fromOK := q.From.(string)
		_, toOK := q.To.(string)
		if len(q.Equal) > 0 || q.From != nil && !fromOK || q.To != nil && !toOK {
			return bad("id")
		}
		return nil
	}
	if q.Prefix != "" || len(q.Equal) > len(fields) || ranged && len(q.Equal) == len(fields) {
		return bad("fields")
	}
	if q.From != nil && !validValue(q.From) || q.To != nil && !validValue(q.To) {
		return bad("range")
	}
	return nil
}

func validValue(v any) bool {
	switch v.(type) {
	case string, int64, bool, time.Time:
		return true
	}
	return false
}
