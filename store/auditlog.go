package store

import (
	"bytes"
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"xinyi/model"
)

// The collections of the audit log.
const (
	collAuditEntries = "audit_entries" // AuditID → the leaf as text
	collAuditAccess  = "audit_access"  // subject/milliseconds(12 hex)/AuditID → nothing more
	collAuditTree    = "audit_tree"    // origin/level(2 hex)/index(12 hex) → tile
	collAuditOrigins = "audit_origins" // origin → lease and head
)

// WrittenOnce names the collections that grow with every request and are hardly read
// again, for engines that keep what was read.
func WrittenOnce() []string { return []string{collAuditEntries, collAuditAccess, collRedemptions} }

// AuditLog is the storage of the audit log. Its ids sort in the order in which they
// are read, so it needs no index.
type AuditLog struct{ driver Driver }

// NewAuditLog keeps the audit log in d.
func NewAuditLog(d Driver) *AuditLog { return &AuditLog{driver: d} }

// AuditOps gives the writes that make entries durable, for the batch of the change:
// each entry, and for each of its subjects a line in the subject's access log. An
// access line is an id only: what it shows is read from the entry, so the two cannot
// disagree.
func AuditOps(entries ...model.AuditEntry) []Op {
	n := len(entries)
	for _, e := range entries {
		n += len(e.Event.Subjects)
	}
	ops := make([]Op, 0, n)
	for _, e := range entries { // side by side: an engine adds neighbours for less
		id := e.ID().String()
		ops = append(ops, Op{Kind: OpInsert, Coll: collAuditEntries, ID: id, Body: entryBody(id, e.Leaf)})
	}
	for _, e := range entries {
		for _, subject := range e.Event.Subjects {
			line := accessID(subject, e)
			ops = append(ops, Op{Kind: OpMark, Coll: collAuditAccess, ID: line, Body: MarkBody(line)})
		}
	}
	return ops
}

// accessID is subject/milliseconds/entry: one subject's lines are one range, in order of time.
func accessID(subject model.SubjectID, e model.AuditEntry) string {
	var buf [128]byte
	b := append(append(buf[:0], subject...), '/')
	b = append(model.AppendHex(b, uint64(max(0, e.Event.At.UnixMilli())), 12), '/')
	return string(e.ID().Append(b))
}

func entryBody(id string, leaf []byte) bson.Raw {
	b := make([]byte, 4, 26+len(id)+len(leaf)) // all of it: entries are most of what a server writes
	b = bsoncore.AppendStringElement(b, "_id", id)
	b = bsoncore.AppendHeader(b, bsoncore.TypeString, "leaf")
	b = bsoncore.AppendInt32(b, int32(len(leaf)+1))
	return endDocument(append(append(b, leaf...), 0))
}

// endDocument closes a document whose first four bytes were kept for its length.
func endDocument(b []byte) bson.Raw {
	b = append(b, 0)
	return bsoncore.UpdateLength(b, 0, int32(len(b)))
}

// Append makes entries durable in one batch: CodeExists if one of them is there already.
func (a *AuditLog) Append(ctx context.Context, entries []model.AuditEntry) error {
	return a.driver.Apply(ctx, AuditOps(entries...))
}

// Origins gives all origins by name.
func (a *AuditLog) Origins(ctx context.Context) ([]model.AuditOrigin, error) {
	var origins []model.AuditOrigin
	q := Query{Limit: 1000}
	for {
		page, err := a.driver.Find(ctx, collAuditOrigins, q)
		if err != nil {
			return nil, err
		}
		for _, doc := range page.Docs {
			origin, err := decodeOrigin(doc)
			if err != nil {
				return nil, err
			}
			origins = append(origins, origin)
		}
		if q.After = page.Next; q.After == "" {
			return origins, nil
		}
	}
}

// Origin gives one origin: CodeNotFound if there is none.
func (a *AuditLog) Origin(ctx context.Context, name string) (model.AuditOrigin, error) {
	doc, err := a.driver.Get(ctx, collAuditOrigins, name)
	if err != nil {
		return model.AuditOrigin{}, err
	}
	return decodeOrigin(doc)
}

func decodeOrigin(doc Doc) (model.AuditOrigin, error) {
	origin := model.AuditOrigin{}
	if err := bson.Unmarshal(doc.Body, &origin); err != nil {
		return origin, model.Errorf(model.CodeInternal, "store: audit origin %s: %w", doc.ID, err)
	}
	origin.Rev = doc.Rev
	return origin, nil
}

