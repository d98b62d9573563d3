package identity_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/service/identity"
)

// keyring is a Keys that a test controls.
type keyring struct {
	mu     sync.Mutex
	kid    string
	signer ed25519.PrivateKey
	public map[string]crypto.PublicKey
	asked  int
}

func newKeyring() *keyring {
	k := &keyring{public: map[string]crypto.PublicKey{}}
	k.rotate("k1")
	return k
}

func (k *keyring) rotate(kid string) {
	pub, priv, _ := ed25519.GenerateKey(rand.Reader)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kid, k.signer, k.public[kid] = kid, priv, pub
}

func (k *keyring) JWTSigner() (string, crypto.Signer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kid, k.signer
}

func (k *keyring) JWTKey(kid string) (crypto.PublicKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	pub, ok := k.public[kid]
	return pub, ok
}

// blocklist is a Revocations in memory.
type blocklist struct{ sync.Map }

func (b *blocklist) Revoked(id string) bool { _, ok := b.Load(id); return ok }
func (b *blocklist) Revoke(_ context.Context, id string, _ time.Time) error {
	b.Store(id, true)
	return nil
}

type mint struct {
	*identity.Tokens
	keys    *keyring
	revoked *blocklist
	clock   *tick
}

func newMint(t testing.TB) mint {
	t.Helper()
	m := mint{keys: newKeyring(), revoked: &blocklist{}, clock: &tick{}}
	m.clock.ns.Store(start.UnixNano())
	var err error
	m.Tokens, err = identity.NewTokens(identity.TokenConfig{Issuer: issuer, Audience: audience}, m.keys, m.revoked, m.clock)
	require.NoError(t, err)
	return m
}

// goodHeader and goodClaims are what our own tokens hold.
func (m mint) goodHeader() map[string]any {
	return map[string]any{"alg": "EdDSA", "typ": "at+jwt", "kid": "k1"}
}

func (m mint) goodClaims() map[string]any {
	now := m.clock.Now().Unix()
	return map[string]any{"iss": issuer, "aud": []string{audience}, "sub": "acct_1", "role": "citizen", "sid": "sess_1", "jti": "jti_1",
		"iat": now, "exp": now + 900}
}

