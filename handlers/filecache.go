package handlers

import (
	"xinyi/model"
	"xinyi/policy/recent"
)

// encodedFile is an answer as it goes out.
type encodedFile struct {
	body []byte
	tag  string
}

// keptFile says where an encoded file stands, its tag behind its body, and what it was made from.
type keptFile struct {
	place recent.Place
	body  uint32 // bytes of the body
	basis uint32
	stamp model.FlatStamp
}

// fileBasis is what many files were made from.
type fileBasis struct {
	model.StampBasis
	names string // version of the published names in them; "" = there are none
}

// fileCache keeps encoded files. The caller has just read the document, whose revision
// decides, so a kept answer is true on every process. Files lie in few pieces of memory and the
// table points to nothing, for the collector (0021).
type fileCache struct {
	table *recent.Table[model.SubjectKey, keptFile]
	bases recent.Shared[fileBasis]
	texts *recent.Texts
}

// keptFiles are half as many again as a county has enterprises, so that hardly any set of the table is
// short of room; keptBytes are for each, and enough for the files of all of them.
const (
	keptFiles = 96 << 10
	keptBytes = 768
)

func newFileCache(size int) *fileCache {
	if size <= 0 {
		size = keptFiles
	}
	return &fileCache{table: recent.New[model.SubjectKey, keptFile](size), texts: recent.NewTexts(size * keptBytes)}
}

func (f *fileCache) get(id model.SubjectID, stamp model.Stamp, names string) (encodedFile, bool) {
	key, ok := id.Key()
	if !ok {
		return encodedFile{}, false
	}
	kept, ok := f.table.Get(key)
	if !ok {
		return encodedFile{}, false
	}
	own, basis := stamp.Flat()
	if madeFrom, ok := f.bases.Value(kept.basis); !ok || kept.stamp != own || madeFrom != (fileBasis{basis, names}) {
		return encodedFile{}, false
	}
	text, ok := f.texts.Get(kept.place)
	if !ok {
		return encodedFile{}, false
	}
	return encodedFile{text[:kept.body:kept.body], string(text[kept.body:])}, true
}

func (f *fileCache) put(id model.SubjectID, stamp model.Stamp, names string, e encodedFile) {
	key, ok := id.Key()
	if !ok {
		return
	}
	place, ok := f.texts.Put(e.body, []byte(e.tag))
	if !ok {
		return
	}
	own, basis := stamp.Flat()
	f.table.Put(key, keptFile{place, uint32(len(e.body)), f.bases.Number(fileBasis{basis, names}), own}) //nolint:gosec // it was kept
}
