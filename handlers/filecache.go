package handlers

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"xinyi/model"
)

// encodedFile is an answer as it goes out, with what it was made from.
type encodedFile struct {
	stamp model.Stamp
	names string // version of the published names in it; "" = there are none
	body  []byte
	tag   string
}

// fileCache keeps encoded public files. The caller has just read the document, whose
// revision decides, so a kept answer is true on every process.
type fileCache struct {
	entries *lru.Cache[model.SubjectID, encodedFile]
}

func newFileCache(size int) *fileCache {
	if size <= 0 {
		size = 65536
	}
	entries, _ := lru.New[model.SubjectID, encodedFile](size) // fails for sizes below 1 only
	return &fileCache{entries}
}

func (f *fileCache) get(id model.SubjectID, stamp model.Stamp, names string) (encodedFile, bool) {
	kept, ok := f.entries.Get(id)
	return kept, ok && kept.stamp == stamp && kept.names == names
}

func (f *fileCache) put(id model.SubjectID, e encodedFile) { f.entries.Add(id, e) }
