package benefit_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/pass"
	"xinyi/service/benefit"
	"xinyi/store"
)

// offlinePass is a pass that is good offline for ten minutes from now.
func (d *desk) offlinePass(t testing.TB) string {
	at := d.house.Clock.Now().Truncate(time.Second)
	text, err := d.Passes.Mint(t.Context(), d.holder.Subject, pass.Claims{ID: pass.NewID(), Benefit: ticket, PayPercent: 60, HolderMasked: "王*",
		Site: site, IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(10 * time.Minute)})
	require.NoError(t, err)
	return text
}

func (d *desk) upload(t *testing.T, p model.Principal, uses ...benefit.OfflineUse) []benefit.Uploaded {
	t.Helper()
	out, err := d.Upload(t.Context(), p, uses, nil)
	require.NoError(t, err)
	return out
}

func TestUpload_acceptsDuplicatesAndPrices(t *testing.T) {
	d := open(t)
	text, at := d.offlinePass(t), d.house.Clock.Now().Add(9*time.Minute)
	d.house.Clock.Pass(5 * time.Hour)
	mine := benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "north"}
	other := mine
	other.Device = "south"
	out := d.upload(t, gate, mine, other, mine)
	require.Equal(t, []string{"accepted", "duplicate", "accepted"}, []string{out[0].Outcome, out[1].Outcome, out[2].Outcome})
	require.Equal(t, "pass", out[0].Redemption.Result)
	require.Equal(t, int64(2400), *out[0].Redemption.PayFen)
	require.Equal(t, out[0].Redemption.No, out[2].Redemption.No, "handed in again it is the same redemption")
	require.Equal(t, int64(1600), out[1].DifferenceFen, "the standard price is 4000 分, 2400 were paid")
	require.Equal(t, 1, d.usage(t).Total)

	again := d.upload(t, gate, other)
	require.Equal(t, "duplicate", again[0].Outcome)
	day, err := d.Day(t.Context(), gate, "", "", 10)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{day.Count, day.Duplicates})
	require.Equal(t, int64(1600), day.DifferenceFen)

	// A second pass of the same day is over the cap: taken, at the standard price, and priced.
	d.house.Clock.Set(at)
	second := d.offlinePass(t)
	out = d.upload(t, gate, benefit.OfflineUse{Pass: second, AcceptedAt: at})
	require.Equal(t, "accepted", out[0].Outcome)
	require.Equal(t, "standard", out[0].Redemption.Result)
	require.Equal(t, int64(1600), out[0].DifferenceFen)
	require.Equal(t, 1, d.usage(t).Total)
}

// The answer was lost, and another member of staff hands the same uses of the device in.
func TestUpload_byTheNextShift(t *testing.T) {
	d := open(t)
	use := benefit.OfflineUse{Pass: d.offlinePass(t), AcceptedAt: d.house.Clock.Now(), Device: "north"}
	first := d.upload(t, gate, use)[0]
	again := d.upload(t, evening(), use)[0]
	require.Equal(t, "accepted", again.Outcome)
	require.Equal(t, first.Redemption.No, again.Redemption.No)
	use.Device = "south"
	for _, by := range []model.Principal{evening(), gate, evening()} {
		require.Equal(t, "duplicate", d.upload(t, by, use)[0].Outcome)
	}
	s, err := d.Settle(t.Context(), gate, "", "", nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{s.Totals.Uses, s.Totals.Duplicates}, "one use of the south gate, whoever hands it in")
	use.Device = "east"
	d.upload(t, gate, use)
	s, err = d.Settle(t.Context(), gate, "", "", nil)
	require.NoError(t, err)
	require.Equal(t, 2, s.Totals.Duplicates)
}

