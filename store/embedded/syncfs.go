package embedded

import (
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// syncFS counts what really reaches the disk: each fsync or fdatasync of a file that
// is written and of a folder, those of the write-ahead log apart.
type syncFS struct {
	vfs.FS
	all, wal *atomic.Int64
}

func newSyncFS(fs vfs.FS) syncFS {
	return syncFS{FS: fs, all: new(atomic.Int64), wal: new(atomic.Int64)}
}

func (s syncFS) count(name string, f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(name, ".log") {
		return syncFile{f, s.all, s.wal}, nil
	}
	return syncFile{f, s.all, new(atomic.Int64)}, nil
}

func (s syncFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.Create(name, c)
	return s.count(name, f, err)
}

func (s syncFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := s.FS.OpenReadWrite(name, c, opts...)
	return s.count(name, f, err)
}

func (s syncFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := s.FS.ReuseForWrite(oldname, newname, c)
	return s.count(newname, f, err)
}

func (s syncFS) OpenDir(name string) (vfs.File, error) {
	f, err := s.FS.OpenDir(name)
	return s.count(name, f, err)
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
