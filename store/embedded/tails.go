package embedded

import (
	"github.com/cockroachdb/pebble/v2"
)

// tails knows, for each collection that was written, an id that none of its documents is
// behind. An id behind it is new, without a read: log entries and other time-ordered ids
// usually are. The committer's alone.
type tails map[string]string

// beyond reports whether id is behind every id of coll. It must be asked before the
// first write of a collection, so that no write of the group under way is missed.
func (t tails) beyond(db *pebble.DB, coll, id string) (bool, error) {
	tail, known := t[coll]
	if !known {
		var err error
		if tail, err = lastID(db, coll); err != nil {
			return false, err
		}
		t[coll] = tail
	}
	return id > tail, nil
}

// wrote takes an id along that is being written.
func (t tails) wrote(coll, id string) {
	if id > t[coll] {
		t[coll] = id
	}
}

// lastID gives the greatest id in coll; "" when it is empty.
func lastID(db *pebble.DB, coll string) (id string, err error) {
	prefix := appendColl(nil, spaceDoc, coll)
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: prefixEnd(prefix)})
	if err != nil {
		return "", engineError(err)
	}
	if it.Last() {
		id = string(it.Key()[len(prefix):])
	}
	return id, engineError(it.Close())
}
