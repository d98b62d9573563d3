package ingest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"xinyi/model"
	"xinyi/store"
)

// state gives every document that imports make as text, sorted, with everything random
// replaced by what it stands for: two stores with the same content have equal states
// whatever their ids and sealed bytes.
func (d *desk) state(t fataler) []string {
	s := &stateReader{desk: d, t: t, standIn: map[string]string{}}
	each(s, "subjects", func(f *model.SubjectFile) {
		if f.Judgement != nil {
			j, ok, err := d.Judge.Again(f, f.Judgement.AsOf)
			j.ValidUntil, f.Judgement.ValidUntil = j.ValidUntil.UTC(), f.Judgement.ValidUntil.UTC()
			if err != nil || !ok || fmt.Sprint(j) != fmt.Sprint(*f.Judgement) {
				t.Fatal("the digest of facts tells another judgement", j, ok, err)
			}
		}
		f.Facts = nil // it holds ids
		if f.ID.IsPerson() {
			plain := s.open(model.SealIdentity, string(f.ID), f.Identity)
			s.standIn[string(f.ID)] = "person " + string(plain)
			f.Identity = plain
		}
		for i := range f.Consents {
			f.Consents[i].ID = ""
		}
		s.keep("subjects", f)
	})
	each(s, "records", func(r *model.Record) {
		_, hash, _ := strings.Cut(r.BusinessKey, "/")
		_, tail, _ := strings.Cut(string(r.ID), "/")
		s.standIn[tail] = hash
		if r.SealedContent != nil {
			r.SealedContent = s.open(model.SealRecord, string(r.ID), r.SealedContent)
		}
		s.keep("records", r)
	})
	for _, coll := range []string{"record_keys", "aliases", "person_index", "list_entries", "rating_stats", "search_names", "import_jobs", "import_faults"} {
		each(s, coll, func(m *bson.M) { s.keep(coll, m) })
	}
	var pairs []string
	for id, to := range s.standIn {
		quoted, _ := json.Marshal(to)
		pairs = append(pairs, id, strings.Trim(string(quoted), `"`))
	}
	names := strings.NewReplacer(pairs...)
	for i := range s.texts {
		s.texts[i] = names.Replace(s.texts[i])
	}
	slices.Sort(s.texts)
	return s.texts
}

type fataler interface {
	Helper()
	Fatal(...any)
}

type stateReader struct {
	*desk
	t       fataler
	standIn map[string]string
	texts   []string
}

func (s *stateReader) keep(coll string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		s.t.Fatal(err)
	}
	s.texts = append(s.texts, coll+" "+string(text))
}

func (s *stateReader) open(purpose, id string, sealed model.Sealed) model.Sealed {
	plain, err := s.vault.Open(purpose, id, sealed)
	if err != nil {
		s.t.Fatal(err)
	}
	return plain
}

func each[T any](s *stateReader, coll string, f func(*T)) {
	for after := ""; ; {
		page, err := s.driver.Find(s.ctx, coll, store.Query{Limit: 1000, After: after})
		if err != nil {
			s.t.Fatal(err)
		}
		for _, doc := range page.Docs {
			v := new(T)
			if err := bson.Unmarshal(doc.Body, v); err != nil {
				s.t.Fatal(err)
			}
			f(v)
		}
		if after = page.Next; after == "" {
			return
		}
	}
}

// differ gives the first documents that only one of two states has.
func differ(a, b []string) string {
	only := func(x, y []string) string {
		for _, s := range x {
			if !slices.Contains(y, s) {
				return s
			}
		}
		return "-"
	}
	if slices.Equal(a, b) {
		return ""
	}
	return fmt.Sprintf("%d and %d documents\nonly here: %s\nonly there: %s", len(a), len(b), only(a, b), only(b, a))
}

func sameState(t *testing.T, got, want *desk) {
	t.Helper()
	if d := differ(got.state(t), want.state(t)); d != "" {
		t.Fatal(d)
	}
}