func segment(v any) string {
	raw, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// sign makes a token with our current key, whatever header and claims say.
func (m mint) sign(header, claims any) string {
	text := segment(header) + "." + segment(claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(m.keys.signer, []byte(text)))
}

func with(base map[string]any, change map[string]any) map[string]any {
	out := maps.Clone(base)
	for k, v := range change {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

func TestGoodTokens(t *testing.T) {
	m := newMint(t)
	claims := with(m.goodClaims(), map[string]any{"role": "gate", "unit": "u", "unitName": "铁塔公园", "sites": []string{"s1", "s2"}, "subject": "p_x"})
	for range 2 { // verified, then cached
		who, err := m.Authenticate(m.sign(m.goodHeader(), claims))
		require.NoError(t, err)
		require.Equal(t, model.Principal{ID: "acct_1", Role: model.RoleGate, Subject: "p_x", Unit: "u", UnitName: "铁塔公园", Sites: []string{"s1", "s2"},
			Session: "sess_1", TokenID: "jti_1", Expires: time.Unix(m.clock.Now().Unix()+900, 0)}, who)
	}
}

func TestForgedTokens(t *testing.T) {
	m := newMint(t)
	now := m.clock.Now().Unix()
	h, c := m.goodHeader(), m.goodClaims()
	good := m.sign(h, c)
	parts := strings.Split(good, ".")
	pub := m.keys.public["k1"].(ed25519.PublicKey)
	_, stranger, _ := ed25519.GenerateKey(rand.Reader)
	hs256 := func(header map[string]any, key []byte) string {
		text := segment(header) + "." + segment(c)
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(text))
		return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	strange := func(header map[string]any) string {
		text := segment(header) + "." + segment(c)
		return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(stranger, []byte(text)))
	}
	ec, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	es256 := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims(c))
	es256.Header["typ"], es256.Header["kid"] = "at+jwt", "k1"
	es, err := es256.SignedString(ec)
	require.NoError(t, err)
	m.keys.public["ec"] = ec.Public()

	cases := map[string]string{
		"empty":                  "",
		"dots":                   "..",
		"one part":               parts[0],
		"no signature":           parts[0] + "." + parts[1] + ".",
		"two parts":              parts[0] + "." + parts[1],
		"four parts":             good + ".x",
		"space":                  good + " ",
		"newline":                good + "\n",
		"padding":                good + "==",
		"changed claims":         parts[0] + "." + segment(with(c, map[string]any{"sub": "acct_2"})) + "." + parts[2],
		"swapped signature":      parts[0] + "." + segment(with(c, map[string]any{"sub": "acct_2"})) + "." + strings.Split(m.sign(h, with(c, map[string]any{"jti": "2"})), ".")[2],
		"not json":               "e30x.e30x.e30x",
		"huge":                   m.sign(h, with(c, map[string]any{"unitName": strings.Repeat("长", 2000)})),
		"very huge":              strings.Repeat("A", 10<<20),
		"alg none":               segment(with(h, map[string]any{"alg": "none"})) + "." + segment(c) + ".",
		"alg None":               segment(with(h, map[string]any{"alg": "None"})) + "." + segment(c) + ".",
		"alg none, signed":       m.sign(with(h, map[string]any{"alg": "none"}), c),
		"alg missing":            m.sign(with(h, map[string]any{"alg": nil}), c),
		"alg eddsa":              m.sign(with(h, map[string]any{"alg": "eddsa"}), c),
		"alg number":             m.sign(with(h, map[string]any{"alg": 1}), c),
		"HS256 public key":       hs256(with(h, map[string]any{"alg": "HS256"}), pub),
		"HS256 as EdDSA":         hs256(h, pub),
		"ES256":                  es,
		"kid of another kind":    m.sign(with(h, map[string]any{"kid": "ec"}), c),
		"kid unknown":            m.sign(with(h, map[string]any{"kid": "k2"}), c),
		"kid missing":            m.sign(with(h, map[string]any{"kid": nil}), c),
		"kid empty":              m.sign(with(h, map[string]any{"kid": ""}), c),
		"kid path":               m.sign(with(h, map[string]any{"kid": "../../keys/k1"}), c),
		"kid dev null":           hs256(with(h, map[string]any{"alg": "HS256", "kid": "/dev/null"}), nil),
		"kid sql":                m.sign(with(h, map[string]any{"kid": "x' UNION SELECT 'k1"}), c),
		"kid list":               m.sign(with(h, map[string]any{"kid": []string{"k1"}}), c),
		"kid long":               m.sign(with(h, map[string]any{"kid": strings.Repeat("k", 1000)}), c),
		"kid NUL":                m.sign(with(h, map[string]any{"kid": "k1\x00"}), c),
		"typ JWT":                m.sign(with(h, map[string]any{"typ": "JWT"}), c),
		"typ missing":            m.sign(with(h, map[string]any{"typ": nil}), c),
		"typ application/at+jwt": m.sign(with(h, map[string]any{"typ": "application/at+jwt"}), c),
		"jwk":                    strange(with(h, map[string]any{"jwk": map[string]any{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(stranger.Public().(ed25519.PublicKey))}})),
		"jku":                    strange(with(h, map[string]any{"jku": "https://evil.example.org/jwks.json"})),
		"x5u":                    strange(with(h, map[string]any{"x5u": "https://evil.example.org/cert"})),
		"jwk with our key":       m.sign(with(h, map[string]any{"jwk": map[string]any{}}), c),
		"crit":                   m.sign(with(h, map[string]any{"crit": []string{"exp"}}), c),
		"b64":                    m.sign(with(h, map[string]any{"b64": false}), c),
		"stranger's key":         strange(h),
		"iss wrong":              m.sign(h, with(c, map[string]any{"iss": "https://evil.example.org"})),
		"iss prefix":             m.sign(h, with(c, map[string]any{"iss": issuer + "/"})),
		"iss missing":            m.sign(h, with(c, map[string]any{"iss": nil})),
		"aud wrong":              m.sign(h, with(c, map[string]any{"aud": "other"})),
		"aud missing":            m.sign(h, with(c, map[string]any{"aud": nil})),
		"aud empty":              m.sign(h, with(c, map[string]any{"aud": []string{}})),
		"aud null":               m.sign(h, with(c, map[string]any{"aud": []any{nil}})),
		"exp missing":            m.sign(h, with(c, map[string]any{"exp": nil})),
		"exp infinite":           m.sign(h, with(c, map[string]any{"exp": json.RawMessage("1e400")})),
		"exp negative":           m.sign(h, with(c, map[string]any{"exp": -1, "iss": "other"})),
		"nbf future":             m.sign(h, with(c, map[string]any{"nbf": now + 60})),
		"sub missing":            m.sign(h, with(c, map[string]any{"sub": nil})),
		"sub number":             m.sign(h, with(c, map[string]any{"sub": 7})),
		"sid missing":            m.sign(h, with(c, map[string]any{"sid": nil})),
		"jti missing":            m.sign(h, with(c, map[string]any{"jti": nil})),
		"role missing":           m.sign(h, with(c, map[string]any{"role": nil})),
		"role public":            m.sign(h, with(c, map[string]any{"role": "public"})),
		"role unknown":           m.sign(h, with(c, map[string]any{"role": "root"})),
		"role case":              m.sign(h, with(c, map[string]any{"role": "Citizen"})),
		"claims list":            m.sign(h, []any{c}),
		"bad utf-8":              "\xff\xfe." + parts[1] + "." + parts[2],
		"std base64":             strings.NewReplacer("-", "+", "_", "/").Replace(good) + "+",
	}
	for name, token := range cases {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				who, err := m.Authenticate(token)
				requireCode(t, model.CodeUnauthenticated, err)
				require.Zero(t, who)
			}
		})
	}
	for name, token := range map[string]string{
		"expired":      m.sign(h, with(c, map[string]any{"exp": now - 1})),
		"expiring now": m.sign(h, with(c, map[string]any{"exp": now})),
		"long ago":     m.sign(h, with(c, map[string]any{"exp": 1})),
	} {
		_, err := m.Authenticate(token)
		require.Equal(t, model.CodeTokenExpired, model.CodeOf(err), name)
	}
	_, err = m.Authenticate(good)
	require.NoError(t, err)
}

