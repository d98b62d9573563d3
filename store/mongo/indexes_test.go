package mongo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"xinyi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestEnsureIndexesDropsNothing is a rolling deploy: what one version does not declare,
// or declares otherwise, another one reads by.
func TestEnsureIndexesDropsNothing(t *testing.T) {
	index := func(name string, fields ...string) bson.D {
		var keys bson.D
		for _, f := range append(fields, "_id") {
			keys = append(keys, bson.E{Key: f, Value: int32(1)})
		}
		return bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: keys}, {Key: "name", Value: name}}
	}
	declared := []store.Index{{Name: "due", Fields: []string{"due"}}, {Name: "open", Fields: []string{"open", "n"}}}
	tests := []struct {
		name string
		have []any
		want []string
	}{
		{"a new collection", nil, []string{"x_due{due,_id}", "x_open{open,n,_id}"}},
		{"all are there", []any{index("x_due", "due"), index("x_open", "open", "n")}, nil},
		{"one that is no longer declared", []any{index("x_due", "due"), index("x_old", "old"), index("x_open", "open", "n")}, nil},
		{"one that is declared otherwise", []any{index("x_due", "due"), index("x_open", "open")}, []string{"x_open.open.n._id{open,n,_id}"}},
		{"the other one was built before", []any{index("x_due", "due"), index("x_open", "open"), index("x_open.open.n._id", "open", "n")}, nil},
		{"the operator's own", []any{index("due", "due", "n"), index("x_open", "open", "n")}, []string{"x_due{due,_id}"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startFake(t, func(c bson.Raw) bson.D {
				if name(c) == "listIndexes" {
					return found(tt.have...)
				}
				return nil
			})
			if err := s.open(t).EnsureIndexes(t.Context(), "a", declared); err != nil {
				t.Fatal(err)
			}
			var built []string
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, c := range s.received {
				switch name(c) {
				case "dropIndexes":
					t.Errorf("dropped %v", c)
				case "createIndexes":
					built = append(built, indexesIn(t, c)...)
				}
			}
			if !slices.Equal(built, tt.want) {
				t.Errorf("built %q, want %q", built, tt.want)
			}
		})
	}
}

func indexesIn(t *testing.T, command bson.Raw) (list []string) {
	t.Helper()
	values, err := command.Lookup("indexes").Array().Values()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		elements, err := v.Document().Lookup("key").Document().Elements()
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, e := range elements {
			keys = append(keys, e.Key())
		}
		list = append(list, fmt.Sprintf("%s{%s}", v.Document().Lookup("name").StringValue(), strings.Join(keys, ",")))
	}
	return list
}
