package pass

import (
	"time"

	"xinyi/model"
	"xinyi/policy/recent"
)

// kept is a verified pass as it is remembered: thousands of them lie side by side, and point
// to nothing.
type kept struct {
	terms         uint32 // see Shared
	issued        int64  // seconds since 1970
	life, offline int16  // seconds from issued; offline 0 = not good offline
	id            ID
	kid           [4]byte
	subject       [28]byte // the id of a natural person
	masked        [MaxMasked]byte
	maskedLen     uint8
}

// terms are what many passes have in common.
type terms struct {
	benefit, site       string
	percent, companions int
	fen                 int64 // -1 = none
	kind                Kind
}

// keep gives claims to be remembered; false when the holder is not known.
func keep(c Claims, shared *recent.Shared[terms]) (k kept, ok bool) {
	t := terms{c.Benefit, c.Site, c.PayPercent, c.Companions, -1, c.Kind}
	if c.PayFen != nil {
		t.fen = *c.PayFen
	}
	k = kept{terms: shared.Number(t), issued: c.IssuedAt.Unix(), life: seconds(c.IssuedAt, c.ExpiresAt), id: c.ID, kid: c.KID}
	if !c.OfflineUntil.IsZero() {
		k.offline = seconds(c.IssuedAt, c.OfflineUntil)
	}
	k.maskedLen = uint8(copy(k.masked[:], c.HolderMasked)) //nolint:gosec // at most MaxMasked
	return k, copy(k.subject[:], c.subject) == len(k.subject)
}

// seconds are at most those of MaxLife.
func seconds(from, to time.Time) int16 { return int16(to.Sub(from) / time.Second) } //nolint:gosec // in range

// claims gives what was kept; false when its terms no longer are.
func (k kept) claims(shared *recent.Shared[terms]) (Claims, bool) {
	t, ok := shared.Value(k.terms)
	if !ok {
		return Claims{}, false
	}
	issued := time.Unix(k.issued, 0).UTC()
	c := Claims{ID: k.id, Benefit: t.benefit, PayPercent: t.percent, Kind: t.kind, Companions: t.companions,
		HolderMasked: string(k.masked[:k.maskedLen]), Site: t.site, IssuedAt: issued,
		ExpiresAt: issued.Add(time.Duration(k.life) * time.Second), subject: model.SubjectID(k.subject[:]), KID: k.kid}
	if fen := t.fen; fen >= 0 {
		c.PayFen = &fen // t itself would leave the stack for it, amount or not
	}
	if k.offline > 0 {
		c.OfflineUntil = issued.Add(time.Duration(k.offline) * time.Second)
	}
	return c, true
}
