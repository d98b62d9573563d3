package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"xinyi/model"

	"github.com/cockroachdb/pebble/v2"
)

// CorruptionError names a file of the data folder whose content cannot be trusted.
// errors.As finds it under the *model.Error (CodeInternal) that the driver returns.
type CorruptionError struct {
	// File is the path of the damaged file; "" if only the key space is known to be.
	File string
	Err  error
}

func (e *CorruptionError) Error() string {
	return fmt.Sprintf("embedded: damaged file %q: %v", e.File, e.Err)
}

// Unwrap gives the cause.
func (e *CorruptionError) Unwrap() error { return e.Err }

var (
	errClosed error = &model.Error{Code: model.CodeUnavailable, Detail: "数据引擎已关闭，请稍后重试。"}
	errBroken error = &model.Error{Code: model.CodeUnavailable, Detail: "数据写入磁盘失败，引擎已停止写入。请检查磁盘后重新启动服务。"}

	errLayout = errors.New("value or key does not have the engine's form")
	errLost   = errors.New("index entries and documents do not match")
)

// engineError words what Pebble says; nil and context errors stay what they are.
func engineError(err error) error {
	switch {
	case err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case pebble.IsCorruptionError(err):
		damaged := &CorruptionError{Err: err}
		if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
			damaged.File = info.Path
		}
		return corrupted(damaged)
	}
	return model.Wrap(err, model.CodeUnavailable, "数据引擎暂时不可用，请稍后重试。")
}

func corrupted(err *CorruptionError) error {
	return model.Wrap(err, model.CodeInternal, "数据文件已损坏，请停止服务，运行 xinyi audit verify 检查，并从备份恢复。")
}

func lockError(err error) error {
	var inFile *fs.PathError // the lock file cannot be made; a held lock has no path
	if errors.As(err, &inFile) {
		return openError(err, inFile.Path)
	}
	return model.Wrap(err, model.CodeUnavailable,
		"数据目录正被另一个 xinyi 进程使用。请先停止那个进程，或用 --data 指定另一个目录。")
}

// openError words why a folder does not open; file is what was read last.
func openError(err error, file string) error {
	if pebble.IsCorruptionError(err) {
		if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
			file = info.Path
		}
		return corrupted(&CorruptionError{File: file, Err: err})
	}
	return model.Wrap(fmt.Errorf("%w (file read last: %q)", err, file), model.CodeUnavailable,
		"数据目录打不开，请检查路径、权限和磁盘空间。")
}
