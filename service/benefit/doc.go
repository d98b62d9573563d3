// Package benefit is the desk of 信易+ benefits: what a citizen may use, the pass that
// shows it, and what happens at a gate.
//
//	own.go     what can I use here?             (noted, not waited for)
//	issue.go   give me a pass                   (audit entry and answer in one batch)
//	gate.go    may this holder pass?            (decided anew; audit entry first)
//	redeem.go  redeem it                        (decided anew; claim, counters, redemption,
//	                                             audit entry and answer in one batch)
//	replay.go  decide again as of then  (audit entry first)
//	budget.go  a unit of what all holders may use together
//
// A partner hears pass, standard or retry; the reasons go to the holder alone.
package benefit
