package commitment_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/clock"
	rules "xinyi/policy/commitment"
	"xinyi/policy/quality"
	"xinyi/policy/repair"
	"xinyi/service/commitment"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// hall is the unit that accepts the general letters of the demo district.
const hall = "11410203005900016A"

var officer = model.Principal{ID: "staff", Role: model.RoleDepartment, Unit: hall, UnitName: "顺河回族区政务服务中心", RequestID: "req"}

type desk struct {
	t testing.TB
	h *servicetest.House
	*commitment.Service
	hash map[string]string
}

func open(t testing.TB) *desk {
	t.Helper()
	h := servicetest.Open(t)
	book, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	listed, err := catalogue.Load(catalogue.Seed())
	require.NoError(t, err)
	figures, err := quality.Load(quality.Seed(), calendar)
	require.NoError(t, err)
	d := &desk{t, h, &commitment.Service{Store: store.NewCommitments(h.Subjects), Records: h.Subjects, Files: h.Credit, Rules: book, Calendar: calendar,
		Display: display, Judge: h.Judge, Sealer: h.Vault, Auditor: h.Log, IDs: h.IDs, Clock: h.Clock, Key: ingest.BusinessKey, Catalogue: listed,
		Quality: func(day model.Date) commitment.Counter { return figures.On(day) }}, map[string]string{}}
	edition, err := d.Letters()
	require.NoError(t, err)
	for _, l := range edition.Letters() {
		d.hash[l.ID] = l.Hash
	}
	return d
}

func (d *desk) person(n int) model.Principal {
	d.t.Helper()
	row := d.h.Person(n, "王沐宸")
	d.h.Import(row)
	return d.h.Citizen(row)
}

func (d *desk) sign(p model.Principal, letter string) (model.Commitment, error) {
	return d.Sign(d.t.Context(), p, commitment.Signing{Letter: letter, Hash: d.hash[letter], Reason: "申请办理许可"}, nil)
}

func read(*model.Commitment) error { return nil }

func (d *desk) find(code string, f model.Fulfilment) error {
	_, err := d.Confirm(d.t.Context(), officer, code, read, model.CommitmentOutcome{Fulfilment: f, Unperformed: "未补交材料", Penalty: "终止办理", Remark: "核查"})
	return err
}

func TestSign(t *testing.T) {
	d := open(t)
	me := d.person(1)
	c, err := d.sign(me, "proof-general")
	require.NoError(t, err)
	require.Equal(t, "41020320261122000001", c.Code)
	require.Equal(t, model.Date("2026-12-18"), c.ValidTo)
	require.Equal(t, "申请办理许可", c.Reason, "the signer reads it in clear")
	stored, err := d.Store.Commitment(t.Context(), c.Code)
	require.NoError(t, err)
	require.Empty(t, stored.Reason+stored.Content+stored.Name)
	r, err := d.h.Subjects.Record(t.Context(), c.RecordID)
	require.NoError(t, err)
	require.Empty(t, r.Content)
	require.NotEmpty(t, r.SealedContent)
	require.Equal(t, c.Code, r.DocNo)
	require.Equal(t, "0802", r.CatalogueRef[:4])
	_, err = d.sign(me, "proof-general")
	require.True(t, model.Is(err, model.CodeExists), err)
	for letter, code := range map[string]model.Code{"none": model.CodeNotFound, "proactive-honest": model.CodeInvalidRequest} {
		_, err = d.sign(me, letter)
		require.Equal(t, code, model.CodeOf(err), letter)
	}
	_, err = d.Sign(t.Context(), me, commitment.Signing{Letter: "repair-general", Hash: "old", Reason: "r"}, nil)
	require.True(t, model.Is(err, model.CodeInvalidRequest), err)
	_, err = d.Sign(t.Context(), me, commitment.Signing{Letter: "repair-general", Hash: d.hash["repair-general"], Reason: "因本人病史申请修复"}, nil)
	require.True(t, model.Is(err, model.CodeOutsideCatalog), err)
	_, err = d.sign(model.Principal{ID: "a", Role: model.RoleCitizen}, "proof-general")
	require.True(t, model.Is(err, model.CodeNotVerified), err)
	d.h.Log.Broken.Store(true)
	_, err = d.sign(me, "repair-general")
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	d.h.Log.Broken.Store(false)
	d.h.Clock.Set(model.Date("2026-12-29").Start().Add(time.Hour))
	_, err = d.sign(me, "defer-general")
	require.True(t, model.Is(err, model.CodeCalendarMissing), err)
	all, next, err := d.Own(t.Context(), me, "", "", 10)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Empty(t, next)
}

