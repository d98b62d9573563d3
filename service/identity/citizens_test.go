package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

func TestFirstSignInMakesOneAccount(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	var mu sync.Mutex
	ids := map[string]bool{}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			g, err := processes[i%2].citizens.SignIn(t.Context(), "u1", here)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[g.User.ID] = true
		})
	}
	wg.Wait()
	require.Len(t, ids, 1)
	g, who := processes[0].signIn(t, "u1")
	require.Equal(t, identity.User{ID: who.ID, Roles: []model.Role{model.RoleCitizen}}, g.User)
	require.Equal(t, model.RoleCitizen, who.Role)
	require.Empty(t, who.Subject)
	_, other := processes[0].signIn(t, "u2")
	require.NotEqual(t, who.ID, other.ID)
}

// A person whom only the binding made known counts among the persons; who is known counts once.
func TestBinding_counts(t *testing.T) {
	p := newProcess(t)
	area := func() (n int64) {
		q := store.NewQuality(p.driver)
		for {
			folded, err := q.Fold(t.Context())
			require.NoError(t, err)
			if folded == 0 {
				break
			}
		}
		page, err := p.driver.Find(t.Context(), "quality_counters", store.Query{Limit: 10})
		require.NoError(t, err)
		return int64(len(page.Docs))
	}
	require.Zero(t, area())
	name, id := person(t, 1)
	_, who := p.signIn(t, "u1")
	_, err := p.citizens.Bind(t.Context(), who, name, id, nil, here)
	require.NoError(t, err)
	require.NotZero(t, area(), "the year's counters of the area")
}

func TestBindingTheRealName(t *testing.T) {
	p := newProcess(t)
	name, id := person(t, 1)
	_, who := p.signIn(t, "u1")

	out, err := p.citizens.Bind(t.Context(), who, " "+name+" ", id, nil, here)
	require.NoError(t, err)
	require.Equal(t, name, out.Name)
	require.True(t, out.User.Verified)

	// The old token still names no subject; Resolve fills it in, a refreshed one has it.
	resolved, err := p.citizens.Resolve(t.Context(), who)
	require.NoError(t, err)
	require.True(t, resolved.Subject.IsPerson())
	g, again := p.signIn(t, "u1")
	require.True(t, g.User.Verified)
	require.Equal(t, resolved.Subject, again.Subject)
	profile, err := p.citizens.Profile(t.Context(), who)
	require.NoError(t, err)
	require.Equal(t, id, profile.IDNo)
	require.Equal(t, name, profile.Name)

	file, err := p.subjects.File(t.Context(), resolved.Subject)
	require.NoError(t, err)
	require.Equal(t, model.KindNaturalPerson, file.Kind)
	require.True(t, file.Adult)

	// Neither this account with another person nor another account with this person.
	name2, id2 := person(t, 2)
	_, err = p.citizens.Bind(t.Context(), who, name2, id2, nil, here)
	requireCode(t, model.CodeIdentityBound, err)
	_, other := p.signIn(t, "u2")
	_, err = p.citizens.Bind(t.Context(), other, name, id, nil, here)
	requireCode(t, model.CodeIdentityBound, err)
	_, err = p.citizens.Bind(t.Context(), other, name2, id2, nil, here)
	require.NoError(t, err)

	require.Equal(t, 2, p.events.count("identity.bind", "bound"))
	require.Equal(t, 2, p.events.count("identity.bind", "identity_already_bound"))
	all := contents(t, p.driver)
	for _, hidden := range []string{name, id.Reveal(), name2, id2.Reveal(), "openid-of-u1"} {
		require.NotContains(t, all, hidden)
	}
}

