// Package access decides which role may use which permission (访问控制).
//
//	model.conf + policy.csv → Load (strict, casbin consulted once per pair) → Table → Allowed
//
// The decision is a look-up in a table that Load computed, so casbin costs nothing per
// request. Unknown role, unknown permission, no line = deny. Whose file, unit, site or
// enterprise it is, the services decide; this room knows roles only.
package access
