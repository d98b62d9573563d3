// Package ingest brings credit data in: rows of files become subjects and records.
//
//	file → Reader (ndjson.go, table.go, xlsx.go) → Row → chunk.go: chunks of rows,
//	prepared side by side → prepare.go, record.go: normalise, validate, classify by the
//	catalogue, index → draft.go, subject.go: find subjects, tell new facts from known
//	ones → refresh.go: summaries and judgements → run.go: one atomic batch with its audit entry, its
//	rejected rows and the job's position
//
// While one batch is being written the next one is drafted on top of it. When the
// write loses a race both are drafted anew from the store.
//
// A job is found by the digest of its file: running it again goes on where the last
// committed batch ended, and a fact that is known by its business key is skipped, so an
// import is idempotent. Rejected rows are kept with cell, code and reason.
package ingest
