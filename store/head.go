package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"xinyi/model"
)

// Head gives what decides whether an answer made from a subject's file is still true.
// It reads a few fields of the document in place, a small part of what decoding the
// whole file costs. CodeNotFound if there is no such subject.
func (s *Subjects) Head(ctx context.Context, id model.SubjectID) (model.FileHead, error) {
	doc, err := s.driver.Get(ctx, collSubjects, string(id))
	if err != nil {
		return model.FileHead{}, err
	}
	h := model.FileHead{ID: id, Rev: doc.Rev}
	if !readHead(bsoncore.Document(doc.Body), &h) {
		return model.FileHead{}, unreadable(errMalformed)
	}
	return h, nil
}

func readHead(body bsoncore.Document, h *model.FileHead) (ok bool) {
	return eachElement(body, func(key []byte, v bsoncore.Value) bool {
		ok := true
		switch string(key) { // no allocation in a switch
		case "kind":
			var kind string
			kind, ok = v.StringValueOK()
			h.Kind = model.SubjectKind(kind)
		case "levelOptIn":
			h.LevelOptIn, ok = v.BooleanOK()
		case "identity":
			_, h.Identity, ok = v.BinaryOK()
		case "validUntil":
			var ms int64
			ms, ok = v.DateTimeOK()
			h.ValidUntil = time.UnixMilli(ms).UTC()
		case "judgement":
			var judgement bsoncore.Document
			if judgement, ok = v.DocumentOK(); ok {
				ok = eachElement(judgement, func(key []byte, v bsoncore.Value) bool {
					if string(key) != "ruleVersion" {
						return true
					}
					var ok bool
					h.RuleVersion, ok = v.StringValueOK()
					return ok
				})
			}
		}
		return ok
	})
}

// eachElement calls yield for the elements of a document until it gives false, and
// reports whether all of them could be read.
func eachElement(body bsoncore.Document, yield func(key []byte, v bsoncore.Value) bool) bool {
	length, rest, ok := bsoncore.ReadLength(body)
	if !ok || int(length) != len(body) || length < 5 {
		return false
	}
	for rest = rest[:len(rest)-1]; len(rest) > 0; {
		var e bsoncore.Element
		if e, rest, ok = bsoncore.ReadElement(rest); !ok || !yield(e.KeyBytes(), e.Value()) {
			return false
		}
	}
	return true
}
