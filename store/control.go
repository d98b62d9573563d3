package store

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"xinyi/model"
)

// ControlDoc is one document of the control collection: what every process must see
// quickly (policy, rules, keys, revoked tokens, suspended clients).
type ControlDoc struct {
	// Kind is lower_snake, Name is unique in it.
	Kind string `bson:"kind"`
	Name string `bson:"name"`
	// Body is the kind's business: YAML, JSON, …
	Body []byte `bson:"body,omitempty"`
	// Deleted marks what is gone; the document stays, so that every process sees it go.
	Deleted bool `bson:"deletedMark,omitempty"`
	// ExpiresAt, if set, is when nobody needs the document any more (a revoked token
	// that would be expired): Sweep removes it and processes forget it.
	ExpiresAt time.Time `bson:"expiresAt,omitempty"`

	// Rev is the revision for compare-and-swap; 0 = must not exist yet (or is Deleted).
	Rev int64 `bson:"-"`
	// At is when it was written.
	At time.Time `bson:"-"`
}

// controlDoc is a ControlDoc with its id, kind/name.
type controlDoc struct {
	ID         string `bson:"_id"`
	ControlDoc `bson:",inline"`
}

func controlID(kind, name string) string { return kind + "/" + name }

const (
	collControl      = "control"
	controlInterval  = 500 * time.Millisecond
	controlBackOff   = 5 * time.Second
	controlSweepPage = 500
)

// ControlOptions tune a Control. Only Clock is required.
type ControlOptions struct {
	Clock model.Clock
	// Ticks drives Run; nil = a ticker of 500 ms.
	Ticks <-chan time.Time
	// Log hears of failed polls; nil = nobody.
	Log *slog.Logger
}

// Control is this process's view of the control collection: all of it in memory, at
// most one poll old. Safe for concurrent use.
type Control struct {
	driver Driver
	docs   *Collection[controlDoc]
	opt    ControlOptions

	poll     sync.Mutex // one poll at a time; guards what follows
	token    string
	watchers map[string][]*func(ControlDoc)
	swept    time.Time

	mu     sync.RWMutex
	known  map[string]ControlDoc // by id, the Deleted too
	synced time.Time             // when the last good poll began
}

// OpenControl declares the collection and loads all of it. Call Run to keep it fresh.
func OpenControl(ctx context.Context, d Driver, opt ControlOptions) (*Control, error) {
	c := &Control{driver: d, opt: opt, watchers: map[string][]*func(ControlDoc){}, known: map[string]ControlDoc{},
		docs: NewCollection(d, CollectionOptions[controlDoc]{Name: collControl,
			ID: func(d *controlDoc) string { return d.ID }, Rev: func(d *controlDoc) *int64 { return &d.Rev }})}
	expiry := Index{Name: "expiresAt", Fields: []string{"expiresAt"}}
	if err := d.EnsureIndexes(ctx, collControl, []Index{FeedIndex, expiry}); err != nil {
		return nil, err
	}
	return c, c.Sync(ctx)
}

// Run polls on every tick until ctx ends. A failing engine is asked less and less
// often, down to every 5 s; Age tells how old the view is meanwhile.
func (c *Control) Run(ctx context.Context) {
	ticks := c.opt.Ticks
	if ticks == nil {
		ticker := time.NewTicker(controlInterval)
		defer ticker.Stop()
		ticks = ticker.C
	}
	wait, retryAt := controlInterval, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		now := c.opt.Clock.Now()
		if now.Before(retryAt) {
			continue
		}
		if err := c.Sync(ctx); err == nil {
			wait, retryAt = controlInterval, time.Time{}
		} else if ctx.Err() == nil {
			if c.opt.Log != nil {
				c.opt.Log.Warn("control_poll_failed", "code", string(model.CodeOf(err)), "age_ms", c.Age().Milliseconds())
			}
			wait = min(2*wait, controlBackOff)
			retryAt = now.Add(wait)
		}
	}
}

// Sync polls once now and tells the watchers before it returns.
func (c *Control) Sync(ctx context.Context) error {
	c.poll.Lock()
	defer c.poll.Unlock()
	began := c.opt.Clock.Now()
	for {
		docs, next, err := c.driver.Changes(ctx, collControl, c.token, controlSweepPage)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := c.learn(doc); err != nil {
				return err
			}
		}
		if c.token = next; len(docs) == 0 {
			break
		}
	}
	c.forget(began)
	c.mu.Lock()
	c.synced = began
	c.mu.Unlock()
	return nil
}

