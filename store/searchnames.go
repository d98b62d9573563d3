package store

import (
	"context"

	"xinyi/model"
)

// collSearchNames holds what the search index needs of each organisation in small
// documents of its own, so that a start reads little and a change is one feed entry.
const collSearchNames = "search_names"

// SearchName is one organisation as the search knows it.
type SearchName struct {
	USCC        string   `bson:"_id"`
	Name        string   `bson:"name"`
	FormerNames []string `bson:"formerNames,omitempty"`
	FormerCodes []string `bson:"formerCodes,omitempty"`
	Status      string   `bson:"status,omitempty"`
}

// SearchNames follows the names of all organisations.
type SearchNames struct {
	driver Driver
	names  *Collection[SearchName]
}

// NewSearchNames gives the reader.
func NewSearchNames(d Driver) *SearchNames {
	return &SearchNames{driver: d, names: searchNames(d)}
}

func searchNames(d Driver) *Collection[SearchName] {
	return NewCollection(d, CollectionOptions[SearchName]{Name: collSearchNames, ID: func(n *SearchName) string { return n.USCC }})
}

func searchNameOf(f *model.SubjectFile) *SearchName {
	n := &SearchName{USCC: string(f.ID), Name: f.Name, FormerNames: f.FormerNames, FormerCodes: f.FormerCodes}
	if f.Registration != nil {
		n.Status = f.Registration.Status
	}
	return n
}

// Changes gives names written since token ("" = all), with the token to go on from.
func (s *SearchNames) Changes(ctx context.Context, token string, limit int) ([]*SearchName, string, error) {
	docs, next, err := s.driver.Changes(ctx, collSearchNames, token, limit)
	if err != nil {
		return nil, token, err
	}
	names, err := s.names.decodeAll(docs)
	return names, next, err
}

// All calls yield for every name, by code.
func (s *SearchNames) All(ctx context.Context, yield func(*SearchName) error) error {
	return s.names.Each(ctx, Query{Limit: 5000}, yield)
}
