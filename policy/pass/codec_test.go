package pass

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"
	"github.com/veraison/go-cose"
	"pgregory.net/rapid"

	"xinyi/model"
)

var now = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

var wang = model.NewPersonID([16]byte{1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, 16})

// keyCase is an issuer with one key of each algorithm; signing is the one in use.
type keyCase struct {
	signing     [4]byte
	all         map[[4]byte]issuerKey
	from, until time.Time
}

type issuerKey struct {
	alg string
	key crypto.Signer
}

func newKeys(t testing.TB, signing string) *keyCase {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	gm, err := sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	k := &keyCase{all: map[[4]byte]issuerKey{
		{1, 0, 0, 1}: {"EdDSA", ed}, {2, 0, 0, 2}: {"ES256", p256}, {3, 0, 0, 3}: {"SM2", gm}}}
	for kid, key := range k.all {
		if key.alg == signing {
			k.signing = kid
		}
	}
	return k
}

func (k *keyCase) PassSigner() ([4]byte, string, crypto.Signer) {
	return k.signing, k.all[k.signing].alg, k.all[k.signing].key
}

func (k *keyCase) PassKey(kid [4]byte) (alg string, public crypto.PublicKey, from, until time.Time, ok bool) {
	key, ok := k.all[kid]
	if !ok {
		return "", nil, from, until, false
	}
	return key.alg, key.key.Public(), k.from, k.until, true
}

// turned "seals" by turning bytes: the real seal is the vault's.
type turned struct{}

func (turned) SealHolder(pass [12]byte, holder [16]byte) ([]byte, error) {
	out := append([]byte{1}, holder[:]...)
	for i := range holder {
		out[i+1] ^= pass[i%12]
	}
	return out, nil
}

func (turned) OpenHolder(pass [12]byte, sealed []byte) (h [16]byte, err error) {
	if len(sealed) != 17 {
		return h, errors.New("length")
	}
	for i := range h {
		h[i] = sealed[i+1] ^ pass[i%12]
	}
	return h, nil
}

func newCodec(t testing.TB, alg string, remember int) (*Codec, *keyCase) {
	keys := newKeys(t, alg)
	return NewCodec(keys, turned{}, remember), keys
}

func usual() Claims {
	return Claims{ID: ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, Benefit: "TOUR-TIETA", PayPercent: 80, HolderMasked: "王*",
		Site: "tieta", IssuedAt: now, ExpiresAt: now.Add(time.Minute), OfflineUntil: now.Add(10 * time.Minute)}
}

func algs() []string { return []string{"EdDSA", "ES256", "SM2"} }

func mint(t testing.TB, c *Codec, claims Claims) string {
	text, err := c.Mint(t.Context(), wang, claims)
	require.NoError(t, err)
	return text
}

func bytesOf(t testing.TB, text string) []byte {
	b, err := decodeBase45(strings.TrimPrefix(text, Prefix))
	require.NoError(t, err)
	return b
}

func textOf(b []byte) string { return Prefix + string(appendBase45(nil, b)) }

func TestRoundTrip(t *testing.T) {
	fen := int64(3200)
	full := usual()
	full.PayFen, full.Kind = &fen, KindDeposit
	bare := usual()
	bare.Site, bare.OfflineUntil, bare.HolderMasked = "", time.Time{}, ""
	for _, alg := range algs() {
		c, keys := newCodec(t, alg, 0)
		for _, want := range []Claims{usual(), full, bare} {
			got, err := c.Verify(mint(t, c, want), now)
			require.NoError(t, err)
			who, err := c.Holder(got)
			require.NoError(t, err)
			require.Equal(t, wang, who)
			require.Equal(t, keys.signing, got.KID)
			want.Holder, want.KID, want.subject = got.Holder, got.KID, wang
			require.Equal(t, want, got)
		}
	}
}

