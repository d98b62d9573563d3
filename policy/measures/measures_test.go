package measures_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"xinyi/model"
	"xinyi/policy/measures"
)

const today model.Date = "2026-11-22"

func book(t testing.TB) *measures.Book {
	t.Helper()
	b, err := measures.Load(measures.Seed())
	require.NoError(t, err)
	return b
}

// The seed keeps what the law asks of every table.
func TestSeed(t *testing.T) {
	b := book(t)
	require.Regexp(t, `^measures@\d{4}-\d\d-\d\d#[0-9a-f]{8}$`, b.Version())
	all := b.Measures(today)
	require.Len(t, all, 7+6+8, "the Henan enumerations without their 其他")
	for _, m := range all {
		require.True(t, strings.HasPrefix(m.LegalBasis, "河南省社会信用条例第"), m.Code)
		for _, target := range m.Targets {
			if target == measures.TargetPerson {
				require.Equal(t, measures.ClassIncentive, m.Class, "%s: natural persons meet incentives only", m.Code)
			}
		}
	}
	for _, kind := range []model.ListKind{model.ListHonor, model.ListSerious, model.ListAbnormal, model.ListWatch} {
		rule, err := b.List(kind, today)
		require.NoError(t, err)
		for _, code := range rule.Bases {
			_, err := b.Basis(code, today)
			require.NoError(t, err)
		}
	}
	require.Empty(t, b.Measures("2020-04-30"), "before the regulation there is none")
	_, err := b.Measure("HN34-1", "2020-04-30")
	require.True(t, model.Is(err, model.CodeNoLegalBasis))
	_, err = b.List(model.ListSerious, "2020-12-06")
	require.True(t, model.Is(err, model.CodeNoLegalBasis))
}

// Better grades are inspected less.
func TestSuggest(t *testing.T) {
	b, last := book(t), 0
	for _, grade := range []string{"A", "B", "C", "D", "E"} {
		s, ok := b.Suggest(grade, today)
		require.True(t, ok)
		require.Greater(t, s.Percent, last)
		require.NotEmpty(t, s.LegalBasis)
		last = s.Percent
	}
	_, ok := b.Suggest("", today)
	require.False(t, ok)
	_, ok = b.Suggest("A", "2020-08-31")
	require.False(t, ok)
}

// A measure ends with its basis, not only with its own row.
func TestBasisEnds(t *testing.T) {
	source := files(t)
	source["bases.yaml"].Data = []byte(strings.Replace(string(source["bases.yaml"].Data), "条例, validFrom: 2020-05-01}", "条例, validFrom: 2020-05-01, validTo: 2026-11-21}", 1))
	b, err := measures.Load(source)
	require.NoError(t, err)
	require.NotEmpty(t, b.Measures("2026-11-21"))
	require.Empty(t, b.Measures(today))
	_, err = b.Measure("HN30-1", today)
	require.True(t, model.Is(err, model.CodeNoLegalBasis))
	_, err = b.Basis("HN", today)
	require.True(t, model.Is(err, model.CodeNoLegalBasis))
	_, ok := b.Suggest("A", today)
	require.False(t, ok)
}

func files(t testing.TB) fstest.MapFS {
	t.Helper()
	source := fstest.MapFS{}
	for _, name := range []string{"bases.yaml", "measures.yaml", "lists.yaml", "supervision.yaml"} {
		raw, err := os.ReadFile("rules/" + name)
		require.NoError(t, err)
		source[name] = &fstest.MapFile{Data: raw}
	}
	return source
}

// TestFaults replaces a piece of the seed and names the fault that must be reported.
func TestFaults(t *testing.T) {
	raw, err := os.ReadFile("testdata/faults.yaml")
	require.NoError(t, err)
	var cases []struct{ Name, File, Old, New, Fault string }
	require.NoError(t, yaml.Unmarshal(raw, &cases))
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			source := files(t)
			before := string(source[c.File].Data)
			require.Contains(t, before, c.Old)
			source[c.File].Data = []byte(strings.Replace(before, c.Old, c.New, 1))
			_, err := measures.Load(source)
			require.True(t, model.Is(err, model.CodeInvalidRequest), "%v", err)
			require.ErrorContains(t, err, c.Fault)
		})
	}
}
