package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/identity"
)

const password = "correct horse battery staple"

// hire makes a member of staff; the TOTP secret is "" unless the role needs one.
func (p *process) hire(t testing.TB, role model.Role) (username, secret string) {
	t.Helper()
	st := &model.Staff{ID: "staff_" + string(role), Username: "U." + string(role), PasswordHash: identity.HashPassword(fastHash, password),
		Role: role, Unit: "11410200MB0000001X", UnitName: "开封市信用办"}
	st.Username = identity.NormalUsername(st.Username)
	if identity.NeedsTOTP(role) {
		secret = identity.NewTOTPSecret()
		var err error
		st.TOTPSecret, err = p.vault.Seal(model.SealTOTP, st.ID, []byte(secret))
		require.NoError(t, err)
	}
	require.NoError(t, p.signins.CreateStaff(t.Context(), st))
	return st.Username, secret
}

func (p *process) code(t testing.TB, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, p.clock.Now())
	require.NoError(t, err)
	return c
}

func (p *process) staffSignIn(t testing.TB, username, password, otp string) error {
	t.Helper()
	_, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password, OTP: otp}, here)
	return err
}

func TestStaffSignIn(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleOffice)
	for _, typed := range []string{username, " U.Office ", strings.ToUpper(username)} {
		g, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: typed, Password: password}, here)
		require.NoError(t, err)
		who := p.proves(t, g)
		require.Equal(t, model.RoleOffice, who.Role)
		require.Equal(t, "开封市信用办", who.UnitName)
		next, err := p.sessions.Refresh(t.Context(), g.RefreshToken, here)
		require.NoError(t, err)
		require.Equal(t, who.Session, p.proves(t, next).Session)
	}
	require.Equal(t, 3, p.events.count("auth.sign_in", "signed_in"))

	wrong := p.staffSignIn(t, username, "wrong", "")
	unknown := p.staffSignIn(t, "nobody", password, "")
	long := p.staffSignIn(t, username, strings.Repeat("x", 1<<20), "")
	empty := p.staffSignIn(t, "", "", "")
	for _, err := range []error{wrong, unknown, long, empty} {
		requireCode(t, model.CodeInvalidCredentials, err)
		require.Equal(t, wrong, err, "the answer tells names from passwords")
	}
	// What was typed is nowhere: a user name field may hold a password.
	require.NotContains(t, contents(t, p.driver), "nobody")
	require.NotContains(t, contents(t, p.driver), here.Address)

	st, err := p.signins.StaffByName(t.Context(), username)
	require.NoError(t, err)
	st.Suspended = true
	require.NoError(t, p.signins.SaveStaff(t.Context(), st))
	requireCode(t, model.CodeForbidden, p.staffSignIn(t, username, password, ""))
}

func TestStaffNamesAreUnique(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleClerk)
	err := p.signins.CreateStaff(t.Context(), &model.Staff{ID: "staff_other", Username: username, Role: model.RoleClerk})
	requireCode(t, model.CodeExists, err)
	_, err = p.signins.Staff(t.Context(), "staff_other")
	requireCode(t, model.CodeNotFound, err)
}

func TestSecondFactor(t *testing.T) {
	s := newShared(t)
	one, two := s.process(t, "one"), s.process(t, "two")
	for _, role := range []model.Role{model.RoleAuditor, model.RoleSecurityAdmin} {
		username, secret := one.hire(t, role)
		code := one.code(t, secret)

		err := one.staffSignIn(t, username, password, "")
		requireCode(t, model.CodeInvalidCredentials, err)
		require.Contains(t, fmt.Sprintf("%+v", err.(*model.Error).Fields), "/otp")
		requireCode(t, model.CodeInvalidCredentials, one.staffSignIn(t, username, "wrong", code))
		for _, bad := range []string{"000000x", "12345", "abcdef", code + "0"} {
			require.NotEqual(t, code, bad)
		}
		require.NoError(t, one.staffSignIn(t, username, password, code))
		requireCode(t, model.CodeInvalidCredentials, two.staffSignIn(t, username, password, code)) // the same step on another process
		s.clock.advance(30 * time.Second)
		requireCode(t, model.CodeInvalidCredentials, two.staffSignIn(t, username, password, code)) // and still within the skew
		require.NoError(t, two.staffSignIn(t, username, password, two.code(t, secret)))

		stale := one.code(t, secret)
		s.clock.advance(90 * time.Second)
		requireCode(t, model.CodeInvalidCredentials, one.staffSignIn(t, username, password, stale))
		require.NoError(t, one.staffSignIn(t, username, password, one.code(t, secret)))
		s.clock.advance(time.Minute)
	}
	st := &model.Staff{ID: "staff_bare", Username: "bare", PasswordHash: identity.HashPassword(fastHash, password), Role: model.RoleAuditor}
	require.NoError(t, one.signins.CreateStaff(t.Context(), st))
	requireCode(t, model.CodeForbidden, one.staffSignIn(t, "bare", password, "123456"))
}

