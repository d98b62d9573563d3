package benchload

import "errors"

// socket is a connection that never waits.
type socket int

const noSocket socket = -1

var errWait = errors.New("benchload: nothing to read yet")
