// Package audit keeps the log of who looked, decided and changed what (审计日志).
//
//	Record ─► window ─► writer ─► Storage.Append ─┐ durable: the caller may answer
//	Begin ──► window ─► the change's own batch ───┤
//	                                              ▼ within 1 s
//	                              folder ─► tree, signed checkpoint ─► Storage.SaveOrigin ─► Witness
//
// A process holds one log (origin) by a lease; its generation is the fencing token.
// Durable comes first: the number of an entry is taken in window.go, the leaf (leaf.go)
// is written by writer.go or with a change, and slot.go folds what became durable into
// the origin's Merkle tree (edge.go) under a checkpoint (checkpoint.go) that is also
// kept outside the store (witness.go). lease.go takes and keeps the slot and folds what
// a lost holder left behind. proof.go and list.go answer the auditor and the subject;
// verify*.go prove a whole store. storage.go declares what a store must offer.
package audit
