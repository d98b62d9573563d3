package identity_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/identity"
)

// repeated gives what the summing entries of an action stand for.
func (e *events) repeated(action, outcome string) (refs []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.seen {
		if ev.Action == action && ev.Outcome == outcome && ev.Reason == "repeated" {
			refs = append(refs, ev.Ref)
		}
	}
	return refs
}

// Strangers write two entries a minute, whatever they try; none of their tries is lost, and
// who proved something has an entry of their own.
func TestStrangersDoNotFillTheLog(t *testing.T) {
	p := newProcess(t)
	const action, outcome = "auth.client_token", "invalid_credentials"
	try := func(i int) {
		r, err := identity.ParseTokenRequest(basic(fmt.Sprint("nobody-", i), "xyc_wrong"), grant)
		require.NoError(t, err)
		_, err = p.clients.Token(t.Context(), r, identity.Caller{Address: fmt.Sprint("192.0.2.", i%200)})
		requireOAuth(t, "invalid_client", err)
	}
	for i := range 300 {
		try(i)
	}
	require.Equal(t, 1, p.events.count(action, outcome))
	p.clock.advance(time.Minute)
	try(0)
	require.Equal(t, []string{"299"}, p.events.repeated(action, outcome))
	require.Equal(t, 3, p.events.count(action, outcome))

	// A locked-out stranger neither.
	username, _ := p.hire(t, model.RoleClerk)
	for range 5 {
		requireCode(t, model.CodeInvalidCredentials, p.staffSignIn(t, username, "wrong", ""))
	}
	for range 40 {
		requireCode(t, model.CodeLockedOut, p.staffSignIn(t, username, password, ""))
	}
	require.Equal(t, 5, p.events.count("auth.sign_in", "invalid_credentials"), "each guess at an account is told")
	require.Equal(t, 1, p.events.count("auth.sign_in", "locked_out"))

	// At the end what was counted is written; what the log does not take is kept.
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p.events.broken.Store(true)
	var failed error
	p.refusals.Run(ended, func(err error) { failed = err })
	requireCode(t, model.CodeAuditUnavailable, failed)
	p.events.broken.Store(false)
	p.refusals.Run(ended, func(err error) { t.Error(err) })
	require.Equal(t, []string{"39"}, p.events.repeated("auth.sign_in", "locked_out"))
}

// No stranger is refused unlogged: while the log fails, each asks it anew.
func TestStrangersAreNotRefusedUnlogged(t *testing.T) {
	p := newProcess(t)
	p.events.broken.Store(true)
	for range 3 {
		_, err := p.token(t, basic("nobody", "xyc_wrong"), grant)
		requireCode(t, model.CodeAuditUnavailable, err)
	}
	p.events.broken.Store(false)
	_, err := p.token(t, basic("nobody", "xyc_wrong"), grant)
	requireOAuth(t, "invalid_client", err)
	require.Equal(t, 1, p.events.count("auth.client_token", "invalid_credentials"))
}

// Guessing at clients locks the address for guesses alone.
func TestAddressesAreLockedForGuessesAtClients(t *testing.T) {
	p := newProcess(t)
	secret, hash := identity.NewClientSecret()
	require.NoError(t, p.signins.CreateClient(t.Context(), &model.Client{ID: bank, SecretHash: hash, Role: model.RoleBank}))
	for i := range 50 { // of clients there are and others alike, or the lock tells which there are
		_, err := p.token(t, basic([]string{bank, "nobody"}[i%2], "xyc_wrong"), grant)
		requireOAuth(t, "invalid_client", err)
	}
	for _, id := range []string{bank, "nobody"} {
		_, err := p.token(t, basic(id, "xyc_wrong"), grant)
		requireCode(t, model.CodeLockedOut, err)
	}
	_, err := p.token(t, basic(bank, secret), grant)
	require.NoError(t, err)
	username, _ := p.hire(t, model.RoleClerk)
	require.NoError(t, p.staffSignIn(t, username, password, ""), "people sign in there as before")
}
