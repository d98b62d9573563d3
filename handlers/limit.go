package handlers

import (
	"fmt"
	"hash/maphash"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// LimitKind says whose rate is counted.
type LimitKind uint8

// Signed-in callers are counted by account, staff or client id, all others by address.
const (
	LimitClient LimitKind = iota
	LimitAddress
	limitKinds
)

var limitNames = [limitKinds]string{"client", "address"}

// Verdict is the answer about one request.
type Verdict struct {
	OK        bool
	Remaining int           // requests that would be let through now
	Reset     time.Duration // until the whole burst is there again
	Wait      time.Duration // until the next request is let through, when not OK
}

// Limiter counts requests. Implementations that share a rate between processes lease
// slices of it and count locally: Take is on the path of every request and never waits.
// Safe for concurrent use.
type Limiter interface {
	Take(kind LimitKind, key string, now time.Time) Verdict
	// Policy is the RateLimit-Policy item of a kind, such as "client";q=5000;w=1.
	Policy(kind LimitKind) string
}

// Rate allows Burst requests at once and PerSecond on average.
type Rate struct {
	PerSecond float64
	Burst     int
}

// LocalLimits counts in this process (generic cell rate algorithm: one instant per key).
type LocalLimits struct {
	rates    [limitKinds]Rate
	interval [limitKinds]int64 // nanoseconds that one request costs
	room     [limitKinds]int64 // nanoseconds of a whole burst
	policies [limitKinds]string
	seed     maphash.Seed
	shards   [64]limitShard
}

type limitShard struct {
	mu    sync.Mutex
	until map[limitKey]int64 // instant at which the bucket is full again
	sweep int                // size at which full buckets are dropped
	_     [32]byte           // shards do not share a cache line
}

type limitKey struct {
	kind LimitKind
	key  string
}

// NewLocalLimits makes a limiter; each rate must allow at least one request.
func NewLocalLimits(client, address Rate) (*LocalLimits, error) {
	l := &LocalLimits{rates: [limitKinds]Rate{client, address}, seed: maphash.MakeSeed()}
	for kind, rate := range l.rates {
		if rate.Burst < 1 || !(rate.PerSecond > 0) || rate.PerSecond > 1e9 {
			return nil, fmt.Errorf("handlers: rate of %s: burst is at least 1 and the rate above 0", limitNames[kind])
		}
		l.interval[kind] = int64(float64(time.Second) / rate.PerSecond)
		l.room[kind] = l.interval[kind] * int64(rate.Burst)
		window := int64(math.Max(1, math.Ceil(float64(rate.Burst)/rate.PerSecond)))
		l.policies[kind] = fmt.Sprintf("%q;q=%d;w=%d", limitNames[kind], rate.Burst, window)
	}
	for i := range l.shards {
		l.shards[i].until, l.shards[i].sweep = map[limitKey]int64{}, 1024
	}
	return l, nil
}

// Policy gives the item of kind.
func (l *LocalLimits) Policy(kind LimitKind) string { return l.policies[kind] }

// Take takes one request of key.
func (l *LocalLimits) Take(kind LimitKind, key string, now time.Time) Verdict {
	at := now.UnixNano()
	interval, room := l.interval[kind], l.room[kind]
	shard := &l.shards[maphash.String(l.seed, key)%uint64(len(l.shards))]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	id := limitKey{kind, key}
	until := max(shard.until[id], at)
	used := until - at
	if used+interval > room {
		return Verdict{Reset: time.Duration(used), Wait: time.Duration(used + interval - room)}
	}
	if len(shard.until) >= shard.sweep {
		shard.drop(at)
	}
	used += interval
	shard.until[id] = at + used
	return Verdict{OK: true, Remaining: int((room - used) / interval), Reset: time.Duration(used)}
}

// drop forgets the buckets that are full: they are as good as new.
func (s *limitShard) drop(at int64) {
	for id, until := range s.until {
		if until <= at {
			delete(s.until, id)
		}
	}
	s.sweep = max(1024, 2*len(s.until))
}

// take counts the request, says so in the answer, and refuses it when there is no room.
func (s *Server) take(c *gin.Context, call *call, kind LimitKind, key string) error {
	verdict := s.Limits.Take(kind, key, call.start)
	h := c.Writer.Header()
	var scratch [64]byte
	text := append(scratch[:0], '"')
	text = append(append(text, limitNames[kind]...), `";r=`...)
	text = append(strconv.AppendInt(text, int64(verdict.Remaining), 10), ";t="...)
	text = strconv.AppendInt(text, int64((verdict.Reset+time.Second-1)/time.Second), 10)
	call.head[3] = string(text)
	h["Ratelimit"] = call.head[3:4:4]
	call.head[4] = s.Limits.Policy(kind)
	h["Ratelimit-Policy"] = call.head[4:5:5]
	if verdict.OK {
		return nil
	}
	return &model.Error{Code: model.CodeRateLimited, RetryAfter: verdict.Wait}
}
