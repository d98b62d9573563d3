package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// Bare answers every request with body, through Gin and nothing else of ours: what the
// bench measures the product's routes against.
func Bare(body []byte) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	length := []string{strconv.Itoa(len(body))}
	engine.NoRoute(func(c *gin.Context) {
		h := c.Writer.Header()
		h["Content-Type"], h["Content-Length"] = jsonMedia, length
		c.Writer.WriteHeader(http.StatusOK)
		_, _ = c.Writer.Write(body)
	})
	return engine
}
