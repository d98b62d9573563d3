package grading

import "xinyi/model"

// Files judges subject files: the same book seen from a file and its records.
type Files struct{ Book *Book }

// Judge gives the judgement of a file on a day. Errors as Book.Judge.
func (s Files) Judge(f *model.SubjectFile, records []*model.Record, on model.Date) (model.Judgement, error) {
	return s.Book.Judge(Facts{Kind: f.Kind, OptIn: f.LevelOptIn, Registration: f.Registration, Records: records}, on)
}

// Version names the model in force for such a subject on a day; "" where none applies.
func (s Files) Version(kind model.SubjectKind, optIn bool, on model.Date) string {
	return s.Book.Version(kind, optIn, on)
}
