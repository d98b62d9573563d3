package benchload

import (
	"math/bits"
	"time"
)

// Latencies are kept in microseconds in buckets that grow with the value: 128 per
// power of two, so that a bucket is less than 1 % wide.
const (
	subBits = 7
	octaves = 26 // up to 2^(subBits+octaves-1) µs, over an hour
)

// histogram counts latencies. Not safe for concurrent use.
type histogram struct {
	counts [octaves << subBits]uint32
	total  uint64
	sum    uint64 // µs
	max    uint64 // µs
}

// bucket gives the place of v µs: exact below 256, then the leading 8 bits decide.
func bucket(v uint64) int {
	if v < 2<<subBits {
		return int(v)
	}
	octave := bits.Len64(v) - subBits - 1
	return min(octave<<subBits+int(v>>octave), octaves<<subBits-1)
}

// upper gives the largest value that falls into bucket i.
func upper(i int) uint64 {
	if i < 2<<subBits {
		return uint64(i)
	}
	octave := i>>subBits - 1
	return uint64(i-octave<<subBits+1)<<octave - 1
}

func (h *histogram) add(d time.Duration) {
	v := uint64(max(d.Microseconds(), 0))
	h.counts[bucket(v)]++
	h.total++
	h.sum += v
	h.max = max(h.max, v)
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.sum += other.sum
	h.max = max(h.max, other.max)
}

// quantile gives the latency that a share q of all requests did not exceed, µs, at
// most 1 % too high.
func (h *histogram) quantile(q float64) uint64 {
	if h.total == 0 {
		return 0
	}
	rank := min(uint64(q*float64(h.total))+1, h.total)
	var seen uint64
	for i, n := range h.counts {
		if seen += uint64(n); seen >= rank {
			return min(upper(i), h.max)
		}
	}
	return h.max
}
