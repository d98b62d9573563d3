// Package passverify judges benefit passes (通行码) at a gate that has no network. It is the
// reference for docs/pass-format.md and stands on its own: no other package of this
// project, public keys only. passverify.mjs beside it is the same in JavaScript; both read
// testdata/vectors.json.
//
//	bundle.go  Open reads a bundle; Bundle.Update takes the next one, never an older
//	pass.go    Bundle.Verify judges a pass
//	cose.go    CBOR, base45 and signatures
//	settlement.go  Bundle.OpenSettlement tries what the issuer signed about a day
package passverify
