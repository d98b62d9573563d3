package pass

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the vectors of api/passverify anew")

const vectorFile = "../../api/passverify/testdata/vectors.json"

// vectors is what verifiers of passes, here and elsewhere, are tried with.
type vectors struct {
	Bundles map[string]json.RawMessage `json:"bundles"`
	Updates []updateVector             `json:"updates"`
	Passes  []passVector               `json:"passes"`
}

type updateVector struct {
	Name  string `json:"name"`
	From  string `json:"from"` // "" = the first bundle of a device
	To    string `json:"to"`
	At    int64  `json:"at"`    // milliseconds since 1970
	Fault string `json:"fault"` // "" = taken
}

type passVector struct {
	Name   string `json:"name"`
	Bundle string `json:"bundle"`
	Site   string `json:"site"`
	At     int64  `json:"at"`
	Pass   string `json:"pass"`
	Result string `json:"result"`
	Reason string `json:"reason"`
	PayFen *int64 `json:"payFen,omitempty"`
	// Companions is how many come with the holder.
	Companions int `json:"companions,omitempty"`
	// What the issuer answers a gate of the site that is online, and why; Used: the pass was
	// redeemed before.
	Online onlineVector `json:"online"`
	Used   bool         `json:"used,omitempty"`
}

type onlineVector struct {
	Result string `json:"result"`
	Reason string `json:"reason"`
}

func TestVectors(t *testing.T) {
	if *update {
		v := makeVectors(t)
		raw, err := json.MarshalIndent(v, "", " ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(vectorFile, append(raw, '\n'), 0o644))
	}
	raw, err := os.ReadFile(vectorFile)
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(raw, &v))
	require.GreaterOrEqual(t, len(v.Passes), 50)
	// The issuer reads the same passes; it knows no bundle, hence judges less.
	own := vectorKeys(t)
	delete(own, kidStranger)
	c := NewCodec(ring{kidEd, own}, turned{}, 0)
	for _, p := range v.Passes {
		_, err := c.VerifyOffline(p.Pass, time.UnixMilli(p.At))
		want := p.Reason
		switch p.Reason {
		case "wrong_site", "unknown_benefit", "revoked", "key_time", "bundle_expired":
			want = ""
		case "unknown_key":
			if p.Bundle == "rotated" {
				want = ""
			}
		}
		require.Equal(t, want, Reason(err), p.Name)
	}
}

