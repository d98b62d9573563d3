package passverify

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What the person at the gate hears.
const (
	ResultPass     = "pass"
	ResultStandard = "standard" // the standard price; no reason is told
	ResultRetry    = "retry"    // refresh the code and show it again
)

// Why, for the log of the device.
const (
	ReasonFormat     = "format"
	ReasonUnknownKey = "unknown_key"
	ReasonAlgorithm  = "algorithm"
	ReasonSignature  = "signature"
	ReasonClaims     = "claims"
	ReasonKeyTime    = "key_time" // issued before or after the key's time
	ReasonFuture     = "future"
	ReasonOnlineOnly = "online_only"
	ReasonExpired    = "expired"
	ReasonBundle     = "bundle_expired"
	ReasonSite       = "wrong_site"
	ReasonRule       = "unknown_benefit"
	ReasonRevoked    = "revoked"
)

const (
	prefix  = "XY1:"
	maxText = 295

	usualLife, usualOffline, maxLife = 60, 600, 600 // seconds
)

// Pass is the judgement of a pass. Only what is shown at the gate is in it.
type Pass struct {
	Result string `json:"result"`
	// Reason is "" for a pass; for the log only.
	Reason      string `json:"reason"`
	ID          string `json:"id"` // 24 hex digits; accept each once on a device
	BenefitCode string `json:"benefitCode"`
	PayPercent  int    `json:"payPercent"`
	PayFen      *int64 `json:"payFen,omitempty"`
	Kind        int    `json:"kind"` // 0 price, 1 deposit, 2 priority, 3 quota
	// Companions come with the holder; PayFen is what all of them pay together.
	Companions   int    `json:"companions,omitempty"`
	HolderMasked string `json:"holderMasked"`
}

// Verify judges text as a gate of site without a network does at the instant at. Whoever
// accepts the pass keeps its ID, so that it is accepted once on a device, and hands the
// text in when there is a network.
func (b *Bundle) Verify(text, site string, at time.Time) Pass {
	c, kid, reason := b.read(text)
	if reason == "" {
		reason = b.judge(c, b.keys[kid], site, at)
	}
	switch reason {
	case "":
	case ReasonSite, ReasonRule:
		return Pass{Result: ResultStandard, Reason: reason, BenefitCode: c.Benefit, PayPercent: 100, Companions: int(c.Others), HolderMasked: c.Masked}
	default:
		return Pass{Result: ResultRetry, Reason: reason, PayPercent: 100}
	}
	p := Pass{Result: ResultPass, ID: hex.EncodeToString(c.ID), BenefitCode: c.Benefit, PayPercent: int(c.Percent), Kind: int(c.Kind),
		Companions: int(c.Others), HolderMasked: c.Masked}
	if rule := b.rule(c.Benefit, site, at); rule.BasePriceFen != nil {
		fen := (*rule.BasePriceFen*int64(c.Percent) + 50) / 100
		p.PayFen = &fen
	}
	if c.Fen != nil {
		fen := int64(*c.Fen)
		p.PayFen = &fen
	}
	if p.PayFen != nil {
		*p.PayFen *= 1 + int64(c.Others)
	}
	return p
}

// read opens the envelope: steps 1 to 6 of the format.
func (b *Bundle) read(text string) (c claims, kid, reason string) {
	body, ok := strings.CutPrefix(text, prefix)
	if !ok || len(text) > maxText {
		return c, "", ReasonFormat
	}
	raw, err := decodeBase45(body)
	if err != nil {
		return c, "", ReasonFormat
	}
	var e envelope
	var h header
	if strict(raw, &e) != nil || strict(e.Protected, &h) != nil || !e.complete() || !h.inRange() {
		return c, "", ReasonFormat
	}
	kid = hex.EncodeToString(h.KID)
	k, ok := b.keys[kid]
	if !ok {
		return c, kid, ReasonUnknownKey
	}
	if numberOf(k.alg) != h.Alg {
		return c, kid, ReasonAlgorithm
	}
	msg, err := encode(toBeSigned{Context: "Signature1", Protected: e.Protected, External: []byte(prefix), Payload: e.Payload})
	if err != nil || !k.verify(msg, e.Signature) {
		return c, kid, ReasonSignature
	}
	if strict(e.Payload, &c) != nil || !c.inRange() {
		return claims{}, kid, ReasonClaims
	}
	return c, kid, ""
}

// numberOf is the COSE number of an algorithm; SM2 has none, its passes carry none.
func numberOf(alg string) int64 {
	switch alg {
	case "EdDSA":
		return -8
	case "ES256":
		return -7
	default:
		return 0
	}
}

// offline is how many seconds the pass is good without a network.
func (c *claims) offline() int64 {
	if c.Offline == nil {
		return usualOffline
	}
	return int64(*c.Offline)
}

// livesInRange: what goes without saying is not written.
func (c *claims) livesInRange() bool {
	return (c.Life == nil || *c.Life > 0 && *c.Life <= maxLife && *c.Life != usualLife) && (c.Offline == nil || *c.Offline < usualOffline)
}

func (c *claims) inRange() bool {
	return len(c.ID) == 12 && [12]byte(c.ID) != [12]byte{} && c.Benefit != "" && visible(c.Benefit) && visible(c.Site) && c.Percent <= 100 && c.Kind <= 3 &&
		len(c.Masked) <= 12 && printable(c.Masked) && c.Issued > 0 && c.Issued <= 1<<40 && c.livesInRange() &&
		len(c.Holder) > 0 && len(c.Holder) <= 24 && c.Others <= 9
}

// judge does steps 7 to 9: time, key, place.
func (b *Bundle) judge(c claims, k key, site string, at time.Time) string {
	issued := time.Unix(int64(c.Issued), 0)
	_, revoked := b.revoked[binary.BigEndian.Uint32(c.ID)]
	switch skew := int64(clockSkew / time.Second); {
	case !at.Before(b.ExpiresAt):
		return ReasonBundle
	case int64(c.Issued)+skew < k.notBefore, k.notAfter > 0 && int64(c.Issued) > k.notAfter+skew:
		return ReasonKeyTime
	case at.Before(issued.Add(-clockSkew)):
		return ReasonFuture
	case c.offline() == 0:
		return ReasonOnlineOnly
	case !at.Before(issued.Add(time.Duration(c.offline()) * time.Second)):
		return ReasonExpired
	case revoked:
		return ReasonRevoked
	case !slices.Contains(b.Sites, site), c.Site != "" && c.Site != site:
		return ReasonSite
	case b.rule(c.Benefit, site, at) == nil:
		return ReasonRule
	}
	return ""
}

func (b *Bundle) rule(code, site string, at time.Time) *Rule {
	day := at.In(time.FixedZone("Asia/Shanghai", 8*60*60)).Format(time.DateOnly)
	for i := range b.Rules {
		if r := &b.Rules[i]; r.BenefitCode == code && (r.SiteID == "" || r.SiteID == site) && r.ValidFrom <= day && (r.ValidTo == "" || day <= r.ValidTo) {
			return r
		}
	}
	return nil
}

func visible(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(s) <= 23
}

func printable(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
