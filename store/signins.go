package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"xinyi/model"
)

const (
	collStaff      = "staff"
	collStaffNames = "staff_names"
	collClients    = "clients"
	collSessions   = "sessions"
	collAttempts   = "login_attempts"
	collOnce       = "login_claims"
)

// staffName makes user names unique; its id is the name.
type staffName struct {
	Name  string `bson:"_id"`
	Staff string `bson:"staff"`
}

// SignIns keeps who may sign in with a secret (staff, clients), the sessions that came
// of it, and what slows guessing down.
type SignIns struct {
	driver   Driver
	staff    *Collection[model.Staff]
	names    *Collection[staffName]
	clients  *Collection[model.Client]
	sessions *Collection[model.Session]
	attempts *Collection[model.Attempts]
	once     *Collection[model.OnceClaim]
}

// NewSignIns gives the repository.
func NewSignIns(d Driver) *SignIns {
	return &SignIns{
		driver: d,
		staff: NewCollection(d, CollectionOptions[model.Staff]{Name: collStaff,
			ID: func(s *model.Staff) string { return s.ID }, Rev: func(s *model.Staff) *int64 { return &s.Rev }}),
		names: NewCollection(d, CollectionOptions[staffName]{Name: collStaffNames,
			ID: func(n *staffName) string { return n.Name }}),
		clients: NewCollection(d, CollectionOptions[model.Client]{Name: collClients,
			ID: func(c *model.Client) string { return c.ID }, Rev: func(c *model.Client) *int64 { return &c.Rev }}),
		sessions: NewCollection(d, CollectionOptions[model.Session]{Name: collSessions,
			ID: func(s *model.Session) string { return s.ID }, Rev: func(s *model.Session) *int64 { return &s.Rev }}),
		attempts: NewCollection(d, CollectionOptions[model.Attempts]{Name: collAttempts,
			ID: func(a *model.Attempts) string { return a.ID }, Rev: func(a *model.Attempts) *int64 { return &a.Rev }}),
		once: NewCollection(d, CollectionOptions[model.OnceClaim]{Name: collOnce,
			ID: func(c *model.OnceClaim) string { return c.ID }}),
	}
}

// expiring are the collections whose documents are swept when their time is over.
var expiring = []string{collSessions, collAttempts, collOnce}

// byOwner finds the sessions of an account or a member of staff.
var byOwner = Index{Name: "owner", Fields: []string{"owner"}}

