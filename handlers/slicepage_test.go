package handlers_test

import (
	"slices"
	"testing"

	"xinyi/handlers"
)

// A position is a key, so nothing is skipped or repeated when the list changes between pages.
func TestSlicePage(t *testing.T) {
	page := func(all []string, limit int, after string) ([]string, string) {
		return handlers.SlicePage(all, limit, after, func(s string) string { return s })
	}
	all := []string{"a", "b", "c", "d", "e"}
	first, next := page(all, 2, "")
	if !slices.Equal(first, []string{"a", "b"}) || next != "b" {
		t.Errorf("first page %v, next %q", first, next)
	}
	for name, c := range map[string]struct {
		now  []string
		want []string
		next string
	}{
		"unchanged":         {all, []string{"c", "d"}, "d"},
		"one came in front": {[]string{"A", "a", "b", "c", "d", "e"}, []string{"c", "d"}, "d"},
		"one has gone":      {[]string{"b", "c", "d", "e"}, []string{"c", "d"}, "d"},
		"the last one gone": {[]string{"a", "c", "d", "e"}, []string{"c", "d"}, "d"},
		"the end":           {[]string{"a", "b", "c", "d"}, []string{"c", "d"}, ""},
		"the rest gone":     {[]string{"a", "b"}, nil, ""},
		"all gone":          {[]string{"a"}, nil, ""},
		"in another order":  {[]string{"z", "b", "y"}, []string{"y"}, ""},
	} {
		got, end := page(c.now, 2, next)
		if !slices.Equal(got, c.want) || end != c.next {
			t.Errorf("%s: %v, next %q; want %v, %q", name, got, end, c.want, c.next)
		}
	}
}
