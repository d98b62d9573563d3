package embedded

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"

	"xinyi/model"
	"xinyi/store"

	"github.com/cockroachdb/pebble/v2"
)

// Find gives a page; see store.Driver. Page.Next is the base64url form of the last
// key's part after the collection (and index).
func (d *Driver) Find(ctx context.Context, coll string, q store.Query) (store.Page, error) {
	if err := d.enter(ctx); err != nil {
		return store.Page{}, err
	}
	defer d.leave()
	if q.Index == "" {
		return d.findByID(ctx, coll, q)
	}
	return d.findByIndex(ctx, coll, q)
}

// span is a range of keys under a common base.
type span struct{ base, lower, upper []byte }

// after narrows the span to what follows the cursor.
func (s *span) after(cursor string, desc bool) error {
	if cursor == "" {
		return nil
	}
	suffix, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(suffix) == 0 {
		return model.Errorf(model.CodeInvalidCursor, "翻页位置无效，请从第一页重新查询。")
	}
	key := append(bytes.Clone(s.base), suffix...)
	if desc {
		if bytes.Compare(key, s.upper) < 0 {
			s.upper = key
		}
		return nil
	}
	if key = append(key, 0); bytes.Compare(key, s.lower) > 0 {
		s.lower = key
	}
	return nil
}

func (s *span) next(key []byte) string {
	return base64.RawURLEncoding.EncodeToString(key[len(s.base):])
}

func (s *span) empty() bool { return bytes.Compare(s.lower, s.upper) >= 0 }

func (d *Driver) findByID(ctx context.Context, coll string, q store.Query) (store.Page, error) {
	if err := q.Check(nil); err != nil {
		return store.Page{}, err
	}
	s := span{base: appendColl(nil, spaceDoc, coll)}
	s.lower = append(bytes.Clone(s.base), q.Prefix...)
	s.upper = prefixEnd(s.lower)
	if from, ok := q.From.(string); ok {
		if key := append(bytes.Clone(s.base), from...); bytes.Compare(key, s.lower) > 0 {
			s.lower = key
		}
	}
	if to, ok := q.To.(string); ok {
		if key := append(bytes.Clone(s.base), to...); bytes.Compare(key, s.upper) < 0 {
			s.upper = key
		}
	}
	found := d.fromHead(coll, q, &s)
	var page store.Page
	more, err := d.scan(ctx, d.db, &s, q, func(key, value []byte) error {
		id := string(key[len(s.base):])
		st, ok := parseValue(id, value)
		if !ok {
			return corrupted(&CorruptionError{Err: errLayout})
		}
		page.Docs = append(page.Docs, st.doc(id, bytes.Clone(st.body)))
		return nil
	})
	page.Next = more
	if err == nil {
		found(page.Docs)
	}
	return page, err
}

// fromHead has a scan from the front of a queue start at its head. found is to be told what
// came of the scan.
func (d *Driver) fromHead(coll string, q store.Query, s *span) (found func([]store.Doc)) {
	h := d.heads[coll]
	if h == nil || q.Desc || q.After != "" || q.Prefix != "" || q.From != nil || q.To != nil {
		return func([]store.Doc) {}
	}
	id, ticket := h.start()
	s.lower = append(bytes.Clone(s.base), id...)
	return func(docs []store.Doc) {
		first := noDocument
		if len(docs) > 0 {
			first = docs[0].ID
		}
		h.found(first, ticket)
	}
}