// A token that was good before is judged anew on every call.
func TestCachedTokensAreNotTrustedBlindly(t *testing.T) {
	m := newMint(t)
	token := m.sign(m.goodHeader(), m.goodClaims())
	ok := func() { t.Helper(); _, err := m.Authenticate(token); require.NoError(t, err) }
	refused := func(want model.Code) { t.Helper(); _, err := m.Authenticate(token); requireCode(t, want, err) }
	ok()
	m.keys.mu.Lock()
	asked := m.keys.asked
	m.keys.mu.Unlock()
	for range 100 {
		ok()
	}
	require.Equal(t, asked, m.keys.asked, "hits verify again")

	m.revoked.Store("sess_1", true)
	refused(model.CodeUnauthenticated)
	m.revoked.Delete("sess_1")
	ok()
	m.revoked.Store("acct_1", true) // suspended
	refused(model.CodeUnauthenticated)
	m.revoked.Delete("acct_1")
	ok()

	old := m.keys.public["k1"]
	m.keys.rotate("k2") // k1 retired but still good
	m.clock.advance(time.Second)
	ok()
	delete(m.keys.public, "k1")
	m.clock.advance(100 * time.Millisecond)
	refused(model.CodeUnauthenticated)
	m.keys.public["k1"] = old
	ok()
	m.clock.advance(15 * time.Minute)
	refused(model.CodeTokenExpired)
}

func TestTheCacheIsBounded(t *testing.T) {
	m := newMint(t)
	small, err := identity.NewTokens(identity.TokenConfig{Issuer: issuer, Audience: audience, CacheSize: 8}, m.keys, m.revoked, m.clock)
	require.NoError(t, err)
	var tokens []string
	for i := range 200 {
		tokens = append(tokens, m.sign(m.goodHeader(), with(m.goodClaims(), map[string]any{"sub": fmt.Sprint("acct_", i)})))
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range tokens {
				n := (i*7 + g) % len(tokens)
				who, err := small.Authenticate(tokens[n])
				if err != nil || who.ID != fmt.Sprint("acct_", n) {
					t.Errorf("token %d proves %q, %v", n, who.ID, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAHitAllocatesNothing(t *testing.T) {
	m := newMint(t)
	token := m.sign(m.goodHeader(), m.goodClaims())
	_, err := m.Authenticate(token)
	require.NoError(t, err)
	if n := testing.AllocsPerRun(100, func() { _, _ = m.Authenticate(token) }); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func FuzzAuthenticate(f *testing.F) {
	m := newMint(f)
	good := m.sign(m.goodHeader(), m.goodClaims())
	f.Add(good)
	f.Add(m.sign(with(m.goodHeader(), map[string]any{"alg": "none"}), m.goodClaims()))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := m.Authenticate(token); err == nil && token != good {
			t.Fatalf("accepted %q", token)
		}
	})
}

func BenchmarkAuthenticateHit(b *testing.B) {
	s := newShared(b)
	p := s.process(b, "one")
	real, err := identity.NewTokens(identity.TokenConfig{Issuer: issuer, Audience: audience}, p.vault, p.revoked, model.ClockFunc(time.Now))
	require.NoError(b, err)
	s.clock.ns.Store(time.Now().UnixNano())
	g, _ := p.signIn(b, "u1")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := real.Authenticate(g.AccessToken); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAuthenticateMiss(b *testing.B) {
	m := newMint(b)
	tokens := make([]string, 1<<16)
	for i := range tokens {
		tokens[i] = m.sign(m.goodHeader(), with(m.goodClaims(), map[string]any{"jti": fmt.Sprint(i)}))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := m.Authenticate(tokens[i%len(tokens)]); err != nil {
			b.Fatal(err)
		}
	}
}
