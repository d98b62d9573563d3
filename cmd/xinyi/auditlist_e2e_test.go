package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/audit"
	"xinyi/model"
)

// TestAuditList: the auditor, and nobody else, reads the log newest first, narrowed and page
// by page; that they read stands in it, and a subject who was asked for sees it.
func TestAuditList(t *testing.T) {
	w := startDemo(t)
	for range 3 {
		w.do("citizen1", "GET", "/v1/me/benefits", nil).want(200)
		w.do("client:gate", "POST", "/v1/gate/checks", api.GateScan{Pass: w.pass("citizen1")}).want(200)
	}
	for _, who := range []string{"office", "security_admin", "citizen1"} {
		w.do(who, "GET", "/v1/audit", nil).refused(403, model.CodeForbidden)
	}
	today := model.DateOf(time.Now())
	id, page := string(w.subject(1)), api.AuditEntries{}
	ask := func(query string) []api.AuditEntry {
		var all []api.AuditEntry
		for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
			require.Less(t, pages, 50)
			page = as[api.AuditEntries](w.do("auditor", "GET", "/v1/audit?limit=2"+query+cursor, nil).want(200))
			all = append(all, page.Items...)
			if cursor = ""; page.NextCursor != "" {
				cursor = "&cursor=" + page.NextCursor
			}
		}
		return all
	}
	day := "&from=" + string(today.AddDays(-1)) + "&to=" + string(today)
	for query, want := range map[string]audit.Filter{
		"&action=gate.check" + day:                           {Action: "gate.check"},
		"&action=gate.check&role=gate&subject=" + id:         {Action: "gate.check", Subject: w.subject(1)},
		"&action=gate.check&to=" + string(today.AddDays(-1)): {Action: "none"},
		"&action=gate.check&outcome=nothing":                 {Action: "none"},
	} {
		var got, expected []string
		for _, e := range ask(query) {
			got = append(got, e.Entry)
		}
		for _, e := range w.entries(want) {
			expected = append(expected, e.ID().String())
		}
		require.Equal(t, expected, got, query)
	}
	checks := ask("&subject=" + id + "&action=gate.check")
	require.Len(t, checks, 3)
	require.Equal(t, []any{[]string{id}, "gate"}, []any{checks[0].Subjects, checks[0].Role})
	w.do("auditor", "GET", "/v1/audit?from=2026-02-30", nil).refused(400, model.CodeInvalidRequest)

	const stranger = "410203190001019990"
	require.Empty(t, as[api.AuditEntries](w.do("auditor", "GET", "/v1/audit?subject="+stranger, nil).want(200)).Items)
	looks := w.entries(audit.Filter{Action: "audit.list"})
	require.Empty(t, looks[0].Event.Subjects, "what the log does not know may be anything")
	require.NotEmpty(t, w.entries(audit.Filter{Action: "audit.list", Subject: w.subject(1)}))
	log := as[api.AccessLog](w.do("citizen1", "GET", "/v1/me/access-log", nil).want(200))
	require.Equal(t, "审计员查看审计日志", log.Items[0].ActionText)
}
