package main

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/api"
	"xinyi/model"
	rules "xinyi/policy/benefit"
	"xinyi/service/benefit"
)

// ticketBook is a book with the ticket alone, changed.
func ticketBook(t *testing.T, old, replacement string) *rules.Book {
	raw, err := fs.ReadFile(rules.Seed(), "tt-park-60.yaml")
	require.NoError(t, err)
	require.Contains(t, string(raw), old)
	book, err := rules.Load(fstest.MapFS{"tt-park-60.yaml": {Data: []byte(strings.Replace(string(raw), old, replacement, 1))}})
	require.NoError(t, err)
	return book
}

// ownOfEach are the members that every redemption has its own of, always as long.
var ownOfEach = regexp.MustCompile(`"(redemptionNo|at)":"[^"]*"`)

// Whatever makes it the standard price, the gate hears the same bytes.
func TestStandard_oneAnswerOnTheWire(t *testing.T) {
	var clock deskClock // stands still: no pass expires while the test runs
	clock.milli.Store(time.Now().UnixMilli())
	var book turnedBook
	book.now.Store(ticketBook(t, "", ""))
	w := deskOf(t, func(s *benefit.Service) { s.Clock, s.Rules = &clock, &book })
	elsewhere := w.addClient("library-gate", model.RoleGate, "", "sh-lib")
	yesterday := string(model.DateOf(clock.Now()).AddDays(-1))
	first, second, third := w.pass("citizen1"), w.pass("citizen1"), w.pass("citizen1")
	var checked, redeemed string
	for _, c := range []struct {
		cause, old, rule, by string
		happens              func()
	}{
		{"at another gate", "", "", elsewhere, nil},
		{"paused", "status: published", "status: paused", "", nil},
		{"ended", "per: {day", "validTo: " + yesterday + "\nper: {day", "", nil},
		{"never at this hour", "per: {day", "timeWindow: {blackoutDates: [" + string(model.DateOf(clock.Now())) + "]}\nper: {day", "", nil},
		{"another level", "value: [excellent]", "value: [good]", "", nil},
		{"used today", "", "", "", func() { w.redeem(first).want(201) }},
		{"no unit left", "per: {day: 1, year: 12}", "per: {day: 5}\nbudget: {total: 1}", "", func() { w.redeem(third).want(201) }},
		{"left the level", "", "", "", func() { w.do("citizen1", "DELETE", "/v1/me/consents/incentive_level", nil).want(204) }},
	} {
		book.now.Store(ticketBook(t, c.old, c.rule))
		if c.happens != nil {
			c.happens()
		}
		by := c.by
		if by == "" {
			by = "client:gate"
		}
		got := string(w.do(by, "POST", "/v1/gate/checks", api.GateScan{Pass: second}).want(200).body)
		require.Contains(t, got, `"result":"standard"`, c.cause)
		if checked == "" {
			checked = got
			t.Log(got)
		}
		require.Equal(t, checked, got, c.cause)
		if c.by != "" || c.happens != nil {
			continue
		}
		book.now.Store(ticketBook(t, "", "")) // a pass of its own for each redemption
		text := w.pass("citizen1")
		book.now.Store(ticketBook(t, c.old, c.rule))
		got = string(w.redeem(text).want(201).body)
		size := len(got)
		got = ownOfEach.ReplaceAllString(got, `"$1"`)
		if redeemed == "" {
			redeemed = got
			t.Log(got, size)
		}
		require.Equal(t, redeemed, got, c.cause)
	}
}
