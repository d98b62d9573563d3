//go:build !linux

package main

import "errors"

// firstOn is for Linux; elsewhere nothing watches the processors.
func firstOn(int) error { return errors.ErrUnsupported }
