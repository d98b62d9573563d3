// Package loan screens enterprises for the 信易贷 whitelist (白名单).
//
// The rule set is data (rules/*.yaml, dated and hashed); a screening is a pure function of
// an enterprise's fresh subject file and a day. Every rule leaves its outcome and a
// sentence. An enterprise is listed when every rule is met. A fact that is missing or
// disputed (异议中) makes its rule undetermined: it is then not listed yet, and a person
// looks at it; a marked record alone never turns into a "no".
package loan
