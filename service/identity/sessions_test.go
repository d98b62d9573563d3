package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/identity"
	"xinyi/store"
)

func TestRefreshRotates(t *testing.T) {
	p := newProcess(t)
	g, who := p.signIn(t, "u1")
	p.clock.advance(20 * time.Minute)
	_, err := p.tokens.Authenticate(g.AccessToken)
	requireCode(t, model.CodeTokenExpired, err)
	next, err := p.sessions.Refresh(t.Context(), g.RefreshToken, here)
	require.NoError(t, err)
	require.NotEqual(t, g.RefreshToken, next.RefreshToken)
	require.Equal(t, 15*time.Minute, next.ExpiresIn)
	again := p.proves(t, next)
	require.Equal(t, who.Session, again.Session)
	require.NotEqual(t, who.TokenID, again.TokenID)

	all := contents(t, p.driver)
	require.NotContains(t, all, strings.TrimPrefix(next.RefreshToken, "xyr_"))
}

func TestReuseRevokesTheFamilyEverywhere(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	g, _ := one.signIn(t, "u1")
	other, _ := one.signIn(t, "u1")
	next, err := two.sessions.Refresh(t.Context(), g.RefreshToken, here)
	require.NoError(t, err)
	two.proves(t, next)

	_, err = one.sessions.Refresh(t.Context(), g.RefreshToken, here)
	requireCode(t, model.CodeInvalidCredentials, err)
	require.Equal(t, 1, one.events.count("auth.refresh", "reused"))
	_, err = two.sessions.Refresh(t.Context(), next.RefreshToken, here)
	requireCode(t, model.CodeInvalidCredentials, err)
	require.NoError(t, two.control.Sync(t.Context())) // the poll
	for _, p := range []*process{one, two} {
		for _, token := range []string{g.AccessToken, next.AccessToken} {
			_, err = p.tokens.Authenticate(token)
			requireCode(t, model.CodeUnauthenticated, err)
		}
		p.proves(t, other) // another sign-in of the same person lives on
	}
}

func TestConcurrentRefreshHasOneWinner(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	for round := range 5 {
		g, who := processes[0].signIn(t, fmt.Sprint("u", round))
		var wins int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				next, err := processes[i%2].sessions.Refresh(t.Context(), g.RefreshToken, here)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					wins++
					if next.RefreshToken == g.RefreshToken {
						t.Error("not rotated")
					}
				} else if !model.Is(err, model.CodeInvalidCredentials) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, wins)
		session, err := processes[0].signins.Session(t.Context(), who.Session)
		require.NoError(t, err)
		require.False(t, session.RevokedAt.IsZero(), "a token was used eight times and the family lives")
	}
}

func TestLogout(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	g, who := one.signIn(t, "u1")
	two.proves(t, g)
	require.NoError(t, one.sessions.Logout(t.Context(), who, here))
	_, err := one.tokens.Authenticate(g.AccessToken)
	requireCode(t, model.CodeUnauthenticated, err)
	_, err = two.sessions.Refresh(t.Context(), g.RefreshToken, here)
	requireCode(t, model.CodeInvalidCredentials, err)
	require.NoError(t, two.control.Sync(t.Context()))
	_, err = two.tokens.Authenticate(g.AccessToken)
	requireCode(t, model.CodeUnauthenticated, err)
	require.NoError(t, one.sessions.Logout(t.Context(), who, here), "logging out twice")
	require.Equal(t, 1, one.events.count("auth.logout", "revoked"))
}

func TestForeignRefreshTokens(t *testing.T) {
	p := newProcess(t)
	g, who := p.signIn(t, "u1")
	body := strings.TrimPrefix(g.RefreshToken, "xyr_")
	for _, token := range []string{"", "xyr_", body, "xyr_" + body + "A", "xyr_" + body[:63], "xyr_" + strings.Repeat("!", 64), "xyr_" + strings.Repeat("A", 64),
		strings.Repeat("A", 1<<20), who.Session, g.AccessToken, strings.ToUpper(g.RefreshToken), g.RefreshToken + "\n", "xyr_" + body[:63] + "\n"} {
		_, err := p.sessions.Refresh(t.Context(), token, here)
		requireCode(t, model.CodeInvalidCredentials, err)
		require.NotContains(t, fmt.Sprintf("%+v", err), body)
	}
	// None of these came from the family, so it lives: an access token gives nobody the
	// power to end a session by refreshing.
	_, err := p.sessions.Refresh(t.Context(), g.RefreshToken, here)
	require.NoError(t, err)
	// One that has the family's secret but not the current token did.
	g, _ = p.signIn(t, "u1")
	body = strings.TrimPrefix(g.RefreshToken, "xyr_")
	_, err = p.sessions.Refresh(t.Context(), "xyr_"+body[:40]+strings.Repeat("A", 24), here)
	requireCode(t, model.CodeInvalidCredentials, err)
	_, err = p.sessions.Refresh(t.Context(), g.RefreshToken, here)
	requireCode(t, model.CodeInvalidCredentials, err)
}

