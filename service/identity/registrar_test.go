package identity_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/identity"
)

var ops = model.Principal{ID: "ops1", Role: model.RoleSecurityAdmin, UnitName: "运维"}

func (p *process) registrar() *identity.Registrar {
	return &identity.Registrar{Repo: p.signins, Accounts: p.accounts, Sealer: p.vault, Revoked: p.revoked, Auditor: p.events, IDs: p.ids, Clock: p.clock}
}

func (p *process) signInStaff(t *testing.T, username string) identity.Grant {
	t.Helper()
	g, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password}, here)
	require.NoError(t, err)
	return g
}

// out wants that neither token of g is good, on a process that just polled.
func (p *process) out(t *testing.T, g identity.Grant) {
	t.Helper()
	require.NoError(t, p.control.Sync(t.Context()))
	_, err := p.tokens.Authenticate(g.AccessToken)
	requireCode(t, model.CodeUnauthenticated, err)
	if g.RefreshToken != "" {
		_, err = p.sessions.Refresh(t.Context(), g.RefreshToken, here)
		requireCode(t, model.CodeInvalidCredentials, err)
	}
}

// Who is suspended is out on every process at once, and what was signed in stays out.
func TestSuspendedStaff(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	username, _ := one.hire(t, model.RoleClerk)
	desk := one.registrar()
	first, second := one.signInStaff(t, username), two.signInStaff(t, username)

	n, err := desk.SuspendStaff(t.Context(), ops, " U.Clerk ")
	require.NoError(t, err)
	require.Equal(t, 2, n)
	for _, p := range []*process{one, two} {
		p.out(t, first)
		p.out(t, second)
		requireCode(t, model.CodeForbidden, p.staffSignIn(t, username, password, ""))
	}
	n, err = desk.SuspendStaff(t.Context(), ops, username)
	require.NoError(t, err, "it may be repeated")
	require.Zero(t, n)

	require.NoError(t, desk.RestoreStaff(t.Context(), ops, username))
	require.NoError(t, two.control.Sync(t.Context()))
	again := two.signInStaff(t, username)
	two.proves(t, again)
	one.out(t, first)
	two.out(t, second)
	require.NoError(t, desk.RestoreStaff(t.Context(), ops, username))
	two.proves(t, again)

	_, err = desk.SuspendStaff(t.Context(), ops, "nobody")
	requireCode(t, model.CodeNotFound, err)
	require.Equal(t, 2, one.events.count("staff.suspend", "suspended"))
	require.Equal(t, 2, one.events.count("staff.restore", "restored"))
	require.Equal(t, 2, one.events.count("session.end", "revoked"))
	one.events.broken.Store(true)
	_, err = desk.SuspendStaff(t.Context(), ops, username)
	requireCode(t, model.CodeAuditUnavailable, err)
	two.proves(t, again)
}

func TestResetStaff(t *testing.T) {
	p := newProcess(t)
	username, old := p.hire(t, model.RoleAuditor)
	desk := p.registrar()
	g, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password, OTP: p.code(t, old)}, here)
	require.NoError(t, err)
	for range 5 {
		requireCode(t, model.CodeInvalidCredentials, p.staffSignIn(t, username, "wrong", ""))
	}
	made, err := desk.ResetStaff(t.Context(), ops, username)
	require.NoError(t, err)
	p.out(t, g)
	require.NotContains(t, contents(t, p.driver), made.Password)
	require.NotContains(t, contents(t, p.driver), made.TOTPSecret)
	p.clock.advance(time.Minute)
	requireCode(t, model.CodeInvalidCredentials, p.staffSignIn(t, username, password, p.code(t, made.TOTPSecret)))
	requireCode(t, model.CodeInvalidCredentials, p.staffSignIn(t, username, made.Password, p.code(t, old)))
	require.NoError(t, p.staffSignIn(t, username, made.Password, p.code(t, made.TOTPSecret)))

	// A reset lifts no suspension.
	_, err = desk.SuspendStaff(t.Context(), ops, username)
	require.NoError(t, err)
	made, err = desk.ResetStaff(t.Context(), ops, username)
	require.NoError(t, err)
	p.clock.advance(time.Minute)
	requireCode(t, model.CodeForbidden, p.staffSignIn(t, username, made.Password, p.code(t, made.TOTPSecret)))
}

