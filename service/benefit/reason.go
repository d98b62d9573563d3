package benefit

import (
	"errors"

	"xinyi/model"
	"xinyi/policy/pass"
)

// reason is why a pass is not taken, in one word for the log alone; the other reasons are those
// of policy/pass.
type reason string

func (r reason) Error() string { return string(r) }

const (
	reasonUnknownBenefit reason = "unknown_benefit" // not published now
	reasonWrongSite      reason = "wrong_site"
	reasonUsed           reason = "used"
	reasonTooLate        reason = "too_late"       // handed in after its time
	reasonAhead          reason = "accepted_ahead" // accepted after it was handed in
	reasonHolderLeft     reason = "holder_left"
)

// reasonOf words why a pass was refused.
func reasonOf(err error) string {
	var own reason
	switch {
	case errors.As(err, &own):
		return string(own)
	case model.Is(err, model.CodePassUsed):
		return string(reasonUsed)
	case model.Is(err, model.CodePassWrongSite):
		return string(reasonWrongSite)
	case model.Is(err, model.CodeNotFound):
		return string(reasonHolderLeft)
	}
	return pass.Reason(err)
}