func TestBindingFindsThePersonThatIsThere(t *testing.T) {
	p := newProcess(t)
	name, id := person(t, 3)
	_, first := p.signIn(t, "u1")
	_, err := p.citizens.Bind(t.Context(), first, name, id, nil, here)
	require.NoError(t, err)
	first, err = p.citizens.Resolve(t.Context(), first)
	require.NoError(t, err)
	found, err := p.subjects.FindPerson(t.Context(), p.vault.IndexAll(model.IndexCitizenID, id.Reveal()))
	require.NoError(t, err)
	require.Equal(t, first.Subject, found)

	// The index key is rotated: the person is still one person.
	_, err = p.vault.RotateNow(t.Context(), "index")
	require.NoError(t, err)
	p.clock.advance(time.Second)
	require.NoError(t, p.vault.Refresh(t.Context()))
	_, second := p.signIn(t, "u2")
	_, err = p.citizens.Bind(t.Context(), second, name, id, nil, here)
	requireCode(t, model.CodeIdentityBound, err)
	_, same := p.signIn(t, "u1")
	require.Equal(t, first.ID, same.ID)
}

func TestBindingRefusals(t *testing.T) {
	p := newProcess(t)
	_, who := p.signIn(t, "u1")
	name, id := person(t, 4)
	child, err := model.ComposeCitizenID("410203", "2008-11-23", 5) // 18 tomorrow
	require.NoError(t, err)
	_, err = p.citizens.Bind(t.Context(), who, name, child, nil, here)
	requireCode(t, model.CodeForbidden, err)
	require.Contains(t, err.Error(), "窗口")
	require.Zero(t, p.verifier.asked.Load(), "a child's number went to the authority")

	for _, bad := range []string{"", "王", strings.Repeat("王", 51)} {
		_, err = p.citizens.Bind(t.Context(), who, bad, id, nil, here)
		requireCode(t, model.CodeInvalidRequest, err)
	}
	stranger, err := model.ComposeCitizenID("410203", "1900-05-05", 77)
	require.NoError(t, err)
	_, mismatch := p.citizens.Bind(t.Context(), who, "别的人", id, nil, here)
	_, unknown := p.citizens.Bind(t.Context(), who, name, stranger, nil, here)
	requireCode(t, model.CodeIdentityMismatch, mismatch)
	require.Equal(t, mismatch.Error(), unknown.Error(), "the answer tells whether the number exists")
	for _, err := range []error{mismatch, unknown} {
		text := fmt.Sprintf("%v %+v %#v", err, err, err)
		require.NotContains(t, text, id.Reveal())
		require.NotContains(t, text, "别的人")
	}
}

func TestBindingIsSlowedDown(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	name, id := person(t, 6)
	_, who := one.signIn(t, "u1")

	one.verifier.down.Store(true)
	for range 20 { // outages do not count
		_, err := one.citizens.Bind(t.Context(), who, name, id, nil, here)
		requireCode(t, model.CodeUpstream, err)
	}
	one.verifier.down.Store(false)
	for i := range 5 {
		_, err := []*process{one, two}[i%2].citizens.Bind(t.Context(), who, "别的人", id, nil, here)
		requireCode(t, model.CodeIdentityMismatch, err)
	}
	asked := one.verifier.asked.Load() + two.verifier.asked.Load()
	for _, p := range []*process{one, two} {
		_, err := p.citizens.Bind(t.Context(), who, name, id, nil, here)
		requireCode(t, model.CodeLockedOut, err)
		var e *model.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, 10*time.Minute, e.RetryAfter)
	}
	require.Equal(t, asked, one.verifier.asked.Load()+two.verifier.asked.Load(), "a locked account still asks the authority")
	s.clock.advance(10 * time.Minute)
	_, err := two.citizens.Bind(t.Context(), who, "别的人", id, nil, here)
	requireCode(t, model.CodeIdentityMismatch, err)
	s.clock.advance(19 * time.Minute)
	_, err = two.citizens.Bind(t.Context(), who, name, id, nil, here)
	requireCode(t, model.CodeLockedOut, err)
	s.clock.advance(time.Minute)
	_, err = one.citizens.Bind(t.Context(), who, name, id, nil, here)
	require.NoError(t, err)
}

