package grading

import "xinyi/model"

// Files judges subject files: the same book seen from a file and its records.
type Files struct{ Book *Book }

// Judge gives the judgement of a file on a day. Errors as Book.Judge.
func (s Files) Judge(f *model.SubjectFile, records []*model.Record, on model.Date) (model.Judgement, error) {
	return s.Book.Judge(facts(f, records), on)
}

// Again gives the judgement from the digest that is kept in the file. ok is false when that
// cannot tell: there is none, or the model counts what it leaves out. Errors as Book.Judge.
func (s Files) Again(f *model.SubjectFile, on model.Date) (j model.Judgement, ok bool, err error) {
	rules, _ := s.Book.inForce(f.Kind, f.LevelOptIn, dayOf(on))
	if rules == nil || !rules.digestible {
		return j, false, nil
	}
	digest := s.Book.digests.Get().(*undigested)
	defer s.Book.digests.Put(digest)
	if !digest.read(f.ID, f.Facts) {
		return j, false, nil
	}
	j, err = s.Book.Judge(facts(f, digest.list), on)
	return j, err == nil, err
}

// Digest gives what Again needs of the records of a file.
func (s Files) Digest(f *model.SubjectFile, records []*model.Record) []byte {
	return digest(f.ID, records)
}

func facts(f *model.SubjectFile, records []*model.Record) Facts {
	return Facts{Kind: f.Kind, OptIn: f.LevelOptIn, Registration: f.Registration, Records: records}
}

// Version names the model in force for such a subject on a day; "" where none applies.
func (s Files) Version(kind model.SubjectKind, optIn bool, on model.Date) string {
	return s.Book.Version(kind, optIn, on)
}
