// Package ingest brings credit data in: rows of files become subjects and records.
//
//	file → Reader (ndjson.go, csv.go, xlsx.go) → Row → prepare.go: normalise, validate,
//	classify by the catalogue, index and seal → commit.go: group by subject, refresh
//	summaries, one atomic batch with its audit entry and the job's position
//
// A job is found by the digest of its file: running it again goes on where the last
// committed batch ended, and a row that is known by its business key is skipped, so an
// import is idempotent. Rejected rows are reported with cell, code and reason.
package ingest
