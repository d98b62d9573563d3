// Package measures answers what may be done about a listing, and on what ground: the legal
// bases in force, the incentive and restriction measures (激励与惩戒措施) that rest on them,
// what each kind of list (名单) asks for before an entry is published, and how often a
// subject of a grade should be inspected.
//
// All of it is data (rules/*.yaml), dated row by row. A row is in force when its own days
// and those of its basis cover the day; a measure without a basis, a restriction aimed at
// natural persons, and what policy forbids by name are refused when the files are loaded.
package measures
