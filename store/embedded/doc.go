// Package embedded is the document engine of one machine: store.Driver over Pebble.
//
// Keys, each with the collection name up to a NUL:
//
//	d coll NUL id                    → stamp, revision, BSON        the documents
//	i coll NUL index NUL fields id   → nothing                      index entries
//	f coll NUL stamp                 → id                           the change feed
//	m i coll                         → index definitions            what is built
//	m s                              → stamp of the last write
//
// A stamp is the instant of a write in milliseconds, shifted left, plus a counter: it
// grows with every written document, also when the clock goes back, and is what makes
// the feed free of gaps.
//
// All writes go through one committer (commit.go): it judges preconditions, merges the
// waiting batches into one and hands it to Pebble without waiting for the disk; another
// goroutine waits and answers. So compare-and-swap, atomicity and group commit have one
// home. Reads (driver.go, find.go, changes.go) go straight to Pebble and see what is
// applied, possibly an instant before it is durable; whoever needs durable writes.
package embedded
