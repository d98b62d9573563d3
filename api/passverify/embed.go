package passverify

import _ "embed"

// JavaScript is passverify.mjs, the same verifier in JavaScript.
//
//go:embed passverify.mjs
var JavaScript string

// Vectors is testdata/vectors.json: bundles, updates of them and passes, each with the result and
// the reason that a verifier must find.
//
//go:embed testdata/vectors.json
var Vectors []byte
