// Package pass makes and reads benefit passes (通行码): the text in a citizen's QR code
// that a gate checks, online or without a network.
//
//	Claims ─► CBOR ─► COSE_Sign1 ─► base45 ─► "XY1:…" ─► QR
//
// claims.go is what a pass says, cose.go how it is signed, base45.go how bytes become
// QR characters, codec.go does the whole way and back, qr.go draws. The format for
// third parties is docs/pass-format.md. A pass is stateless: single use is the business
// of who redeems it, by its ID.
package pass
