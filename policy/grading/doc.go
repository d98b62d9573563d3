// Package grading judges a credit subject on a day: the enterprise grade (1000 points,
// A–E) and the personal incentive level (信用激励等级: excellent, good or basic).
//
// A judgement is a pure function of facts, a dated model (rules/*.yaml) and a day. It
// names the model version, explains itself item by item (the points of the explanation
// add up exactly to the score) and says until when time alone cannot change it.
//
// What the models can say is limited by law, in the loader:
//
//   - A disputed record (异议中) never counts for the worse (domain §5); a disputed good
//     fact keeps counting, so that raising an objection never costs anything.
//   - The personal model is joined voluntarily and only adds. An adverse final fact may
//     close a higher level; no level lies below basic (domain §8).
//
// doc map: model.go the rule file and its checks; compile.go its fast form; judge.go the
// judgement; day.go calendar arithmetic on integers; file.go the subject file's view.
package grading
