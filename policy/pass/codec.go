package pass

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"xinyi/model"
	"xinyi/policy/recent"
)

// Prefix starts every pass of this version of the format.
const Prefix = "XY1:"

// MaxText is the length of the longest pass; longer text is refused unread.
var MaxText = len(Prefix) + base45Len(MaxBytes)

// Keys are the issuer's keys; alg is "EdDSA", "ES256" or "SM2".
type Keys interface {
	// PassSigner gives the key that signs now.
	PassSigner() (kid [4]byte, alg string, key crypto.Signer)
	// PassKey gives the public key with that id, if passes under it are still good, and when
	// it makes passes: from and until, zero = not bounded.
	PassKey(kid [4]byte) (alg string, key crypto.PublicKey, from, until time.Time, ok bool)
}

// Holders hides a person's id inside a pass so that only the issuer can open it.
type Holders interface {
	SealHolder(pass [12]byte, holder [16]byte) ([]byte, error)
	OpenHolder(pass [12]byte, sealed []byte) ([16]byte, error)
}

// Codec makes and reads passes. Safe for concurrent use.
type Codec struct {
	keys    Keys
	holders Holders
	// verified remembers, by the hash of their text, passes that were made here or whose signature
	// was good: a check follows the making, a redemption its check. Time and key are judged anew
	// each time.
	verified *recent.Table[[sha256.Size]byte, kept]
	terms    recent.Shared[terms] // of verified
}

// NewCodec makes a codec that remembers about as many verified passes as remember (a sixth of a KiB
// each); 0 = none.
func NewCodec(keys Keys, holders Holders, remember int) *Codec {
	return &Codec{keys: keys, holders: holders, verified: recent.New[[sha256.Size]byte, kept](remember)}
}

// Mint signs a pass for holder, a natural person, and gives its text. The id, times and
// masked name that the pass carries are those of Verify; set Claims.ID beforehand
// (NewID) where it must be known. It overwrites Claims.Holder.
//
// Errors: CodeInvalidRequest if a claim is out of range or all of them are too long;
// CodeUnavailable if there is no key.
func (c *Codec) Mint(ctx context.Context, holder model.SubjectID, claims Claims) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	raw, ok := holder.Raw()
	if !ok {
		return "", unmintable(errors.New("pass: the holder is no natural person"))
	}
	if claims.ID == (ID{}) {
		claims.ID = NewID()
	}
	var err error
	if claims.Holder, err = c.holders.SealHolder(claims.ID, raw); err != nil {
		return "", err
	}
	w, err := claims.wire()
	if err != nil {
		return "", unmintable(err)
	}
	kid, alg, key := c.keys.PassSigner()
	if key == nil {
		return "", model.Errorf(model.CodeUnavailable, "签发通行码的密钥尚未就绪，请稍后重试。")
	}
	b, err := seal(w, kid, alg, key)
	if err != nil {
		return "", err
	}
	if len(b) > MaxBytes {
		return "", unmintable(fmt.Errorf("pass: %d bytes, at most %d fit the code", len(b), MaxBytes))
	}
	text := string(appendBase45(append(make([]byte, 0, MaxText), Prefix...), b))
	c.remember(text, w, kid, holder)
	return text, nil
}

// remember gives what a pass with a good signature says; it is kept where holder is known.
func (c *Codec) remember(text string, w wire, kid [4]byte, holder model.SubjectID) Claims {
	claims := w.claims()
	claims.KID, claims.subject = kid, holder
	if holder != "" {
		claims.Holder = nil
	}
	if k, ok := keep(claims, &c.terms); ok {
		c.verified.Put(textKey(text), k)
	}
	return claims
}

// textKey is what a pass is remembered by: the hash of a text that is no longer than MaxText.
func textKey(text string) [sha256.Size]byte {
	var room [len(Prefix) + (MaxBytes+1)/2*3]byte // MaxText at least; a conversion would allocate
	return sha256.Sum256(room[:copy(room[:], text)])
}

func seal(w wire, kid [4]byte, alg string, key crypto.Signer) ([]byte, error) {
	header, err := modes.enc.Marshal(protected{Alg: algorithms[alg], KID: kid[:]})
	if err != nil {
		return nil, fmt.Errorf("pass: %w", err)
	}
	payload, err := modes.enc.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("pass: %w", err)
	}
	msg, err := sigStructure(header, payload)
	if err != nil {
		return nil, fmt.Errorf("pass: %w", err)
	}
	sig, err := sign(alg, key, msg)
	if err != nil {
		return nil, fmt.Errorf("pass: sign: %w", err)
	}
	return modes.enc.Marshal(envelope{Protected: header, Payload: payload, Signature: sig})
}

