package identity

import (
	"context"
	"crypto/rand"
	"time"

	"xinyi/model"
)

// RegistrarRepo keeps those who sign in with a secret, and their sessions.
type RegistrarRepo interface {
	StaffRepo
	ClientRepo
	SessionRepo
	AllStaff(ctx context.Context) ([]*model.Staff, error)
	AllClients(ctx context.Context) ([]*model.Client, error)
	// CreateStaff and CreateClient give CodeExists if the name is taken.
	CreateStaff(ctx context.Context, st *model.Staff, entries ...model.AuditEntry) error
	CreateClient(ctx context.Context, c *model.Client, entries ...model.AuditEntry) error
	// SaveStaff and SaveClient replace at the revision: CodeConflict on a lost race.
	SaveStaff(ctx context.Context, st *model.Staff, entries ...model.AuditEntry) error
	SaveClient(ctx context.Context, c *model.Client, entries ...model.AuditEntry) error
	SessionsOf(ctx context.Context, owner string) ([]*model.Session, error)
	// ForgetAttempts removes the counters of failures whose id starts with prefix.
	ForgetAttempts(ctx context.Context, prefix string) (int, error)
}

// Registrar keeps the credentials of staff and clients for who runs the service
// (账号管理): it makes, suspends and restores them, replaces secrets, lifts locks and ends
// sessions. Each change names who made it in the log and may be repeated after an error.
// All fields are required.
type Registrar struct {
	Repo     RegistrarRepo
	Accounts interface {
		Account(ctx context.Context, id string) (*model.Account, error)
	}
	Sealer  Sealer
	Revoked interface {
		Revocations
		// Restore takes a revocation back; there may be none.
		Restore(ctx context.Context, id string) error
	}
	Auditor Auditor
	IDs     *model.IDs
	Clock   model.Clock
}

// StaffSecrets are what a member of staff signs in with: shown once and kept nowhere.
type StaffSecrets struct {
	Password   string `json:"password"`
	TOTPSecret string `json:"totpSecret"` // "" for roles without second factor
}

var (
	errNoStaff = &model.Error{Code: model.CodeNotFound, Detail: "没有这个用户名，请用 xinyi staff list 查看。"}
	errNoOwner = &model.Error{Code: model.CodeNotFound, Detail: "没有这个账号：请写工作人员的用户名，或公众账号的编号（acct_…）。"}
)

// AddStaff makes an account with the name, role, unit and sites of st.
func (r *Registrar) AddStaff(ctx context.Context, by model.Principal, st model.Staff) (StaffSecrets, error) {
	st.ID, st.Username = "staff_"+r.IDs.Next(), NormalUsername(st.Username)
	made, err := r.renew(&st)
	if err != nil {
		return made, err
	}
	err = r.change(by, "staff.create", st.ID, string(st.Role), func(entry model.AuditEntry) error { return r.Repo.CreateStaff(ctx, &st, entry) })
	if model.Is(err, model.CodeExists) {
		err = model.Wrap(err, model.CodeExists, "该用户名已被使用，请换一个。")
	}
	return made, err
}

// renew gives st new secrets.
func (r *Registrar) renew(st *model.Staff) (StaffSecrets, error) {
	made := StaffSecrets{Password: rand.Text()[:16]}
	st.PasswordHash, st.TOTPSecret = HashPassword(PasswordConfig{}, made.Password), nil
	if !NeedsTOTP(st.Role) {
		return made, nil
	}
	made.TOTPSecret = NewTOTPSecret()
	var err error
	st.TOTPSecret, err = r.Sealer.Seal(model.SealTOTP, st.ID, []byte(made.TOTPSecret))
	return made, err
}

// SuspendStaff shuts a member of staff out: no sign-in, and what is signed in ends at once.
// It gives how many sessions it ended.
func (r *Registrar) SuspendStaff(ctx context.Context, by model.Principal, username string) (int, error) {
	st, err := r.staff(ctx, username)
	if err != nil {
		return 0, err
	}
	st.Suspended = true
	if err := r.saveStaff(ctx, by, "staff.suspend", "suspended", st); err != nil {
		return 0, err
	}
	if err := r.Revoked.Revoke(ctx, st.ID, time.Time{}); err != nil {
		return 0, err
	}
	return r.endSessions(ctx, by, st.ID)
}

// RestoreStaff lets a suspended member of staff sign in again. Sessions of before stay
// ended, also one that a sign-in began while the suspension was written.
func (r *Registrar) RestoreStaff(ctx context.Context, by model.Principal, username string) error {
	st, err := r.staff(ctx, username)
	if err != nil {
		return err
	}
	if st.Suspended {
		if _, err := r.endSessions(ctx, by, st.ID); err != nil {
			return err
		}
	}
	st.Suspended = false
	if err := r.saveStaff(ctx, by, "staff.restore", "restored", st); err != nil {
		return err
	}
	return r.Revoked.Restore(ctx, st.ID)
}

