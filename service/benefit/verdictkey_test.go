package benefit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
)

// Two holders never share a verdict: an id that is longer than a person's has none.
func TestVerdicts_keys(t *testing.T) {
	var v verdicts
	person := model.NewPersonID([16]byte{1})
	table, key := v.of(person)
	table.Put(key, verdict{from: 60})
	for _, other := range []model.SubjectID{person + "x", person[:27], model.NewPersonID([16]byte{2})} {
		table, key := v.of(other)
		table.Put(key, verdict{from: 100})
	}
	table, key = v.of(person)
	got, ok := table.Get(key)
	require.True(t, ok)
	require.EqualValues(t, 60, got.from)
}