func TestUnlockStaff(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleOffice)
	for range 5 {
		requireCode(t, model.CodeInvalidCredentials, p.staffSignIn(t, username, "wrong", ""))
	}
	requireCode(t, model.CodeLockedOut, p.staffSignIn(t, username, password, ""))
	// Counters under an earlier index key are found too.
	_, err := p.vault.RotateNow(t.Context(), "index")
	require.NoError(t, err)
	n, err := p.registrar().UnlockStaff(t.Context(), ops, username)
	require.NoError(t, err)
	require.NotZero(t, n)
	require.NoError(t, p.staffSignIn(t, username, password, ""))
	require.Equal(t, 1, p.events.count("staff.unlock", "unlocked"))
}

func TestRevokeSessions(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleClerk)
	desk := p.registrar()
	citizen, who := p.signIn(t, "u1")
	other, _ := p.signIn(t, "u2")
	staff := p.signInStaff(t, username)

	n, err := desk.RevokeSessions(t.Context(), ops, who.ID)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	p.out(t, citizen)
	p.proves(t, other)
	p.proves(t, staff)
	p.signIn(t, "u1")
	_, err = desk.RevokeSessions(t.Context(), ops, username)
	require.NoError(t, err)
	p.out(t, staff)
	p.signInStaff(t, username)
	_, err = desk.RevokeSessions(t.Context(), ops, "acct_nobody")
	requireCode(t, model.CodeNotFound, err)
	require.Equal(t, 2, p.events.count("session.revoke", "revoked"))
}

func TestClientCredentials(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	desk := one.registrar()
	row := model.Client{ID: "bank-1", Role: model.RoleBank, Unit: "91410000000000001X", UnitName: "某银行"}
	secret, err := desk.AddClient(t.Context(), ops, row, identity.ClientKey{})
	require.NoError(t, err)
	require.NotContains(t, contents(t, one.driver), secret)
	g, err := two.token(t, basic("bank-1", secret), grant)
	require.NoError(t, err)
	two.proves(t, g)

	require.NoError(t, desk.SuspendClient(t.Context(), ops, "bank-1"))
	two.out(t, g)
	_, err = two.token(t, basic("bank-1", secret), grant)
	requireOAuth(t, "invalid_client", err)
	next, err := desk.RotateClient(t.Context(), ops, "bank-1", identity.ClientKey{})
	require.NoError(t, err)
	require.NoError(t, desk.RestoreClient(t.Context(), ops, "bank-1"))
	require.NoError(t, two.control.Sync(t.Context()))
	_, err = two.token(t, basic("bank-1", secret), grant)
	requireOAuth(t, "invalid_client", err)
	_, err = two.token(t, basic("bank-1", next), grant)
	require.NoError(t, err)

	pub, _, _ := ed25519.GenerateKey(nil)
	none, err := desk.RotateClient(t.Context(), ops, "bank-1", identity.ClientKey{PublicKeys: []string{edJWK(pub, "k")}})
	require.NoError(t, err)
	require.Empty(t, none)
	_, err = two.token(t, basic("bank-1", next), grant)
	requireOAuth(t, "invalid_client", err)

	_, err = desk.RotateClient(t.Context(), ops, "bank-1", identity.ClientKey{PublicKeys: []string{"{}"}})
	requireCode(t, model.CodeInvalidRequest, err)
	_, err = desk.AddClient(t.Context(), ops, row, identity.ClientKey{})
	requireCode(t, model.CodeExists, err)
	row.ID = "staff_1"
	_, err = desk.AddClient(t.Context(), ops, row, identity.ClientKey{})
	requireCode(t, model.CodeInvalidRequest, err)
	_, err = desk.RotateClient(t.Context(), ops, "nobody", identity.ClientKey{})
	requireCode(t, model.CodeNotFound, err)
	for action, outcome := range map[string]string{"client.create": "bank", "client.suspend": "suspended", "client.restore": "restored"} {
		require.Equal(t, 1, one.events.count(action, outcome), action)
	}
	require.Equal(t, 2, one.events.count("client.rotate", "rotated"))
}
