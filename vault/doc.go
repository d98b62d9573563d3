// Package vault owns every key: it seals personal data, makes blind indexes, signs
// tokens, passes and audit checkpoints, and rotates what it holds.
//
//	master key (file, 0600) → HKDF → key-encryption key ─┐
//	Ring (documents of wrapped keys) ────────────────────┴→ Open → *Vault
//	                                                          │
//	 seal     SM4-GCM        Seal, Open, Stale                │
//	 index    HMAC-SM3       Index, IndexAll                  │
//	 holder   SM4-XEX        SealHolder, OpenHolder           ├─ Refresh, Rotate,
//	 cursor   HMAC-SM3       MAC, CheckMAC                    │  Forget, Keys
//	 jwt      EdDSA          JWTSigner, JWTKey, JWKS          │
//	 pass     EdDSA…         PassSigner, PassKey, EachPassKey │
//	 audit    EdDSA          NoteSigner, NoteVerifiers        │
//
// A key is pending → active → retired → gone. The newest key whose ActiveFrom has come
// is the active one, so a rotation only ever adds a document and every process changes
// over at the same instant, having known the key before. Retired keys still open and
// verify; docs/keys.md tells how long.
//
// key.go is the life of a key, ring.go where keys are kept, master.go the key above
// them, wrap.go how they are wrapped, alg.go the algorithms, vault.go ties these
// together, rotate.go changes keys; seal.go, index.go, holder.go, sign.go, jwk.go and
// note.go are what the keys do.
//
// All methods of Vault are safe for concurrent use and do no I/O, except those that
// take a context.
package vault