func TestLockOutHoldsAcrossProcesses(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	username, _ := processes[0].hire(t, model.RoleDepartment)
	for _, name := range []string{username, "no-such-user"} { // alike, or the lock tells who exists
		for i := range 5 {
			requireCode(t, model.CodeInvalidCredentials, processes[i%2].staffSignIn(t, name, "wrong", ""))
		}
		for wait := time.Minute; wait <= 4*time.Minute; wait *= 2 {
			for _, p := range processes {
				err := p.staffSignIn(t, name, password, "")
				requireCode(t, model.CodeLockedOut, err)
				require.Equal(t, wait, err.(*model.Error).RetryAfter)
			}
			s.clock.advance(wait)
			requireCode(t, model.CodeInvalidCredentials, processes[0].staffSignIn(t, name, "wrong", ""))
		}
	}
	s.clock.advance(8 * time.Minute)
	require.NoError(t, processes[1].staffSignIn(t, username, password, ""))
	requireCode(t, model.CodeInvalidCredentials, processes[0].staffSignIn(t, username, "wrong", "")) // counting starts over
	require.NoError(t, processes[0].staffSignIn(t, username, password, ""))
}

func TestAddressesAreSlowedDownToo(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleClerk)
	from := func(address string) identity.Caller { return identity.Caller{Address: address} }
	for i := range 50 { // one guess at each of many names, from one household
		_, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: fmt.Sprint("name-", i), Password: "x"}, from(fmt.Sprintf("2001:db8::%x", i+1)))
		requireCode(t, model.CodeInvalidCredentials, err)
	}
	_, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password}, from("2001:db8::ffff"))
	requireCode(t, model.CodeLockedOut, err)
	_, err = p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password}, from("2001:db8:0:1::1"))
	require.NoError(t, err)
}

func (p *process) signInFrom(t *testing.T, username, password, address string) error {
	t.Helper()
	_, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password}, identity.Caller{Address: address})
	return err
}

// Guesses from one place lock the name there, and from many places everywhere but where it
// signed in of late: nobody keeps somebody out of their own office.
func TestGuessersLockNobodyElseOut(t *testing.T) {
	s := newShared(t)
	p, two := s.process(t, "one"), s.process(t, "two")
	username, _ := p.hire(t, model.RoleOffice)
	require.NoError(t, p.signInFrom(t, username, password, "198.51.100.1"))
	for range 5 {
		requireCode(t, model.CodeInvalidCredentials, p.signInFrom(t, username, "wrong", "203.0.113.1"))
	}
	requireCode(t, model.CodeLockedOut, two.signInFrom(t, username, password, "203.0.113.1"))
	require.NoError(t, p.signInFrom(t, username, password, "198.51.100.2"), "another address")

	for i := range 100 {
		requireCode(t, model.CodeInvalidCredentials, p.signInFrom(t, username, "wrong", fmt.Sprint("203.0.113.", 2+i/2)))
	}
	for range 2 {
		requireCode(t, model.CodeLockedOut, two.signInFrom(t, username, password, "203.0.113.200"))
		require.NoError(t, two.signInFrom(t, username, password, "198.51.100.1"), "where it signed in of late")
	}
	for range 5 { // that place has no more tries than another
		requireCode(t, model.CodeInvalidCredentials, p.signInFrom(t, username, "wrong", "198.51.100.1"))
	}
	requireCode(t, model.CodeLockedOut, p.signInFrom(t, username, password, "198.51.100.1"))

	s.clock.advance(31 * 24 * time.Hour)
	for i := range 100 {
		requireCode(t, model.CodeInvalidCredentials, p.signInFrom(t, username, "wrong", fmt.Sprint("203.0.113.", 2+i/2)))
	}
	requireCode(t, model.CodeLockedOut, p.signInFrom(t, username, password, "198.51.100.1"))
	_, err := p.registrar().UnlockStaff(t.Context(), ops, username)
	require.NoError(t, err)
	require.NoError(t, two.signInFrom(t, username, password, "203.0.113.200"))
}

