//go:build !linux

package main

import (
	"errors"
	"time"
)

// firstOn is for Linux; elsewhere nothing watches the processors.
func firstOn(int) error { return errors.ErrUnsupported }

func sleepUntil(at time.Time) { time.Sleep(time.Until(at)) }
