package search

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What comes out of a segment is what went in, and every code finds whose it is or was.
func TestDocsKeepEntries(t *testing.T) {
	text := rapid.StringMatching(`[A-C0-2开封（）\- ]{0,4}`)
	rapid.Check(t, func(rt *rapid.T) {
		codes := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-C0-2]{1,3}`), 0, 30, rapid.ID).Draw(rt, "codes")
		entries := make([]Entry, len(codes))
		for i, code := range codes {
			entries[i] = Entry{USCC: code, Name: text.Draw(rt, "name"), Status: text.Draw(rt, "status"),
				FormerNames: optional(rapid.SliceOfN(text, 0, 3).Draw(rt, "former names")),
				FormerCodes: optional(rapid.SliceOfN(text, 0, 3).Draw(rt, "former codes"))}
		}
		d := newDocs(entries)
		require.Equal(rt, len(entries), d.len())
		former := map[string][]uint32{}
		for i := range uint32(d.len()) {
			e := d.entry(i)
			require.Equal(rt, entries[i], e)
			at, ok := d.byID(e.USCC)
			require.Equal(rt, []any{true, i}, []any{ok, at})
			for n, name := range e.FormerNames {
				require.Equal(rt, name, d.formerName(i, n))
			}
			for _, c := range e.FormerCodes {
				if c = foldCode(c); c != "" && (len(former[c]) == 0 || former[c][len(former[c])-1] != i) {
					former[c] = append(former[c], i)
				}
			}
		}
		for code, want := range former {
			require.Equal(rt, want, d.byFormer(code), code)
		}
		for _, code := range rapid.SliceOf(rapid.StringMatching(`[A-C0-2]{0,4}`)).Draw(rt, "asked") {
			at, ok := d.byID(code)
			require.Equal(rt, ok, ok && entries[at].USCC == code)
			require.Equal(rt, former[code], optional(d.byFormer(code)), code)
		}
	})
}

func optional[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// The collector has nothing to do in an index, however many organisations there are.
func TestSegmentsLieFlat(t *testing.T) {
	var flat func(path string, of reflect.Type, inList bool)
	flat = func(path string, of reflect.Type, inList bool) {
		switch of.Kind() {
		case reflect.Struct:
			for i := range of.NumField() {
				flat(path+"."+of.Field(i).Name, of.Field(i).Type, inList)
			}
		case reflect.Slice:
			if inList {
				t.Errorf("%s: a list in a list", path)
			}
			flat(path, of.Elem(), true)
		case reflect.String:
			if inList {
				t.Errorf("%s: a string for each", path)
			}
		case reflect.Map, reflect.Pointer, reflect.Interface:
			t.Errorf("%s: %s", path, of)
		}
	}
	flat("segment", reflect.TypeFor[segment](), false)
}
