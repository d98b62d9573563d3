package store

import (
	"context"
	"strings"
	"time"

	"xinyi/model"
)

// Collections of subjects and what they are found by.
const (
	collSubjects    = "subjects"
	collRecords     = "records"
	collRecordKeys  = "record_keys"
	collAliases     = "aliases"
	collPersonIndex = "person_index"
	collListEntries = "list_entries"
	collRatingStats = "rating_stats"
	collImportJobs  = "import_jobs"
	// collImportFaults: job/line/number → why the row was rejected.
	collImportFaults = "import_faults"
)

// pointer is a document that only says to whom its id belongs.
type pointer struct {
	ID      string          `bson:"_id"`
	Subject model.SubjectID `bson:"subject"`
}

func pointers(d Driver, name string) *Collection[pointer] {
	return NewCollection(d, CollectionOptions[pointer]{Name: name, ID: func(p *pointer) string { return p.ID }})
}

// Subjects keeps subject files, their records, and the documents they are found by
// (信用主体档案).
type Subjects struct {
	driver  Driver
	files   *Collection[model.SubjectFile]
	records *Collection[model.Record]
	aliases *Collection[pointer]
	persons *Collection[pointer]
	// Upstream says that records of 双公示 are reported to an upstream platform: whoever
	// writes one marks it (reported). Set it before the first use.
	Upstream bool
}

// NewSubjects gives the repository; cache bounds the decoded files kept.
func NewSubjects(d Driver, cache int) *Subjects {
	return &Subjects{
		driver: d,
		files: NewCollection(d, CollectionOptions[model.SubjectFile]{Name: collSubjects, Cache: cache,
			ID:  func(f *model.SubjectFile) string { return string(f.ID) },
			Rev: func(f *model.SubjectFile) *int64 { return &f.Rev }}),
		records: NewCollection(d, CollectionOptions[model.Record]{Name: collRecords,
			ID:  func(r *model.Record) string { return string(r.ID) },
			Rev: func(r *model.Record) *int64 { return &r.Rev }}),
		aliases: pointers(d, collAliases),
		persons: pointers(d, collPersonIndex),
	}
}

// File gives a shared file that must not be changed: CodeNotFound if there is none.
func (s *Subjects) File(ctx context.Context, id model.SubjectID) (*model.SubjectFile, error) {
	return s.files.Get(ctx, string(id))
}

// Files gives the files of those subjects that exist.
func (s *Subjects) Files(ctx context.Context, ids []model.SubjectID) (map[model.SubjectID]*model.SubjectFile, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	m := make(map[model.SubjectID]*model.SubjectFile, len(ids))
	err := inPages(keys, func(page []string) error {
		files, err := s.files.GetMany(ctx, page)
		for _, f := range files {
			m[f.ID] = f
		}
		return err
	})
	return m, err
}

// SaveFile replaces the file at its revision: CodeConflict on a lost race.
func (s *Subjects) SaveFile(ctx context.Context, f *model.SubjectFile) error {
	saved := *f
	return s.files.Replace(ctx, &saved)
}

// Resolve gives the subject of a former code or registration number.
func (s *Subjects) Resolve(ctx context.Context, code string) (model.SubjectID, error) {
	p, err := s.aliases.Get(ctx, code)
	if err != nil {
		return "", err
	}
	return p.Subject, nil
}

// FindPerson gives the subject of the first blind index that is known.
func (s *Subjects) FindPerson(ctx context.Context, indexes []string) (model.SubjectID, error) {
	found, err := s.persons.GetMany(ctx, indexes)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", ErrNotFound
	}
	return found[0].Subject, nil
}

// Persons gives the subjects of those blind indexes that are known.
func (s *Subjects) Persons(ctx context.Context, indexes []string) (map[string]model.SubjectID, error) {
	return pointed(ctx, s.persons, indexes)
}

// pointed gives those of ids that point to somebody.
func pointed(ctx context.Context, to *Collection[pointer], ids []string) (map[string]model.SubjectID, error) {
	m := make(map[string]model.SubjectID, len(ids))
	err := inPages(ids, func(page []string) error {
		found, err := to.GetMany(ctx, page)
		for _, p := range found {
			m[p.ID] = p.Subject
		}
		return err
	})
	return m, err
}

// Record gives one record: CodeNotFound if there is none.
func (s *Subjects) Record(ctx context.Context, id model.RecordID) (*model.Record, error) {
	return s.records.Get(ctx, string(id))
}

// Range gives a subject's records in id order after the given id ("" = from the start).
func (s *Subjects) Range(ctx context.Context, id model.SubjectID, after string, limit int) ([]*model.Record, string, error) {
	from, to := span(string(id))
	if after != "" {
		if !strings.HasPrefix(after, from) {
			return nil, "", model.Errorf(model.CodeInvalidCursor, "分页位置无效，请从第一页重新查询。")
		}
		from = after + "\x00"
	}
	list, err := s.records.Find(ctx, Query{From: from, To: to, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if list.Next != "" {
		next = string(list.Items[len(list.Items)-1].ID)
	}
	return list.Items, next, nil
}

// RecordsOf gives all records of a subject.
func (s *Subjects) RecordsOf(ctx context.Context, id model.SubjectID) ([]*model.Record, error) {
	from, to := span(string(id))
	var all []*model.Record
	err := s.records.Each(ctx, Query{From: from, To: to}, func(r *model.Record) error {
		all = append(all, r)
		return nil
	})
	return all, err
}

// WrittenSince gives the records of a subject that were written after an instant.
func (s *Subjects) WrittenSince(ctx context.Context, id model.SubjectID, since time.Time) (ids []model.RecordID, err error) {
	from, to := span(string(id))
	for q := (Query{From: from, To: to, Limit: 1000}); ; {
		page, err := s.driver.Find(ctx, collRecords, q)
		if err != nil {
			return nil, err
		}
		for _, doc := range page.Docs {
			if doc.At.After(since) {
				ids = append(ids, model.RecordID(doc.ID))
			}
		}
		if q.After = page.Next; q.After == "" {
			return ids, nil
		}
	}
}

// span bounds the ids that start with owner + "/".
func span(owner string) (from, to string) { return owner + "/", owner + "0" } // '0' follows '/'

// inPages calls do with at most MaxLimit keys at a time.
func inPages(keys []string, do func([]string) error) error {
	for len(keys) > 0 {
		n := min(len(keys), MaxLimit)
		if err := do(keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}
