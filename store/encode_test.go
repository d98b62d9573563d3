package store

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/model"
)

// TestEncode proves for every kind of document that Encode and bson.Marshal agree.
func TestEncode(t *testing.T) {
	sameAsBSON[model.Record](t, true)
	sameAsBSON[model.SubjectFile](t, true)
	sameAsBSON[model.ListEntry](t, true)
	sameAsBSON[model.RatingStat](t, true)
	sameAsBSON[model.ImportJob](t, true)
	sameAsBSON[model.ImportFault](t, true)
	sameAsBSON[SearchName](t, true)
	sameAsBSON[pointer](t, true)
	sameAsBSON[everyKind](t, true)
	// What the encoder does not know goes to bson.
	sameAsBSON[model.AuditOrigin](t, false)
	sameAsBSON[struct {
		ID  string `bson:"_id"`
		Any any    `bson:"any"`
	}](t, false)
	sameAsBSON[struct {
		pointer `bson:",inline"`
	}](t, false)
	sameAsBSON[struct{ NoTag string }](t, false)
	sameAsBSON[struct {
		ID bson.ObjectID `bson:"_id"`
	}](t, false)
}

type everyKind struct {
	ID    string            `bson:"_id"`
	I     int               `bson:"i"`
	I32   int32             `bson:"i32"`
	I64   int64             `bson:"i64"`
	F     float64           `bson:"f"`
	B     bool              `bson:"b"`
	Bytes []byte            `bson:"bytes"`
	P     *string           `bson:"p"`
	PE    *int              `bson:"pe,omitempty"`
	L     []string          `bson:"l"`
	LL    [][]int           `bson:"ll,omitempty"`
	M     map[string]string `bson:"m"`
	S     struct {
		T time.Time `bson:"t,omitempty"`
	} `bson:"s,omitempty"`
	PT   *time.Time           `bson:"pt,omitempty"`
	MT   map[string]time.Time `bson:"mt"`
	D    model.Date           `bson:"d,omitempty"`
	Skip string               `bson:"-"`
	low  string
}

func sameAsBSON[T any](t *testing.T, planned bool) {
	t.Helper()
	if got := planOf(reflect.TypeFor[T]()) != nil; got != planned {
		t.Fatalf("%v has an encoder: %v, want %v", reflect.TypeFor[T](), got, planned)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var v T
		randomise(dice, reflect.ValueOf(&v).Elem())
		got, err := Encode(&v)
		if err != nil {
			t.Fatal(err)
		}
		want, err := bson.Marshal(&v)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%T:\n got %v\nwant %v (%v)", v, got, bson.Raw(want), err)
		}
	}
}

// randomise fills v: zero and empty values as often as others, and at most one key in a
// map, since bson gives them in no order.
func randomise(r *rand.Rand, v reflect.Value) {
	if r.IntN(3) == 0 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"", "x", "河南省", "a\x00b"}[r.IntN(4)])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, 1 << 31, -1 << 40}[r.IntN(5)])
	case reflect.Float64:
		v.SetFloat(r.Float64())
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		randomise(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(12), 12))
		for i := range v.Len() {
			randomise(r, v.Index(i))
		}
	case reflect.Uint8:
		v.SetUint(r.Uint64N(256))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		if r.IntN(2) == 0 {
			e := reflect.New(v.Type().Elem()).Elem()
			randomise(r, e)
			v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), e)
		}
	case reflect.Struct:
		if v.Type() == typeTime {
			v.Set(reflect.ValueOf(time.UnixMilli(r.Int64N(1 << 42)).UTC()))
			return
		}
		for i := range v.NumField() {
			randomise(r, v.Field(i))
		}
	}
}

func TestEncode_keyWithNUL(t *testing.T) {
	if _, err := Encode(&everyKind{M: map[string]string{"a\x00b": "c"}}); !model.Is(err, model.CodeInternal) {
		t.Fatalf("got %v, want an error", err)
	}
}

func BenchmarkEncode(b *testing.B) {
	r := &model.Record{ID: "p_06cl3q/06cl3q", Subject: "p_06cl3q", Kind: model.RecordHonor, Section: model.SectionHonesty, Title: "志愿服务记录",
		Authority: "共青团顺河回族区委员会", AuthorityUSCC: "81410203MA40AB1C3C", Source: "共青团顺河回族区委员会", DecisionDate: "2026-01-02",
		Disclosure: model.DisclosureGovShare, BusinessKey: "0123456789abcdef01234567", Batch: "b", ReceivedAt: time.UnixMilli(1)}
	b.Run("plan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = Encode(r)
		}
	})
	b.Run("bson", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = bson.Marshal(r)
		}
	})
}
