package benefit

import (
	"testing"
	"time"

	"xinyi/model"
)

func TestWindow_closes(t *testing.T) {
	for name, c := range map[string]struct {
		window *Window
		at     string // the end is ten minutes later
		want   string
	}{
		"no window":             {nil, "2026-11-22 21:58", "2026-11-22 22:08"},
		"long open":             {&Window{spans: []span{{420, 1320}}}, "2026-11-22 12:00", "2026-11-22 12:10"},
		"closing":               {&Window{spans: []span{{420, 1320}}}, "2026-11-22 21:58", "2026-11-22 22:00"},
		"closing at the end":    {&Window{spans: []span{{420, 1320}}}, "2026-11-22 21:50", "2026-11-22 22:00"},
		"another span follows":  {&Window{spans: []span{{420, 720}, {720, 1320}}}, "2026-11-22 11:55", "2026-11-22 12:05"},
		"a break":               {&Window{spans: []span{{780, 1320}, {420, 720}}}, "2026-11-22 11:55", "2026-11-22 12:00"},
		"midnight, then a gap":  {&Window{spans: []span{{420, 1440}}}, "2026-11-22 23:55", "2026-11-23 00:00"},
		"open over midnight":    {&Window{spans: []span{{0, 5}, {1200, 1440}}}, "2026-11-22 23:57", "2026-11-23 00:05"},
		"before a blackout day": {&Window{BlackoutDates: []model.Date{"2026-11-23"}}, "2026-11-22 23:55", "2026-11-23 00:00"},
		"the last weekday":      {&Window{Weekdays: []int{6, 7}}, "2026-11-22 23:55", "2026-11-23 00:00"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, model.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.window.Closes(at, at.Add(10*time.Minute)).In(model.Shanghai).Format("2006-01-02 15:04"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
