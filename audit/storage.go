package audit

import (
	"context"

	"xinyi/model"
)

// Storage keeps the log. What Append and SaveOrigin acknowledge survives power loss.
type Storage interface {
	Source
	// Append makes entries and their access lines durable, all or none; CodeExists if an
	// entry is there already.
	Append(ctx context.Context, entries []model.AuditEntry) error
	// EntriesByID gives those entries that exist, in the order of ids.
	EntriesByID(ctx context.Context, ids []string) ([]model.StoredAuditEntry, error)
	// Origin gives one origin: CodeNotFound if there is none.
	Origin(ctx context.Context, name string) (model.AuditOrigin, error)
	// SaveOrigin writes o over revision o.Rev (0 = new), and tiles with it, all or none;
	// CodeConflict or CodeExists if somebody else wrote it. The new revision is o.Rev+1.
	SaveOrigin(ctx context.Context, o model.AuditOrigin, tiles []model.AuditTile) error
}

// Source is what can be verified. Pages come with the position to go on from, "" at the end.
type Source interface {
	Origins(ctx context.Context) ([]model.AuditOrigin, error)
	// Tiles gives the tiles of a level from index on, at most limit; missing ones are left out.
	Tiles(ctx context.Context, origin string, level int, from int64, limit int) ([]model.AuditTile, error)
	Entries(ctx context.Context, span model.AuditSpan) ([]model.StoredAuditEntry, string, error)
	// Access gives access-log lines: subject/milliseconds(12 hex)/AuditID.
	Access(ctx context.Context, span model.AuditSpan) ([]string, string, error)
	// AccessByID gives those lines that exist, in the order of ids.
	AccessByID(ctx context.Context, ids []string) ([]string, error)
}

// FileChecker is a Source that can also read every file of its engine and compare
// checksums; a CodeInternal error names the damaged file, errors.ErrUnsupported says that
// the engine has no such check.
type FileChecker interface {
	CheckFiles(ctx context.Context) error
}

// accessLine is the id of the line that entry id at ms puts into subject's access log.
func accessLine(subject model.SubjectID, ms int64, id model.AuditID) string {
	b := append([]byte(lineTime(subject, ms)), '/')
	return string(id.Append(b))
}

// lineTime is where the lines of subject at ms begin.
func lineTime(subject model.SubjectID, ms int64) string {
	return string(model.AppendHex(append([]byte(subject), '/'), uint64(max(0, ms)), 12))
}

// within spans the ids that start with prefix, which ends in '/'.
func within(prefix string, limit int) model.AuditSpan {
	return model.AuditSpan{From: prefix, To: prefix[:len(prefix)-1] + "0", Limit: limit}
}

// unavailable is the answer when nothing can be promised: the caller must not answer its request.
func unavailable(err error) error {
	return &model.Error{Code: model.CodeAuditUnavailable, Detail: "审计日志暂时无法写入，请稍后重试。", Err: err}
}
