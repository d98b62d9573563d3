package handlers_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"xinyi/api"
	"xinyi/handlers"
	"xinyi/model"
	"xinyi/service/rating"
)

// register answers every code with its one file, as a former code would be.
type register struct {
	handlers.PublicFiles
	file  model.SubjectFile
	stamp model.Stamp
}

func (r *register) Enterprise(context.Context, string) (*model.SubjectFile, model.Stamp, error) {
	f := r.file
	return &f, r.stamp, nil
}

func (r *register) EnterpriseStamp(context.Context, string) (model.SubjectID, model.Stamp, error) {
	return r.file.ID, r.stamp, nil
}

const current, former = "92410203MA44444T86", "410203000012343"

// schemes is a book that names every sector alike.
type schemes struct{ version, name string }

func (s *schemes) Schemes() []*rating.Scheme { return nil }

func (s *schemes) Scheme(string) (*rating.Scheme, error) { return &rating.Scheme{Name: s.name}, nil }

func (s *schemes) Version() string { return s.version }

func publicFile(t *testing.T, s *handlers.Server, code string) (api.EnterpriseFile, string, string) {
	t.Helper()
	w := send(t, s, "GET", "/v1/enterprises/"+code, "")
	var f api.EnterpriseFile
	if err := json.Unmarshal(w.Body.Bytes(), &f); err != nil || w.Code != 200 {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	return f, w.Header().Get("ETag"), w.Header().Get("Content-Location")
}

func TestPublicFile(t *testing.T) {
	ratings := []model.RatingGrade{{Sector: "tax", Grade: "A", Disclosure: model.DisclosureAuthorised}, {Sector: "labour", Grade: "B", Disclosure: model.DisclosurePublic}}
	r := &register{stamp: model.Stamp{Rev: 3, Day: "2026-11-22", ValidUntil: now.Add(time.Hour)},
		file: model.SubjectFile{ID: current, Kind: model.KindSelfEmployed, Name: "顺河区润达便利店", UpdatedAt: now,
			Registration: &model.Registration{LegalRep: "王沐宸"},
			Summary: model.Summary{Ratings: ratings, Lists: []model.ListMember{{Kind: model.ListWatch, Disclosure: model.DisclosureGovShare},
				{Kind: model.ListHonor, Disclosure: model.DisclosurePublic, From: "2026-01-01", RecordID: current + "/12345678"}}}}}
	book := &schemes{version: "1", name: "劳动保障"}
	s := server(t, options(t, &handlers.Enterprises{Files: r, Sectors: func() handlers.SectorBook { return book }}))

	f, tag, location := publicFile(t, s, current)
	if f.Registration.LegalRep != "王*" {
		t.Errorf("the owner of a 个体工商户 is shown as %q", f.Registration.LegalRep)
	}
	if len(f.Lists) != 1 || f.Lists[0].Kind != "honor" || len(f.Ratings) != 1 || f.Ratings[0].Sector != "labour" {
		t.Errorf("shown to everybody: lists %+v, ratings %+v", f.Lists, f.Ratings)
	}
	if f.AsOf != "2026-11-22" || location != "" {
		t.Errorf("as of %s, content location %q", f.AsOf, location)
	}
	byFormer, sameTag, location := publicFile(t, s, former)
	if byFormer.USCC != current || sameTag != tag || location != "/v1/enterprises/"+current {
		t.Errorf("by a former code: %s, tag %s, content location %q", byFormer.USCC, sameTag, location)
	}
	if w := send(t, s, "GET", "/v1/enterprises/"+current, "", "If-None-Match", tag); w.Code != 304 {
		t.Errorf("unchanged: status %d", w.Code)
	}
	if f.Ratings[0].SectorName != book.name {
		t.Errorf("the sector is called %q", f.Ratings[0].SectorName)
	}
	// What was encoded is used for the same revision, rules, schemes, day and end only.
	for name, change := range map[string]func(){
		"revision": func() { r.stamp.Rev++; r.file.Name = "顺河区润达新店" },
		"scheme":   func() { book.version, book.name = "2", "劳动保障守法诚信" },
		"day":      func() { r.stamp.Day = "2026-11-23" },
		"rules":    func() { r.stamp.Rules = "enterprise@2026-11-23#1" },
	} {
		change()
		next, nextTag, _ := publicFile(t, s, current)
		if nextTag == tag || next.AsOf != string(r.stamp.Day) || next.Name != r.file.Name || next.Ratings[0].SectorName != book.name {
			t.Errorf("another %s: tag %s, %+v", name, nextTag, next)
		}
		tag = nextTag
	}
}
