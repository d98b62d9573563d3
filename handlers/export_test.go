package handlers

import (
	"os"

	"github.com/gin-gonic/gin"

	"xinyi/model"
)

// What handlers use, for the tests of the framework.

func Receipt[T any](c *gin.Context, status int, wire func(T) any) model.Receipt[T] {
	return receipt(c, status, wire)
}

type Page = page

var (
	PageOf     = pageOf
	NextCursor = nextCursor
	Respond    = respond
	Unchanged  = unchanged
	ETag       = etag
	Meanings   = meanings
)

func (m meaning) Status() int { return m.status }

// UploadOf gives the file of an upload.
func UploadOf(c *gin.Context) *os.File { return callOf(c).upload.file }

// SlicePage cuts a page as the desks do.
func SlicePage[T any](all []T, limit int, after string, key func(T) string) ([]T, string) {
	return slicePage(all, page{Limit: limit, After: after}, key)
}
