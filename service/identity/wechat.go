package identity

import (
	"context"

	"xinyi/model"
)

// Citizens signs in mini-program users and ties them to their person and enterprises.
// All fields are required.
type Citizens struct {
	// OpenID exchanges a wx.login code for the openid of the user in our mini-program.
	OpenID   func(ctx context.Context, code string) (string, error)
	Accounts AccountRepo
	Subjects SubjectRepo
	Attempts AttemptRepo
	Verifier Verifier
	Sealer   Sealer
	Sessions *Sessions
	Auditor  Auditor
	IDs      *model.IDs
	Clock    model.Clock
	// BindBackoff slows failed real-name bindings of one account or one number down; zero =
	// defaults.
	BindBackoff Backoff
	// Quality gives the rules by which the quality figures are counted on a day; nil = nobody
	// counts.
	Quality func(day model.Date) Counter
}

// sealOpenID is the purpose of the sealed openid in a login document.
const sealOpenID = "openid"

// SignIn signs a mini-program user in; the first time it makes the account.
// Errors: those of the code exchange, CodeForbidden for a suspended account.
func (c *Citizens) SignIn(ctx context.Context, code string, from Caller) (Grant, error) {
	openID, err := c.OpenID(ctx, code)
	if err != nil {
		return Grant{}, refuse(ctx, c.Auditor, event(c.Clock, model.Principal{}, "auth.sign_in", "", "", from), err)
	}
	account, err := c.account(ctx, openID, from)
	if err != nil {
		return Grant{}, err
	}
	p := citizenPrincipal(account)
	if account.Suspended {
		return Grant{}, refuse(ctx, c.Auditor, event(c.Clock, p, "auth.sign_in", "", "", from), errSuspended())
	}
	return c.Sessions.start(ctx, p, citizenUser(account), c.Sessions.conf.Citizen, from)
}

// accountTries bounds the rereads after lost races on the same person's documents.
const accountTries = 4

// account finds the openid's account or makes it, once, however many sign in at once.
func (c *Citizens) account(ctx context.Context, openID string, from Caller) (*model.Account, error) {
	indexes := c.Sealer.IndexAll(model.IndexOpenID, openID)
	var err error
	for range accountTries {
		var id string
		if id, err = c.Accounts.FindLogin(ctx, indexes); err == nil {
			return c.Accounts.Account(ctx, id)
		}
		if !model.Is(err, model.CodeNotFound) {
			return nil, err
		}
		var a *model.Account
		if a, err = c.create(ctx, openID, indexes, from); !model.Is(err, model.CodeExists) {
			return a, err
		}
	}
	return nil, model.Wrap(err, model.CodeUnavailable, "登录过于集中，请稍后重试。")
}

// create writes a login under every live index, so that processes that see a key
// rotation at different moments still meet on one of them.
func (c *Citizens) create(ctx context.Context, openID string, indexes []string, from Caller) (*model.Account, error) {
	now := c.Clock.Now()
	a := &model.Account{ID: newID("acct_"), CreatedAt: now}
	logins := make([]model.Login, len(indexes))
	for i, index := range indexes {
		sealed, err := c.Sealer.Seal(sealOpenID, index, []byte(openID))
		if err != nil {
			return nil, err
		}
		logins[i] = model.Login{ID: index, Account: a.ID, OpenID: sealed, CreatedAt: now}
	}
	ev := event(c.Clock, citizenPrincipal(a), "account.create", "created", a.ID, from)
	err := audited(c.Auditor, ev, func(entry model.AuditEntry) error { return c.Accounts.CreateAccount(ctx, a, logins, entry) })
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Resolve fills in the subject of a citizen whose token is older than the binding of
// the real name; other principals come back as they are.
func (c *Citizens) Resolve(ctx context.Context, p model.Principal) (model.Principal, error) {
	if p.Role != model.RoleCitizen || p.Subject != "" {
		return p, nil
	}
	a, err := c.Accounts.Account(ctx, p.ID)
	if err != nil {
		return p, err
	}
	p.Subject = a.Subject
	return p, nil
}

func citizenPrincipal(a *model.Account) model.Principal {
	return model.Principal{ID: a.ID, Role: model.RoleCitizen, Subject: a.Subject}
}

func citizenUser(a *model.Account) User {
	return User{ID: a.ID, Verified: a.Subject != "", Roles: []model.Role{model.RoleCitizen}}
}
