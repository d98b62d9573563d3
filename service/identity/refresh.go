package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// refreshPrefix lets secret scanners find leaked tokens.
const refreshPrefix = "xyr_"

// family is the secret that all tokens of a session share. The session's id is
// derived from it and not the other way round: knowing the id (it stands in every
// access token) does not let anyone revoke the family.
type family [16]byte

func newFamily() (f family) {
	_, _ = rand.Read(f[:])
	return f
}

func (f family) session() string {
	sum := sha256.Sum256(append([]byte("session id\x00"), f[:]...))
	return "sess_" + lowerBase32(sum[:16])
}

// refreshToken is one opaque token: family and 256 random bits.
type refreshToken struct {
	family
	secret [32]byte
}

func newRefresh(f family) refreshToken {
	t := refreshToken{family: f}
	_, _ = rand.Read(t.secret[:])
	return t
}

func (t refreshToken) text() string {
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(append(t.family[:], t.secret[:]...))
}

// hash is what the store keeps: SHA-256 of the text, hex.
func (t refreshToken) hash() string {
	sum := sha256.Sum256([]byte(t.text()))
	return hex.EncodeToString(sum[:])
}

func (t refreshToken) is(hash string) bool {
	return subtle.ConstantTimeCompare([]byte(t.hash()), []byte(hash)) == 1
}

// parseRefresh reads the one spelling of a token.
func parseRefresh(s string) (refreshToken, bool) {
	var t refreshToken
	body, ok := strings.CutPrefix(s, refreshPrefix)
	if !ok || len(body) != base64.RawURLEncoding.EncodedLen(len(t.family)+len(t.secret)) {
		return t, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || len(raw) != len(t.family)+len(t.secret) {
		return t, false
	}
	copy(t.family[:], raw)
	copy(t.secret[:], raw[len(t.family):])
	return t, true
}
