package handlers

import (
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
