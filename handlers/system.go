package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/model"
)

// Check is one thing that must work before requests are taken.
type Check struct {
	Name string
	// Test gives nil when it works. It must return soon; its error goes to the log.
	Test func(ctx context.Context) error
}

// system serves health, the contract and the pages.
type system struct{ server *Server }

// Mount adds the routes of the machine itself.
func (m *system) Mount(r Router) {
	r.Handle(http.MethodGet, "/healthz", m.health)
	r.Handle(http.MethodGet, "/readyz", m.ready)
	m.server.addFiles()
	for _, path := range []string{"/", "/docs", "/openapi.yaml"} {
		r.Handle(http.MethodGet, path, m.server.serveFile)
	}
}

func (m *system) health(c *gin.Context) error {
	return respond(c, http.StatusOK, api.Health{Status: "ok"})
}

func (m *system) ready(c *gin.Context) error {
	answer := api.Readiness{Status: "ready", Checks: []api.ReadyCheck{}}
	status := http.StatusOK
	for _, check := range m.server.Ready {
		err := check.Test(c.Request.Context())
		if err != nil {
			answer.Status, status = "not_ready", http.StatusServiceUnavailable
			call := callOf(c)
			call.code, call.cause = model.CodeUnavailable, err
		}
		answer.Checks = append(answer.Checks, api.ReadyCheck{Name: check.Name, OK: err == nil})
	}
	c.Writer.Header()["Cache-Control"] = noStore
	return respond(c, status, answer)
}
