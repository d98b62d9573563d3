package identity

import (
	"context"
	"time"

	"xinyi/model"
)

// SessionConfig says how long a sign-in lasts without signing in again.
type SessionConfig struct {
	Citizen time.Duration // 0 = 30 days
	Staff   time.Duration // 0 = 12 hours
}

// Sessions keeps refresh-token families: one per sign-in. Safe for concurrent use.
type Sessions struct {
	conf    SessionConfig
	repo    SessionRepo
	tokens  *Tokens
	revoked Revocations
	owners  Owners
	auditor Auditor
	clock   model.Clock
}

// Owners reads who a session belongs to, as they are now.
type Owners struct {
	Accounts interface {
		Account(ctx context.Context, id string) (*model.Account, error)
	}
	Staff interface {
		Staff(ctx context.Context, id string) (*model.Staff, error)
	}
}

// NewSessions makes the keeper of sessions.
func NewSessions(conf SessionConfig, repo SessionRepo, tokens *Tokens, revoked Revocations, owners Owners, auditor Auditor, clock model.Clock) *Sessions {
	if conf.Citizen <= 0 {
		conf.Citizen = 30 * 24 * time.Hour
	}
	if conf.Staff <= 0 {
		conf.Staff = 12 * time.Hour
	}
	return &Sessions{conf: conf, repo: repo, tokens: tokens, revoked: revoked, owners: owners, auditor: auditor, clock: clock}
}

// start opens a session for a caller who just proved who it is. The session, its
// audit entry and the right to the tokens become durable together.
func (s *Sessions) start(ctx context.Context, p model.Principal, user User, life time.Duration, from Caller) (Grant, error) {
	now := s.clock.Now()
	family := newFamily()
	refresh := newRefresh(family)
	p.Session = family.session()
	session := &model.Session{ID: p.Session, Owner: p.ID, Role: p.Role, Current: refresh.hash(), CreatedAt: now, ExpiresAt: now.Add(life)}
	ev := s.event(p, "auth.sign_in", "signed_in", from)
	err := audited(s.auditor, ev, func(entry model.AuditEntry) error { return s.repo.CreateSession(ctx, session, entry) })
	if err != nil {
		return Grant{}, err
	}
	return s.grant(p, user, refresh)
}

func (s *Sessions) grant(p model.Principal, user User, refresh refreshToken) (Grant, error) {
	access, err := s.tokens.issue(p)
	if err != nil {
		return Grant{}, err
	}
	return Grant{AccessToken: access, RefreshToken: refresh.text(), ExpiresIn: s.tokens.TTL(), User: user}, nil
}

// Refresh trades a refresh token for a new one and a new access token. A token that
// was traded before revokes the family, see the package comment.
// Errors: CodeInvalidCredentials, CodeForbidden for a suspended owner.
func (s *Sessions) Refresh(ctx context.Context, token string, from Caller) (Grant, error) {
	shown, ok := parseRefresh(token)
	if !ok {
		return Grant{}, errBadRefresh
	}
	session, err := s.repo.Session(ctx, shown.session())
	if model.Is(err, model.CodeNotFound) {
		return Grant{}, errBadRefresh
	}
	if err != nil {
		return Grant{}, err
	}
	if !session.RevokedAt.IsZero() || !s.clock.Now().Before(session.ExpiresAt) || s.revoked.Revoked(session.Owner) {
		return Grant{}, errBadRefresh
	}
	if !shown.is(session.Current) {
		return Grant{}, s.reused(ctx, session.ID, from)
	}
	p, user, err := s.owner(ctx, session)
	if err != nil {
		return Grant{}, err
	}
	next := newRefresh(shown.family)
	renewed := *session
	renewed.Current, renewed.Seq = next.hash(), session.Seq+1
	if err := s.repo.SaveSession(ctx, &renewed); err != nil {
		if model.Is(err, model.CodeConflict) {
			return Grant{}, s.reused(ctx, session.ID, from)
		}
		return Grant{}, err
	}
	return s.grant(p, user, next)
}

// errBadRefresh answers every refresh token that is not good, whatever the reason.
var errBadRefresh = &model.Error{Code: model.CodeInvalidCredentials, Detail: "登录已失效，请重新登录。"}

func (s *Sessions) reused(ctx context.Context, session string, from Caller) error {
	if err := s.revoke(ctx, session, "auth.refresh", "reused", from); err != nil {
		return err
	}
	return errBadRefresh
}

