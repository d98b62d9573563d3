package pass

import "errors"

// reason is why a pass was refused, in one word for the log; the words are those of
// api/passverify. Nobody at a gate hears it.
type reason string

func (r reason) Error() string { return "pass: " + string(r) }

const (
	reasonFormat     reason = "format"
	reasonUnknownKey reason = "unknown_key"
	reasonAlgorithm  reason = "algorithm"
	reasonSignature  reason = "signature"
	reasonClaims     reason = "claims"
	reasonKeyTime    reason = "key_time" // issued before or after the key's time
	reasonHolder     reason = "holder"   // signed by us, and yet nobody's
	reasonFuture     reason = "future"
	reasonOnlineOnly reason = "online_only"
	reasonExpired    reason = "expired"
)

// Reason gives why Verify, VerifyOffline or Holder refused a pass, for the log; "" for any
// other error.
func Reason(err error) string {
	var r reason
	if !errors.As(err, &r) {
		return ""
	}
	return string(r)
}
