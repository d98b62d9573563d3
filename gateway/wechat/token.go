package wechat

import (
	"context"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/credential"

	"xinyi/model"
)

const tokenKey = "stable_access_token"

// WeChat renews a stable token five minutes before it ends and honours both.
const tokenReserve = 300 * time.Second

// tokenSource hands out the stable access token (稳定版接口调用凭据). One caller fetches,
// the others wait on a channel, so that each waits only as long as its context allows.
type tokenSource struct {
	slot  chan struct{}
	cache *cache
	fetch func(context.Context) (credential.ResAccessToken, error)
}

func (s *tokenSource) token(ctx context.Context) (credential.ResAccessToken, error) {
	if t, ok := s.cached(); ok {
		return t, nil
	}
	select {
	case s.slot <- struct{}{}:
		defer func() { <-s.slot }()
	case <-ctx.Done():
		return credential.ResAccessToken{}, ctx.Err()
	}
	if t, ok := s.cached(); ok {
		return t, nil
	}
	res, err := s.fetch(ctx)
	if err != nil {
		return res, err
	}
	if res.AccessToken == "" {
		return res, &Error{Op: "stable_token", Text: "answer without access_token"}
	}
	if life := time.Duration(res.ExpiresIn)*time.Second - tokenReserve; life > 0 {
		_ = s.cache.Set(tokenKey, res.AccessToken, life)
	}
	return res, nil
}

func (s *tokenSource) cached() (credential.ResAccessToken, bool) {
	t, ok := s.cache.Get(tokenKey).(string)
	return credential.ResAccessToken{AccessToken: t}, ok
}

// drop forgets token unless it was replaced meanwhile.
func (s *tokenSource) drop(token string) { s.cache.deleteIf(tokenKey, token) }

// GetAccessTokenContext and GetAccessToken are what the SDK asks for.
func (s *tokenSource) GetAccessTokenContext(ctx context.Context) (string, error) {
	res, err := s.token(ctx)
	return res.AccessToken, err
}

// GetAccessToken is refused: without a context nobody bounds the wait.
func (s *tokenSource) GetAccessToken() (string, error) {
	return "", &Error{Op: "stable_token", Text: "call without context"}
}

// cache is the SDK's cache interface with a lock (the SDK's own memory cache races and
// kills the process) and a bound.
type cache struct {
	clock model.Clock
	max   int

	mu    sync.Mutex
	items map[string]cached
}

type cached struct {
	value any
	ends  time.Time
}

func newCache(limit int, clock model.Clock) *cache {
	return &cache{clock: clock, max: limit, items: make(map[string]cached, limit)}
}

// Get gives the live value or nil, as the SDK wants it.
func (c *cache) Get(key string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	it, ok := c.items[key]
	if !ok {
		return nil
	}
	if !c.clock.Now().Before(it.ends) {
		delete(c.items, key)
		return nil
	}
	return it.value
}

// Set keeps value for ttl. A full cache first loses what ended, then what ends soonest.
func (c *cache) Set(key string, value any, ttl time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.items[key]; !there && len(c.items) >= c.max {
		soonest := ""
		for k, it := range c.items {
			if soonest == "" || it.ends.Before(c.items[soonest].ends) {
				soonest = k
			}
		}
		delete(c.items, soonest)
	}
	c.items[key] = cached{value: value, ends: c.clock.Now().Add(ttl)}
	return nil
}

// IsExist reports whether Get would give a value.
func (c *cache) IsExist(key string) bool { return c.Get(key) != nil }

// Delete forgets key.
func (c *cache) Delete(key string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.items, key)
	return nil
}

func (c *cache) deleteIf(key string, value any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[key].value == value {
		delete(c.items, key)
	}
}
