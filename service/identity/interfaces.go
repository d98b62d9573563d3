package identity

import (
	"context"
	"crypto"
	"time"

	"xinyi/model"
)

// Keys signs and verifies access tokens; the vault has them.
type Keys interface {
	// JWTSigner gives the Ed25519 key that signs now; nil when there is none.
	JWTSigner() (kid string, key crypto.Signer)
	// JWTKey gives the public key with that kid while tokens under it may live.
	JWTKey(kid string) (crypto.PublicKey, bool)
}

// Sealer keeps personal identifiers unreadable in the store; the vault does it.
type Sealer interface {
	Seal(purpose, id string, plain []byte) (model.Sealed, error)
	Open(purpose, id string, sealed model.Sealed) ([]byte, error)
	// Index gives the blind index under the newest key, IndexAll under every live one.
	Index(kind, value string) string
	IndexAll(kind, value string) []string
}

// Revocations is what every process learns within half a second.
type Revocations interface {
	// Revoked is asked on every request: a session id, or the id of an account, staff
	// or client that was suspended.
	Revoked(id string) bool
	// Revoke is durable when it returns and may be forgotten after until.
	Revoke(ctx context.Context, id string, until time.Time) error
}

// Auditor records who did what. See package audit.
type Auditor interface {
	Record(ctx context.Context, ev model.AuditEvent) error
	Note(ev model.AuditEvent)
	Begin(ev model.AuditEvent) (model.AuditEntry, error)
	End(entry model.AuditEntry, err error)
}

// SessionRepo keeps sessions; each write takes the audit entry of the change along.
type SessionRepo interface {
	Session(ctx context.Context, id string) (*model.Session, error)
	CreateSession(ctx context.Context, s *model.Session, entry model.AuditEntry) error
	// SaveSession replaces at s.Rev: CodeConflict on a lost race.
	SaveSession(ctx context.Context, s *model.Session, entries ...model.AuditEntry) error
}

// AttemptRepo keeps the counters of failures.
type AttemptRepo interface {
	Attempts(ctx context.Context, id string) (*model.Attempts, error)
	// SaveAttempts inserts at Rev 0, else replaces: CodeExists or CodeConflict on a lost race.
	SaveAttempts(ctx context.Context, a *model.Attempts) error
}

// OnceRepo makes things usable once across processes.
type OnceRepo interface {
	// ClaimOnce gives CodeExists if id was claimed before; it may be forgotten after until.
	ClaimOnce(ctx context.Context, id string, until time.Time) error
}

// AccountRepo keeps mini-program accounts.
type AccountRepo interface {
	Account(ctx context.Context, id string) (*model.Account, error)
	// FindLogin gives the account of the first of the blind indexes that is known.
	FindLogin(ctx context.Context, indexes []string) (account string, err error)
	// CreateAccount writes account, logins and entry together: CodeExists if one of the
	// logins is taken.
	CreateAccount(ctx context.Context, a *model.Account, logins []model.Login, entry model.AuditEntry) error
	// BindPerson writes the account at its revision, the claim that its subject has one
	// account, and, when person is not nil, the new subject file with its indexes.
	// CodeIdentityBound: the person has an account already. CodeConflict: the account
	// changed or the person was created meanwhile.
	BindPerson(ctx context.Context, a *model.Account, person *model.SubjectFile, indexes []string, counted *model.QualityDelta,
		entry model.AuditEntry, answer *model.IdempotencyRecord) error
	// SaveAccount replaces at a.Rev: CodeConflict on a lost race.
	SaveAccount(ctx context.Context, a *model.Account, entry model.AuditEntry, answer *model.IdempotencyRecord) error
}

// StaffRepo finds staff; CodeNotFound if there is none.
type StaffRepo interface {
	Staff(ctx context.Context, id string) (*model.Staff, error)
	// StaffByName takes the name in NormalUsername form.
	StaffByName(ctx context.Context, username string) (*model.Staff, error)
}

// ClientRepo finds OAuth2 clients; CodeNotFound if there is none.
type ClientRepo interface {
	Client(ctx context.Context, id string) (*model.Client, error)
}

// SubjectRepo finds subject files.
type SubjectRepo interface {
	File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error)
	// Resolve gives the subject of a former code or registration number.
	Resolve(ctx context.Context, code string) (model.SubjectID, error)
	// FindPerson gives the subject of the first of the blind indexes that is known.
	FindPerson(ctx context.Context, indexes []string) (model.SubjectID, error)
}

// Verifier asks an authority whether name and number belong together: nil, or
// CodeIdentityMismatch, CodeNotFound, CodeUpstream.
type Verifier interface {
	Verify(ctx context.Context, name string, id model.CitizenID) error
}

// Caller is where a request comes from.
type Caller struct {
	Address   string // client IP address
	RequestID string
	// Local: the operator of this machine, whose failures are counted apart, so that
	// nobody outside can lock the tools.
	Local bool
}

// User is what a signed-in caller hears about itself.
type User struct {
	ID       string
	Verified bool // a citizen's real name is bound
	Roles    []model.Role
}

// Grant is what a successful sign-in hands out. It holds secrets: do not log it.
type Grant struct {
	AccessToken  string
	RefreshToken string // "" for clients
	ExpiresIn    time.Duration
	User         User
}