// A counted use that is handed in again long after is what it was; nothing is written then, and
// nothing else is taken.
func TestUpload_againAfterItsTime(t *testing.T) {
	d := open(t)
	text, unused, at := d.offlinePass(t), d.offlinePass(t), d.house.Clock.Now()
	use := benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "north"}
	first := d.upload(t, gate, use)[0]
	d.house.Clock.Pass(9 * 24 * time.Hour)
	_, err := store.SweepExpired(t.Context(), d.house.Driver, d.house.Clock.Now(), 100)
	require.NoError(t, err)
	again := d.upload(t, evening(), use)[0]
	require.Equal(t, []any{"accepted", first.Redemption.No}, []any{again.Outcome, again.Redemption.No})
	require.Len(t, d.house.Log.Seen("gate.upload"), 1)
	elsewhere := gate
	elsewhere.Sites = []string{"other-park"}
	require.Equal(t, "rejected", d.upload(t, elsewhere, use)[0].Outcome)
	use.Device = "south"
	require.Equal(t, "rejected", d.upload(t, gate, use)[0].Outcome)
	require.Equal(t, "rejected", d.upload(t, gate, benefit.OfflineUse{Pass: unused, AcceptedAt: at, Device: "north"})[0].Outcome)
	n, _, err := d.benefits.Duplicates(t.Context(), site, model.DateOf(at))
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, 1, d.usage(t).Total)
}

// A duplicate that was written with the account in its id is the same use.
func TestUpload_duplicateOfBefore(t *testing.T) {
	d := open(t)
	text, at := d.offlinePass(t), d.house.Clock.Now()
	first := d.upload(t, gate, benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "north"})[0]
	use := benefit.OfflineUse{Pass: text, AcceptedAt: at, Device: "south"}
	ms := strconv.FormatInt(at.UnixMilli(), 10)
	old := model.DuplicateUse{ID: site + "/" + string(model.DateOf(at)) + "/" + first.Redemption.PassID + "/" + gate.ID + "/south/" + ms, At: at.UTC(), First: first.Redemption.ID}
	kept := store.NewCollection(d.house.Driver, store.CollectionOptions[model.DuplicateUse]{Name: "duplicate_uses", ID: func(u *model.DuplicateUse) string { return u.ID }})
	require.NoError(t, kept.Insert(t.Context(), &old))
	require.Equal(t, "duplicate", d.upload(t, evening(), use)[0].Outcome)
	n, _, err := d.benefits.Duplicates(t.Context(), site, model.DateOf(at))
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

func TestUpload_countsOnTheDayOfTheUse(t *testing.T) {
	d := open(t)
	d.house.Clock.Set(time.Date(2026, 11, 30, 23, 50, 0, 0, model.Shanghai))
	november := benefit.OfflineUse{Pass: d.offlinePass(t), AcceptedAt: d.house.Clock.Now().Add(time.Minute)}
	d.house.Clock.Pass(10 * time.Hour)
	_, err := d.Redeem(t.Context(), gate, d.issue(t), nil)
	require.NoError(t, err)
	out := d.upload(t, gate, november)
	require.Equal(t, "pass", out[0].Redemption.Result, "yesterday was free")
	u := d.usage(t)
	for day, want := range map[model.Date][]int{"2026-11-30": {1, 1, 2, 2}, "2026-12-01": {1, 1, 2, 2}, "2026-12-02": {0, 1, 2, 2}} {
		a, b, c, total := u.On(day)
		require.Equal(t, want, []int{a, b, c, total}, day)
	}
	require.Equal(t, model.Date("2026-11-30"), model.DateOf(out[0].Redemption.At))
	yesterday, err := d.Day(t.Context(), gate, "2026-11-30", "", 10)
	require.NoError(t, err)
	require.Equal(t, 1, yesterday.Count)
}