func TestSweepRemovesWhatEnded(t *testing.T) {
	p := newProcess(t)
	p.signIn(t, "u1")
	_, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: "x", Password: "y"}, here)
	requireCode(t, model.CodeInvalidCredentials, err)
	require.NoError(t, p.signins.ClaimOnce(t.Context(), "jti/x", p.clock.Now().Add(time.Minute)))
	n, err := p.signins.Sweep(t.Context(), p.clock.Now(), 100)
	require.NoError(t, err)
	require.Zero(t, n)
	p.clock.advance(31 * 24 * time.Hour)
	n, err = p.signins.Sweep(t.Context(), p.clock.Now(), 100)
	require.NoError(t, err)
	require.Equal(t, 5, n) // session, three counters, claim
}

// The refresh family as a state machine: after any history, exactly the newest token of
// a family that was never reused, logged out or outlived is good, and an access token
// is good exactly while it is young and its family lives.
func TestRefreshFamilies(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	users := 0
	rapid.Check(t, func(rt *rapid.T) {
		type family struct {
			tokens []string // oldest first
			access []identity.Grant
			issued []time.Time
			who    model.Principal
			dead   bool
			ends   time.Time
		}
		var families []*family
		any := func() *process { return processes[rapid.IntRange(0, 1).Draw(rt, "process")] }
		pick := func() *family {
			if len(families) == 0 {
				rt.Skip()
			}
			return families[rapid.IntRange(0, len(families)-1).Draw(rt, "family")]
		}
		took := func(f *family, g identity.Grant) {
			f.tokens, f.access, f.issued = append(f.tokens, g.RefreshToken), append(f.access, g), append(f.issued, s.clock.Now())
		}
		rt.Repeat(map[string]func(*rapid.T){
			"sign in": func(*rapid.T) {
				users++
				g, who := any().signIn(t, fmt.Sprint("user-", users))
				f := &family{who: who, ends: s.clock.Now().Add(30 * 24 * time.Hour)}
				took(f, g)
				families = append(families, f)
			},
			"refresh newest": func(rt *rapid.T) {
				f := pick()
				g, err := any().sessions.Refresh(t.Context(), f.tokens[len(f.tokens)-1], here)
				if good := !f.dead && s.clock.Now().Before(f.ends); good != (err == nil) {
					rt.Fatalf("dead %v: %v", f.dead, err)
				}
				if err == nil {
					took(f, g)
				}
			},
			"refresh old": func(rt *rapid.T) {
				f := pick()
				if len(f.tokens) < 2 {
					rt.Skip()
				}
				_, err := any().sessions.Refresh(t.Context(), f.tokens[rapid.IntRange(0, len(f.tokens)-2).Draw(rt, "old")], here)
				if err == nil {
					rt.Fatal("an old token was good")
				}
				f.dead = true
			},
			"log out": func(rt *rapid.T) {
				f := pick()
				if err := any().sessions.Logout(t.Context(), f.who, here); err != nil {
					rt.Fatal(err)
				}
				f.dead = true
			},
			"time": func(rt *rapid.T) {
				s.clock.advance(time.Duration(rapid.IntRange(1, 20*60).Draw(rt, "seconds")) * time.Second)
			},
			"": func(rt *rapid.T) {
				for _, p := range processes {
					if err := p.control.Sync(t.Context()); err != nil {
						rt.Fatal(err)
					}
					for _, f := range families {
						for i, g := range f.access {
							_, err := p.tokens.Authenticate(g.AccessToken)
							// exp has whole seconds
							young := s.clock.Now().Before(f.issued[i].Add(15 * time.Minute).Truncate(time.Second))
							if good := young && !f.dead; good != (err == nil) {
								rt.Fatalf("young %v, dead %v: %v", young, f.dead, err)
							}
						}
					}
				}
			},
		})
	})
}

func TestRevocationsConverge(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	var wg sync.WaitGroup
	for i, p := range []*process{one, two, one, two} {
		wg.Go(func() {
			if err := p.revoked.Revoke(t.Context(), "sess_x", s.clock.Now().Add(time.Duration(i+1)*time.Minute)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, p := range []*process{one, two} {
		require.NoError(t, p.control.Sync(t.Context()))
		require.True(t, p.revoked.Revoked("sess_x"))
		doc, err := p.control.Get("revoked", "sess_x")
		require.NoError(t, err)
		require.True(t, doc.ExpiresAt.Equal(s.clock.Now().Add(4*time.Minute).Truncate(time.Millisecond)), "the latest end wins")
	}
	require.NoError(t, two.revoked.Restore(t.Context(), "sess_x"))
	require.NoError(t, one.control.Sync(t.Context()))
	require.False(t, one.revoked.Revoked("sess_x"))
	require.NoError(t, one.revoked.Restore(t.Context(), "never"))
	var _ identity.Revocations = (*store.Revocations)(nil)
}
