package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Usage counts what a holder used of one benefit (次数). It lives with the person:
// the document id is holder + "/" + benefit code.
type Usage struct {
	Holder  SubjectID `bson:"holder"`
	Benefit string    `bson:"benefit"`
	Day     Date      `bson:"day"` // day that DayCount counts
	Month   string    `bson:"month"`
	Year    string    `bson:"year"`

	DayCount   int       `bson:"dayCount"`
	MonthCount int       `bson:"monthCount"`
	YearCount  int       `bson:"yearCount"`
	Total      int       `bson:"total"`
	LastAt     time.Time `bson:"lastAt"` // of the uses that stand; zero = none
	// Recent are the instants of the newest uses that stand, newest first, as milliseconds to
	// the base of 36: "mj3k5a2c,mj3k4zzz". One that is given back leaves the others. Text, so
	// that usages can be compared.
	Recent string `bson:"recent,omitempty"`
	// Earlier are the counts of a few days, a month and a year before those above, as
	// "2026-11-21=1,2026-10=5": uses without a network are handed in days later, and a use
	// may be given back after midnight.
	Earlier string `bson:"earlier,omitempty"`
	Rev     int64  `bson:"-"`
}

// earlierDays is how many days before Day are remembered: more than an offline use may be late.
const earlierDays = 4

// On gives the counts as they stand on day: a new day, month or year starts at zero.
func (u Usage) On(day Date) (dayCount, monthCount, yearCount, total int) {
	if len(day) != 10 {
		return 0, 0, 0, u.Total
	}
	count := func(current string, n int, period string) int {
		if current == period {
			return n
		}
		return u.earlier(period)
	}
	return count(string(u.Day), u.DayCount, string(day)), count(u.Month, u.MonthCount, string(day[:7])),
		count(u.Year, u.YearCount, string(day[:4])), u.Total
}

// recentUses is how many instants are kept: more than are used and given back in half an hour.
const recentUses = 8

// Add gives the usage after one more use at t, which may be before others.
func (u Usage) Add(t time.Time) Usage {
	return u.Count(DateOf(t), 1).stand(append(u.recent(), t.UnixMilli()))
}

// Count gives the usage after n more uses on a day, fewer if n is negative. LastAt stays.
func (u Usage) Count(day Date, n int) Usage { return u.turnTo(day).count(day, n) }

// Remove gives the usage after a use at t was given back.
func (u Usage) Remove(t time.Time) Usage {
	stand := u.recent()
	if i := slices.Index(stand, t.UnixMilli()); i >= 0 {
		stand = slices.Delete(stand, i, i+1)
	}
	return u.count(DateOf(t), -1).stand(stand)
}

// AsOf is the usage for judging a use at t that became known after later ones: the last use
// is as far from t as the nearest one is, so that a cool-down is kept to either side.
func (u Usage) AsOf(t time.Time) Usage {
	if !u.LastAt.After(t) {
		return u
	}
	near := u.LastAt.Sub(t)
	for _, ms := range u.recent() {
		near = min(near, t.Sub(time.UnixMilli(ms)).Abs())
	}
	u.LastAt = t.Add(-near)
	return u
}

// stand sets the uses that stand.
func (u Usage) stand(all []int64) Usage {
	slices.SortFunc(all, func(a, b int64) int { return cmp.Compare(b, a) })
	all = all[:min(len(all), recentUses)]
	u.LastAt = time.Time{}
	if len(all) > 0 {
		u.LastAt = time.UnixMilli(all[0]).UTC()
	}
	text := make([]string, len(all))
	for i, ms := range all {
		text[i] = strconv.FormatInt(ms, 36)
	}
	u.Recent = strings.Join(text, ",")
	return u
}

func (u Usage) recent() (all []int64) {
	for one := range strings.SplitSeq(u.Recent, ",") {
		if ms, err := strconv.ParseInt(one, 36, 64); err == nil { // the empty text is none
			all = append(all, ms)
		}
	}
	return all
}

// turnTo begins the day, unless it is one of before.
func (u Usage) turnTo(day Date) Usage {
	if day <= u.Day {
		return u
	}
	turn := func(current *string, n *int, period string) {
		if *current != period {
			u.Earlier = withPeriod(u.Earlier, *current, *n)
			*current, *n = period, 0
		}
	}
	old := string(u.Day)
	turn(&old, &u.DayCount, string(day))
	u.Day = day
	turn(&u.Month, &u.MonthCount, string(day[:7]))
	turn(&u.Year, &u.YearCount, string(day[:4]))
	return u
}

// count adds n uses on a day that has begun.
func (u Usage) count(day Date, n int) Usage {
	add := func(current string, have *int, period string) {
		if current == period {
			*have = max(*have+n, 0)
			return
		}
		u.Earlier = withPeriod(u.Earlier, period, max(u.earlier(period)+n, 0))
	}
	add(string(u.Day), &u.DayCount, string(day))
	add(u.Month, &u.MonthCount, string(day[:7]))
	add(u.Year, &u.YearCount, string(day[:4]))
	u.Total = max(u.Total+n, 0)
	return u
}

func (u Usage) earlier(period string) int {
	for rest := u.Earlier; rest != ""; {
		var one string
		one, rest, _ = strings.Cut(rest, ",")
		if name, n, _ := strings.Cut(one, "="); name == period {
			count, _ := strconv.Atoi(n) // as it was written: a number
			return count
		}
	}
	return 0
}

// withPeriod sets one count; of each kind of period the newest stay.
func withPeriod(all, period string, n int) string {
	if period == "" {
		return all
	}
	var periods []string
	for one := range strings.SplitSeq(all, ",") {
		if one != "" && !strings.HasPrefix(one, period+"=") {
			periods = append(periods, one)
		}
	}
	if n > 0 {
		periods = append(periods, period+"="+strconv.Itoa(n))
	}
	slices.SortFunc(periods, func(a, b string) int { return strings.Compare(b, a) })
	left := map[int]int{len("2026-11-22"): earlierDays, len("2026-11"): 1, len("2026"): 1}
	return strings.Join(slices.DeleteFunc(periods, func(one string) bool {
		kind := strings.IndexByte(one, '=')
		left[kind]--
		return left[kind] < 0
	}), ",")
}
