package model

import "time"

// Role is who calls.
type Role string

const (
	RolePublic        Role = "public"
	RoleCitizen       Role = "citizen"
	RoleGate          Role = "gate"
	RoleClerk         Role = "clerk"
	RoleBank          Role = "bank"
	RoleDepartment    Role = "department"
	RoleOffice        Role = "office"
	RoleReviewer      Role = "reviewer"
	RoleSecurityAdmin Role = "security_admin"
	RoleAuditor       Role = "auditor"
)

// Roles lists every role once.
func Roles() []Role {
	return []Role{RolePublic, RoleCitizen, RoleGate, RoleClerk, RoleBank, RoleDepartment, RoleOffice, RoleReviewer,
		RoleSecurityAdmin, RoleAuditor}
}

// Principal is the authenticated caller of one request. Zero = public.
type Principal struct {
	// ID is the account, staff or client id ("acct_…", "staff_…", "client_…").
	ID   string
	Role Role
	// Subject is the citizen's own subject once real-name bound.
	Subject SubjectID
	// Unit is the organisation the caller works for; UnitName is shown in access logs.
	Unit     string
	UnitName string
	// Sites are the partner sites a gate may serve.
	Sites []string
	// Session is the token family, for revocation; TokenID the jti.
	Session string
	TokenID string
	Expires time.Time
	// RequestID of the request the principal makes, for the audit log.
	RequestID string
}

// Account is a mini-program account.
type Account struct {
	ID        string    `bson:"_id"` // acct_…
	Subject   SubjectID `bson:"subject,omitempty"`
	CreatedAt time.Time `bson:"createdAt"`
	BoundAt   time.Time `bson:"boundAt,omitempty"`
	// Enterprises the person acts for, USCC order.
	Enterprises []EnterpriseBinding `bson:"enterprises,omitempty"`
	Suspended   bool                `bson:"suspended,omitempty"`
	Rev         int64               `bson:"-"`
}

// EnterpriseBinding says that a citizen may act for an enterprise.
type EnterpriseBinding struct {
	USCC    string    `bson:"uscc"`
	As      string    `bson:"as"` // legal_representative
	BoundAt time.Time `bson:"boundAt"`
}

// Staff is a person who signs in with a password.
type Staff struct {
	ID           string   `bson:"_id"`
	Username     string   `bson:"username"`
	PasswordHash string   `bson:"passwordHash"` // argon2id, PHC string
	TOTPSecret   Sealed   `bson:"totpSecret,omitempty"`
	Role         Role     `bson:"role"`
	Unit         string   `bson:"unit,omitempty"`
	UnitName     string   `bson:"unitName,omitempty"`
	Sites        []string `bson:"sites,omitempty"`
	Suspended    bool     `bson:"suspended,omitempty"`
	Rev          int64    `bson:"-"`
}

// Client is a machine that signs in with OAuth2 client credentials.
type Client struct {
	ID         string   `bson:"_id"` // client id
	SecretHash string   `bson:"secretHash,omitempty"`
	PublicKeys []string `bson:"publicKeys,omitempty"` // JWK JSON, for private_key_jwt
	Role       Role     `bson:"role"`                 // bank or gate
	Unit       string   `bson:"unit,omitempty"`
	UnitName   string   `bson:"unitName,omitempty"`
	Sites      []string `bson:"sites,omitempty"`
	Suspended  bool     `bson:"suspended,omitempty"`
	Rev        int64    `bson:"-"`
}

// Session is one refresh-token family.
type Session struct {
	ID        string    `bson:"_id"`
	Owner     string    `bson:"owner"` // account or staff id
	Role      Role      `bson:"role"`
	Current   string    `bson:"current"` // SHA-256 (hex) of the only refresh token that is good now
	Seq       int       `bson:"seq"`
	CreatedAt time.Time `bson:"createdAt"`
	ExpiresAt time.Time `bson:"expiresAt"`
	RevokedAt time.Time `bson:"revokedAt,omitempty"`
	Rev       int64     `bson:"-"`
}

// Purpose is why a non-public file is looked at (consentPurpose).
type Purpose string

const (
	PurposeSelfView     Purpose = "self_view"
	PurposeBenefitCheck Purpose = "benefit_check"
	PurposeBankAssess   Purpose = "bank_assess"
	PurposeEmployment   Purpose = "employment"
	PurposeTender       Purpose = "tender"
	PurposeAward        Purpose = "award"
	PurposeApproval     Purpose = "approval"
	PurposeOther        Purpose = "other"
)

// Consent is 信息主体授权.
type Consent struct {
	ID         string    `bson:"_id"`
	Grantor    SubjectID `bson:"grantor"`
	Recipient  string    `bson:"recipient"` // unit (USCC) that may look
	Purpose    Purpose   `bson:"purpose"`
	Categories []string  `bson:"categories,omitempty"`
	ValidTo    time.Time `bson:"validTo"`
	GrantedAt  time.Time `bson:"grantedAt"`
	RevokedAt  time.Time `bson:"revokedAt,omitempty"`
	TextHash   string    `bson:"textHash,omitempty"`
	Rev        int64     `bson:"-"`
}

// Live reports whether the consent covers recipient and purpose at t. Nobody ("") is no
// recipient.
func (c Consent) Live(recipient string, p Purpose, t time.Time) bool {
	return recipient != "" && c.Recipient == recipient && c.Purpose == p && c.RevokedAt.IsZero() && !t.Before(c.GrantedAt) && t.Before(c.ValidTo)
}

// Turns gives the first instant after t at which the consent starts or ends by itself;
// zero when it does neither any more.
func (c Consent) Turns(t time.Time) time.Time {
	switch {
	case !c.RevokedAt.IsZero() || !c.GrantedAt.Before(c.ValidTo) || !t.Before(c.ValidTo):
		return time.Time{}
	case t.Before(c.GrantedAt):
		return c.GrantedAt
	}
	return c.ValidTo
}

// ConsentsTurn gives the first instant after t at which one of the consents for recipient
// and purpose starts or ends by itself; zero = never.
func ConsentsTurn(consents []Consent, recipient string, p Purpose, t time.Time) (first time.Time) {
	for i := range consents {
		if c := &consents[i]; c.Recipient == recipient && c.Purpose == p {
			first = Sooner(first, c.Turns(t))
		}
	}
	return first
}

// LevelConsent is the id of the consent to be judged by the personal incentive level
// (个人信用激励等级): a person has it or not, so that it needs no number.
const LevelConsent = "incentive_level"

// LevelWrite is one change of what a subject agreed to, a person's joining or leaving or the end
// of a consent, with all that goes with it.
type LevelWrite struct {
	File    *SubjectFile
	Quality *QualityDelta // nil = nobody counts
	Audit   AuditEntry
	Answer  *IdempotencyRecord
}
