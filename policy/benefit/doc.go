// Package benefit decides 信易+ benefits: does this holder get this benefit now?
//
// A rule is a YAML file (rules/*.yaml), dated and hashed, whose conditions are CEL
// expressions over a handful of facts. A decision has three values and is complete: every
// condition with its outcome and a Chinese sentence, the rule version, the dated
// parameters and the records behind the facts.
//
//   - A condition whose facts are all known and undisputed is eligible or not_eligible.
//   - A condition with a missing or disputed fact is undetermined, never "no".
//   - One definite "no" makes the decision not_eligible; otherwise one unknown makes it
//     undetermined; otherwise it is eligible.
//
// Use limits (per day, month, year, in total, cool-down, time window) are conditions like
// any other, with fixed ids. What the partner hears is not decided here: pass for
// eligible, the one neutral standard for everything else.
//
// doc map: rule.go the file; draft.go a file in the making; check.go what a file must say;
// condition.go CEL; fact.go what is known of a holder; decide.go the decision; limit.go use
// limits; window.go opening hours; budget.go what all holders may use together; value.go what
// is paid; flip.go the smallest change that would make a decision eligible, flipsteps.go what
// can change; offer.go the best of several; diff.go what differs between two versions.
package benefit
