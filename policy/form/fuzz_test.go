package form_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"xinyi/policy/form"
)

// FuzzLoad: of forms that load every field that must be there has an example which it reads,
// and is found by its national codes.
func FuzzLoad(f *testing.F) {
	raw, err := os.ReadFile("rules/forms.yaml")
	require.NoError(f, err)
	f.Add(raw)
	const head = "name: a\ntitle: t\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b, noticeDays: 1}\n"
	f.Add([]byte(head + "forms: [{kind: levy, name: n, source: s, fields: [{label: a, need: M, example: x, codes: [XK_A]}, {label: b, need: O, type: wan, example: '1.5'}]}]\n"))
	f.Add([]byte(head + "groups: {g: [{label: a, need: O}]}\nforms: [{kind: levy, before: [g], after: [g]}, null]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := form.Load(fstest.MapFS{"f.yaml": {Data: raw}})
		if err != nil {
			return
		}
		for _, kind := range b.Kinds() {
			form, err := b.Of(kind)
			if err != nil {
				t.Fatal(err)
			}
			for i := range form.Fields {
				field := &form.Fields[i]
				if field.Label == "" || field.Need == "M" && field.Example == "" {
					t.Fatalf("%s: %+v", kind, field)
				}
				if _, rule := field.Read(field.Example); field.Example != "" && rule != "" {
					t.Fatalf("%s: %s does not read its example: %s", kind, field.Label, rule)
				}
				for _, code := range field.Codes {
					if got, ok := form.Coded(code); !ok || got.Label != field.Label {
						t.Fatalf("%s: %s is not found by %s", kind, field.Label, code)
					}
				}
				form.Field(field.Label)
			}
		}
	})
}
