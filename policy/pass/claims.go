package pass

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"xinyi/model"
)

// ID is the name of one pass; redeeming claims it. Its first four bytes are the place of the
// pass in the revocation list, the others are random.
type ID [12]byte

// NewID makes one in a random place.
func NewID() (id ID) {
	rand.Read(id[:]) // never fails since Go 1.24
	return id
}

// NewIDAt makes one for a place in the revocation list.
func NewIDAt(place uint32) ID {
	id := NewID()
	binary.BigEndian.PutUint32(id[:4], place)
	return id
}

// ParseID reads the text of String.
func ParseID(text string) (id ID, ok bool) {
	if len(text) != hex.EncodedLen(len(id)) {
		return ID{}, false
	}
	_, err := hex.Decode(id[:], []byte(text))
	return id, err == nil
}

// Place is where the pass stands in the revocation list.
func (id ID) Place() uint32 { return binary.BigEndian.Uint32(id[:4]) }

// String gives 24 hex digits, as used for document ids.
func (id ID) String() string {
	var text [2 * len(id)]byte
	hex.Encode(text[:], id[:])
	return string(text[:])
}

// Kind is how PayPercent and PayFen are meant.
type Kind uint8

const (
	KindPrice    Kind = 0 // the price to pay (percent, amount, free)
	KindDeposit  Kind = 1 // the deposit to pay (免押金)
	KindPriority Kind = 2 // no price: served first
	KindQuota    Kind = 3 // no price: a larger share
)

// Limits of a pass.
const (
	// MaxLife is how long a pass may be valid at all, online or offline.
	MaxLife = 10 * time.Minute
	// usualLife and usualOffline are the lives in seconds that a pass does not write down.
	usualLife, usualOffline uint16 = 60, 600
	// MaxCode bounds benefit code and site id, MaxMasked the masked name, in bytes.
	// Code and site of together 37 bytes always fit; with 27 the usual pass stays within 160 bytes.
	MaxCode   = 23
	MaxMasked = 12
	// MaxCompanions bounds the people who come with the holder.
	MaxCompanions = 9
	// MaxBytes bounds the signed pass: the largest that fits QR version 12 at level Q.
	MaxBytes = 194
	// ClockSkew is how far the issuer's clock may be ahead of the reader's.
	ClockSkew = 5 * time.Second
)

// Claims is what a pass says. Instants are whole seconds: Mint cuts the rest off.
type Claims struct {
	ID      ID     // zero = Mint makes one
	Benefit string // benefit code, 1–23 visible ASCII characters
	// PayPercent is what the holder pays, 0–100 percent of the price; PayFen is the
	// amount in 分 where the rule names one.
	PayPercent int
	PayFen     *int64
	Kind       Kind
	// Companions come with the holder; each of them pays the same.
	Companions int
	// HolderMasked is the masked name ("王*"); Mint cuts it to 12 bytes.
	HolderMasked string
	// Site is where the pass counts, up to 23 visible ASCII characters; "" = every site
	// of the benefit.
	Site     string
	IssuedAt time.Time
	// ExpiresAt ends the use at a gate that is online, OfflineUntil at one that is not;
	// zero = not good offline. Neither is more than MaxLife after IssuedAt.
	ExpiresAt    time.Time
	OfflineUntil time.Time
	// Holder seals the person's id: only the issuer can open it (Codec.Holder); nil once it has.
	Holder []byte
	// subject is who Holder seals, once the issuer has opened it.
	subject model.SubjectID
	// KID names the key that signed. Verify sets it; Mint ignores it.
	KID [4]byte
}

// wire is Claims as CBOR: a map with integer keys, in core deterministic encoding.
type wire struct {
	ID      []byte  `cbor:"1,keyasint"`
	Benefit string  `cbor:"2,keyasint"`
	Percent uint8   `cbor:"3,keyasint"`
	Fen     *uint32 `cbor:"4,keyasint,omitempty"`
	Kind    Kind    `cbor:"5,keyasint,omitempty"`
	Masked  string  `cbor:"6,keyasint"`
	Site    string  `cbor:"7,keyasint,omitempty"`
	Issued  uint64  `cbor:"8,keyasint"`            // seconds since 1970
	Life    *uint16 `cbor:"9,keyasint,omitempty"`  // seconds from Issued, nil = usualLife
	Offline *uint16 `cbor:"10,keyasint,omitempty"` // seconds from Issued, nil = usualOffline, 0 = not good offline
	Holder  []byte  `cbor:"11,keyasint"`
	Others  uint8   `cbor:"12,keyasint,omitempty"` // companions
}

