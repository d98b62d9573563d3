// Package verifier asks an authority whether a name and a citizen id number belong
// together (实名核验). Register answers from memory, for demos and tests; Remote asks a
// service over HTTPS.
//
// # The service's interface
//
//	POST <url>                      Content-Type: application/json
//	{"requestId":"<random>","name":"…","idNo":"…"}
//	→ 200 {"requestId":"<the same>","result":"match" | "mismatch" | "not_found"}
//
// Anything else counts as an outage. The caller proves itself in one of two ways:
//
//   - bearer: Authorization: Bearer <secret>
//   - hmac: X-Verify-Key names the secret, X-Verify-Time is the Unix time in seconds,
//     X-Verify-Signature is the lower-case hex HMAC-SHA-256 of
//     method LF path LF time LF requestId LF hex(SHA-256(body)).
//     The service refuses times more than five minutes off and requestIds seen before.
//
// The body holds personal data: it is never logged, and errors never quote it.
package verifier