func (d *Driver) findByIndex(ctx context.Context, coll string, q store.Query) (store.Page, error) {
	def, ok := (*d.indexes.Load())[coll].find(q.Index)
	if !ok {
		return store.Page{}, model.Errorf(model.CodeInternal, "查询用的索引未声明，请联系管理员。")
	}
	paths := make([]string, len(def.fields))
	if err := q.Check(paths); err != nil {
		return store.Page{}, err
	}
	s := span{base: appendIndexPrefix(nil, coll, q.Index)}
	prefix := bytes.Clone(s.base)
	for _, v := range q.Equal {
		prefix = appendQueryValue(prefix, v)
	}
	s.lower, s.upper = rangeBounds(prefix, q)
	snap := d.db.NewSnapshot() // an entry and its document from one instant
	defer snap.Close()
	var page store.Page
	more, err := d.scan(ctx, snap, &s, q, func(key, _ []byte) error {
		id := key[len(s.base):]
		for range def.fields {
			if id, ok = skipValue(id); !ok {
				return corrupted(&CorruptionError{Err: errLayout})
			}
		}
		doc, err := d.get(snap, coll, string(id))
		if model.Is(err, model.CodeNotFound) {
			return corrupted(&CorruptionError{Err: errLost})
		}
		page.Docs = append(page.Docs, doc)
		return err
	})
	page.Next = more
	return page, err
}

// rangeBounds turns From and To into keys; one bound alone keeps to values of its type.
func rangeBounds(prefix []byte, q store.Query) (lower, upper []byte) {
	lower, upper = prefix, prefixEnd(prefix)
	if q.From != nil {
		lower = appendQueryValue(bytes.Clone(prefix), q.From)
		upper = prefixEnd(lower[:len(prefix)+1])
	}
	if q.To != nil {
		upper = appendQueryValue(bytes.Clone(prefix), q.To)
		if q.From == nil {
			lower = upper[:len(prefix)+1]
		}
	}
	return lower, upper
}

// scan calls add for at most q.Limit keys of the span in the order asked for, and gives
// the cursor to go on from, "" at the end.
func (d *Driver) scan(ctx context.Context, from pebble.Reader, s *span, q store.Query, add func(key, value []byte) error) (string, error) {
	if err := s.after(q.After, q.Desc); err != nil || s.empty() {
		return "", err
	}
	iter, err := from.NewIter(&pebble.IterOptions{LowerBound: s.lower, UpperBound: s.upper})
	if err != nil {
		return "", engineError(err)
	}
	defer iter.Close()
	step := iter.Next
	valid := false
	if q.Desc {
		step, valid = iter.Prev, iter.Last()
	} else {
		valid = iter.First()
	}
	last := ""
	for n := 0; valid; n++ {
		if n == q.Limit {
			return last, nil
		}
		if n%64 == 63 && ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err := add(iter.Key(), iter.Value()); err != nil {
			return "", err
		}
		if n == q.Limit-1 {
			last = s.next(iter.Key())
		}
		valid = step()
	}
	return "", engineError(iter.Error())
}

// Changes gives documents in the order of their last write. The token is the stamp of
// the last one; an id that was written again since moved to the end.
func (d *Driver) Changes(ctx context.Context, coll string, token string, limit int) ([]store.Doc, string, error) {
	if err := d.enter(ctx); err != nil {
		return nil, "", err
	}
	defer d.leave()
	if defs := (*d.indexes.Load())[coll]; defs == nil || !defs.feed {
		return nil, "", model.Errorf(model.CodeInternal, "该数据集没有声明变更索引，请联系管理员。")
	}
	q := store.Query{Limit: limit, After: token}
	if err := q.Check(nil); err != nil {
		return nil, "", err
	}
	s := span{base: appendColl(nil, spaceFeed, coll)}
	s.lower, s.upper = s.base, prefixEnd(s.base)
	snap := d.db.NewSnapshot()
	defer snap.Close()
	var docs []store.Doc
	next := token
	_, err := d.scan(ctx, snap, &s, q, func(key, id []byte) error {
		if len(key) != len(s.base)+8 {
			return corrupted(&CorruptionError{Err: errLayout})
		}
		doc, err := d.get(snap, coll, string(id))
		if model.Is(err, model.CodeNotFound) {
			return corrupted(&CorruptionError{Err: errLost})
		}
		docs = append(docs, doc)
		next = base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(key[len(s.base):])))
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return docs, next, nil
}