func makeVectors(t *testing.T) vectors {
	keys := vectorKeys(t)
	signedBy := func(kid [4]byte, change func(*Claims)) string {
		c := NewCodec(ring{kid, keys}, turned{}, 0)
		claims := usual()
		if change != nil {
			change(&claims)
		}
		return mint(t, c, claims)
	}
	v := vectors{Bundles: map[string]json.RawMessage{
		"today":           vectorBundle(t, keys, 100, nil, kidEd, kidOld),
		"next":            vectorBundle(t, keys, 101, nil, kidEd),
		"same":            vectorBundle(t, keys, 100, nil, kidEd),
		"older":           vectorBundle(t, keys, 99, nil, kidEd),
		"by es256":        vectorBundle(t, keys, 102, nil, kidES),
		"by sm2":          vectorBundle(t, keys, 103, nil, kidGM),
		"by stranger":     vectorBundle(t, keys, 104, nil, kidStranger),
		"one known":       vectorBundle(t, keys, 105, nil, kidStranger, kidNext),
		"future":          vectorBundle(t, keys, 106, func(b *Bundle) { b.IssuedAt = now.Unix() + 3600 }, kidEd),
		"expired":         vectorBundle(t, keys, 107, func(b *Bundle) { b.ExpiresAt = now.Unix() - 1 }, kidEd),
		"old and expired": vectorBundle(t, keys, 98, func(b *Bundle) { b.ExpiresAt = now.Unix() - 1 }, kidEd),
		"bad list":        vectorBundle(t, keys, 108, func(b *Bundle) { b.Revoked = "gA" }, kidEd),
		"no number":       vectorBundle(t, keys, 0, nil, kidEd),
		"none revoked":    vectorBundle(t, keys, 109, func(b *Bundle) { b.Revoked = "" }, kidEd),
		"rotated":         vectorBundle(t, keys, 50, func(b *Bundle) { b.Keys = b.Keys[1:] }, kidES),
		"other website":   json.RawMessage(`{"payload":"e30","signatures":[]}`),
	}}
	forged := strings.Replace(string(v.Bundles["next"]), `"payload":"`, `"payload":"e`, 1)
	v.Bundles["forged"] = json.RawMessage(forged)
	at := now.UnixMilli()
	for _, u := range []updateVector{
		{"first", "", "today", at, ""}, {"first by es256", "", "by es256", at, ""}, {"first by sm2", "", "by sm2", at, ""},
		{"newer", "today", "next", at, ""}, {"newer by another known key", "today", "by sm2", at, ""}, {"one known signature is enough", "today", "one known", at, ""},
		{"the same", "today", "same", at, "bundle_rollback"}, {"older", "today", "older", at, "bundle_rollback"},
		{"by a key nobody told us", "today", "by stranger", at, "bundle_signature"}, {"first by a stranger", "", "by stranger", at, "bundle_signature"},
		{"from the future", "today", "future", at, "bundle_future"}, {"expired", "today", "expired", at, "bundle_expired"},
		{"expires meanwhile", "today", "next", at + 86400_000, "bundle_expired"},
		{"bad list", "today", "bad list", at, "bundle_malformed"}, {"no number", "today", "no number", at, "bundle_malformed"},
		{"something else", "today", "other website", at, "bundle_malformed"}, {"forged", "today", "forged", at, "bundle_malformed"}, {"older and expired", "next", "old and expired", at, "bundle_expired"},
		{"by a key that is gone", "rotated", "one known", at, ""}, {"by a key gone for good", "rotated", "next", at, "bundle_signature"},
	} {
		v.Updates = append(v.Updates, u)
	}
	fen := func(n int64) *int64 { return &n }
	add := func(name, text, result, reason string, more ...func(*passVector)) {
		p := passVector{Name: name, Bundle: "today", Site: "tieta", At: at, Pass: text, Result: result, Reason: reason}
		if result == "pass" {
			p.PayFen = fen(3200)
		}
		p.Online = onlineVector{result, reason}
		for _, m := range more {
			m(&p)
		}
		v.Passes = append(v.Passes, p)
	}
	late := func(d time.Duration) func(*passVector) { return func(p *passVector) { p.At += d.Milliseconds() } }
	with := func(bundle string) func(*passVector) { return func(p *passVector) { p.Bundle = bundle } }
	atSite := func(site string) func(*passVector) { return func(p *passVector) { p.Site = site } }
	online := func(result, reason string) func(*passVector) {
		return func(p *passVector) { p.Online = onlineVector{result, reason} }
	}
	used := func(p *passVector) { p.Used, p.Online = true, onlineVector{"retry", "used"} }
	for _, kid := range [][4]byte{kidEd, kidES, kidGM} {
		name, good := keys[kid].alg, signedBy(kid, nil)
		add(name, good, "pass", "")
		add(name+" last second online", good, "pass", "", late(time.Minute-time.Millisecond))
		add(name+" last second", good, "pass", "", late(10*time.Minute-time.Millisecond), online("retry", "expired"))
		add(name+" expired", good, "retry", "expired", late(10*time.Minute))
		add(name+" clock behind", good, "pass", "", late(-5*time.Second))
		add(name+" issued in the future", good, "retry", "future", late(-5*time.Second-time.Millisecond))
		add(name+" at another site", good, "standard", "wrong_site", atSite("longting"))
		add(name+" replayed: used already", signedBy(kid, func(c *Claims) { c.ID[3] = 5 }), "retry", "revoked", used)
		b := bytesOf(t, good)
		for _, part := range []struct {
			name string
			at   int
		}{{"key id", 8}, {"signature", len(b) - 1}, {"holder", len(b) - 70}} {
			c := append([]byte(nil), b...)
			c[part.at] ^= 1
			reason := "signature"
			if part.name == "key id" {
				reason = "unknown_key"
			}
			add(name+" changed "+part.name, textOf(c), "retry", reason)
		}
		number := map[string]int64{"EdDSA": -7, "ES256": -8, "SM2": -65537}[name]
		add(name+" another algorithm", signedAs(t, keys[kid], kid, protected{Alg: number, KID: kid[:]}), "retry", "algorithm")
		if name != "SM2" {
			add(name+" no algorithm", signedAs(t, keys[kid], kid, protected{KID: kid[:]}), "retry", "algorithm")
		}
		for _, edge := range []struct {
			name   string
			alg    int64
			reason string
		}{{"lowest", -1 << 53, "algorithm"}, {"highest", 1<<53 - 1, "algorithm"}, {"too low", -1<<53 - 1, "format"}, {"too high", 1 << 53, "format"}} {
			add(name+" algorithm, "+edge.name, signedAs(t, keys[kid], kid, protected{Alg: edge.alg, KID: kid[:]}), "retry", edge.reason)
		}
		add(name+" null payload", resigned(t, keys[kid], kid, func(e *envelope) { e.Payload = nil }), "retry", "format")
		add(name+" empty payload", resigned(t, keys[kid], kid, func(e *envelope) { e.Payload = []byte{} }), "retry", "claims")
		for _, sig := range []struct {
			name, reason string
			bytes        []byte
		}{{"null", "format", nil}, {"empty", "signature", []byte{}}} {
			var e envelope
			require.NoError(t, decodeStrict(b, &e))
			e.Signature = sig.bytes
			raw, err := modes.enc.Marshal(e)
			require.NoError(t, err)
			add(name+" "+sig.name+" signature", textOf(raw), "retry", sig.reason)
		}
		add(name+" truncated", good[:len(good)-3], "retry", "format")
		add(name+" a byte more", textOf(append(append([]byte(nil), b...), 0)), "retry", "format")
		other := usual()
		other.Holder = []byte{1}
		w, err := other.wire()
		require.NoError(t, err)
		var wrong [4]byte
		for _, k := range [][4]byte{kidEd, kidES, kidGM} {
			if k != kid {
				wrong = k
			}
		}
		raw, err := seal(w, kid, keys[wrong].alg, keys[wrong].key)
		require.NoError(t, err)
		add(name+" key with another algorithm", textOf(raw), "retry", "algorithm")
	}
	good := signedBy(kidEd, nil)
	add("no prefix", strings.TrimPrefix(good, Prefix), "retry", "format")
	add("another version", "XY2:"+strings.TrimPrefix(good, Prefix), "retry", "format")
	add("lower case", strings.ToLower(good), "retry", "format")
	add("blank before", " "+good, "retry", "format")
	add("empty", "", "retry", "format")
	add("prefix only", Prefix, "retry", "format")
	add("too long", good+strings.Repeat("0", 297-len(good)), "retry", "format")
	add("not base45", good[:20]+"!"+good[21:], "retry", "format")
	add("unknown key", signedBy(kidStranger, nil), "retry", "unknown_key")
	add("key rotated away", good, "retry", "unknown_key", with("rotated"))
	add("retired key, made in its time", signedBy(kidOld, func(c *Claims) {
		c.IssuedAt, c.ExpiresAt, c.OfflineUntil = now.Add(-65*time.Minute), now.Add(-64*time.Minute), now.Add(-55*time.Minute)
	}), "pass", "", late(-56*time.Minute), online("retry", "expired"))
	add("retired key, made later", signedBy(kidOld, nil), "retry", "key_time")
	add("key that is not in use yet", signedBy(kidNext, nil), "retry", "key_time")
	add("next key, in its time", signedBy(kidNext, func(c *Claims) {
		c.IssuedAt, c.ExpiresAt, c.OfflineUntil = now.Add(16*time.Minute), now.Add(17*time.Minute), now.Add(26*time.Minute)
	}), "pass", "", late(17*time.Minute), online("retry", "expired"))
	add("online only", signedBy(kidEd, func(c *Claims) { c.OfflineUntil = time.Time{} }), "retry", "online_only", online("pass", ""))
	add("lives written out", signedBy(kidEd, func(c *Claims) { c.ExpiresAt, c.OfflineUntil = now.Add(10*time.Minute), now.Add(599*time.Second) }), "pass", "", late(598*time.Second))
	add("short life", signedBy(kidEd, func(c *Claims) { c.OfflineUntil = c.IssuedAt.Add(time.Second) }), "retry", "expired", late(time.Second), online("pass", ""))
	add("every site", signedBy(kidEd, func(c *Claims) { c.Site = "" }), "pass", "")
	add("site of another bundle", signedBy(kidEd, func(c *Claims) { c.Site = "longting" }), "standard", "wrong_site", atSite("longting"))
	add("unknown benefit", signedBy(kidEd, func(c *Claims) { c.Benefit = "TOUR-LONGTING" }), "standard", "unknown_benefit")
	add("benefit that is over", signedBy(kidEd, func(c *Claims) { c.Benefit = "OVER" }), "standard", "unknown_benefit")
	add("last place revoked", signedBy(kidEd, func(c *Claims) { c.ID = ID{255, 255, 255, 255, 1} }), "retry", "revoked", used)
	add("revoked, at another site", signedBy(kidEd, func(c *Claims) { c.ID = ID{255, 255, 255, 255, 1} }), "retry", "revoked", atSite("longting"), used)
	add("retired key, at another site", signedBy(kidOld, nil), "retry", "key_time", atSite("longting"))
	add("expired, at another site", good, "retry", "expired", atSite("longting"), late(10*time.Minute))
	add("place beside a revoked one", signedBy(kidEd, func(c *Claims) { c.ID = ID{0, 0, 0, 8, 1} }), "pass", "")
	add("place revoked, unknown to the bundle", signedBy(kidEd, func(c *Claims) { c.ID[3] = 5 }), "pass", "", with("none revoked"), used)
	add("amount", signedBy(kidEd, func(c *Claims) { c.PayFen = fen(1500) }), "pass", "", func(p *passVector) { p.PayFen = fen(1500) })
	add("amount nothing", signedBy(kidEd, func(c *Claims) { c.PayFen = fen(0) }), "pass", "", func(p *passVector) { p.PayFen = fen(0) })
	add("free", signedBy(kidEd, func(c *Claims) { c.PayPercent = 0 }), "pass", "", func(p *passVector) { p.PayFen = fen(0) })
	with2 := func(fen *int64) func(*passVector) { return func(p *passVector) { p.Companions, p.PayFen = 2, fen } }
	for _, kid := range [][4]byte{kidEd, kidES, kidGM} {
		add(keys[kid].alg+" two companions", signedBy(kid, func(c *Claims) { c.Companions = 2 }), "pass", "", with2(fen(9600)))
	}
	add("two companions, amount", signedBy(kidEd, func(c *Claims) { c.Companions, c.PayFen = 2, fen(1500) }), "pass", "", with2(fen(4500)))
	add("two companions, free", signedBy(kidEd, func(c *Claims) { c.Companions, c.PayPercent = 2, 0 }), "pass", "", with2(fen(0)))
	add("two companions, at another site", signedBy(kidEd, func(c *Claims) { c.Companions = 2 }), "standard", "wrong_site", atSite("longting"), with2(nil))
	add("two companions, expired", signedBy(kidEd, func(c *Claims) { c.Companions = 2 }), "retry", "expired", late(10*time.Minute))
	add("nine companions", signedBy(kidEd, func(c *Claims) { c.Companions = 9 }), "pass", "", func(p *passVector) { p.Companions, p.PayFen = 9, fen(32000) })
	add("bundle expired", signedBy(kidEd, func(c *Claims) {
		c.IssuedAt, c.ExpiresAt, c.OfflineUntil = now.Add(24*time.Hour), now.Add(24*time.Hour+time.Minute), now.Add(24*time.Hour+10*time.Minute)
	}), "retry", "bundle_expired", late(24*time.Hour), online("pass", ""))
	add("signed for something else", signedWithout(t, keys[kidEd].key), "retry", "signature")
	claims := map[string]func(map[int]any){
		"unknown claim":    func(m map[int]any) { m[13] = 1 },
		"no companions":    func(m map[int]any) { m[12] = 0 },
		"ten companions":   func(m map[int]any) { m[12] = 10 },
		"minus companion":  func(m map[int]any) { m[12] = -1 },
		"companion named":  func(m map[int]any) { m[12] = "1" },
		"missing claim":    func(m map[int]any) { delete(m, 6) },
		"percent 101":      func(m map[int]any) { m[3] = 101 },
		"percent as text":  func(m map[int]any) { m[3] = "80" },
		"id of zeros":      func(m map[int]any) { m[1] = make([]byte, 12) },
		"short id":         func(m map[int]any) { m[1] = []byte{1, 2} },
		"kind 0 written":   func(m map[int]any) { m[5] = 0 },
		"kind 4":           func(m map[int]any) { m[5] = 4 },
		"empty site":       func(m map[int]any) { m[7] = "" },
		"offline too long": func(m map[int]any) { m[10] = 601 },
		"usual lives":      func(m map[int]any) { m[9], m[10] = 60, 600 },
		"life 0":           func(m map[int]any) { m[9] = 0 },
		"control sign":     func(m map[int]any) { m[6] = "王\n" },
		"long name":        func(m map[int]any) { m[6] = "王王王王王" },
		"blank in code":    func(m map[int]any) { m[2] = "tour tieta" },
		"no holder":        func(m map[int]any) { m[11] = []byte{} },
		"amount too large": func(m map[int]any) { m[4] = uint64(1 << 32) },
		"minus percent":    func(m map[int]any) { m[3] = -1 },
	}
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		add(name, resigned(t, keys[kidEd], kidEd, func(e *envelope) { e.Payload = reencode(t, e.Payload, claims[name]) }), "retry", "claims")
	}
	return v
}