// One signature counts, however often the button is pressed at once.
func TestSign_atOnce(t *testing.T) {
	d := open(t)
	me := d.person(1)
	var g sync.WaitGroup
	codes := make([]model.Code, 6)
	for i := range codes {
		g.Go(func() {
			_, err := d.sign(me, "proof-general")
			codes[i] = model.CodeOf(err)
		})
	}
	g.Wait()
	require.Contains(t, codes, model.Code(""))
	all, _, err := d.Own(t.Context(), me, "", "", 10)
	require.NoError(t, err)
	require.Len(t, all, 1, "%v", codes)
}

// What the unit finds is a fact of the file: a broken promise bars, a correction frees.
func TestConfirm(t *testing.T) {
	d := open(t)
	me := d.person(1)
	c, err := d.sign(me, "proof-general")
	require.NoError(t, err)
	waiting, err := d.Waiting(t.Context(), officer, "", 10)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, c.Code, waiting[0].ID)
	require.Empty(t, waiting[0].USCC)

	other := officer
	other.Unit = "11410203MB0X00019D"
	_, err = d.Get(t.Context(), other, c.Code)
	require.True(t, model.Is(err, model.CodeNotFound), err)
	office := model.Principal{ID: "o", Role: model.RoleOffice, Unit: other.Unit}
	_, err = d.Confirm(t.Context(), office, c.Code, read, model.CommitmentOutcome{Fulfilment: model.FulfilmentFull})
	require.True(t, model.Is(err, model.CodeForbidden), err)
	_, err = d.Confirm(t.Context(), officer, c.Code, read, model.CommitmentOutcome{Fulfilment: model.FulfilmentNone, Penalty: "p"})
	require.True(t, model.Is(err, model.CodeInvalidRequest), err)

	d.h.Clock.Set(model.Date("2026-12-21").Start().Add(time.Hour))
	require.NoError(t, d.find(c.Code, model.FulfilmentNone))
	f, _, err := d.h.Credit.Fresh(t.Context(), me.Subject)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-12-21"), f.Summary.Negatives[0].Since)
	_, err = d.sign(me, "defer-general")
	require.True(t, model.Is(err, model.CodeNotReady), err)
	_, err = d.sign(me, "repair-general")
	require.NoError(t, err, "repair stays open")
	waiting, err = d.Waiting(t.Context(), officer, "", 10)
	require.NoError(t, err)
	require.Empty(t, waiting)

	// A finding in the subject's favour starts neither ban nor display anew.
	d.h.Clock.Set(model.Date("2027-03-01").Start().Add(time.Hour))
	require.NoError(t, d.find(c.Code, model.FulfilmentPartial))
	f, _, err = d.h.Credit.Fresh(t.Context(), me.Subject)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-12-21"), f.Summary.Negatives[0].Since)
	require.Equal(t, 1095, f.Summary.Negatives[0].BanDays)
	require.Equal(t, model.Date("2031-12-21"), f.Summary.Negatives[0].Until)
	d.h.Clock.Set(model.Date("2026-12-21").Start().Add(2 * time.Hour))

	require.NoError(t, d.find(c.Code, model.FulfilmentFull))
	_, err = d.sign(me, "defer-general")
	require.NoError(t, err)
	found, err := d.Get(t.Context(), officer, c.Code)
	require.NoError(t, err)
	require.Equal(t, "王*", found.Name)
	require.Equal(t, "核查", found.Remark)
	page, _, err := d.Public(t.Context(), "", "", 10)
	require.NoError(t, err)
	require.Empty(t, page, "persons are on no public list")
}

