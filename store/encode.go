package store

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"xinyi/model"
)

// Encode gives v as a document: the bytes of bson.Marshal (map keys in order), in about
// a third of its time. Struct tags stay the one place that knows the shape: the encoder
// of a type is put together from them once. Types with anything unusual in them (an
// interface, a marshaler, an inlined field …) go to bson.Marshal.
func Encode[T any](v *T) (bson.Raw, error) {
	body, err := encode(v)
	if err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "数据无法编码，请联系管理员。")
	}
	return body, nil
}

func encode[T any](v *T) (bson.Raw, error) {
	plan := planOf(reflect.TypeFor[T]())
	if plan == nil {
		return bson.Marshal(v)
	}
	buf := encodeBuffers.Get().(*[]byte)
	defer encodeBuffers.Put(buf)
	e := encoding{b: (*buf)[:0]}
	plan(&e, reflect.ValueOf(v).Elem())
	*buf = e.b
	if e.odd {
		return bson.Marshal(v) // it says what is wrong
	}
	return bytes.Clone(e.b), nil
}

var encodeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// encoding is a document being written.
type encoding struct {
	b   []byte
	odd bool // something has no encoding: a key with NUL
}

type (
	docFunc  func(e *encoding, v reflect.Value)             // appends a whole document
	elemFunc func(e *encoding, key string, v reflect.Value) // appends one element of a document
)

var plans sync.Map // reflect.Type → docFunc, nil for types that go to bson.Marshal

func planOf(t reflect.Type) docFunc {
	if p, ok := plans.Load(t); ok {
		return p.(docFunc)
	}
	p, _ := document(t, nil)
	plans.Store(t, p)
	return p
}

// document gives the encoder of a struct; above are the types it stands in.
func document(t reflect.Type, above []reflect.Type) (docFunc, bool) {
	if t.Kind() != reflect.Struct || slices.Contains(above, t) || !ours(t) {
		return nil, false
	}
	type field struct {
		index int
		key   string
		empty func(reflect.Value) bool // nil: never left out
		put   elemFunc
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("bson")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		name, option, _ := strings.Cut(tag, ",")
		if f.Anonymous || !tagged || name == "" || option != "" && option != "omitempty" {
			return nil, false
		}
		put, ok := element(f.Type, append(above, t))
		if !ok {
			return nil, false
		}
		fd := field{index: i, key: name, put: put}
		if option == "omitempty" {
			fd.empty = emptiness(f.Type)
		}
		fields = append(fields, fd)
	}
	return func(e *encoding, v reflect.Value) {
		start := e.open()
		for i := range fields {
			f := &fields[i]
			fv := v.Field(f.index)
			if f.empty == nil || !f.empty(fv) {
				f.put(e, f.key, fv)
			}
		}
		e.close(start)
	}, true
}

func (e *encoding) open() (start int) {
	e.b = append(e.b, 0, 0, 0, 0)
	return len(e.b) - 4
}

func (e *encoding) close(start int) {
	e.b = append(e.b, 0)
	e.b = bsoncore.UpdateLength(e.b, int32(start), int32(len(e.b)-start))
}

// head appends what stands before a value.
func (e *encoding) head(t bsoncore.Type, key string) {
	e.b = append(append(append(e.b, byte(t)), key...), 0)
}

var (
	typeTime   = reflect.TypeFor[time.Time]()
	typeZeroer = reflect.TypeFor[bson.Zeroer]()
)

// ours reports whether the encoder knows all about a type: it is built in or from this
// module, and does not encode itself.
func ours(t reflect.Type) bool {
	for _, m := range []reflect.Type{reflect.TypeFor[bson.Marshaler](), reflect.TypeFor[bson.ValueMarshaler]()} {
		if t.Implements(m) || reflect.PointerTo(t).Implements(m) {
			return false
		}
	}
	return t.PkgPath() == "" || t.PkgPath() == "xinyi" || strings.HasPrefix(t.PkgPath(), "xinyi/")
}

