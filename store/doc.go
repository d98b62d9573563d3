// Package store keeps documents. Callers hold a Collection[T] (collection.go): it
// encodes, validates, pages and names errors. Engines implement the dull Driver
// (driver.go): embedded (Pebble) and mongo. storetest pins what both must do alike.
// Repositories (one file per aggregate) write what belongs together in one batch.
package store
