package embedded

import (
	"context"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"xinyi/model"
)

// Clone copies a folder that nobody has open into the new folder to, where Open finds
// the same store. Tables, which never change, become hard links where the file system
// allows it. Nothing in dir is altered: opening a damaged folder itself could hide what
// is wrong with it, and would replay its log.
//
// Errors: CodeExists if to is there, CodeUnavailable if dir is in use or unreadable.
func Clone(ctx context.Context, dir, to string) (err error) {
	fs := vfs.Default
	if dir, err = filepath.Abs(dir); err != nil { // as in Open: the lock goes by name
		return openError(err, dir)
	}
	if _, err := fs.Stat(to); err == nil {
		return model.Errorf(model.CodeExists, "目标目录已存在，请换一个新目录。")
	}
	names, err := fs.List(dir)
	if err != nil {
		return openError(err, dir)
	}
	lock, err := pebble.LockDirectory(dir, fs)
	if err != nil {
		return lockError(err)
	}
	defer lock.Close()
	if names, err = fs.List(dir); err == nil {
		err = fs.MkdirAll(to, 0o700)
	}
	if err != nil {
		return openError(err, dir)
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		from, target := fs.PathJoin(dir, name), fs.PathJoin(to, name)
		switch {
		case name == lockFile:
		case isTable(name):
			err = vfs.LinkOrCopy(fs, from, target)
		default:
			err = vfs.Copy(fs, from, target)
		}
		if err != nil {
			return openError(err, from)
		}
	}
	return nil
}

const lockFile = "LOCK"

// isTable reports whether a file is written once and carries its own checksums.
func isTable(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".sst" || ext == ".blob"
}
