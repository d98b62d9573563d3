// Package listing is the desk of lists (名单): honour, serious, abnormal and watch.
//
//	draft.go: a unit's data officer drafts and revises → check.go: what must hold before
//	anybody may publish → publish.go: a second person publishes; record, list entry and the
//	subject's refreshed file land in one batch with the audit entry → remove.go: off the
//	list at once, with a public notice → joint.go: 联合奖惩, from initiation over response
//	and feedback to the end of the measures → waiting.go: what waits for whom
//
// Lists hold organisations. Natural persons meet incentives only and stand on no list that
// anybody else could read; the people responsible for a serious listing are sealed.
package listing
