// Package judging judges everybody again after a rule change (全员重评), and explains one
// judgement of any day (评价说明).
//
//	rules in force → run.go: page of stale files → digest of facts (or records) → files and
//	position in one batch → next page
//
// A look-up judges at the moment anyway (service/credit), so a run may be late, stop or
// start over without anybody seeing an old judgement: it saves the first look-up the work
// and brings lists and statistics up to date. Its state is one document that every page
// replaces at its revision: of two processes one loses and stops.
package judging
