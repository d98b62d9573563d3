// Package store keeps documents. Callers hold a Collection[T] (collection.go): it
// encodes, validates, pages and names errors. Engines implement the dull Driver
// (driver.go): embedded (Pebble) and mongo. storetest pins what both must do alike;
// ops.go judges the form of batches and queries for both.
// Repositories (one file per aggregate) write what belongs together in one Batch
// (batch.go). What processes share is in control.go (documents that all of them poll)
// and lease.go (who alone may do something, with a fencing token).
package store
