package mongo

import (
	"reflect"
	"testing"
	"time"

	"xinyi/model"

	"pgregory.net/rapid"
)

func drawValue(t *rapid.T) value {
	n, s, b, ms := rapid.Int64().Draw(t, "int"), rapid.String().Draw(t, "string"), rapid.Bool().Draw(t, "bool"), rapid.Int64Range(-1<<40, 1<<50).Draw(t, "time")
	return []value{{Int: &n}, {String: &s}, {Bool: &b}, {Time: &ms}}[rapid.IntRange(0, 3).Draw(t, "kind")]
}

func TestPositionComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := position{ID: rapid.StringMatching(`[^\x00]{1,40}`).Draw(t, "id")}
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			p.Values = append(p.Values, drawValue(t))
		}
		got, err := decodePosition(encodeToken(p), len(p.Values))
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Fatalf("%+v came back as %+v, %v", p, got, err)
		}
	})
}

func TestBadPositions(t *testing.T) {
	one := int64(1)
	for name, token := range map[string]string{
		"not base64":     "!!",
		"padding":        encodeToken(position{ID: "x"}) + "=",
		"not JSON":       "AAAA",
		"trailing":       encodeToken(position{ID: "x"}) + "AAAA",
		"no id":          encodeToken(position{}),
		"too many":       encodeToken(position{ID: "x", Values: []value{{Int: &one}}}),
		"unknown field":  encodeToken(map[string]any{"id": "x", "z": 1}),
		"NUL in id":      encodeToken(position{ID: "a\x00b"}),
		"a feed's token": encodeToken(feedToken{Low: 1}),
	} {
		if _, err := decodePosition(token, 0); !model.Is(err, model.CodeInvalidCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
	two := encodeToken(position{ID: "x", Values: []value{{Int: &one, Time: &one}}})
	if _, err := decodePosition(two, 1); !model.Is(err, model.CodeInvalidCursor) {
		t.Errorf("two kinds at once: %v", err)
	}
}

func FuzzDecodePosition(f *testing.F) {
	one, s := int64(1), "x"
	f.Add(encodeToken(position{ID: "x"}), 0)
	f.Add(encodeToken(position{ID: "x", Values: []value{{Time: &one}, {String: &s}}}), 2)
	f.Fuzz(func(t *testing.T, token string, n int) {
		p, err := decodePosition(token, n)
		if err != nil {
			return
		}
		again, err := decodePosition(encodeToken(p), n)
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Fatalf("%+v became %+v, %v", p, again, err)
		}
		for _, v := range p.Values {
			if v.any() == nil {
				t.Fatal("a value of no kind")
			}
		}
	})
}

func FuzzDecodeFeedToken(f *testing.F) {
	f.Add(encodeToken(feedToken{Low: 1, Begin: 2, At: 3, ID: "x", Name: "n"}))
	f.Fuzz(func(t *testing.T, token string) {
		var tok feedToken
		if decodeToken(token, &tok) == nil {
			beyond(tok)
		}
	})
}

func TestMemoryForgets(t *testing.T) {
	var f feeds
	seen := f.take("")
	if len(seen) != 0 {
		t.Fatal("a new reader remembers")
	}
	seen[1], seen[2] = 10, 20
	seen.forget(15)
	name := f.put(seen)
	if got := f.take(name); len(got) != 1 || got[2] != 20 {
		t.Errorf("kept %v", got)
	}
	if got := f.take(name); len(got) != 0 {
		t.Errorf("two readers share %v", got)
	}
	for range 3 * maxReaders {
		f.put(memory{})
	}
	if f.order.Len() != maxReaders || len(f.byName) != maxReaders {
		t.Errorf("%d memories, %d names", f.order.Len(), len(f.byName))
	}
}

func TestClockNeverGoesBack(t *testing.T) {
	now := time.UnixMilli(1000)
	d := &Driver{clock: model.ClockFunc(func() time.Time { return now })}
	for _, step := range []struct{ set, want int64 }{{1000, 1000}, {900, 1000}, {1001, 1001}} {
		now = time.UnixMilli(step.set)
		if got := d.now().UnixMilli(); got != step.want {
			t.Errorf("at %d: %d, want %d", step.set, got, step.want)
		}
	}
}
