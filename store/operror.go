package store

import (
	"errors"
	"fmt"
)

// Error names the op; ids are left out, they may belong to a person.
func (e *OpError) Error() string { return fmt.Sprintf("store: op %d on %s", e.Index, e.Coll) }

// FailedColl gives the collection of the op that failed, "" when err has none.
func FailedColl(err error) string {
	var op *OpError
	if errors.As(err, &op) {
		return op.Coll
	}
	return ""
}
