//go:build !linux

package benchload

import (
	"errors"
	"time"
)

var errLinux = errors.New("xinyi bench 只能在 Linux 上运行。")

func connect(string) (socket, error) { return noSocket, errLinux }

func (socket) close() {}

func (socket) send([]byte) error { return errLinux }

func (socket) Read([]byte) (int, error) { return 0, errLinux }

type poll struct{}

func newPoll([]*worker) (*poll, error) { return nil, errLinux }

func (*poll) close() {}

func (*poll) add(*worker) error { return errLinux }

func (*poll) wait(time.Duration) ([]int32, error) { return nil, errLinux }

// SleepUntil sleeps.
func SleepUntil(at time.Time) { time.Sleep(time.Until(at)) }
