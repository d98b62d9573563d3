package store_test

import (
	"reflect"
	"testing"
	"time"

	"xinyi/model"
	"xinyi/store"
)

// A head says what the decoded file says.
func TestHead(t *testing.T) {
	driver := openDriver(t, model.ClockFunc(time.Now))
	if err := store.Ensure(t.Context(), driver); err != nil {
		t.Fatal(err)
	}
	subjects := store.NewSubjects(driver, 10)
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for i, f := range []*model.SubjectFile{
		{ID: "91410203MA9F000001", Kind: model.KindLegalPerson, Name: "甲"},
		{ID: "p_1", Kind: model.KindNaturalPerson, Identity: model.Sealed{1, 2, 3}, LevelOptIn: true, ValidUntil: until,
			Judgement: &model.Judgement{Model: "personal", RuleVersion: "personal@2026-04-01#1234abcd", Grade: model.LevelGood,
				Explanation: []model.Explanation{{ItemID: "a", Title: "ruleVersion"}}}},
	} {
		if err := store.NewIngest(subjects).Commit(t.Context(), &model.ImportBatch{Files: []*model.SubjectFile{f}, Job: model.ImportJob{ID: string(f.ID)},
			Audit: model.AuditEntry{Origin: "test", Gen: 1, Seq: uint64(i)}}); err != nil {
			t.Fatal(err)
		}
		got, err := subjects.Head(t.Context(), f.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := model.FileHead{ID: f.ID, Rev: 1, Kind: f.Kind, LevelOptIn: f.LevelOptIn, Identity: f.Identity, ValidUntil: f.ValidUntil}
		if f.Judgement != nil {
			want.RuleVersion = f.Judgement.RuleVersion
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if _, err := subjects.Head(t.Context(), "p_2"); !model.Is(err, model.CodeNotFound) {
		t.Errorf("an absent file: %v", err)
	}
}