// Of two findings at once, one that nobody's page showed yet is refused: the second reader is
// told to read again.
func TestConfirm_stalePage(t *testing.T) {
	d := open(t)
	c, err := d.sign(d.person(1), "proof-general")
	require.NoError(t, err)
	first := true
	page := func(stored *model.Commitment) error { // read while it was pending
		if stored.Fulfilment != model.FulfilmentPending {
			return model.Errorf(model.CodeConflict, "stale")
		}
		if first { // somebody else is faster, after the page was matched
			first = false
			require.NoError(t, d.find(c.Code, model.FulfilmentNone))
		}
		return nil
	}
	_, err = d.Confirm(t.Context(), officer, c.Code, page, model.CommitmentOutcome{Fulfilment: model.FulfilmentFull, Remark: "r"})
	require.True(t, model.Is(err, model.CodeConflict), err)
	stored, err := d.Store.Commitment(t.Context(), c.Code)
	require.NoError(t, err)
	require.Equal(t, model.FulfilmentNone, stored.Fulfilment)
}

// Whatever is signed, found and refused: statistics, numbers, files and own lists say what a
// plain model says, and every success is in the log once.
func TestPromises_model(t *testing.T) {
	d := open(t)
	type plain struct {
		letter string
		now    model.Fulfilment
	}
	made := map[string]*plain{} // by code, over all runs
	var codes []string
	n, steps := 0, 0
	letters := []string{"proof-general", "defer-general", "repair-general"}
	rapid.Check(t, func(rt *rapid.T) {
		if steps > 150 { // enough: every step is durable
			return
		}
		n++
		me := d.person(n)
		own := map[string]bool{}
		rt.Repeat(map[string]func(*rapid.T){
			"sign": func(rt *rapid.T) {
				steps++
				letter := rapid.SampledFrom(letters).Draw(rt, "letter")
				running, barred := false, false
				for code := range own {
					running = running || made[code].letter == letter && made[code].now == model.FulfilmentPending
					barred = barred || made[code].now.Broken() && letter != "repair-general"
				}
				c, err := d.sign(me, letter)
				if (err == nil) == (running || barred) {
					rt.Fatalf("%s, running %v, barred %v: %v", letter, running, barred, err)
				}
				if err == nil {
					own[c.Code], made[c.Code] = true, &plain{letter, model.FulfilmentPending}
					codes = append(codes, c.Code)
				}
			},
			"find": func(rt *rapid.T) {
				steps++
				if len(codes) == 0 {
					return
				}
				code := rapid.SampledFrom(codes).Draw(rt, "code")
				to := rapid.SampledFrom([]model.Fulfilment{model.FulfilmentFull, model.FulfilmentPartial, model.FulfilmentNone}).Draw(rt, "to")
				p := made[code]
				err := d.find(code, to)
				early := p.letter == "defer-general" && p.now == model.FulfilmentPending && to.Broken() // its last day has not passed
				ok := p.letter != "repair-general" && p.now != to && !(p.now == model.FulfilmentPartial && to == model.FulfilmentNone) && !early
				if ok != (err == nil) {
					rt.Fatalf("%s %s → %s: %v", p.letter, p.now, to, err)
				}
				if err == nil {
					p.now = to
				}
			},
		})
	})
	want := map[string]int64{}
	for i, code := range codes {
		require.Equal(t, fmt.Sprintf("41020320261122%06d", i+1), code, "numbers have no gaps")
		stored, err := d.Store.Commitment(t.Context(), code)
		require.NoError(t, err)
		require.Equal(t, made[code].now, stored.Fulfilment)
		r, err := d.h.Subjects.Record(t.Context(), stored.RecordID)
		require.NoError(t, err)
		require.Equal(t, string(made[code].now), r.Fulfilment)
		want[string(stored.Type)]++
		want[string(stored.Type)+"/"+string(stored.Fulfilment)]++
	}
	all, err := d.Store.Stats(t.Context(), "", "2026-11", "2026-11")
	require.NoError(t, err)
	for _, s := range all {
		for kind, c := range s.Types {
			require.Equal(t, [4]int64{want[string(kind)], want[string(kind)+"/full"], want[string(kind)+"/partial"], want[string(kind)+"/none"]},
				[4]int64{c.Made, c.Full, c.Partial, c.None}, kind)
		}
	}
	signed := 0
	for _, ev := range d.h.Log.Seen("commitment.sign") {
		if ev.Outcome == "signed" {
			signed++
		}
	}
	require.Equal(t, len(codes), signed)
}