func (c Claims) wire() (wire, error) {
	issued := c.IssuedAt.Unix()
	w := wire{ID: c.ID[:], Benefit: c.Benefit, Kind: c.Kind, Masked: cutText(c.HolderMasked, MaxMasked),
		Site: c.Site, Issued: uint64(max(issued, 0)), Holder: c.Holder}
	if c.PayPercent < 0 || c.PayPercent > 100 || c.Companions < 0 || c.Companions > MaxCompanions {
		return wire{}, errClaims
	}
	w.Percent, w.Others = uint8(c.PayPercent), uint8(c.Companions)
	if c.PayFen != nil {
		if *c.PayFen < 0 || *c.PayFen > 1<<32-1 {
			return wire{}, errClaims
		}
		fen := uint32(*c.PayFen)
		w.Fen = &fen
	}
	online, offline := c.ExpiresAt.Unix()-issued, int64(0)
	if !c.OfflineUntil.IsZero() {
		if offline = c.OfflineUntil.Unix() - issued; offline == 0 {
			return wire{}, errClaims
		}
	}
	if outside(online) || outside(offline) {
		return wire{}, errClaims
	}
	w.Life, w.Offline = unusual(online, usualLife), unusual(offline, usualOffline)
	return w, w.validate()
}

// outside reports whether no pass lives so many seconds.
func outside(n int64) bool { return n < 0 || n > int64(MaxLife/time.Second) }

// unusual gives n to be written, nil if it is what goes without saying.
func unusual(n int64, usual uint16) *uint16 {
	v := uint16(n) //nolint:gosec // in range
	if v == usual {
		return nil
	}
	return &v
}

// orUsual is the other way round.
func orUsual(v *uint16, usual uint16) uint16 {
	if v == nil {
		return usual
	}
	return *v
}

var errClaims = errors.New("pass: a claim is out of range")

// validate holds for every pass, made or read.
func (w wire) validate() error {
	const most = uint16(MaxLife / time.Second)
	life, offline := orUsual(w.Life, usualLife), orUsual(w.Offline, usualOffline)
	switch {
	case len(w.ID) != len(ID{}), [12]byte(w.ID) == ID{},
		w.Benefit == "", !codeLike(w.Benefit), !codeLike(w.Site),
		w.Percent > 100, w.Kind > KindQuota,
		len(w.Masked) > MaxMasked, !printable(w.Masked),
		w.Issued == 0, w.Issued > 1<<40,
		life == 0, life > most, w.Life != nil && life == usualLife,
		offline > most, w.Offline != nil && offline == usualOffline,
		len(w.Holder) == 0, len(w.Holder) > 24,
		w.Others > MaxCompanions:
		return errClaims
	}
	return nil
}

func (w wire) claims() Claims {
	issued := time.Unix(int64(w.Issued), 0).UTC()
	c := Claims{ID: ID(w.ID), Benefit: w.Benefit, PayPercent: int(w.Percent), Kind: w.Kind, HolderMasked: w.Masked,
		Site: w.Site, IssuedAt: issued, ExpiresAt: issued.Add(time.Duration(orUsual(w.Life, usualLife)) * time.Second),
		Holder: w.Holder, Companions: int(w.Others)}
	if w.Fen != nil {
		fen := int64(*w.Fen)
		c.PayFen = &fen
	}
	if offline := orUsual(w.Offline, usualOffline); offline > 0 {
		c.OfflineUntil = issued.Add(time.Duration(offline) * time.Second)
	}
	return c
}

// codeLike reports whether s is at most MaxCode visible ASCII characters.
func codeLike(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return len(s) <= MaxCode
}

func printable(s string) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// cutText gives the longest beginning of s that has at most n bytes and whole characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// modes are the one way to write CBOR and the strict way to read it.
var modes = func() (m struct {
	enc cbor.EncMode
	dec cbor.DecMode
}) {
	var err error
	if m.enc, err = cbor.CoreDetEncOptions().EncMode(); err != nil {
		panic(err)
	}
	m.dec, err = cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden,
		TagsMd: cbor.TagsForbidden, ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels: 4, MaxMapPairs: 16, MaxArrayElements: 16}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

var errCanonical = errors.New("pass: not the deterministic encoding")

// decodeStrict reads b into v and refuses every encoding but the one Mint would write:
// no duplicates, no unknown keys, no longer forms, nothing behind.
func decodeStrict(b []byte, v any) error {
	if err := modes.dec.Unmarshal(b, v); err != nil {
		return err
	}
	again, err := modes.enc.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return errCanonical
	}
	return nil
}

// refuse is the one neutral answer for every pass that is not good; the cause is for
// the log.
func refuse(cause error) error {
	return &model.Error{Code: model.CodePassInvalid, Detail: "通行码无效，请让持码人刷新后重试。", Err: cause}
}