// SaveOrigin writes tiles and the origin over revision o.Rev in one batch; Rev 0 makes
// a new origin. CodeConflict (CodeExists for a new one) if somebody else wrote it. The
// revision after it is o.Rev+1.
func (a *AuditLog) SaveOrigin(ctx context.Context, o model.AuditOrigin, tiles []model.AuditTile) error {
	ops := make([]Op, 0, len(tiles)+1)
	for _, t := range tiles {
		id := tileID(t.Origin, t.Level, t.Index)
		body, err := bson.Marshal(tileDoc{ID: id, Hashes: t.Hashes, Runs: t.Runs})
		if err != nil {
			return model.Errorf(model.CodeInternal, "store: audit tile %s: %w", id, err)
		}
		ops = append(ops, Op{Kind: OpPut, Coll: collAuditTree, ID: id, Body: body})
	}
	body, err := bson.Marshal(o)
	if err != nil {
		return model.Errorf(model.CodeInternal, "store: audit origin %s: %w", o.Name, err)
	}
	head := Op{Kind: OpReplace, Coll: collAuditOrigins, ID: o.Name, Rev: o.Rev, Body: body}
	if o.Rev == 0 {
		head.Kind = OpInsert
	}
	// The head stands last: an engine without transactions then leaves hashes that
	// nothing counts yet, never a count without its hashes.
	return a.driver.Apply(ctx, append(ops, head))
}

type tileDoc struct {
	ID     string           `bson:"_id"`
	Hashes []byte           `bson:"hashes"`
	Runs   []model.AuditRun `bson:"runs,omitempty"`
}

func tileID(origin string, level int, index int64) string {
	b := append([]byte(origin), '/')
	b = append(model.AppendHex(b, uint64(level), 2), '/')
	return string(model.AppendHex(b, uint64(index), 12))
}

// Tiles gives the tiles of one level from index on, at most limit; what is missing is left out.
func (a *AuditLog) Tiles(ctx context.Context, origin string, level int, from int64, limit int) ([]model.AuditTile, error) {
	ids := make([]string, limit)
	index := make(map[string]int64, limit)
	for i := range ids {
		ids[i] = tileID(origin, level, from+int64(i))
		index[ids[i]] = from + int64(i)
	}
	docs, err := a.driver.GetMany(ctx, collAuditTree, ids)
	if err != nil {
		return nil, err
	}
	tiles := make([]model.AuditTile, len(docs))
	for i, doc := range docs {
		var t tileDoc
		if err := bson.Unmarshal(doc.Body, &t); err != nil {
			return nil, model.Errorf(model.CodeInternal, "store: audit tile %s: %w", doc.ID, err)
		}
		tiles[i] = model.AuditTile{Origin: origin, Level: level, Index: index[doc.ID], Hashes: t.Hashes, Runs: t.Runs}
	}
	return tiles, nil
}

// Entries gives a page of entries in order of their ids, and where to go on ("" at the end).
func (a *AuditLog) Entries(ctx context.Context, span model.AuditSpan) ([]model.StoredAuditEntry, string, error) {
	page, err := a.driver.Find(ctx, collAuditEntries, spanQuery(span))
	if err != nil {
		return nil, "", err
	}
	return storedEntries(page.Docs), page.Next, nil
}

// EntriesByID gives those entries that exist, in the order of ids.
func (a *AuditLog) EntriesByID(ctx context.Context, ids []string) ([]model.StoredAuditEntry, error) {
	docs, err := a.driver.GetMany(ctx, collAuditEntries, ids)
	if err != nil {
		return nil, err
	}
	return storedEntries(docs), nil
}

func storedEntries(docs []Doc) []model.StoredAuditEntry {
	entries := make([]model.StoredAuditEntry, len(docs))
	for i, doc := range docs {
		leaf, _ := doc.Body.Lookup("leaf").StringValueOK()
		e := model.StoredAuditEntry{ID: doc.ID, Leaf: []byte(leaf), WrittenAt: doc.At}
		e.Odd = !bytes.Equal(doc.Body, entryBody(doc.ID, e.Leaf))
		entries[i] = e
	}
	return entries
}

// Access gives a page of lines of the access log (their ids), and where to go on.
func (a *AuditLog) Access(ctx context.Context, span model.AuditSpan) ([]string, string, error) {
	page, err := a.driver.Find(ctx, collAuditAccess, spanQuery(span))
	if err != nil {
		return nil, "", err
	}
	return docIDs(page.Docs), page.Next, nil
}

// AccessByID gives those lines that exist, in the order of ids.
func (a *AuditLog) AccessByID(ctx context.Context, ids []string) ([]string, error) {
	docs, err := a.driver.GetMany(ctx, collAuditAccess, ids)
	if err != nil {
		return nil, err
	}
	return docIDs(docs), nil
}

func docIDs(docs []Doc) []string {
	ids := make([]string, len(docs))
	for i, doc := range docs {
		ids[i] = doc.ID
	}
	return ids
}

func spanQuery(span model.AuditSpan) Query {
	q := Query{Desc: span.Desc, Limit: span.Limit, After: span.After}
	if span.From != "" {
		q.From = span.From
	}
	if span.To != "" {
		q.To = span.To
	}
	return q
}

// CheckFiles reads every file of the engine and compares its checksums: the error names
// the damaged file. errors.ErrUnsupported if the engine offers no such check.
func (a *AuditLog) CheckFiles(ctx context.Context) error {
	if engine, ok := a.driver.(interface{ CheckFiles(context.Context) error }); ok {
		return engine.CheckFiles(ctx)
	}
	return errors.ErrUnsupported
}
