package clock_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/clock"
)

func calendar(t testing.TB) *clock.Calendar {
	t.Helper()
	c, err := clock.Load(clock.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rows gives the data rows of a vector file.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d rows, %v", name, len(all), err)
	}
	return all[1:]
}

func TestDeadlineVectors(t *testing.T) {
	c := calendar(t)
	for _, row := range rows(t, "workday_deadlines.csv") {
		n, err := strconv.Atoi(row[1])
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.AddWorkdays(model.Date(row[0]), n)
		if err != nil || got != model.Date(row[2]) {
			t.Errorf("%s + %d = %s, %v; want %s (%s)", row[0], n, got, err, row[2], row[3])
		}
	}
}

func TestCalendarVectors(t *testing.T) {
	c := calendar(t)
	for _, name := range []string{"calendar_2023.csv", "calendar_2026.csv"} {
		for _, row := range rows(t, name) {
			got, err := c.IsWorkday(model.Date(row[0]))
			if err != nil || strconv.FormatBool(got) != row[1] {
				t.Errorf("%s: %v, %v; want %s (%s)", row[0], got, err, row[1], row[2])
			}
		}
	}
}

// A pause of 2026-10-09 … 2026-10-13 is four working days, so that the seven-day clock of
// 2026-09-30 ends on 2026-10-21.
func TestPause(t *testing.T) {
	c := calendar(t)
	n, err := c.WorkdaysBetween("2026-10-08", "2026-10-13")
	if err != nil || n != 4 {
		t.Fatalf("pause = %d, %v", n, err)
	}
	if due, err := c.AddWorkdays("2026-09-30", 7+n); err != nil || due != "2026-10-21" {
		t.Errorf("due = %s, %v", due, err)
	}
}

func TestYearlyWorkdaysArePlausible(t *testing.T) {
	c := calendar(t)
	for _, y := range c.Years() {
		first := model.Date(strconv.Itoa(y) + "-01-01")
		n, err := c.WorkdaysBetween(first, model.Date(strconv.Itoa(y)+"-12-31"))
		if err != nil || n < 247 || n > 251 {
			t.Errorf("%d has %d working days, %v", y, n, err)
		}
	}
	if !slices.Equal(c.Years(), []int{2023, 2024, 2025, 2026}) {
		t.Errorf("years = %v", c.Years())
	}
}

func TestAMissingYearIsNeverGuessed(t *testing.T) {
	c := calendar(t)
	if _, err := c.AddWorkdays("2026-12-30", 2); !model.Is(err, model.CodeCalendarMissing) || !strings.Contains(err.Error(), "2027") {
		t.Errorf("err = %v", err)
	}
	if got, err := c.AddWorkdays("2026-12-30", 1); err != nil || got != "2026-12-31" {
		t.Errorf("a count within the year = %s, %v", got, err)
	}
	if _, err := c.IsWorkday("2022-12-31"); !model.Is(err, model.CodeCalendarMissing) {
		t.Errorf("err = %v", err)
	}
	for _, tc := range []struct {
		today model.Date
		year  int
		ok    bool
	}{{"2026-11-30", 0, false}, {"2026-12-01", 2027, true}, {"2025-12-31", 0, false}, {"2027-01-01", 2027, true}, {"", 0, false}} {
		if year, ok := c.Alarm(tc.today); year != tc.year || ok != tc.ok {
			t.Errorf("Alarm(%s) = %d, %v", tc.today, year, ok)
		}
	}
}

func TestBadInput(t *testing.T) {
	c := calendar(t)
	for _, tc := range []struct {
		d model.Date
		n int
	}{{"2026-02-30", 1}, {"", 1}, {"2026-02-03", -1}, {"2026-02-03", 367}} {
		if _, err := c.AddWorkdays(tc.d, tc.n); !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("AddWorkdays(%q, %d): %v", tc.d, tc.n, err)
		}
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	_, err := clock.Load(fstest.MapFS{
		"a.yaml": {Data: []byte("year: 2030\nnotice: n\ndays:\n - {date: 2031-01-01}\n - {date: 2030-01-01, hours: 3}\n")},
		"b.yaml": {Data: []byte("year: 2031\ndays:\n - {from: 2031-02-03, to: 2031-02-01}\n - {date: 2031-05-01}\n - {date: 2031-05-01}\n - {date: 2032-05-01}\n")},
		"c.yaml": {Data: []byte("year: 2031\nnotice: n\n")},
		"d.yaml": {Data: []byte("year: 20\n")},
	})
	for _, want := range []string{"hours", "notice 不能为空", "days[0]", "写了两次", "不在 2031 年", "已有另一个文件", "2000–2199"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not reported: %v", want, err)
		}
	}
}

// AddWorkdays and WorkdaysBetween are inverse, and a deadline is always a working day.
func TestCountsAgree(t *testing.T) {
	c := calendar(t)
	rapid.Check(t, func(t *rapid.T) {
		start := model.Date("2023-01-01").AddDays(rapid.IntRange(0, 3*365).Draw(t, "offset"))
		n := rapid.IntRange(1, 120).Draw(t, "n")
		end, err := c.AddWorkdays(start, n)
		if err != nil {
			t.Fatal(err)
		}
		if w, err := c.IsWorkday(end); err != nil || !w {
			t.Fatalf("deadline %s is no working day (%v)", end, err)
		}
		if back, err := c.WorkdaysBetween(start, end); err != nil || back != n {
			t.Fatalf("%s + %d = %s, counted back %d, %v", start, n, end, back, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("year: 2030\nnotice: n\ndays:\n - {date: 2030-01-01, workday: true}\n"))
	f.Add([]byte("year: 2030\nnotice: n\ndays: [{from: 2030-01-01, to: 2030-12-31}]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := clock.Load(fstest.MapFS{"x.yaml": {Data: raw}})
		if err != nil {
			return
		}
		for _, y := range c.Years() {
			if _, err := c.AddWorkdays(model.Date(strconv.Itoa(y)+"-01-01"), 3); err != nil && !model.Is(err, model.CodeCalendarMissing) {
				t.Fatal(err)
			}
		}
	})
}
