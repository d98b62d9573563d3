package embedded

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"xinyi/store"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Verified counts what Verify has looked at.
type Verified struct{ Tables, Docs, Entries int64 }

// Verify reads everything: the checksum of every block of every table, that every
// document is sound BSON, and that index entries and feed are exactly those that the
// documents call for. It can run beside the service, on one instant's state. The error
// joins one for each damaged table or wrong index, with a CorruptionError inside.
func (d *Driver) Verify(ctx context.Context) (Verified, error) {
	var v Verified
	if err := d.enter(ctx); err != nil {
		return v, err
	}
	defer d.leave()
	if err := d.verifyTables(ctx, &v); err != nil {
		return v, err
	}
	return v, d.verifyDocs(ctx, &v)
}

// CheckFiles is Verify for those who want one error: CodeInternal, its cause naming every
// damaged file.
func (d *Driver) CheckFiles(ctx context.Context) error {
	_, err := d.Verify(ctx)
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return err
	}
	var all []error
	var first *CorruptionError
	for _, e := range joined.Unwrap() {
		var damaged *CorruptionError
		if !errors.As(e, &damaged) {
			return err
		}
		if first == nil {
			first = damaged
		}
		all = append(all, damaged)
	}
	return corrupted(&CorruptionError{File: first.File, Err: errors.Join(all...)})
}

// verifyTables checks the tables of the present version. Other files beside them are
// still being written, or needed no more.
func (d *Driver) verifyTables(ctx context.Context, v *Verified) error {
	opts := d.pebbleOptions()
	opts.EnsureDefaults()
	live, err := d.liveTables()
	if err != nil {
		return err
	}
	var found []error
	for _, name := range slices.Sorted(maps.Keys(live)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		file := d.fs.PathJoin(d.dir, name)
		if err := d.verifyTable(ctx, file, opts.MakeReaderOptions()); err != nil {
			now, listErr := d.liveTables()
			if listErr != nil {
				return listErr
			}
			if !now[name] {
				continue // compacted away meanwhile
			}
			found = append(found, corrupted(&CorruptionError{File: file, Err: err}))
		}
		v.Tables++
	}
	return errors.Join(found...)
}

// liveTables names the files of the present version.
func (d *Driver) liveTables() (map[string]bool, error) {
	levels, err := d.db.SSTables()
	if err != nil {
		return nil, engineError(err)
	}
	names := map[string]bool{}
	for _, level := range levels {
		for _, table := range level {
			names[table.BackingSSTNum.String()+".sst"] = true
		}
	}
	return names, nil
}

func (d *Driver) verifyTable(ctx context.Context, file string, opts sstable.ReaderOptions) error {
	f, err := d.fs.FS.Open(file)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r, err := sstable.NewReader(ctx, readable, opts)
	if err != nil {
		return err // NewReader has closed the file
	}
	return errors.Join(r.ValidateBlockChecksums(), r.Close())
}

// An index is compared by the sum of its entries' hashes, so that one pass over the
// documents and one over the entries are enough, in any order.
type tally struct {
	sum   uint64
	count int64
}

func (t *tally) add(key []byte, sign int64) {
	h := maphash.Bytes(tallySeed, key)
	t.sum += h * uint64(sign)
	t.count += sign
}

var tallySeed = maphash.MakeSeed()

func (d *Driver) verifyDocs(ctx context.Context, v *Verified) error {
	snap := d.db.NewSnapshot()
	defer snap.Close()
	all := *d.indexes.Load()
	tallies := map[string]*tally{} // by the entries' common prefix
	of := func(prefix []byte) *tally {
		t := tallies[string(prefix)]
		if t == nil {
			t = &tally{}
			tallies[string(prefix)] = t
		}
		return t
	}
	err := walk(ctx, snap, spaceDoc, func(coll string, key, value []byte) error {
		id := string(key[len(coll)+2:])
		s, ok := parseValue(id, value)
		if !ok || bson.Raw(s.body).Validate() != nil {
			return corrupted(&CorruptionError{Err: errLayout})
		}
		v.Docs++
		defs := all[coll]
		if defs == nil {
			return nil
		}
		for _, def := range defs.list {
			if entry := def.key(coll, id, s.body); entry != nil {
				of(appendIndexPrefix(nil, coll, def.name)).add(entry, 1)
			}
		}
		if defs.feed {
			of(appendColl(nil, spaceFeed, coll)).add(append(appendFeedKey(nil, coll, s.stamp), id...), 1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = walk(ctx, snap, spaceIndex, func(coll string, key, _ []byte) error {
		v.Entries++
		rest := key[len(coll)+2:]
		end := strings.IndexByte(string(rest), 0)
		if end < 0 {
			return corrupted(&CorruptionError{Err: errLayout})
		}
		of(key[:len(coll)+2+end+1]).add(key, -1)
		return nil
	})
	if err != nil {
		return err
	}
	err = walk(ctx, snap, spaceFeed, func(coll string, key, id []byte) error {
		v.Entries++
		of(key[:len(coll)+2]).add(append(append([]byte(nil), key...), id...), -1)
		return nil
	})
	if err != nil {
		return err
	}
	var found []error
	for prefix, t := range tallies {
		if *t != (tally{}) {
			found = append(found, corrupted(&CorruptionError{Err: fmt.Errorf("%w under %q (%+d)", errLost, prefix, t.count)}))
		}
	}
	return errors.Join(found...)
}

// walk calls visit for every key of a space.
func walk(ctx context.Context, from pebble.Reader, space byte, visit func(coll string, key, value []byte) error) error {
	iter, err := from.NewIter(&pebble.IterOptions{LowerBound: []byte{space}, UpperBound: []byte{space + 1}})
	if err != nil {
		return engineError(err)
	}
	defer iter.Close()
	coll := ""
	for n, valid := 0, iter.First(); valid; n, valid = n+1, iter.Next() {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		key := iter.Key()
		if len(key) < len(coll)+2 || string(key[1:1+len(coll)]) != coll || key[1+len(coll)] != 0 {
			end := strings.IndexByte(string(key[1:]), 0)
			if end < 0 || !store.ValidColl(string(key[1:1+end])) {
				return corrupted(&CorruptionError{Err: errLayout})
			}
			coll = string(key[1 : 1+end])
		}
		if err := visit(coll, key, iter.Value()); err != nil {
			return err
		}
	}
	return engineError(iter.Error())
}
