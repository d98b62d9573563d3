// Package catalogue holds the information catalogue (信息目录) as dated data: what may be
// recorded, by whom, about whom, how widely it is shown and how long it is kept; what may
// never be (the blocklist); and the units that provide it.
//
//	editions   2021 ◄─ 2022 ◄─ 2024: each names what it adds to or changes of its base
//	Entry      one line of the edition in force on the day of a decision
//	Screen     the blocklist: terms, whom they protect, when they are allowed, citation
//	Provider   the kind of unit a name stands for; an unknown name is never guessed
//
// Everything here is pure: rules, a record and a day in, an answer out.
package catalogue