// ResetStaff replaces the secrets of a member of staff, ends the sessions and lifts the lock
// of the name. Who is suspended stays so.
func (r *Registrar) ResetStaff(ctx context.Context, by model.Principal, username string) (StaffSecrets, error) {
	st, err := r.staff(ctx, username)
	if err != nil {
		return StaffSecrets{}, err
	}
	made, err := r.renew(st)
	if err != nil {
		return StaffSecrets{}, err
	}
	if err := r.saveStaff(ctx, by, "staff.reset", "reset", st); err != nil {
		return StaffSecrets{}, err
	}
	if _, err := r.endSessions(ctx, by, st.ID); err != nil {
		return StaffSecrets{}, err
	}
	_, err = r.forgetFailures(ctx, st.Username)
	return made, err
}

// UnlockStaff forgets the failures counted against a user name. It gives how many counters
// there were.
func (r *Registrar) UnlockStaff(ctx context.Context, by model.Principal, username string) (int, error) {
	st, err := r.staff(ctx, username)
	if err != nil {
		return 0, err
	}
	if err := r.Auditor.Record(ctx, event(r.Clock, by, "staff.unlock", "unlocked", st.ID, Caller{})); err != nil {
		return 0, err
	}
	return r.forgetFailures(ctx, st.Username)
}

// forgetFailures takes the counters under every live index: the key may have rotated since.
func (r *Registrar) forgetFailures(ctx context.Context, username string) (int, error) {
	found := 0
	for _, index := range r.Sealer.IndexAll(indexUsername, username) {
		n, err := r.Repo.ForgetAttempts(ctx, countName+index)
		if err != nil {
			return found, err
		}
		found += n
	}
	return found, nil
}

func (r *Registrar) staff(ctx context.Context, username string) (*model.Staff, error) {
	st, err := r.Repo.StaffByName(ctx, NormalUsername(username))
	if model.Is(err, model.CodeNotFound) {
		return nil, errNoStaff
	}
	return st, err
}

func (r *Registrar) saveStaff(ctx context.Context, by model.Principal, action, outcome string, st *model.Staff) error {
	return r.change(by, action, st.ID, outcome, func(entry model.AuditEntry) error { return r.Repo.SaveStaff(ctx, st, entry) })
}

// change makes a change about ref together with its audit entry.
func (r *Registrar) change(by model.Principal, action, ref, outcome string, change func(model.AuditEntry) error) error {
	return audited(r.Auditor, event(r.Clock, by, action, outcome, ref, Caller{}), change)
}

// RevokeSessions ends all sessions of a member of staff, by user name, or of an account, by
// id, on every process, and gives how many there were.
func (r *Registrar) RevokeSessions(ctx context.Context, by model.Principal, owner string) (int, error) {
	id, err := r.owner(ctx, owner)
	if err != nil {
		return 0, err
	}
	if err := r.Auditor.Record(ctx, event(r.Clock, by, "session.revoke", "revoked", id, Caller{})); err != nil {
		return 0, err
	}
	return r.endSessions(ctx, by, id)
}

func (r *Registrar) owner(ctx context.Context, owner string) (string, error) {
	st, err := r.Repo.StaffByName(ctx, NormalUsername(owner))
	if err == nil {
		return st.ID, nil
	}
	if !model.Is(err, model.CodeNotFound) {
		return "", err
	}
	a, err := r.Accounts.Account(ctx, owner)
	if model.Is(err, model.CodeNotFound) {
		return "", errNoOwner
	}
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

// endSessions ends what an owner has signed in, each session with an entry of its own.
func (r *Registrar) endSessions(ctx context.Context, by model.Principal, owner string) (int, error) {
	all, err := r.Repo.SessionsOf(ctx, owner)
	if err != nil {
		return 0, err
	}
	live, now := 0, r.Clock.Now()
	for _, s := range all {
		if !s.RevokedAt.IsZero() && now.Sub(s.RevokedAt) > accessTTL {
			continue
		}
		if s.RevokedAt.IsZero() && now.Before(s.ExpiresAt) {
			live++
		}
		err := ending{r.Repo, r.Revoked, r.Auditor, r.Clock, accessTTL}.end(ctx, s.ID, func(s *model.Session) model.AuditEvent {
			return event(r.Clock, by, "session.end", "revoked", s.ID, Caller{})
		})
		if err != nil {
			return 0, err
		}
	}
	return live, nil
}