// learn takes one document of the feed, which may come twice. Revisions say which is newer,
// since each writer dates by its own clock; only of one that was swept and written anew,
// whose revisions start again, does the date say so.
func (c *Control) learn(doc Doc) error {
	v, err := Decode[controlDoc](doc)
	if err != nil {
		return err
	}
	v.Rev, v.At = doc.Rev, doc.At
	c.mu.Lock()
	have, ok := c.known[doc.ID]
	old := ok && doc.Rev <= have.Rev && !doc.At.After(have.At)
	if !old {
		c.known[doc.ID] = v.ControlDoc
	}
	c.mu.Unlock()
	if !old {
		for _, fn := range c.watchers[v.Kind] {
			(*fn)(v.ControlDoc)
		}
	}
	return nil
}

// forget drops what has expired, once a minute.
func (c *Control) forget(now time.Time) {
	if now.Sub(c.swept) < time.Minute {
		return
	}
	c.swept = now
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, doc := range c.known {
		if doc.expired(now) {
			delete(c.known, id)
		}
	}
}

func (d ControlDoc) expired(now time.Time) bool {
	return !d.ExpiresAt.IsZero() && now.After(d.ExpiresAt)
}

// Age is how old the view may be: the time since the last good poll began.
func (c *Control) Age() time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.opt.Clock.Now().Sub(c.synced)
}

// Get gives a document of the view; CodeNotFound if there is none or it is Deleted.
func (c *Control) Get(kind, name string) (ControlDoc, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	doc, ok := c.known[controlID(kind, name)]
	if !ok || doc.Deleted {
		return ControlDoc{}, ErrNotFound
	}
	return doc, nil
}

// List gives the documents of a kind that are not Deleted, by name.
func (c *Control) List(kind string) []ControlDoc {
	return c.list(kind, false)
}

func (c *Control) list(kind string, deleted bool) []ControlDoc {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var list []ControlDoc
	for _, doc := range c.known {
		if doc.Kind == kind && (deleted || !doc.Deleted) {
			list = append(list, doc)
		}
	}
	slices.SortFunc(list, func(a, b ControlDoc) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Watch calls fn for every document of kind there is, before it returns, and then for
// each that is written, Deleted ones too; one call at a time, in the order of writing
// for one name. fn must be quick and must not call Put, Delete, Sync or Watch. stop
// ends it.
func (c *Control) Watch(kind string, fn func(ControlDoc)) (stop func()) {
	c.poll.Lock()
	defer c.poll.Unlock()
	for _, doc := range c.list(kind, false) {
		fn(doc)
	}
	c.watchers[kind] = append(c.watchers[kind], &fn)
	return func() {
		c.poll.Lock()
		defer c.poll.Unlock()
		c.watchers[kind] = slices.DeleteFunc(c.watchers[kind], func(f *func(ControlDoc)) bool { return f == &fn })
	}
}

// Put writes doc over revision doc.Rev; CodeExists or CodeConflict if another one is
// there, CodeNotFound if it was swept. This process sees it when Put returns, the
// others after their next poll.
func (c *Control) Put(ctx context.Context, doc ControlDoc) error {
	op, err := c.PutOp(doc)
	if err != nil {
		return err
	}
	if err := c.driver.Apply(ctx, []Op{op}); err != nil {
		return err
	}
	_ = c.Sync(ctx) // it is written; a poll that fails now is repeated by Run
	return nil
}

// PutOp is Put as part of a batch (with its audit entry); call Sync after Apply.
func (c *Control) PutOp(doc ControlDoc) (Op, error) {
	if !ValidColl(doc.Kind) || doc.Name == "" {
		return Op{}, model.Errorf(model.CodeInternal, "控制项的类别或名称有误，请联系管理员。")
	}
	v := &controlDoc{ID: controlID(doc.Kind, doc.Name), ControlDoc: doc}
	if doc.Rev == 0 {
		c.mu.RLock()
		have, ok := c.known[v.ID]
		c.mu.RUnlock()
		if !ok || !have.Deleted {
			return c.docs.InsertOp(v)
		}
		v.Rev = have.Rev
	}
	return c.docs.ReplaceOp(v)
}

// Delete marks revision rev of a document as Deleted.
func (c *Control) Delete(ctx context.Context, kind, name string, rev int64) error {
	if rev == 0 {
		return ErrNotFound
	}
	return c.Put(ctx, ControlDoc{Kind: kind, Name: name, Deleted: true, Rev: rev})
}

// Sweep removes expired documents from the store and gives their number. One process
// at a time is enough.
func (c *Control) Sweep(ctx context.Context) (removed int, err error) {
	now := c.opt.Clock.Now()
	q := Query{Index: "expiresAt", To: now, Limit: controlSweepPage}
	for {
		page, err := c.driver.Find(ctx, collControl, q)
		if err != nil {
			return removed, err
		}
		for _, doc := range page.Docs {
			err := c.driver.Apply(ctx, []Op{c.docs.DeleteOp(doc.ID, doc.Rev)})
			if err == nil {
				removed++
			} else if !model.Is(err, model.CodeConflict) && !model.Is(err, model.CodeNotFound) {
				return removed, err
			}
		}
		if q.After = page.Next; q.After == "" {
			return removed, nil
		}
	}
}
