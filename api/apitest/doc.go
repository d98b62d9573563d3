// Package apitest proves that the contract, the wire types, the routes and the
// exchanges seen in tests are equal.
//
// types.go compares wire types with schemas by reflection; recorder.go stands between a
// test and the server, validates every request and answer, and keeps a ledger of
// operation × status. Only tests import it.
package apitest
