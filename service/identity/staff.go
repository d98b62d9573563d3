package identity

import (
	"context"
	"errors"
	"strings"

	"xinyi/model"
)

// StaffConfig says how staff sign in.
type StaffConfig struct {
	Password PasswordConfig
	// What slows guessing down; zero = defaults: failures at a name from one address, at a
	// name from anywhere, and from an address at any name.
	ByPair, ByName, ByAddress Backoff
}

// Staff signs in people who have a user name and a password (政务人员登录).
type Staff struct {
	conf     StaffConfig
	repo     StaffRepo
	once     OnceRepo
	sealer   Sealer
	sessions *Sessions
	auditor  Auditor
	clock    model.Clock
	lockout  lockout
	gate     *gate
	dummy    phc
}

// NewStaff makes the staff desk.
func NewStaff(conf StaffConfig, repo StaffRepo, attempts AttemptRepo, once OnceRepo, sealer Sealer, sessions *Sessions, auditor Auditor, clock model.Clock) *Staff {
	conf.Password = conf.Password.withDefaults()
	conf.ByPair, conf.ByName, conf.ByAddress = conf.ByPair.or(pairBackoff), conf.ByName.or(nameBackoff), conf.ByAddress.or(addressBackoff)
	return &Staff{conf: conf, repo: repo, once: once, sealer: sealer, sessions: sessions, auditor: auditor, clock: clock,
		lockout: lockout{attempts, clock}, gate: newGate(conf.Password), dummy: dummyHash(conf.Password)}
}

// StaffSignIn is what a person types.
type StaffSignIn struct {
	Username string
	Password string
	OTP      string // six digits; "" for roles without second factor
}

