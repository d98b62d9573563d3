package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"xinyi/api"
	"xinyi/handlers"
	"xinyi/model"
)

// listing answers the position it was asked to go on from as the name of one hit.
func listing(c *gin.Context) error {
	p, err := handlers.PageOf(c)
	if err != nil {
		return err
	}
	next, err := handlers.NextCursor(c, "after "+p.After)
	if err != nil {
		return err
	}
	return handlers.Respond(c, http.StatusOK, api.EnterpriseHits{NextCursor: next,
		Items: []api.EnterpriseHit{{USCC: "91410203MA44444T88", Name: p.After, Matches: []api.MatchSpan{}}}})
}

func TestCursors(t *testing.T) {
	o := options(t, route("GET", "/v1/enterprises", listing), route("GET", "/v1/lists/:kind", listing))
	s, other := server(t, o), server(t, o)
	var first, second api.EnterpriseHits
	get := func(h http.Handler, target string, into *api.EnterpriseHits) int {
		w := send(t, h, "GET", target, "")
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
		return w.Code
	}
	get(s, "/v1/enterprises?q=a", &first)
	if status := get(other, "/v1/enterprises?q=a&limit=7&cursor="+first.NextCursor, &second); status != 200 || second.Items[0].Name != "after " {
		t.Errorf("on another process, with another limit: status %d, %+v", status, second)
	}
	for name, target := range map[string]string{
		"another filter":    "/v1/enterprises?q=b&cursor=" + first.NextCursor,
		"another operation": "/v1/lists/honor?q=a&cursor=" + first.NextCursor,
		"changed":           "/v1/enterprises?q=a&cursor=" + flip(first.NextCursor),
		"cut":               "/v1/enterprises?q=a&cursor=" + first.NextCursor[:8],
		"not base64":        "/v1/enterprises?q=a&cursor=%21",
		"made up":           "/v1/enterprises?q=a&cursor=AAAA",
	} {
		if w := send(t, s, "GET", target, ""); w.Code != 400 || problem(t, w).Code != "invalid_cursor" {
			t.Errorf("%s: status %d %s, want 400 invalid_cursor", name, w.Code, w.Body)
		}
	}
}

func flip(cursor string) string {
	last := byte('A')
	if strings.HasSuffix(cursor, "A") {
		last = 'B'
	}
	return cursor[:12] + string(last) + cursor[13:]
}

func TestETag(t *testing.T) {
	if handlers.ETag(1, "a", "b") == handlers.ETag(1, "ab", "") || handlers.ETag(1, "a") == handlers.ETag(2, "a") {
		t.Error("two answers have one validator")
	}
	if got := handlers.ETag(1, "a"); got != handlers.ETag(1, "a") || len(got) != 24 || got[0] != '"' {
		t.Errorf("validator %s", got)
	}
}

func TestEveryCodeHasAMeaning(t *testing.T) {
	for _, code := range model.Codes() {
		m, ok := handlers.Meanings[code]
		if !ok {
			t.Errorf("%s has no status", code)
		} else if http.StatusText(m.Status()) == "" {
			t.Errorf("%s has status %d", code, m.Status())
		}
	}
	if len(handlers.Meanings) != len(model.Codes()) {
		t.Errorf("%d meanings, %d codes", len(handlers.Meanings), len(model.Codes()))
	}
}
