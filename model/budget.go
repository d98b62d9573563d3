package model

import (
	"fmt"
	"strings"
	"time"
)

// BudgetSlice is a part of a benefit's budget that was handed to one process (预算分片): it
// may give the uses of one day Size units, numbered from 0. A unit is used, or taken back
// when the slice is over, by whoever first makes the document of its number.
type BudgetSlice struct {
	ID      string    `bson:"_id"` // benefit code + "/" + ordered id
	Benefit string    `bson:"benefit"`
	Day     Date      `bson:"day"`
	Size    int       `bson:"size"`
	Until   time.Time `bson:"until"` // after it what is left is taken back
	Rev     int64     `bson:"-"`
}

// MaxBudgetSlice bounds the units of a slice.
const MaxBudgetSlice = 256

// Units is what the names of its units begin with: the ordered id, so that the units of a
// busy benefit do not lie together.
func (s *BudgetSlice) Units() string {
	_, id, _ := strings.Cut(s.ID, "/")
	return id + "/"
}

// Unit names the n-th unit.
func (s *BudgetSlice) Unit(n int) string { return fmt.Sprintf("%s%03d", s.Units(), n) }
