// Package mongo is the document engine of cities and provinces: store.Driver over a
// MongoDB replica set or sharded cluster (4.2 or newer). `mongosh` reads what it writes:
// a document is its own BSON plus an envelope at its end:
//
//	_rev   int64   writes of this document, from 1
//	_at    date    instant of the last write, by the writer's injected clock
//	_s     string  shard seed: the id up to its first "/" (subject of subject/record)
//	_lock  oid     set by OpCheck only, see below
//
// # Durability and what a read sees
//
// Writes are acknowledged by a majority with the journal on, reads are majority reads
// from the primary, both whatever the URI says: what Get shows is never rolled back, and
// what Apply acknowledged is seen by every later Get through the same primary. (Around a
// failover a primary that was cut off, or a new one that has not caught up with the commit
// point, may answer reads from the past for some seconds; writes judge revisions on the
// true primary's newest state, so a decision must be written to count.) A refusal
// (exists, not found, conflict) is likewise told only once a majority read confirms it, so
// that the caller who reads again sees what he collided with.
//
// # Batches
//
// One op is one atomic command. The driver's retryable writes make it happen once, also
// when the first answer is lost. OpPut reads the revision and then inserts or replaces
// under it, going round on a race: a pipeline upsert would do it in one command, but not
// on every compatible server.
//
// Several ops are one transaction with read concern snapshot and write concern majority,
// through Session.WithTransaction, which starts the whole over on
// TransientTransactionError (write conflicts, elections) and only the commit on
// UnknownTransactionCommitResult. The ops of one collection go out in one bulk write;
// inserts, updates and deletes are one command each. What counts is how many documents
// each command matched: fewer than ops, or a duplicate key, gives the transaction up, and
// a majority read outside it finds the first op in order that cannot be, so that the
// failing index is the one the embedded engine reports. If none is found, somebody else's
// write was just not yet majority-committed, and the batch goes round.
//
// Snapshot isolation lets two transactions read what the other writes (write skew), and an
// update that changes nothing conflicts with nobody (SERVER-77616). OpCheck therefore changes the
// document it guards: it sets _lock to a new ObjectID under {_id, _rev}, which conflicts
// with every concurrent writer of the document, and other checks of it. _rev and _at
// stay, so nobody's cached answer or feed is disturbed. For Rev 0 (must be absent) it
// inserts and deletes a placeholder in the same transaction, which conflicts with every
// concurrent insert of that id. Checks of a hot document by many batches thus queue up;
// guard with documents that belong to one subject.
//
// A server without transactions (standalone mongod, FerretDB) is refused unless
// Options.AllowStandalone is set, for tests: batches then check all preconditions first and
// write in order, which is neither atomic nor isolated; Capabilities says so.
//
// # Order and indexes
//
// Strings compare byte-wise (no collation anywhere) and types in MongoDB's order. An index
// is {fields…, _id}, named "x_" + its name, and its fields if that name stands for others.
// None is dropped, since processes of an older or newer version may read by it; indexes of
// other names, such as the operator's or the shard key's, are left alone. A document without one of the fields is kept out by
// `$ne: null` rather than by a partial index, which not every server has. Equality on an
// array's element, and numbers that are not integers, are filtered out after the query.
//
// # Changes
//
// The feed walks {_at, _id, _rev} and, having come to the end, goes back and walks the last
// Options.FeedOverlap (default 25 s) again, because a transaction shows its documents later
// than their _at, and because clocks differ. A change is missed only if the clock
// difference between its writer and the poller, plus the time from _at to its commit (at
// most twice Options.Timeout, 20 s; as a rule some milliseconds), exceeds the overlap: keep
// servers within 5 s of each other (NTP keeps them within milliseconds; Stats
// "clock_skew_millis" shows the server's distance at Open). What was given already in the
// window is remembered in this process and not given again, and only keys are read for it;
// after a restart, or with an old token, one window is repeated. A process's own _at never
// goes back, also when its clock does.
//
// # Sharding
//
// Everything in the filter of a point read, a CAS or an id prefix follows from the id, so
// on mongos each of them names _s and goes to one shard; the same id always lives on the
// same shard, so _id stays unique over the cluster. Shard every large collection by
// {_s: "hashed"} and leave small ones unsharded on the primary shard:
// deploy/mongodb/sharding.js does so and says which is which. A batch about one subject is
// then a single-shard transaction. List by id prefix, or by a range below one seed, where
// the list may be long: a Find through an index asks all shards, one by such ids asks one.
package mongo
