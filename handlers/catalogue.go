package handlers

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
)

// CatalogueEdition is one edition of the information catalogue (信息目录), as it is shown.
type CatalogueEdition struct {
	Edition api.CatalogueEdition
	Classes []api.CatalogueClass
	Items   []api.CatalogueItem // by data code
	Never   []api.NeverCollected
}

// CatalogueBook holds the editions.
type CatalogueBook interface {
	// On gives the edition in force on a day, not to be changed.
	On(day model.Date) *CatalogueEdition
	// Version names everything the book was read from.
	Version() string
}

// Catalogue is the desk of the information catalogue.
type Catalogue struct {
	Book  CatalogueBook
	Clock model.Clock
}

// Mount adds the routes.
func (d *Catalogue) Mount(r Router) { r.Handle(http.MethodGet, "/v1/catalogue", d.list) }

func (d *Catalogue) list(c *gin.Context) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	day := model.DateOf(d.Clock.Now())
	if text := query(c, "on"); text != "" {
		if day, err = model.ParseDate(text); err != nil {
			return model.Invalid("?on", "date", "不是真实的日期。")
		}
	}
	e := d.Book.On(day)
	items := e.Items
	if class, kind, subject := query(c, "class"), query(c, "kind"), query(c, "subjectKind"); class != "" || kind != "" || subject != "" {
		items = slices.DeleteFunc(slices.Clone(items), func(it api.CatalogueItem) bool {
			return class != "" && it.Class != class || kind != "" && it.Kind != kind || subject != "" && !slices.Contains(it.SubjectKinds, subject)
		})
	}
	items, next := slicePage(items, p, func(it api.CatalogueItem) string { return it.DataCode })
	answer := api.Catalogue{Edition: e.Edition, Classes: e.Classes, Items: list(items), NeverCollected: e.Never}
	if answer.NextCursor, err = nextCursor(c, next); err != nil {
		return err
	}
	first := ""
	if len(items) > 0 {
		first = items[0].DataCode
	}
	// The page is what the tag is about: its edition, where it begins, ends and goes on.
	if unchanged(c, etag(int64(len(items)), "catalogue", d.Book.Version(), e.Edition.Key, e.Edition.ValidTo, query(c, "class"), query(c, "kind"),
		query(c, "subjectKind"), first, answer.NextCursor)) {
		return nil
	}
	return respond(c, http.StatusOK, answer)
}
