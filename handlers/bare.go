package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// Bare is a Gin handler that writes a fixed JSON body at any path and does nothing else:
// what the bench compares with.
func Bare(body []byte) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.NoRoute(func(c *gin.Context) { c.Data(http.StatusOK, "application/json", body) })
	return engine
}