// Verify reads a pass that is shown at a gate which is online.
//
// Errors: CodePassExpired from ExpiresAt on; CodePassInvalid for everything else, with
// one neutral detail and the reason inside. Where only the time is wrong the claims are
// given beside the error, for the log.
func (c *Codec) Verify(text string, now time.Time) (Claims, error) {
	claims, err := c.read(text)
	if err != nil {
		return Claims{}, err
	}
	return claims, claims.within(now, claims.ExpiresAt)
}

// VerifyOffline reads a pass that a gate without a network took at the instant at.
// Errors as in Verify, with OfflineUntil as the end.
func (c *Codec) VerifyOffline(text string, at time.Time) (Claims, error) {
	claims, err := c.read(text)
	if err != nil {
		return Claims{}, err
	}
	return claims, claims.within(at, claims.OfflineUntil)
}

// madeWithin refuses a pass that its key made before or after its time: a key that was lost
// and replaced makes no more of them.
func (c Claims) madeWithin(from, until time.Time) error {
	if c.IssuedAt.Add(ClockSkew).Before(from) || !until.IsZero() && c.IssuedAt.Add(-ClockSkew).After(until) {
		return refuse(reasonKeyTime)
	}
	return nil
}

// within judges an instant: valid from IssuedAt (less ClockSkew) until just before end.
func (c Claims) within(now, end time.Time) error {
	switch {
	case now.Before(c.IssuedAt.Add(-ClockSkew)):
		return refuse(reasonFuture)
	case end.IsZero():
		return refuse(reasonOnlineOnly)
	}
	if !now.Before(end) {
		return &model.Error{Code: model.CodePassExpired, Detail: "通行码已过期，请让持码人刷新后重试。", Err: reasonExpired}
	}
	return nil
}

// Holder gives the person behind a pass that Verify accepted.
func (c *Codec) Holder(claims Claims) (model.SubjectID, error) {
	if claims.subject != "" {
		return claims.subject, nil
	}
	raw, err := c.holders.OpenHolder(claims.ID, claims.Holder)
	if err != nil {
		return "", refuse(reasonHolder)
	}
	return model.NewPersonID(raw), nil
}

// read gives the claims of a pass with a good signature, whatever its time.
func (c *Codec) read(text string) (Claims, error) {
	if len(text) > MaxText {
		return Claims{}, refuse(reasonFormat)
	}
	if k, ok := c.verified.Get(textKey(text)); ok {
		if _, _, from, until, ok := c.keys.PassKey(k.kid); ok {
			if claims, ok := k.claims(&c.terms); ok {
				return claims, claims.madeWithin(from, until)
			}
		}
	}
	w, kid, err := c.open(text)
	if err != nil {
		return Claims{}, refuse(err)
	}
	holder, err := c.Holder(w.claims())
	if err != nil {
		return c.remember(text, w, kid, ""), nil // who asks for the holder hears of it
	}
	return c.remember(text, w, kid, holder), nil
}

// open gives what a pass with a good signature says, and the key that signed it. Every error
// is a reason.
func (c *Codec) open(text string) (w wire, kid [4]byte, err error) {
	body, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return w, kid, reasonFormat
	}
	b, err := decodeBase45(body)
	if err != nil {
		return w, kid, reasonFormat
	}
	e, header := envelope{}, protected{}
	if decodeStrict(b, &e) != nil || decodeStrict(e.Protected, &header) != nil || !e.complete() || !header.inRange() {
		return w, kid, reasonFormat
	}
	kid = [4]byte(header.KID)
	alg, key, from, until, ok := c.keys.PassKey(kid)
	if !ok {
		return w, kid, reasonUnknownKey
	}
	if number, ok := algorithms[alg]; !ok || header.Alg != number {
		return w, kid, reasonAlgorithm
	}
	msg, err := sigStructure(e.Protected, e.Payload)
	if err != nil || !verify(alg, key, msg, e.Signature) {
		return w, kid, reasonSignature
	}
	if decodeStrict(e.Payload, &w) != nil || w.validate() != nil {
		return w, kid, reasonClaims
	}
	return w, kid, w.claims().madeWithin(from, until)
}

func unmintable(cause error) error {
	return &model.Error{Code: model.CodeInvalidRequest, Detail: "无法签发通行码，请检查惠民事项的编码与站点编码长度。", Err: cause}
}
