package ingest

import "xinyi/model"

// BusinessKey is the key under which an import would know the fact, for desks that write
// records themselves: whoever comes second is told that it is there.
func BusinessKey(r *model.Record, subject model.SubjectID) string { return businessKey(r, subject) }