// Many accounts have no more tries at a number than one: nobody finds its name that way.
func TestBindingIsSlowedDownByNumber(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	name, id := person(t, 13)
	_, other := person(t, 14)
	stranger, err := model.ComposeCitizenID("410203", "1900-05-05", 79)
	require.NoError(t, err)
	for _, guessed := range []model.CitizenID{id, stranger} { // alike, or the lock tells which exists
		for i := range 10 {
			p := processes[i%2]
			_, who := p.signIn(t, fmt.Sprint("u", i))
			_, err := p.citizens.Bind(t.Context(), who, "别的人", guessed, nil, here)
			requireCode(t, model.CodeIdentityMismatch, err)
		}
		_, who := processes[0].signIn(t, "fresh")
		for range 6 { // which costs the account nothing
			_, err := processes[0].citizens.Bind(t.Context(), who, name, guessed, nil, here)
			requireCode(t, model.CodeLockedOut, err)
		}
	}
	require.NotContains(t, contents(t, s.driver), id.Reveal())
	_, who := processes[1].signIn(t, "fresh")
	_, err = processes[1].citizens.Bind(t.Context(), who, "别的人", other, nil, here)
	requireCode(t, model.CodeIdentityMismatch, err)
	s.clock.advance(10 * time.Minute)
	_, err = processes[1].citizens.Bind(t.Context(), who, name, id, nil, here)
	require.NoError(t, err)
}

func TestOnePersonOneAccountUnderRaces(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	name, id := person(t, 7)
	callers := make([]model.Principal, 8)
	for i := range callers {
		_, callers[i] = processes[i%2].signIn(t, fmt.Sprint("u", i))
	}
	errs := make([]error, len(callers))
	var wg sync.WaitGroup
	for i, who := range callers {
		wg.Go(func() { _, errs[i] = processes[i%2].citizens.Bind(t.Context(), who, name, id, nil, here) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			requireCode(t, model.CodeIdentityBound, err)
		}
	}
	require.Equal(t, 1, won)
	page, err := s.driver.Find(t.Context(), "account_persons", queryAll)
	require.NoError(t, err)
	require.Len(t, page.Docs, 1)
	page, err = s.driver.Find(t.Context(), "subjects", queryAll)
	require.NoError(t, err)
	require.Len(t, page.Docs, 1, "a losing race left a subject behind")
}

func TestStoredAnswerComesWithTheBinding(t *testing.T) {
	p := newProcess(t)
	name, id := person(t, 8)
	_, who := p.signIn(t, "u1")
	receipt := func(out identity.Profile) (*model.IdempotencyRecord, error) {
		return &model.IdempotencyRecord{ID: "key-1", Status: 200, ExpiresAt: p.clock.Now().Add(time.Hour)}, nil
	}
	_, err := p.citizens.Bind(t.Context(), who, name, id, receipt, here)
	require.NoError(t, err)
	_, err = p.driver.Get(t.Context(), "idempotency", "key-1")
	require.NoError(t, err)

	name2, id2 := person(t, 9)
	_, other := p.signIn(t, "u2")
	_, err = p.citizens.Bind(t.Context(), other, name2, id2, receipt, here) // the key is taken
	requireCode(t, model.CodeExists, err)
	_, err = p.subjects.FindPerson(t.Context(), p.vault.IndexAll(model.IndexCitizenID, id2.Reveal()))
	requireCode(t, model.CodeNotFound, err)
}

func TestEnterprises(t *testing.T) {
	p := newProcess(t)
	name, id := person(t, 10)
	_, otherID := person(t, 11)
	index := p.vault.Index(model.IndexCitizenID, id.Reveal())
	p.newOrg(t, "91410200MA00000001", index)
	p.newOrg(t, "91410200MA00000002", p.vault.Index(model.IndexCitizenID, otherID.Reveal()))
	p.newOrg(t, "91410200MA00000003", "")
	p.newOrg(t, "91410200MA00000000", index)
	_, who := p.signIn(t, "u1")

	_, err := p.citizens.BindEnterprise(t.Context(), who, "91410200MA00000001", nil, here)
	requireCode(t, model.CodeNotVerified, err)
	_, err = p.citizens.Bind(t.Context(), who, name, id, nil, here)
	require.NoError(t, err)

	for uscc, want := range map[string]model.Code{"91410200MA00000002": model.CodeNotLegalRep, "91410200MA00000003": model.CodeNotLegalRep,
		"91410200MA00000009": model.CodeNotFound} {
		_, err := p.citizens.BindEnterprise(t.Context(), who, uscc, nil, here)
		requireCode(t, want, err)
	}
	resolved, err := p.citizens.Resolve(t.Context(), who)
	require.NoError(t, err)
	_, err = p.citizens.BindEnterprise(t.Context(), who, string(resolved.Subject), nil, here)
	requireCode(t, model.CodeNotFound, err)

	bound, err := p.citizens.BindEnterprise(t.Context(), who, "91410200MA00000001", nil, here)
	require.NoError(t, err)
	require.Equal(t, "legal_representative", bound.As)
	p.clock.advance(time.Hour)
	again, err := p.citizens.BindEnterprise(t.Context(), who, "91410200MA00000001", nil, here)
	require.NoError(t, err)
	require.True(t, bound.BoundAt.Equal(again.BoundAt))

	// Still found after the index key changed.
	_, err = p.vault.RotateNow(t.Context(), "index")
	require.NoError(t, err)
	p.clock.advance(time.Second)
	require.NoError(t, p.vault.Refresh(t.Context()))
	_, err = p.citizens.BindEnterprise(t.Context(), who, "91410200MA00000000", nil, here)
	require.NoError(t, err)

	list, err := p.citizens.Enterprises(t.Context(), who)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "91410200MA00000000", list[0].USCC)
	require.Equal(t, "开封润达91410200MA00000001", list[1].Name)
	require.Equal(t, 3, p.events.count("enterprise.bind", "bound"))
	require.Equal(t, 2, p.events.count("enterprise.bind", "not_legal_representative"))
}

