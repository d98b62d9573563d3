package identity

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"xinyi/model"
)

// TOTP as authenticator apps do it: RFC 6238, SHA-1, 6 digits, 30 s, one step of
// clock difference either way.
const (
	totpPeriod = 30 * time.Second
	totpSkew   = 1
)

// NeedsTOTP reports whether a role may sign in only with a second factor.
func NeedsTOTP(r model.Role) bool { return r == model.RoleSecurityAdmin || r == model.RoleAuditor }

// NewTOTPSecret gives a secret of 160 bits in base32, to seal under model.SealTOTP and
// to show once to its owner.
func NewTOTPSecret() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return base32.StdEncoding.EncodeToString(b[:])
}

// spendTOTP reports whether code is right for the staff member now and was not used
// before, on whichever process.
func spendTOTP(ctx context.Context, once OnceRepo, staffID, secret, code string, now time.Time) (bool, error) {
	if len(code) != otp.DigitsSix.Length() {
		return false, nil
	}
	step := now.Unix() / int64(totpPeriod/time.Second)
	for s := step - totpSkew; s <= step+totpSkew; s++ {
		ok, err := hotp.ValidateCustom(code, uint64(s), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return false, model.Wrap(err, model.CodeInternal, "动态口令配置有误，请联系管理员。")
		}
		if !ok {
			continue
		}
		err = once.ClaimOnce(ctx, "totp/"+staffID+"/"+strconv.FormatInt(s, 10), time.Unix(0, 0).Add(time.Duration(s+2+totpSkew)*totpPeriod))
		if model.Is(err, model.CodeExists) {
			continue // a neighbouring step may have the same digits
		}
		return err == nil, err
	}
	return false, nil
}
