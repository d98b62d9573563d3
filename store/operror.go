package store

import "fmt"

// Error names the op; ids are left out, they may belong to a person.
func (e *OpError) Error() string { return fmt.Sprintf("store: op %d on %s", e.Index, e.Coll) }