func TestAnyClaimsInRangeSurvive(t *testing.T) {
	c, _ := newCodec(t, "EdDSA", 0)
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[!-~]{1,14}`)
		want := Claims{Benefit: code.Draw(t, "benefit"), Site: code.Draw(t, "site"), PayPercent: rapid.IntRange(0, 100).Draw(t, "percent"),
			HolderMasked: rapid.SampledFrom([]string{"王*", "欧阳*", "阿**", "M*"}).Draw(t, "masked"),
			IssuedAt:     time.Unix(rapid.Int64Range(1, 1<<33).Draw(t, "iat"), 0).UTC()}
		want.ExpiresAt = want.IssuedAt.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "life")) * time.Second)
		text, err := c.Mint(t.Context(), wang, want)
		require.NoError(t, err)
		got, err := c.Verify(text, want.IssuedAt)
		require.NoError(t, err)
		require.NotEqual(t, ID{}, got.ID)
		want.ID, want.Holder, want.KID, want.subject = got.ID, got.Holder, got.KID, wang
		require.Equal(t, want, got)
	})
}

func TestMintRefusesWhatNoPassCanSay(t *testing.T) {
	c, _ := newCodec(t, "EdDSA", 0)
	minus, huge := int64(-1), int64(1)<<32
	for name, change := range map[string]func(*Claims){
		"no benefit":      func(c *Claims) { c.Benefit = "" },
		"long benefit":    func(c *Claims) { c.Benefit = strings.Repeat("x", MaxCode+1) },
		"space in site":   func(c *Claims) { c.Site = "a b" },
		"Chinese benefit": func(c *Claims) { c.Benefit = "游" },
		"percent 101":     func(c *Claims) { c.PayPercent = 101 },
		"percent -1":      func(c *Claims) { c.PayPercent = -1 },
		"minus fen":       func(c *Claims) { c.PayFen = &minus },
		"huge fen":        func(c *Claims) { c.PayFen = &huge },
		"kind":            func(c *Claims) { c.Kind = 9 },
		"no time":         func(c *Claims) { c.IssuedAt = time.Time{} },
		"ends at once":    func(c *Claims) { c.ExpiresAt = c.IssuedAt },
		"lives long":      func(c *Claims) { c.ExpiresAt = c.IssuedAt.Add(MaxLife + time.Second) },
		"offline long":    func(c *Claims) { c.OfflineUntil = c.IssuedAt.Add(MaxLife + time.Second) },
		"control sign":    func(c *Claims) { c.HolderMasked = "王\n" },
		"not UTF-8":       func(c *Claims) { c.HolderMasked = "\xff" },
		"too much": func(c *Claims) {
			c.Benefit, c.Site = strings.Repeat("b", 23), strings.Repeat("s", 23)
			c.HolderMasked = "阿卜杜拉"
			c.PayFen, c.Kind = new(int64(1<<31)), KindQuota
		},
	} {
		claims := usual()
		change(&claims)
		_, err := c.Mint(t.Context(), wang, claims)
		require.True(t, model.Is(err, model.CodeInvalidRequest), "%s: %v", name, err)
	}
	_, err := c.Mint(t.Context(), "91410200MA4000001X", usual())
	require.True(t, model.Is(err, model.CodeInvalidRequest), "an organisation holds no pass")
}

// A person with a long name gets a pass like everybody else.
func TestLongMaskedNamesAreCut(t *testing.T) {
	c, _ := newCodec(t, "EdDSA", 0)
	claims := usual()
	claims.HolderMasked = "阿卜杜拉木·买买提*"
	got, err := c.Verify(mint(t, c, claims), now)
	require.NoError(t, err)
	require.Equal(t, "阿卜杜拉", got.HolderMasked)
}

func TestTimeEdges(t *testing.T) {
	c, _ := newCodec(t, "EdDSA", 8)
	text := mint(t, c, usual())
	for _, e := range []struct {
		at      time.Duration
		online  model.Code
		offline model.Code
	}{
		{-ClockSkew - 1, model.CodePassInvalid, model.CodePassInvalid},
		{-ClockSkew, "", ""},
		{0, "", ""},
		{time.Minute - 1, "", ""},
		{time.Minute, model.CodePassExpired, ""},
		{10*time.Minute - 1, model.CodePassExpired, ""},
		{10 * time.Minute, model.CodePassExpired, model.CodePassExpired},
		{24 * time.Hour, model.CodePassExpired, model.CodePassExpired},
	} {
		_, err := c.Verify(text, now.Add(e.at))
		require.Equal(t, e.online, model.CodeOf(err), "online at %v", e.at)
		_, err = c.VerifyOffline(text, now.Add(e.at))
		require.Equal(t, e.offline, model.CodeOf(err), "offline at %v", e.at)
	}
	online := usual()
	online.OfflineUntil = time.Time{}
	_, err := c.VerifyOffline(mint(t, c, online), now)
	require.True(t, model.Is(err, model.CodePassInvalid))
}

// Whoever got hold of a retired key makes no pass with it, also not one that is remembered.
func TestKeysMakePassesInTheirTimeOnly(t *testing.T) {
	for _, remember := range []int{0, 8} {
		c, keys := newCodec(t, "EdDSA", remember)
		text := mint(t, c, usual())
		for _, e := range []struct {
			from, until time.Duration
			good        bool
		}{{-time.Hour, time.Hour, true}, {ClockSkew, ClockSkew, true}, {ClockSkew + 1, time.Hour, false}, {-time.Hour, -ClockSkew, true}, {-time.Hour, -ClockSkew - 1, false}} {
			keys.from, keys.until = now.Add(e.from), now.Add(e.until)
			_, err := c.Verify(text, now)
			require.Equal(t, e.good, err == nil, "%v: %v", e, err)
			if !e.good {
				require.Equal(t, "key_time", Reason(err))
			}
		}
	}
}

func TestAnyChangeIsRefused(t *testing.T) {
	for _, alg := range algs() {
		c, _ := newCodec(t, alg, 8)
		text := mint(t, c, usual())
		_, err := c.Verify(text, now)
		require.NoError(t, err)
		refused := func(text string, what ...any) {
			_, err := c.Verify(text, now)
			require.True(t, model.Is(err, model.CodePassInvalid), what...)
		}
		b := bytesOf(t, text)
		for i := range b {
			for _, flip := range []byte{1, 0x20, 0x80, 0xff} {
				bad := append([]byte(nil), b...)
				bad[i] ^= flip
				refused(textOf(bad), "byte %d xor %x", i, flip)
			}
			refused(textOf(b[:i]), "cut to %d bytes", i)
		}
		for i := range text {
			refused(text[:i], "cut to %d characters", i)
			next := base45Alphabet[(strings.IndexByte(base45Alphabet, text[i])+1)%45]
			refused(text[:i]+string(next)+text[i+1:], "character %d", i)
		}
		for _, bad := range []string{"", " " + text, text + " ", text + "0", text + "00", text + "000", strings.ToLower(text), text[:len(Prefix)],
			textOf(append(b, 0)), strings.Repeat("A", 1<<20), Prefix + strings.Repeat("0", MaxText), "XY2:" + text[4:], text[4:]} {
			refused(bad, "%.40q", bad)
		}
	}
}

// The Ed25519 key signs each of these, so that only the form can be what is refused.
func TestStrictForm(t *testing.T) {
	c, keys := newCodec(t, "EdDSA", 0)
	kid, _, key := keys.PassSigner()
	good := bytesOf(t, mint(t, c, usual()))
	e := envelope{}
	require.NoError(t, decodeStrict(good, &e))
	header := func(v any) []byte { b, err := modes.enc.Marshal(v); require.NoError(t, err); return b }
	build := func(head, payload []byte, unprotected any, extra ...any) string {
		msg, err := sigStructure(head, payload)
		require.NoError(t, err)
		sig, err := sign("EdDSA", key, msg)
		require.NoError(t, err)
		b, err := cbor.Marshal(append([]any{head, unprotected, payload, sig}, extra...))
		require.NoError(t, err)
		return textOf(b)
	}
	none := map[int]int{}
	usualHead := header(protected{Alg: -8, KID: kid[:]})
	_, err := c.Verify(build(usualHead, e.Payload, none), now)
	require.NoError(t, err, "the builder builds what Mint builds")

	for name, text := range map[string]string{
		"alg of another key":      build(header(protected{Alg: -7, KID: kid[:]}), e.Payload, none),
		"alg none":                build(header(protected{Alg: 0, KID: kid[:]}), e.Payload, none),
		"unknown alg":             build(header(protected{Alg: -999, KID: kid[:]}), e.Payload, none),
		"key of another alg":      build(header(protected{Alg: -7, KID: []byte{2, 0, 0, 2}}), e.Payload, none),
		"unknown key":             build(header(protected{Alg: -8, KID: []byte{9, 9, 9, 9}}), e.Payload, none),
		"long key id":             build(header(protected{Alg: -8, KID: append(kid[:], 0)}), e.Payload, none),
		"no key id":               build(header(map[int]any{1: -8}), e.Payload, none),
		"extra protected header":  build(header(map[int]any{1: -8, 4: kid[:], 16: 1}), e.Payload, none),
		"unsigned header":         build(usualHead, e.Payload, map[int]int{1: 2}),
		"fifth element":           build(usualHead, e.Payload, none, 1),
		"unknown claim":           build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[13] = 1 }), none),
		"missing claim":           build(usualHead, reencode(t, e.Payload, func(m map[int]any) { delete(m, 2) }), none),
		"claim of another type":   build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[2] = 5 }), none),
		"float claim":             build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[3] = 80.0 }), none),
		"short pass id":           build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[1] = make([]byte, 11) }), none),
		"zero pass id":            build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[1] = make([]byte, 12) }), none),
		"usual life written":      build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[9] = 60 }), none),
		"life of an hour":         build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[9] = 3600 }), none),
		"zero written out":        build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[5] = 0 }), none),
		"no holder":               build(usualHead, reencode(t, e.Payload, func(m map[int]any) { m[11] = nil }), none),
		"claim twice":             build(usualHead, append([]byte{e.Payload[0] + 1}, append(e.Payload[1:len(e.Payload):len(e.Payload)], 11, 0x41, 1)...), none),
		"bytes behind the claims": build(usualHead, append(e.Payload[:len(e.Payload):len(e.Payload)], 0), none),
		"map without length":      build(usualHead, append(append([]byte{0xbf}, e.Payload[1:]...), 0xff), none),
		"long integer":            build(usualHead, append([]byte{e.Payload[0], 0x18, 1}, e.Payload[2:]...), none),
		"tagged":                  textOf(append([]byte{0xd2}, good...)),
	} {
		_, err := c.Verify(text, now)
		require.True(t, model.Is(err, model.CodePassInvalid), "%s: %v", name, err)
	}
}

func reencode(t *testing.T, payload []byte, change func(map[int]any)) []byte {
	m := map[int]any{}
	require.NoError(t, cbor.Unmarshal(payload, &m))
	change(m)
	b, err := modes.enc.Marshal(m)
	require.NoError(t, err)
	return b
}

// A process knows its own passes as it would read them.
func TestMadeHereIsAsRead(t *testing.T) {
	here, keys := newCodec(t, "EdDSA", 4)
	there := NewCodec(keys, turned{}, 0)
	at := now.Add(300 * time.Millisecond) // passes carry whole seconds
	text, err := here.Mint(t.Context(), wang, Claims{Benefit: "TT-PARK-80", PayPercent: 80, HolderMasked: "王小小小小*", Site: "tieta-park",
		IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(10 * time.Minute)})
	require.NoError(t, err)
	remembered, err := here.Verify(text, now)
	require.NoError(t, err)
	read, err := there.Verify(text, now)
	require.NoError(t, err)
	require.Equal(t, read, remembered)
}

func TestForgottenKeyIsRefusedAlsoFromMemory(t *testing.T) {
	c, keys := newCodec(t, "ES256", 8)
	text := mint(t, c, usual())
	for range 2 {
		_, err := c.Verify(text, now)
		require.NoError(t, err)
	}
	delete(keys.all, keys.signing)
	_, err := c.Verify(text, now)
	require.True(t, model.Is(err, model.CodePassInvalid))
	_, err = c.Mint(t.Context(), wang, usual())
	require.True(t, model.Is(err, model.CodeUnavailable))
}

func TestRefusalsTellNothing(t *testing.T) {
	c, _ := newCodec(t, "EdDSA", 0)
	text := mint(t, c, usual())
	other, _ := newCodec(t, "EdDSA", 0)
	_, forged := other.Verify(text, now)
	_, garbage := c.Verify("hello", now)
	require.Equal(t, forged.Error(), garbage.Error())
	require.NotEqual(t, errors.Unwrap(forged), errors.Unwrap(garbage), "the log knows the reason")
}

// go-cose reads what Mint writes and writes what Verify reads.
func TestAnotherCOSEImplementationAgrees(t *testing.T) {
	for alg, number := range map[string]cose.Algorithm{"EdDSA": cose.AlgorithmEdDSA, "ES256": cose.AlgorithmES256} {
		c, keys := newCodec(t, alg, 0)
		kid, _, key := keys.PassSigner()
		msg := cose.UntaggedSign1Message{}
		require.NoError(t, msg.UnmarshalCBOR(bytesOf(t, mint(t, c, usual()))))
		verifier, err := cose.NewVerifier(number, key.Public())
		require.NoError(t, err)
		require.NoError(t, msg.Verify([]byte(Prefix), verifier))
		require.Error(t, msg.Verify(nil, verifier))

		signer, err := cose.NewSigner(number, key)
		require.NoError(t, err)
		headers := cose.Headers{Protected: cose.ProtectedHeader{cose.HeaderLabelAlgorithm: number, cose.HeaderLabelKeyID: kid[:]}}
		b, err := cose.Sign1Untagged(rand.Reader, signer, headers, msg.Payload, []byte(Prefix))
		require.NoError(t, err)
		_, err = c.Verify(textOf(b), now)
		require.NoError(t, err)
	}
}

func TestSizes(t *testing.T) {
	for alg, want := range map[string]int{"EdDSA": 148, "ES256": 148, "SM2": 146} {
		c, _ := newCodec(t, alg, 0)
		require.Len(t, bytesOf(t, mint(t, c, usual())), want, alg)
		longest := usual()
		longest.Benefit, longest.Site = strings.Repeat("b", 23), strings.Repeat("s", 14)
		longest.ExpiresAt, longest.OfflineUntil = longest.IssuedAt.Add(5*time.Minute), longest.IssuedAt.Add(9*time.Minute)
		longest.HolderMasked, longest.PayFen, longest.Kind = "阿卜杜拉", new(int64(1<<32-1)), KindQuota
		require.LessOrEqual(t, len(bytesOf(t, mint(t, c, longest))), MaxBytes)
	}
	require.Equal(t, 295, MaxText)
}

func FuzzVerify(f *testing.F) {
	c, _ := newCodec(f, "EdDSA", 0)
	text, err := c.Mint(f.Context(), wang, usual())
	require.NoError(f, err)
	f.Add(text)
	f.Add(Prefix)
	f.Add(text[:40])
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := c.Verify(s, now); (err == nil) != (s == text) {
			t.Fatalf("%q: %v", s, err)
		}
		// The parsers behind the signature see hostile bytes too.
		e, h, w := envelope{}, protected{}, wire{}
		if decodeStrict([]byte(s), &w) == nil && w.validate() == nil {
			w.claims()
		}
		if decodeStrict([]byte(s), &e) == nil {
			_ = verify("ES256", &ecdsa.PublicKey{}, nil, e.Signature[:min(len(e.Signature), 3)])
			decodeStrict(e.Protected, &h)
		}
	})
}

func BenchmarkPass(b *testing.B) {
	for _, alg := range algs() {
		c, _ := newCodec(b, alg, 0)
		warm := NewCodec(c.keys, c.holders, 16)
		text := mint(b, c, usual())
		for name, f := range map[string]func(){
			"mint":         func() { c.Mint(b.Context(), wang, usual()) },
			"verify":       func() { c.Verify(text, now) },
			"verify again": func() { warm.Verify(text, now) },
		} {
			b.Run(alg+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
	}
	b.Run("QR", func(b *testing.B) {
		c, _ := newCodec(b, "EdDSA", 0)
		text := mint(b, c, usual())
		for b.Loop() {
			QR(text)
		}
	})
}
