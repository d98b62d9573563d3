// Package model holds the nouns of public credit and their invariants.
//
// It imports the standard library only. Identifiers (uscc.go, citizenid.go, …)
// parse, explain and mask themselves; error.go holds the closed set of error
// codes; date.go is the calendar date of Asia/Shanghai; the other files hold one
// noun each: subject.go (信用主体), record.go (信用记录), judgement.go (评价),
// benefit.go (信易+ 惠民事项), approval.go (信易批), loan.go (信易贷),
// account.go (who calls), audit.go (who looked at what).
package model
