package model_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
)

// The public sees an entry as long as it may see the record.
func TestEntryOf(t *testing.T) {
	f := &model.SubjectFile{ID: "91410203MA40AB1C3C", Name: "开封示例商贸有限公司"}
	for name, c := range map[string]struct {
		change    func(*model.Record)
		withdrawn bool
	}{
		"stands":         {func(*model.Record) {}, false},
		"final":          {func(r *model.Record) { r.Finality = model.FinalityFinal }, false},
		"withdrawn":      {func(r *model.Record) { r.WithdrawnOn = "2026-11-22" }, true},
		"revoked":        {func(r *model.Record) { r.Finality = model.FinalityRevoked }, true},
		"for government": {func(r *model.Record) { r.Disclosure = model.DisclosureGovShare }, true},
	} {
		r := &model.Record{ID: "91410203MA40AB1C3C/01", Kind: model.RecordListEntry, List: model.ListHonor, Disclosure: model.DisclosurePublic, Title: "名单"}
		c.change(r)
		e := model.EntryOf(f, r)
		require.Equal(t, "honor/91410203MA40AB1C3C/01", e.ID, name)
		require.Equal(t, f.Name, e.Name)
		require.Equal(t, c.withdrawn, e.Withdrawn, name)
		require.Equal(t, !c.withdrawn, e.Shown("2026-11-22"), name)
	}
}