// EnsureSignIns declares the indexes that Sweep and SessionsOf need.
func EnsureSignIns(ctx context.Context, d Driver) error {
	for _, coll := range expiring {
		indexes := []Index{{Name: "expiresAt", Fields: []string{"expiresAt"}}}
		if coll == collSessions {
			indexes = append(indexes, byOwner)
		}
		if err := d.EnsureIndexes(ctx, coll, indexes); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes at most limit documents of each kind that ended before now, and says
// how many it removed.
func (s *SignIns) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	removed := 0
	for _, coll := range expiring {
		page, err := s.driver.Find(ctx, coll, Query{Index: "expiresAt", To: now, Limit: limit})
		if err != nil {
			return removed, err
		}
		for _, doc := range page.Docs {
			err := s.driver.Apply(ctx, []Op{{Kind: OpDelete, Coll: coll, ID: doc.ID, Rev: doc.Rev}})
			switch {
			case err == nil:
				removed++
			case !model.Is(err, model.CodeConflict) && !model.Is(err, model.CodeNotFound):
				return removed, err
			}
		}
	}
	return removed, nil
}

// Staff gives one member of staff: CodeNotFound if there is none.
func (s *SignIns) Staff(ctx context.Context, id string) (*model.Staff, error) {
	return s.staff.Get(ctx, id)
}

// StaffByName finds staff by user name in its normal form (identity.NormalUsername).
func (s *SignIns) StaffByName(ctx context.Context, username string) (*model.Staff, error) {
	if !ValidID(username) {
		return nil, ErrNotFound
	}
	n, err := s.names.Get(ctx, username)
	if err != nil {
		return nil, err
	}
	return s.staff.Get(ctx, n.Staff)
}

// AllStaff gives every member of staff, in the order of user names.
func (s *SignIns) AllStaff(ctx context.Context) ([]*model.Staff, error) {
	all, err := everyOne(ctx, s.staff, Query{})
	slices.SortFunc(all, func(a, b *model.Staff) int { return strings.Compare(a.Username, b.Username) })
	return all, err
}

// everyOne gives all that q finds.
func everyOne[T any](ctx context.Context, c *Collection[T], q Query) (all []*T, err error) {
	err = c.Each(ctx, q, func(v *T) error {
		all = append(all, v)
		return nil
	})
	return all, err
}

// CreateStaff writes a new member of staff, who owns the user name from then on:
// CodeExists if the id or the name is taken.
func (s *SignIns) CreateStaff(ctx context.Context, st *model.Staff, entries ...model.AuditEntry) error {
	var b Batch
	b.Add(s.staff.InsertOp(st))
	b.Add(s.names.InsertOp(&staffName{Name: st.Username, Staff: st.ID}))
	b.AddOps(AuditOps(entries...)...)
	return b.Apply(ctx, s.driver)
}

// SaveStaff replaces at st.Rev; the user name must stay. CodeConflict on a lost race.
func (s *SignIns) SaveStaff(ctx context.Context, st *model.Staff, entries ...model.AuditEntry) error {
	var b Batch
	b.Add(s.staff.ReplaceOp(st))
	b.AddOps(AuditOps(entries...)...)
	return b.Apply(ctx, s.driver)
}

// Client gives one OAuth2 client: CodeNotFound if there is none.
func (s *SignIns) Client(ctx context.Context, id string) (*model.Client, error) {
	if !ValidID(id) {
		return nil, ErrNotFound
	}
	return s.clients.Get(ctx, id)
}

// AllClients gives every OAuth2 client, in the order of ids.
func (s *SignIns) AllClients(ctx context.Context) ([]*model.Client, error) {
	return everyOne(ctx, s.clients, Query{})
}

// CreateClient writes a new client: CodeExists if the id is taken.
func (s *SignIns) CreateClient(ctx context.Context, c *model.Client, entries ...model.AuditEntry) error {
	var b Batch
	b.Add(s.clients.InsertOp(c))
	b.AddOps(AuditOps(entries...)...)
	return b.Apply(ctx, s.driver)
}

// SaveClient replaces at c.Rev: CodeConflict on a lost race.
func (s *SignIns) SaveClient(ctx context.Context, c *model.Client, entries ...model.AuditEntry) error {
	var b Batch
	b.Add(s.clients.ReplaceOp(c))
	b.AddOps(AuditOps(entries...)...)
	return b.Apply(ctx, s.driver)
}

// Session gives one session: CodeNotFound if there is none.
func (s *SignIns) Session(ctx context.Context, id string) (*model.Session, error) {
	return s.sessions.Get(ctx, id)
}

// SessionsOf gives the sessions of an owner, those that ended too until they are swept.
func (s *SignIns) SessionsOf(ctx context.Context, owner string) ([]*model.Session, error) {
	return everyOne(ctx, s.sessions, Query{Index: byOwner.Name, Equal: []any{owner}})
}

// CreateSession writes a new session with its audit entry.
func (s *SignIns) CreateSession(ctx context.Context, session *model.Session, entry model.AuditEntry) error {
	var b Batch
	b.Add(s.sessions.InsertOp(session))
	b.AddOps(AuditOps(entry)...)
	return b.Apply(ctx, s.driver)
}

// SaveSession replaces at the session's revision: CodeConflict on a lost race.
func (s *SignIns) SaveSession(ctx context.Context, session *model.Session, entries ...model.AuditEntry) error {
	var b Batch
	b.Add(s.sessions.ReplaceOp(session))
	b.AddOps(AuditOps(entries...)...)
	return b.Apply(ctx, s.driver)
}

// Attempts gives a counter of failures: CodeNotFound if nothing was counted.
func (s *SignIns) Attempts(ctx context.Context, id string) (*model.Attempts, error) {
	return s.attempts.Get(ctx, id)
}

// SaveAttempts inserts at Rev 0, else replaces: CodeExists or CodeConflict on a lost race.
func (s *SignIns) SaveAttempts(ctx context.Context, a *model.Attempts) error {
	saved := *a
	if a.Rev == 0 {
		return s.attempts.Insert(ctx, &saved)
	}
	err := s.attempts.Replace(ctx, &saved)
	if model.Is(err, model.CodeNotFound) { // swept meanwhile
		return model.Wrap(err, model.CodeConflict, "计数刚被更新，请重试。")
	}
	return err
}

// ForgetAttempts removes every counter whose id starts with prefix, and says how many it
// found. One that changes meanwhile is removed as it is then.
func (s *SignIns) ForgetAttempts(ctx context.Context, prefix string) (int, error) {
	all, err := everyOne(ctx, s.attempts, Query{Prefix: prefix})
	if err != nil {
		return 0, err
	}
	for _, a := range all {
		for err = s.attempts.Delete(ctx, a.ID, a.Rev); model.Is(err, model.CodeConflict); err = s.attempts.Delete(ctx, a.ID, a.Rev) {
			if a, err = s.attempts.Get(ctx, a.ID); err != nil {
				break
			}
		}
		if err != nil && !model.Is(err, model.CodeNotFound) {
			return 0, err
		}
	}
	return len(all), nil
}

// ClaimOnce makes id usable once across processes: CodeExists if it was claimed before.
func (s *SignIns) ClaimOnce(ctx context.Context, id string, until time.Time) error {
	return s.once.Insert(ctx, &model.OnceClaim{ID: id, ExpiresAt: until})
}
