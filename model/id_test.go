package model_test

import (
	"testing"
	"time"

	"xinyi/model"
)

func TestIDs_increase(t *testing.T) {
	ids := model.NewIDs(model.ClockFunc(func() time.Time { return time.UnixMilli(1_800_000_000_000) }))
	prev := ids.Next()
	for range 10_000 { // more than the 4096 of one millisecond
		next := ids.Next()
		if next <= prev {
			t.Fatalf("%q does not come after %q", next, prev)
		}
		prev = next
	}
}

func TestPersonID_roundTrip(t *testing.T) {
	ids := model.NewIDs(model.ClockFunc(time.Now))
	raw := ids.UUID()
	id := model.NewPersonID(raw)
	back, ok := id.Raw()
	if !ok || back != raw || !id.IsPerson() || len(id) != 28 {
		t.Fatalf("id %q: got %x %v, want %x", id, back, ok, raw)
	}
	for _, bad := range []model.SubjectID{"", "p_", "p_short", "91410203MA40AB1C3C", id + "0", "p_zzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		if _, ok := bad.Raw(); ok {
			t.Errorf("%q passed as a person's id", bad)
		}
	}
	if raw[6]>>4 != 7 || raw[8]>>6 != 2 {
		t.Errorf("not a UUIDv7: %x", raw)
	}
}
