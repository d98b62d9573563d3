package embedded

import (
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"xinyi/model"
)

// syncFS counts what really reaches the disk: each fsync or fdatasync of a file that
// is written and of a folder, those of the write-ahead log apart.
//
// It also remembers which file was opened for reading last: while a database is being
// opened, that is the file an error is about.
type syncFS struct {
	vfs.FS
	clock    model.Clock
	all, wal *atomic.Int64
	reading  *atomic.Pointer[string]
	bulk     *bulk
}

func newSyncFS(fs vfs.FS, clock model.Clock) syncFS {
	return syncFS{FS: fs, clock: clock, all: new(atomic.Int64), wal: new(atomic.Int64), reading: new(atomic.Pointer[string]), bulk: new(bulk)}
}

func (s syncFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	s.reading.Store(&name)
	return s.FS.Open(name, opts...)
}

// lastRead names the file opened for reading last; "" if there was none.
func (s syncFS) lastRead() string {
	if name := s.reading.Load(); name != nil {
		return *name
	}
	return ""
}

func (s syncFS) count(name string, c vfs.DiskWriteCategory, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".log") {
		return syncFile{f, s.all, s.wal}, nil
	}
	counted := syncFile{f, s.all, new(atomic.Int64)}
	if strings.HasSuffix(name, ".sst") {
		return &tableFile{syncFile: counted, clock: s.clock, bulk: s.bulk, rest: restOf(c)}, nil
	}
	return counted, nil
}

func (s syncFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, c)
	return s.count(name, c, f, err)
}

func (s syncFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := s.FS.OpenReadWrite(name, c, opts...)
	return s.count(name, c, f, err)
}

func (s syncFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(oldname, newname, c)
	return s.count(newname, c, f, err)
}

func (s syncFS) OpenDir(name string) (vfs.File, error) {
	f, err := s.FS.OpenDir(name)
	return s.count(name, vfs.WriteCategoryUnspecified, f, err)
}

func (s syncFS) Unwrap() vfs.FS { return s.FS }

type syncFile struct {
	vfs.File
	all, wal *atomic.Int64
}

func (f syncFile) Sync() error {
	f.all.Add(1)
	f.wal.Add(1)
	return f.File.Sync()
}

func (f syncFile) SyncData() error {
	f.all.Add(1)
	f.wal.Add(1)
	return f.File.SyncData()
}

func (f syncFile) SyncTo(length int64) (fullSync bool, err error) {
	fullSync, err = f.File.SyncTo(length)
	if fullSync {
		f.all.Add(1)
		f.wal.Add(1)
	}
	return fullSync, err
}
