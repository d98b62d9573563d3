// Package handlers is the HTTP surface: requests in, answers and problem documents out.
//
//	path.go (paths that are never routed) → Gin → chain.go, for every route alike:
//	  recover and event (event.go, metrics.go) → token (authn.go) → rate limit (limit.go) →
//	  permission → contract (contract/, body.go) → idempotency (idempotency.go) → handler
//
// A handler is func(*gin.Context) error: it reads with bind, query and path, calls a
// small interface that it declares beside itself, and answers with respond. What it
// returns as an error, problem.go alone writes. etag.go and cursor.go hold the
// conventions of lists and validators; system.go serves health, contract and pages.
// *gin.Context stays in this room. One file per desk holds the resources.
package handlers
