package form_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/form"
)

func TestSeed(t *testing.T) {
	book, err := form.Load(form.Seed())
	require.NoError(t, err)
	require.Len(t, book.Kinds(), 15, "十公示, lists, honours, ratings, commitments, registrations")
	require.NotContains(t, book.Kinds(), model.RecordJudgment)
	require.Equal(t, 3, book.Terms().WithdrawDays)
	for _, kind := range book.Kinds() {
		f, err := book.Of(kind)
		require.NoError(t, err)
		for _, column := range []string{"name", "uscc", "idNo", "title", "decisionDate", "authority", "source", "sourceUscc"} {
			require.True(t, slices.ContainsFunc(f.Fields, func(f form.Field) bool { return f.Column == column }), "%s has %s", kind, column)
		}
	}
	_, err = book.Of(model.RecordContract)
	require.True(t, model.Is(err, model.CodeNotFound))
}

func TestForm_Field(t *testing.T) {
	book, err := form.Load(form.Seed())
	require.NoError(t, err)
	permit, err := book.Of(model.RecordPermit)
	require.NoError(t, err)
	for header, column := range map[string]string{"行政相对人名称": "name", "*行政相对人名称": "name", "行政相对人名称（必填）": "name", "xk_xdr_mc": "name", "name": "name",
		" 许可决定\n日期 ": "decisionDate", "XK_JDRQ": "decisionDate", "行政相对人代码_1（统一社会信用代码）": "uscc", "备注": "details.remark"} {
		f, ok := permit.Field(header)
		require.True(t, ok, header)
		require.Equal(t, column, f.Column, header)
	}
	f, ok := permit.Field("XK_FR_ZJHM")
	require.True(t, ok)
	require.Empty(t, f.Column, "it is read and let go")
	for _, header := range []string{"", "颜色", "CF_WSH"} {
		_, ok := permit.Field(header)
		require.False(t, ok, header)
	}
}

func TestField_Read(t *testing.T) {
	types := form.Field{Type: form.Enums, Values: []form.Value{{ID: "fine", Label: "罚款"}, {ID: "warning", Label: "警告", Also: []string{"1"}}}}
	one := types
	one.Type = form.Enum
	cases := []struct {
		field      form.Field
		text, want string
		rule       string
	}{
		{form.Field{Type: form.Date}, "2026-05-11", "2026-05-11", ""},
		{form.Field{Type: form.Date}, "2026/5/1", "2026-05-01", ""},
		{form.Field{Type: form.Date}, "2026.5.1", "2026-05-01", ""},
		{form.Field{Type: form.Date}, "2026年5月1日", "2026-05-01", ""},
		{form.Field{Type: form.Date}, "20260501", "2026-05-01", ""},
		{form.Field{Type: form.Date}, "2026-05-01 00:00:00", "2026-05-01", ""},
		{form.Field{Type: form.Date}, "2026-05-01T10:00:00", "2026-05-01", ""},
		{form.Field{Type: form.Date}, "长期", "2099-12-31", ""},
		{form.Field{Type: form.Date}, "2026-02-30", "2026-02-30", ""}, // the check says what is wrong
		{form.Field{Type: form.Date}, "明天", "明天", ""},
		{form.Field{Type: form.Wan}, "0.2", "200000", ""},
		{form.Field{Type: form.Wan}, "1,234.567891", "1234567891", ""},
		{form.Field{Type: form.Wan}, "5万元", "5000000", ""},
		{form.Field{Type: form.Wan}, "0.2000000", "200000", ""},
		{form.Field{Type: form.Wan}, "0.0000001", "", "amount"},
		{form.Field{Type: form.Wan}, "-1", "", "amount"},
		{form.Field{Type: form.Wan}, "1e3", "", "amount"},
		{form.Field{Type: form.Wan}, "99999999999999999999", "", "amount"},
		{form.Field{Type: form.Number}, "3.0", "3", ""},
		{form.Field{Type: form.Number}, "3.5", "", "number"},
		{form.Field{Type: form.Text, Length: 2}, " 三个字 ", "", "length"},
		{types, "罚款；警告", "fine;warning", ""},
		{types, "罚款、1", "fine;warning", ""},
		{types, "罚款;别的", "", "enum"},
		{one, " 警 告 ", "warning", ""},
		{one, "WARNING", "warning", ""},
		{one, "罚款;警告", "", "enum"},
	}
	for _, tc := range cases {
		got, rule := tc.field.Read(tc.text)
		require.Equal(t, tc.rule, rule, tc.text)
		require.Equal(t, tc.want, got, tc.text)
	}
}

func TestLoad_faults(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":          "name: a\ncolour: 1\n",
		"no terms":             "name: a\nvalidFrom: 2020-01-01\n",
		"unknown kind":         "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [{kind: nothing}]\n",
		"unknown group":        "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [{kind: levy, before: [x]}]\n",
		"a name twice":         "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [{kind: levy, fields: [{label: a, need: O}, {label: b, also: [A], need: O}]}]\n",
		"a bad example":        "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [{kind: levy, fields: [{label: a, need: O, type: number, example: x}]}]\n",
		"no such type":         "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [{kind: levy, fields: [{label: a, need: O, type: money}]}]\n",
		"passed over and kept": "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\npassedOver: [A]\nforms: [{kind: levy, fields: [{label: a, need: O}]}]\n",
		"values to text":       "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [{kind: levy, fields: [{label: a, need: O, values: [{id: x}]}]}]\n",
		"an empty form":        "name: a\nvalidFrom: 2020-01-01\nretraction: {withdrawDays: 1, withdrawBasis: b, syncDays: 1, syncBasis: b}\nforms: [null]\n",
	} {
		_, err := form.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}})
		require.True(t, model.Is(err, model.CodeInvalidRequest), name)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("2026年13月", "0.2")
	f.Add("长期", ";;罚款")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, kind := range []form.Type{form.Date, form.Wan, form.Number, form.Text, form.Enum, form.Enums} {
			field := form.Field{Type: kind, Values: []form.Value{{ID: "fine", Label: "罚款"}}}
			for _, text := range []string{a, b} {
				if value, rule := field.Read(text); rule != "" && value != "" {
					t.Fatalf("%s: %q and %s", kind, value, rule)
				}
			}
		}
	})
}

// What is read is shown as it was written, and read again from its kept form stays.
func TestField_Show(t *testing.T) {
	wan := form.Field{Type: form.Wan}
	enums := form.Field{Type: form.Enums, Values: []form.Value{{ID: "fine", Label: "罚款"}, {ID: "other", Label: "其他"}}}
	for _, c := range []struct {
		field             form.Field
		text, kept, shown string
	}{{wan, "0.2", "200000", "0.2"}, {wan, "1.50", "1500000", "1.5"}, {wan, "3", "3000000", "3"}, {enums, "其他；罚款", "other;fine", "其他;罚款"},
		{form.Field{Type: form.Text}, "甲", "甲", "甲"}} {
		kept, rule := c.field.Read(c.text)
		require.Empty(t, rule)
		require.Equal(t, c.kept, kept)
		require.Equal(t, c.shown, c.field.Show(kept))
		again, rule := c.field.Again(kept)
		require.Empty(t, rule)
		require.Equal(t, kept, again)
	}
	for _, bad := range []string{"-1", "0.5", "1e3", "99999999999999999999"} {
		_, rule := wan.Again(bad)
		require.Equal(t, "amount", rule, bad)
	}
}