func TestSuspendedAccountsAreOut(t *testing.T) {
	p := newProcess(t)
	g, who := p.signIn(t, "u1")
	a, err := p.accounts.Account(t.Context(), who.ID)
	require.NoError(t, err)
	a.Suspended = true
	entry, err := p.events.Begin(model.AuditEvent{Action: "account.suspend", Outcome: "done"})
	require.NoError(t, err)
	err = p.accounts.SaveAccount(t.Context(), a, entry, nil)
	p.events.End(entry, err)
	require.NoError(t, err)

	_, err = p.citizens.SignIn(t.Context(), "u1", here)
	requireCode(t, model.CodeForbidden, err)
	_, err = p.sessions.Refresh(t.Context(), g.RefreshToken, here)
	requireCode(t, model.CodeForbidden, err)
	_, err = p.citizens.Profile(t.Context(), who)
	requireCode(t, model.CodeForbidden, err)
	require.NoError(t, p.revoked.Revoke(t.Context(), who.ID, time.Time{}))
	_, err = p.tokens.Authenticate(g.AccessToken)
	requireCode(t, model.CodeUnauthenticated, err)
	require.NoError(t, p.revoked.Restore(t.Context(), who.ID))
	_, err = p.tokens.Authenticate(g.AccessToken)
	require.NoError(t, err)
}

// No durable audit entry, no sign-in and no binding.
func TestNothingHappensUnlogged(t *testing.T) {
	p := newProcess(t)
	_, who := p.signIn(t, "u1")
	name, id := person(t, 12)
	p.events.broken.Store(true)
	_, err := p.citizens.SignIn(t.Context(), "u1", here)
	requireCode(t, model.CodeAuditUnavailable, err)
	_, err = p.citizens.SignIn(t.Context(), "u-new", here)
	requireCode(t, model.CodeAuditUnavailable, err)
	_, err = p.citizens.Bind(t.Context(), who, name, id, nil, here)
	requireCode(t, model.CodeAuditUnavailable, err)
	_, err = p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: "nobody", Password: "x"}, here)
	requireCode(t, model.CodeAuditUnavailable, err)
	p.events.broken.Store(false)
	profile, err := p.citizens.Profile(t.Context(), who)
	require.NoError(t, err)
	require.False(t, profile.User.Verified)
}
