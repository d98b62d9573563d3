package main

import (
	"xinyi/api"
	"xinyi/handlers"
	"xinyi/model"
	"xinyi/policy/catalogue"
)

// catalogueBook shows the information catalogue in the words of the HTTP surface.
type catalogueBook struct {
	book  *catalogue.Book
	shown map[string]*handlers.CatalogueEdition
}

func newCatalogueBook(book *catalogue.Book) catalogueBook {
	b := catalogueBook{book: book, shown: map[string]*handlers.CatalogueEdition{}}
	for _, e := range book.Editions() {
		b.shown[e.Key] = b.edition(e)
	}
	return b
}

// On gives the edition in force on a day.
func (b catalogueBook) On(day model.Date) *handlers.CatalogueEdition {
	return b.shown[b.book.On(day).Key]
}

// Version names everything the book was read from.
func (b catalogueBook) Version() string { return b.book.Version() }

func (b catalogueBook) edition(e *catalogue.Edition) *handlers.CatalogueEdition {
	out := &handlers.CatalogueEdition{Edition: api.CatalogueEdition{Key: e.Key, Title: e.Title, Document: e.Document,
		ValidFrom: string(e.ValidFrom), ValidTo: string(e.ValidUntil), Version: e.Version}, Never: []api.NeverCollected{}}
	for _, c := range e.Classes {
		out.Classes = append(out.Classes, api.CatalogueClass{Key: c.Key, No: c.No, Name: c.Name})
	}
	for _, it := range e.Items {
		out.Items = append(out.Items, b.item(it))
	}
	for _, k := range b.book.Blocks() {
		out.Never = append(out.Never, api.NeverCollected{Key: k.Key, Name: k.Name, Citation: k.Citation})
	}
	return out
}

func (b catalogueBook) item(it *catalogue.Item) api.CatalogueItem {
	out := api.CatalogueItem{DataCode: it.Code, Name: it.Name, Class: it.Class, Kind: string(it.Kind), Lists: texts(it.Lists), Categories: texts(it.Categories),
		SubjectKinds: texts(it.Subjects), Providers: []string{}, Disclosure: string(it.Disclosure), Nature: it.Nature, UpdateCycle: it.UpdateCycle,
		Coverage: it.Coverage, Fields: texts(it.Fields), LegalBasis: it.LegalBasis, ValidFrom: string(it.ValidFrom), ValidTo: string(it.ValidUntil)}
	for _, key := range it.Providers {
		out.Providers = append(out.Providers, b.book.ProviderName(key))
	}
	if it.Retention.From != "" {
		out.Retention = &api.RetentionTerm{From: it.Retention.From, Months: it.Retention.Months}
	}
	return out
}

// texts gives plain texts, never null.
func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
