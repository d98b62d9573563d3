package embedded

import (
	"testing"
	"time"
)

// Much within a second is a bulk load, until two seconds after the last of it.
func TestBulk(t *testing.T) {
	start := time.UnixMilli(1_795_000_000_000)
	for _, c := range []struct {
		name       string
		every      time.Duration
		bytes, num int
		bulk       bool
	}{
		{"gates", time.Millisecond, 9 << 10, 3000, false},
		{"an import", 50 * time.Millisecond, 1400 << 10, 20, true},
		{"one large upload", time.Second, 17 << 20, 1, true},
		{"a large one now and then", 2 * time.Second, 15 << 20, 5, false},
	} {
		var b bulk
		at := start
		for range c.num {
			b.wrote(c.bytes, at)
			at = at.Add(c.every)
		}
		if b.now(at) != c.bulk {
			t.Errorf("%s: %v", c.name, !c.bulk)
		}
		if b.now(at.Add(bulkFor)) {
			t.Errorf("%s: does not end", c.name)
		}
	}
}
