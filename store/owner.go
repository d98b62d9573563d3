package store

import (
	"context"

	"xinyi/model"
)

func listCases(d Driver) *Collection[model.ListCase] {
	return NewCollection(d, CollectionOptions[model.ListCase]{Name: collListCases, ID: func(c *model.ListCase) string { return c.ID },
		Rev: func(c *model.ListCase) *int64 { return &c.Rev }})
}

func promises(d Driver) *Collection[model.Commitment] {
	return NewCollection(d, CollectionOptions[model.Commitment]{Name: collCommitments, ID: func(c *model.Commitment) string { return c.Code },
		Rev: func(c *model.Commitment) *int64 { return &c.Rev }})
}

// Owner tells which desk wrote a record and alone changes it: the one whose case or promise
// names the record as its own. "" = no desk, the unit that reported it.
func (s *Subjects) Owner(ctx context.Context, r *model.Record) (model.RecordOwner, error) {
	owner, err := model.RecordOwner(""), error(nil)
	switch {
	case r.Kind == model.RecordListEntry && r.Batch != "":
		var c *model.ListCase
		if c, err = listCases(s.driver).Get(ctx, r.Batch); err == nil && c.RecordID == r.ID {
			owner = model.OwnerListing
		}
	case r.Kind == model.RecordCommitment && r.DocNo != "":
		var c *model.Commitment
		switch c, err = promises(s.driver).Get(ctx, r.DocNo); {
		case err != nil || c.RecordID != r.ID:
		case c.Approval != "":
			owner = model.OwnerApproval
		default:
			owner = model.OwnerCommitment
		}
	}
	if model.Is(err, model.CodeNotFound) {
		err = nil
	}
	return owner, err
}
