// Package contract compiles api/openapi.yaml into checks that are cheap per request.
//
//	Load (kin-openapi validates the document) → one Operation per path and method →
//	CheckQuery / CheckPath / CheckHeader (params.go) and CheckBody (json.go)
//
// schema.go compiles the part of JSON Schema that the contract uses and refuses the
// rest, so that no rule is silently ignored. json.go reads a body once and proves
// syntax, UTF-8, depth, unique names and the schema together, without building values.
// Faults name the place and the rule, never the value.
package contract
