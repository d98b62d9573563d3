// Package sms hands text messages (短信) to a platform over HTTP. Platforms differ; the wire
// format here is the plainest that carries what they need, so that a small bridge stands before
// each, and Emulator speaks it for demos and tests:
//
//	POST <url>   Content-Type: application/json   Idempotency-Key: <message id>
//	X-Sms-Time: <unix seconds>   X-Sms-Signature: hex HMAC-SHA256(secret, time "\n" id "\n" body)
//	{"id": …, "phone": …, "template": …, "params": {…}}
//
// 200: taken, or taken before under this id. 400, 404, 422: never will be. 403: the number is
// on the refusal list. Everything else is tried again, after Retry-After where given.
package sms
