package mongo

import (
	"context"
	"strings"
	"unicode/utf8"

	"xinyi/model"
	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Find gives one page: see query for how it is asked.
func (d *Driver) Find(ctx context.Context, coll string, q store.Query) (store.Page, error) {
	op, cancel, err := d.call(ctx)
	if err != nil {
		return store.Page{}, err
	}
	defer cancel()
	var fields []string
	if q.Index != "" {
		if fields, err = d.fields(coll, q.Index); err != nil {
			return store.Page{}, err
		}
	}
	if err := q.Check(fields); err != nil {
		return store.Page{}, err
	}
	if !store.ValidColl(coll) {
		return store.Page{}, nil
	}
	built, err := d.build(q, fields)
	if err != nil || built.empty {
		return store.Page{}, err
	}
	page, err := d.page(op, coll, q, built)
	return page, fault(ctx, err)
}

func (d *Driver) fields(coll, index string) ([]string, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	fields, ok := d.indexes[coll][index]
	if !ok {
		return nil, model.Errorf(model.CodeInternal, "查询用到了未声明的索引，请联系管理员。")
	}
	return fields, nil
}

// page asks for one document more than wanted, to know whether there are more. Documents
// that MongoDB indexes but the contract does not (arrays, floats) are dropped and made up for.
func (d *Driver) page(ctx context.Context, coll string, q store.Query, b built) (store.Page, error) {
	var page store.Page
	var last position
	for ask := q.Limit + 1; ; {
		page, last = store.Page{}, position{}
		got, more := 0, false
		opts := options.Find().SetSort(b.sort).SetLimit(int64(ask)).SetBatchSize(int32(ask) + 1)
		err := d.each(ctx, coll, b.filter, opts, func(raw bson.Raw) error {
			got++
			p, ok := positionOf(raw, b.fields, b.open)
			if !ok {
				return nil
			}
			if len(page.Docs) == q.Limit {
				more = true
				return nil
			}
			doc, err := opened(raw)
			p.ID = doc.ID
			page.Docs, last = append(page.Docs, doc), p
			return err
		})
		if err != nil {
			return store.Page{}, err
		}
		if more {
			page.Next = encodeToken(last)
			return page, nil
		}
		if got < ask {
			return page, nil
		}
		ask = 2 * ask
	}
}

// positionOf reads the index values of a stored document; false if one is not indexable.
func positionOf(raw bson.Raw, fields []string, open int) (position, bool) {
	var p position
	for i, f := range fields {
		v, ok := lookup(raw, f)
		if !ok {
			return position{}, false
		}
		if i >= len(fields)-open {
			p.Values = append(p.Values, v)
		}
	}
	return p, true
}

func lookup(raw bson.Raw, field string) (value, bool) {
	for {
		head, rest, dotted := strings.Cut(field, ".")
		v, err := raw.LookupErr(head)
		if err != nil {
			return value{}, false
		}
		if !dotted {
			return indexable(v)
		}
		var ok bool
		if raw, ok = v.DocumentOK(); !ok {
			return value{}, false
		}
		field = rest
	}
}

func indexable(v bson.RawValue) (value, bool) {
	switch v.Type {
	case bson.TypeInt32:
		n, ok := v.Int32OK()
		wide := int64(n)
		return value{Int: &wide}, ok
	case bson.TypeInt64:
		n, ok := v.Int64OK()
		return value{Int: &n}, ok
	case bson.TypeString:
		s, ok := v.StringValueOK()
		return value{String: &s}, ok
	case bson.TypeBoolean:
		b, ok := v.BooleanOK()
		return value{Bool: &b}, ok
	case bson.TypeDateTime:
		ms, ok := v.DateTimeOK()
		return value{Time: &ms}, ok
	}
	return value{}, false
}

// built is a Query in MongoDB's words.
type built struct {
	fields []string // of the index
	open   int      // how many of them, at the end, Equal leaves open
	filter bson.D
	sort   bson.D
	empty  bool // nothing can match
}

// build puts a query into words:
//
//	equal fields, the range, the open fields not null, after the position; sorted by the
//	open fields and the id.
//
// The position is "first open field not before it" (which bounds the index scan on every
// planner) and a lexicographic $or for the rest.
func (d *Driver) build(q store.Query, fields []string) (built, error) {
	b := built{fields: fields, open: len(fields) - len(q.Equal)}
	open := fields[len(q.Equal):]
	var all []bson.D
	add := func(field, operator string, v any) {
		all = append(all, bson.D{{Key: field, Value: bson.D{{Key: operator, Value: v}}}})
	}
	for i, v := range q.Equal {
		add(fields[i], "$eq", v)
	}
	ranged := "_id"
	if len(open) > 0 {
		ranged = open[0]
	}
	if q.From != nil {
		add(ranged, "$gte", q.From)
	}
	if q.To != nil {
		add(ranged, "$lt", q.To)
	}
	if q.Prefix != "" {
		if !utf8.ValidString(q.Prefix) || strings.IndexByte(q.Prefix, 0) >= 0 {
			b.empty = true // no id starts like that
			return b, nil
		}
		add("_id", "$gte", q.Prefix)
		if end := prefixEnd(q.Prefix); end != "" {
			add("_id", "$lt", end)
		}
	}
	if s, one := oneSeed(q); one && d.sharded {
		add("_s", "$eq", s)
	}
	for i, f := range open {
		if i > 0 || q.From == nil && q.To == nil {
			add(f, "$ne", nil)
		}
	}
	if q.After != "" {
		p, err := decodePosition(q.After, len(open))
		if err != nil {
			return built{}, err
		}
		all = append(all, after(open, p, q.Desc)...)
	}
	direction := 1
	if q.Desc {
		direction = -1
	}
	for _, f := range open {
		b.sort = append(b.sort, bson.E{Key: f, Value: direction})
	}
	b.sort = append(b.sort, bson.E{Key: "_id", Value: direction})
	switch len(all) {
	case 0:
		b.filter = bson.D{}
	case 1:
		b.filter = all[0]
	default:
		b.filter = bson.D{{Key: "$and", Value: all}}
	}
	return b, nil
}

// oneSeed gives the shard seed that all ids of a query by id share: those under a prefix
// with a "/", or in a range that stays below the seed of its start (see store's span).
func oneSeed(q store.Query) (string, bool) {
	if s, _, whole := strings.Cut(q.Prefix, "/"); whole {
		return s, true
	}
	from, _ := q.From.(string)
	to, _ := q.To.(string)
	s, _, whole := strings.Cut(from, "/")
	return s, whole && q.Index == "" && to != "" && to <= s+"0" // '0' follows '/'
}

// after gives the conditions for keys beyond p in the order (open fields, id).
func after(open []string, p position, desc bool) []bson.D {
	beyond, from := "$gt", "$gte"
	if desc {
		beyond, from = "$lt", "$lte"
	}
	keys := append(append([]string(nil), open...), "_id")
	var values []any
	for _, v := range p.Values {
		values = append(values, v.any())
	}
	values = append(values, p.ID)
	if len(keys) == 1 {
		return []bson.D{{{Key: "_id", Value: bson.D{{Key: beyond, Value: p.ID}}}}}
	}
	var ways []bson.D
	for i, k := range keys { // equal up to k, beyond at k
		var way bson.D
		for j := range i {
			way = append(way, bson.E{Key: keys[j], Value: bson.D{{Key: "$eq", Value: values[j]}}})
		}
		ways = append(ways, append(way, bson.E{Key: k, Value: bson.D{{Key: beyond, Value: values[i]}}}))
	}
	return []bson.D{
		{{Key: keys[0], Value: bson.D{{Key: from, Value: values[0]}}}},
		{{Key: "$or", Value: ways}},
	}
}

// prefixEnd gives the first string after all that start with prefix, or "" if there is
// none. The order of UTF-8 bytes is the order of code points, so the last one goes up.
func prefixEnd(prefix string) string {
	for prefix != "" {
		r, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch {
		case r == utf8.MaxRune:
			continue
		case r == 0xD7FF: // surrogates are no characters
			return prefix + "\uE000"
		}
		return prefix + string(r+1)
	}
	return ""
}