// The machine's own tools have a counter that nobody outside reaches.
func TestLocalFailuresAreCountedApart(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleOffice)
	local := func(password string) error {
		_, err := p.staff.Confirm(t.Context(), identity.StaffSignIn{Username: username, Password: password}, identity.Caller{Local: true})
		return err
	}
	for i := range 100 {
		requireCode(t, model.CodeInvalidCredentials, p.signInFrom(t, username, "wrong", fmt.Sprint("203.0.113.", 2+i/2)))
	}
	for i := range 50 {
		requireCode(t, model.CodeInvalidCredentials, p.signInFrom(t, fmt.Sprint("name-", i), "wrong", ""))
	}
	requireCode(t, model.CodeLockedOut, p.signInFrom(t, username, password, ""))
	require.NoError(t, local(password))
	for range 5 {
		requireCode(t, model.CodeInvalidCredentials, local("wrong"))
	}
	requireCode(t, model.CodeLockedOut, local(password))
	_, err := p.registrar().UnlockStaff(t.Context(), ops, username)
	require.NoError(t, err)
	require.NoError(t, local(password))
}

// However many guesses run at once, no more than the free ones are looked at.
func TestParallelGuessesGainNothing(t *testing.T) {
	s := newShared(t)
	processes := []*process{s.process(t, "one"), s.process(t, "two")}
	username, _ := processes[0].hire(t, model.RoleOffice)
	var mu sync.Mutex
	got := map[model.Code]int{}
	var wg sync.WaitGroup
	for i := range 256 {
		wg.Go(func() {
			_, err := processes[i%2].staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: fmt.Sprint("guess ", i)}, here)
			mu.Lock()
			defer mu.Unlock()
			got[model.CodeOf(err)]++
		})
	}
	wg.Wait()
	require.Equal(t, map[model.Code]int{model.CodeInvalidCredentials: 5, model.CodeLockedOut: 251}, got)
}

// Nor do guesses at many names at once: no more are looked at than the free ones and those
// in the other slots by then.
func TestParallelGuessesAtManyNames(t *testing.T) {
	p := newProcess(t)
	const free, slots = 8, 2
	conf := identity.StaffConfig{Password: fastHash, ByAddress: identity.Backoff{Free: free, First: time.Minute, Most: time.Hour, Forget: time.Hour}}
	conf.Password.Parallel = slots
	desk := identity.NewStaff(conf, p.signins, p.signins, p.signins, p.vault, p.sessions, p.events, p.clock)
	var mu sync.Mutex
	got := map[model.Code]int{}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			_, err := desk.SignIn(t.Context(), identity.StaffSignIn{Username: fmt.Sprint("name-", i), Password: "x"}, here)
			mu.Lock()
			defer mu.Unlock()
			got[model.CodeOf(err)]++
		})
	}
	wg.Wait()
	require.GreaterOrEqual(t, got[model.CodeInvalidCredentials], free)
	require.LessOrEqual(t, got[model.CodeInvalidCredentials], free+slots-1)
	require.Equal(t, 200, got[model.CodeInvalidCredentials]+got[model.CodeLockedOut])
}

// 256 people at once do not lock each other out, and the memory is bounded.
func TestParallelSignInsSucceed(t *testing.T) {
	p := newProcess(t)
	username, _ := p.hire(t, model.RoleOffice)
	var wg sync.WaitGroup
	for range 256 {
		wg.Go(func() {
			if _, err := p.staff.SignIn(t.Context(), identity.StaffSignIn{Username: username, Password: password}, here); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