// NormalUsername is how user names are stored and compared.
func NormalUsername(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

var (
	errWrongPassword = &model.Error{Code: model.CodeInvalidCredentials, Detail: "用户名、口令或动态口令不正确，请核对后重试。"}
	errOTPMissing    = &model.Error{Code: model.CodeInvalidCredentials, Detail: "该岗位登录还需要动态口令，请填写 otp 后重试。",
		Fields: []model.FieldError{{Pointer: "/otp", Code: "required", Detail: "请填写身份验证器显示的 6 位动态口令。"}}}
)

// The blind indexes of user names and addresses, for the counters only, and the kinds of
// these counters.
const (
	indexUsername = "staff_name"
	indexAddress  = "client_address"
	countName     = "name/"
	countAddress  = "address/"
	countClient   = "client_address/"
)

// SignIn checks the password and, where it is needed, the one-time password.
// Errors: CodeInvalidCredentials, CodeLockedOut and CodeRateLimited with RetryAfter,
// CodeForbidden for a suspended account.
func (s *Staff) SignIn(ctx context.Context, in StaffSignIn, from Caller) (Grant, error) {
	staff, err := s.proved(ctx, in, from)
	if err != nil {
		return Grant{}, err
	}
	return s.sessions.start(ctx, staffPrincipal(staff), staffUser(staff), s.sessions.conf.Staff, from)
}

// Confirm checks like SignIn who it is, for one act, without a session.
func (s *Staff) Confirm(ctx context.Context, in StaffSignIn, from Caller) (model.Principal, error) {
	staff, err := s.proved(ctx, in, from)
	if err != nil {
		return model.Principal{}, err
	}
	return staffPrincipal(staff), nil
}

func (s *Staff) proved(ctx context.Context, in StaffSignIn, from Caller) (*model.Staff, error) {
	username := NormalUsername(in.Username)
	t := s.try(username, from)
	if err := s.open(ctx, &t); err != nil {
		return nil, s.refuse(ctx, nil, err, from)
	}
	staff, err := s.authenticate(ctx, username, t, in)
	if err != nil {
		return nil, s.refuse(ctx, staff, err, from)
	}
	return staff, nil
}

// try is one attempt to sign in, as it is counted.
type try struct {
	byPair            string // the name from this address
	byName, byAddress string // "" for the machine's own operator: nobody else shares that counter
	// proven: the name signed in from here not long ago, so that what others do elsewhere
	// does not lock it here.
	proven bool
}

func (s *Staff) try(username string, from Caller) try {
	byName := countName + s.sealer.Index(indexUsername, username)
	if from.Local {
		return try{byPair: byName + "/local"}
	}
	address := s.sealer.Index(indexAddress, addressKey(from.Address))
	return try{byPair: byName + "/" + address, byName: byName, byAddress: countAddress + address}
}

// open refuses an attempt that is locked out, before it costs anything.
func (s *Staff) open(ctx context.Context, t *try) error {
	if err := s.addressOpen(ctx, *t); err != nil {
		return err
	}
	pair, err := s.lockout.read(ctx, t.byPair)
	if err != nil {
		return err
	}
	if err := s.lockout.locked(pair); err != nil {
		return err
	}
	t.proven = !pair.ProvedAt.IsZero() && s.clock.Now().Sub(pair.ProvedAt) < provenFor
	if t.byName == "" || t.proven {
		return nil
	}
	return s.lockout.check(ctx, t.byName)
}

func (s *Staff) addressOpen(ctx context.Context, t try) error {
	if t.byAddress == "" {
		return nil
	}
	return s.lockout.check(ctx, t.byAddress)
}

// authenticate gives the member of staff, who may also be known with a refusal. An unknown
// name costs the same.
func (s *Staff) authenticate(ctx context.Context, username string, t try, in StaffSignIn) (*model.Staff, error) {
	staff, err := s.repo.StaffByName(ctx, username)
	if err != nil && !model.Is(err, model.CodeNotFound) {
		return nil, err
	}
	known, hash := err == nil, s.dummy
	if !known {
		staff = &model.Staff{}
	} else if hash, err = parsePHC(staff.PasswordHash); err != nil {
		return staff, model.Wrap(err, model.CodeInternal, "账号的口令数据有误，请联系管理员重置口令。")
	}
	leave, err := s.gate.enter(ctx)
	if err != nil {
		return staff, err
	}
	defer leave()
	err = s.judge(ctx, staff, known, hash, t, in)
	if !model.Is(err, model.CodeInvalidCredentials) || t.byAddress == "" {
		return staff, err
	}
	// Counted before the slot is free: whoever comes next sees it.
	if counted := s.lockout.count(ctx, t.byAddress, s.conf.ByAddress); counted != nil && !model.Is(counted, model.CodeLockedOut) {
		return staff, counted
	}
	return staff, err
}

// judge counts the attempt, then looks at the secrets. Others from the address may have
// failed while this attempt waited for its slot.
func (s *Staff) judge(ctx context.Context, staff *model.Staff, known bool, hash phc, t try, in StaffSignIn) error {
	if err := s.addressOpen(ctx, t); err != nil {
		return err
	}
	if err := s.count(ctx, t); err != nil {
		return err
	}
	password := in.Password
	if len(password) > maxPassword {
		hash, password = s.dummy, ""
	}
	if right := hash.matches(password); !right || !known {
		return errWrongPassword
	}
	if staff.Suspended {
		return errSuspended()
	}
	if err := s.secondFactor(ctx, staff, in.OTP); err != nil {
		return err
	}
	return s.succeed(ctx, t)
}

// succeed forgets the failures, but no lock that others earned elsewhere.
func (s *Staff) succeed(ctx context.Context, t try) error {
	if err := s.lockout.prove(ctx, t.byPair); err != nil || t.byName == "" {
		return err
	}
	if err := s.lockout.check(ctx, t.byName); model.Is(err, model.CodeLockedOut) {
		return nil
	}
	return s.lockout.clear(ctx, t.byName)
}

// count counts the attempt where it may still be refused.
func (s *Staff) count(ctx context.Context, t try) error {
	if err := s.lockout.count(ctx, t.byPair, s.conf.ByPair); err != nil || t.byName == "" {
		return err
	}
	err := s.lockout.count(ctx, t.byName, s.conf.ByName)
	if t.proven && model.Is(err, model.CodeLockedOut) {
		return nil
	}
	return err
}

func (s *Staff) secondFactor(ctx context.Context, staff *model.Staff, code string) error {
	if len(staff.TOTPSecret) == 0 {
		if NeedsTOTP(staff.Role) {
			return &model.Error{Code: model.CodeForbidden, Detail: "该岗位须先绑定动态口令才能登录，请联系安全管理员。"}
		}
		return nil
	}
	if code == "" {
		return errOTPMissing
	}
	secret, err := s.sealer.Open(model.SealTOTP, staff.ID, staff.TOTPSecret)
	if err != nil {
		return err
	}
	ok, err := spendTOTP(ctx, s.once, staff.ID, string(secret), code, s.clock.Now())
	if err == nil && !ok {
		err = errWrongPassword
	}
	return err
}

// refuse audits a refusal and gives it back. What the caller typed is not recorded: a
// user name field may hold a password. While locked out, callers do not make the log wait,
// and nothing was found out about the account they named.
func (s *Staff) refuse(ctx context.Context, staff *model.Staff, refusal error, from Caller) error {
	var p model.Principal
	if staff != nil && !notLookedAt(refusal) {
		p = staffPrincipal(staff)
	}
	return refuse(ctx, s.auditor, event(s.clock, p, "auth.sign_in", "", "", from), refusal)
}

// notLookedAt reports whether a refusal came before any secret was looked at.
func notLookedAt(refusal error) bool {
	return model.Is(refusal, model.CodeLockedOut) || model.Is(refusal, model.CodeRateLimited)
}

// refuse records ev with the refusal's code as outcome and gives the refusal back, or
// the reason why it could not be recorded.
func refuse(ctx context.Context, a Auditor, ev model.AuditEvent, refusal error) error {
	ev.Outcome = string(model.CodeOf(refusal))
	if notLookedAt(refusal) {
		a.Note(ev)
		return refusal
	}
	switch model.CodeOf(refusal) {
	case model.CodeInternal, model.CodeUnavailable, model.CodeAuditUnavailable:
		return refusal // nothing was decided
	}
	if errors.Is(refusal, context.Canceled) || errors.Is(refusal, context.DeadlineExceeded) {
		return refusal
	}
	if err := a.Record(ctx, ev); err != nil {
		return err
	}
	return refusal
}

func staffPrincipal(st *model.Staff) model.Principal {
	return model.Principal{ID: st.ID, Role: st.Role, Unit: st.Unit, UnitName: st.UnitName, Sites: st.Sites}
}

func staffUser(st *model.Staff) User {
	return User{ID: st.ID, Verified: true, Roles: []model.Role{st.Role}}
}