// owner reads whom the session belongs to: suspension and changed rights count from
// the next refresh on.
func (s *Sessions) owner(ctx context.Context, session *model.Session) (model.Principal, User, error) {
	var p model.Principal
	var user User
	suspended := false
	if session.Role == model.RoleCitizen {
		a, err := s.owners.Accounts.Account(ctx, session.Owner)
		if err != nil {
			return p, user, ownerGone(err)
		}
		p, user, suspended = citizenPrincipal(a), citizenUser(a), a.Suspended
	} else {
		st, err := s.owners.Staff.Staff(ctx, session.Owner)
		if err != nil {
			return p, user, ownerGone(err)
		}
		p, user, suspended = staffPrincipal(st), staffUser(st), st.Suspended
	}
	if suspended {
		return p, user, errSuspended()
	}
	if p.Role != session.Role {
		return p, user, errBadRefresh // another role is another sign-in
	}
	p.Session = session.ID
	return p, user, nil
}

func ownerGone(err error) error {
	if model.Is(err, model.CodeNotFound) {
		return errBadRefresh
	}
	return err
}

func errSuspended() error {
	return &model.Error{Code: model.CodeForbidden, Detail: "该账号已停用，请联系信用办窗口核实。"}
}

// Logout ends the caller's session on every process. When it returns nil, neither its
// access tokens nor its refresh token are good any more.
func (s *Sessions) Logout(ctx context.Context, p model.Principal, from Caller) error {
	if p.Session == p.TokenID { // a client's token is its own session
		if err := s.auditor.Record(ctx, s.event(p, "auth.logout", "revoked", from)); err != nil {
			return err
		}
		return s.revoked.Revoke(ctx, p.Session, p.Expires)
	}
	return s.revoke(ctx, p.Session, "auth.logout", "revoked", from)
}

// revoke marks the session, then tells every process. It may be repeated.
func (s *Sessions) revoke(ctx context.Context, id, action, outcome string, from Caller) error {
	return ending{s.repo, s.revoked, s.auditor, s.clock, s.tokens.TTL()}.end(ctx, id, func(ended *model.Session) model.AuditEvent {
		return s.event(model.Principal{ID: ended.Owner, Role: ended.Role, Session: id}, action, outcome, from)
	})
}

// ending is what it takes to end a session for good.
type ending struct {
	repo    SessionRepo
	revoked Revocations
	auditor Auditor
	clock   model.Clock
	ttl     time.Duration // of access tokens
}

// revokeTries bounds the rereads after lost races against refreshes.
const revokeTries = 8

// end marks the session as ended, with the event of it, then tells every process.
func (e ending) end(ctx context.Context, id string, ev func(ended *model.Session) model.AuditEvent) error {
	var err error
	for range revokeTries {
		if err = e.mark(ctx, id, ev); !model.Is(err, model.CodeConflict) {
			break
		}
	}
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return model.Wrap(err, model.CodeUnavailable, "暂时无法注销登录，请稍后重试。")
	}
	return e.revoked.Revoke(ctx, id, e.clock.Now().Add(e.ttl))
}

func (e ending) mark(ctx context.Context, id string, ev func(ended *model.Session) model.AuditEvent) error {
	session, err := e.repo.Session(ctx, id)
	if err != nil {
		return err
	}
	if !session.RevokedAt.IsZero() {
		return nil
	}
	ended := *session
	ended.RevokedAt = e.clock.Now()
	return audited(e.auditor, ev(session), func(entry model.AuditEntry) error { return e.repo.SaveSession(ctx, &ended, entry) })
}

func (s *Sessions) event(p model.Principal, action, outcome string, from Caller) model.AuditEvent {
	return event(s.clock, p, action, outcome, p.Session, from)
}

// event describes something p did about sign-in. The caller's address is personal and
// stays out of the log; the request id leads to it while the access log is kept.
func event(clock model.Clock, p model.Principal, action, outcome, ref string, from Caller) model.AuditEvent {
	ev := model.AuditEvent{At: clock.Now(), ActorID: p.ID, ActorRole: p.Role, Unit: p.Unit, UnitName: p.UnitName,
		Action: action, Outcome: outcome, Ref: ref, RequestID: from.RequestID}
	if ev.ActorRole == "" {
		ev.ActorRole = model.RolePublic
	}
	if p.Subject != "" {
		ev.Subjects = []model.SubjectID{p.Subject}
	}
	return ev
}

// audited makes a change together with its audit entry.
func audited(a Auditor, ev model.AuditEvent, change func(model.AuditEntry) error) error {
	entry, err := a.Begin(ev)
	if err != nil {
		return err
	}
	err = change(entry)
	a.End(entry, err)
	return err
}