func TestUpload_refusals(t *testing.T) {
	d := open(t)
	text, at := d.offlinePass(t), d.house.Clock.Now()
	online := d.mint(t, d.holder.Subject, pass.Claims{Benefit: ticket, PayPercent: 60, Site: site})
	gone := func() string {
		text, err := d.Passes.Mint(t.Context(), d.house.IDs.Person(), pass.Claims{Benefit: ticket, PayPercent: 60, Site: site,
			IssuedAt: at, ExpiresAt: at.Add(time.Minute), OfflineUntil: at.Add(time.Minute)})
		require.NoError(t, err)
		return text
	}()
	elsewhere := gate
	elsewhere.Sites = []string{"other-park"}
	d.house.Clock.Pass(time.Minute)
	for i, c := range []struct {
		by   model.Principal
		text string
		at   time.Time
		late time.Duration
		code model.Code
	}{
		{gate, "XY1:NO", at, 0, model.CodePassInvalid},
		{gate, text[:60] + string(text[61]) + string(text[60]) + text[62:] + "00", at, 0, model.CodePassInvalid},
		{gate, text, at.Add(-6 * time.Second), 0, model.CodePassInvalid},
		{gate, text, at.Add(10 * time.Minute), 0, model.CodePassExpired},
		{gate, text, at.Add(2 * time.Minute), 0, model.CodePassInvalid}, // in the future
		{gate, online, at, 0, model.CodePassInvalid},
		{gate, gone, at, 0, model.CodePassInvalid},
		{elsewhere, text, at, 0, model.CodePassWrongSite},
		{gate, text, at, 72 * time.Hour, model.CodePassExpired},
	} {
		d.house.Clock.Pass(c.late)
		out := d.upload(t, c.by, benefit.OfflineUse{Pass: c.text, AcceptedAt: c.at})
		require.Equal(t, benefit.Uploaded{Outcome: "rejected"}, out[0], "case %d: nobody learns why", i)
		seen := d.house.Log.Seen("gate.upload")
		require.Len(t, seen, i+1)
		require.Equal(t, string(c.code), seen[i].Outcome, "case %d", i)
	}
	require.Zero(t, d.usage(t).Rev)
	d.house.Log.Broken.Store(true)
	_, err := d.Upload(t.Context(), gate, []benefit.OfflineUse{{Pass: "x"}}, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
}

// What the holder lost after the pass was signed does not make the gate's acceptance wrong.
func TestUpload_honoursTheSignedDecision(t *testing.T) {
	d := open(t)
	text, at := d.offlinePass(t), d.house.Clock.Now()
	d.house.Change(d.holder.Subject, func(f *model.SubjectFile) { f.LevelOptIn = false })
	out := d.upload(t, gate, benefit.OfflineUse{Pass: text, AcceptedAt: at})
	require.Equal(t, "pass", out[0].Redemption.Result)
}

func TestReverse(t *testing.T) {
	d := open(t)
	d.house.Clock.Set(time.Date(2026, 12, 31, 23, 50, 0, 0, model.Shanghai))
	r, err := d.Redeem(t.Context(), gate, d.issue(t), nil)
	require.NoError(t, err)
	elsewhere := gate
	elsewhere.Sites = []string{"other-park"}
	for _, c := range []struct {
		by model.Principal
		no string
	}{{elsewhere, r.No}, {gate, "R" + d.house.IDs.Next()}, {gate, "R1"}} {
		_, err = d.Reverse(t.Context(), c.by, c.no, "误扫", nil)
		require.True(t, model.Is(err, model.CodeNotFound), err)
	}
	d.house.Clock.Pass(20 * time.Minute) // another year
	back, err := d.Reverse(t.Context(), gate, r.No, "误扫", nil)
	require.NoError(t, err)
	require.True(t, back.Reversed)
	u := d.usage(t)
	require.Equal(t, []int{0, 0, 0, 0}, []int{u.DayCount, u.MonthCount, u.YearCount, u.Total})
	require.True(t, u.LastAt.IsZero())
	_, err = d.Reverse(t.Context(), gate, r.No, "误扫", nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	require.Equal(t, u, d.usage(t), "given back once")
	day, err := d.Day(t.Context(), gate, "2026-12-31", "", 10)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{day.Count, day.Reversed})

	d.house.Clock.Set(time.Date(2026, 12, 31, 23, 58, 0, 0, model.Shanghai))
	again, err := d.Redeem(t.Context(), gate, d.issue(t), nil)
	require.NoError(t, err)
	require.Equal(t, "pass", again.Result, "the use of the day is there again")
	d.house.Clock.Pass(30*time.Minute + time.Millisecond)
	_, err = d.Reverse(t.Context(), gate, again.No, "误扫", nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	require.Equal(t, 1, d.usage(t).Total)
	var outcomes []string
	for _, ev := range d.house.Log.Seen("gate.reverse") {
		outcomes = append(outcomes, ev.Outcome)
	}
	require.Equal(t, []string{"reversed", "not_ready", "not_ready"}, outcomes)
}