// emptiness reports what omitempty leaves out, as bson does.
func emptiness(t reflect.Type) func(reflect.Value) bool {
	switch {
	case t == typeTime:
		return func(v reflect.Value) bool { return timeOf(v).IsZero() }
	case t.Kind() == reflect.String: // a string's own IsZero can only say the same
		return func(v reflect.Value) bool { return v.Len() == 0 }
	case t.Implements(typeZeroer):
		return func(v reflect.Value) bool {
			return v.Kind() == reflect.Pointer && v.IsNil() || v.Interface().(bson.Zeroer).IsZero()
		}
	case t.Kind() == reflect.Map || t.Kind() == reflect.Slice:
		return func(v reflect.Value) bool { return v.Len() == 0 }
	case t.Kind() == reflect.Struct:
		return nil
	}
	return reflect.Value.IsZero
}

func timeOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time) // does not allocate
	}
	return v.Interface().(time.Time)
}

// element gives the encoder of a field's or item's type.
func element(t reflect.Type, above []reflect.Type) (elemFunc, bool) {
	if t == typeTime {
		return func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeDateTime, key)
			e.b = bsoncore.AppendDateTime(e.b, timeOf(v).UnixMilli())
		}, true
	}
	if !ours(t) {
		return nil, false
	}
	switch t.Kind() {
	case reflect.String:
		return func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeString, key)
			e.b = bsoncore.AppendString(e.b, v.String())
		}, true
	case reflect.Bool:
		return func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeBoolean, key)
			e.b = bsoncore.AppendBoolean(e.b, v.Bool())
		}, true
	case reflect.Int64:
		return func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeInt64, key)
			e.b = bsoncore.AppendInt64(e.b, v.Int())
		}, true
	case reflect.Int, reflect.Int32:
		return putInt, true
	case reflect.Float64:
		return func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeDouble, key)
			e.b = bsoncore.AppendDouble(e.b, v.Float())
		}, true
	case reflect.Pointer:
		put, ok := element(t.Elem(), above)
		return orNull(func(e *encoding, key string, v reflect.Value) { put(e, key, v.Elem()) }), ok
	case reflect.Struct:
		put, ok := document(t, above)
		return func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeEmbeddedDocument, key)
			put(e, v)
		}, ok
	case reflect.Slice:
		return array(t, above)
	case reflect.Map:
		return mapping(t, above)
	}
	return nil, false
}

func putInt(e *encoding, key string, v reflect.Value) {
	n := v.Int()
	if n == int64(int32(n)) {
		e.head(bsoncore.TypeInt32, key)
		e.b = bsoncore.AppendInt32(e.b, int32(n))
		return
	}
	e.head(bsoncore.TypeInt64, key)
	e.b = bsoncore.AppendInt64(e.b, n)
}

// orNull writes null for nil pointers, slices and maps.
func orNull(put elemFunc) elemFunc {
	return func(e *encoding, key string, v reflect.Value) {
		if v.IsNil() {
			e.head(bsoncore.TypeNull, key)
			return
		}
		put(e, key, v)
	}
}

func array(t reflect.Type, above []reflect.Type) (elemFunc, bool) {
	if t.Elem().Kind() == reflect.Uint8 {
		return orNull(func(e *encoding, key string, v reflect.Value) {
			e.head(bsoncore.TypeBinary, key)
			e.b = bsoncore.AppendBinary(e.b, 0, v.Bytes())
		}), ours(t.Elem())
	}
	put, ok := element(t.Elem(), above)
	return orNull(func(e *encoding, key string, v reflect.Value) {
		e.head(bsoncore.TypeArray, key)
		start := e.open()
		for i := range v.Len() {
			put(e, strconv.Itoa(i), v.Index(i))
		}
		e.close(start)
	}), ok
}

func mapping(t reflect.Type, above []reflect.Type) (elemFunc, bool) {
	if t.Key().Kind() != reflect.String || !ours(t.Key()) {
		return nil, false
	}
	put, ok := element(t.Elem(), above)
	return orNull(func(e *encoding, key string, v reflect.Value) {
		e.head(bsoncore.TypeEmbeddedDocument, key)
		start := e.open()
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			if strings.IndexByte(k.String(), 0) >= 0 {
				e.odd = true
				continue
			}
			put(e, k.String(), v.MapIndex(k))
		}
		e.close(start)
	}), ok
}
