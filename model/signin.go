package model

import "time"

// Login ties a WeChat openid to an account. Its id is the blind index of the openid,
// so that the openid itself is not needed to find it; sealed, it serves to send messages.
type Login struct {
	ID        string    `bson:"_id"`
	Account   string    `bson:"account"`
	OpenID    Sealed    `bson:"openId"`
	CreatedAt time.Time `bson:"createdAt"`
}

// Attempts counts what went wrong of late for one user name (from an address or from
// anywhere), address or account, so that guessing is slowed down on every process alike.
type Attempts struct {
	// ID is the kind ("name", "address", "client_address", "bind", "bind_number") + "/" + a blind index or account id, for a
	// name from an address + "/" + the index of the address.
	ID          string    `bson:"_id"`
	Failures    int       `bson:"failures"`
	LastAt      time.Time `bson:"lastAt"`
	LockedUntil time.Time `bson:"lockedUntil,omitempty"`
	// ProvedAt is the last success, where it counts: of a user name from an address.
	ProvedAt time.Time `bson:"provedAt,omitempty"`
	// ExpiresAt is when the document may be swept.
	ExpiresAt time.Time `bson:"expiresAt"`
	Rev       int64     `bson:"-"`
}

// OnceClaim says that something that may be used once was used (TOTP step, jti).
type OnceClaim struct {
	ID        string    `bson:"_id"`
	ExpiresAt time.Time `bson:"expiresAt"`
}
