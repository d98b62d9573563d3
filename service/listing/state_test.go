package listing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/listing"
	"xinyi/service/servicetest"
)

// expected is what a listing should be by the rules, kept beside the desk.
type expected struct {
	id      string
	rev     int64
	state   model.ListState
	kind    model.ListKind
	subject model.SubjectID
	ends    model.Date // of the window
	validTo model.Date
	whole   bool // nothing but time is missing
}

// machine drives the desk with random steps of random people.
type machine struct {
	*desk
	subjects []model.SubjectID
	cases    []*expected
	changes  int // that must be in the log
	docs     int
}

// TestStates: whatever happens in whatever order, a subject is on a list, in the public
// page and in its file, exactly while a complete draft was published by a second person
// after its window, and not removed or past its last day; refused steps change nothing.
func TestStates(t *testing.T) {
	d := open(t)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		d.house.Clock.Set(servicetest.Start)
		m := &machine{desk: d}
		for i := range 2 {
			m.subjects = append(m.subjects, d.org(fmt.Sprintf("M%05d0%d", runs, i)))
		}
		m.changes = m.logged()
		rt.Repeat(map[string]func(*rapid.T){
			"draft": m.draft, "revise": m.revise, "publish": m.publish, "remove": m.remove, "wait": m.wait, "": m.check,
		})
		require.Equal(rt, m.changes, m.logged(), "every change is in the log, and nothing else is called one")
	})
}

func (m *machine) logged() int {
	n := 0
	for _, action := range []string{"listing.draft", "listing.revise", "listing.publish", "listing.remove"} {
		for _, ev := range m.house.Log.Seen(action) {
			switch model.ListState(ev.Outcome) {
			case model.ListDraft, model.ListPublished, model.ListRemoved, model.ListWithdrawn:
				n++
			}
		}
	}
	return n
}

func (m *machine) today() model.Date { return model.DateOf(m.house.Clock.Now()) }

func (m *machine) facts(rt *rapid.T, e *expected) listing.Draft {
	m.docs++
	noticed := m.today().AddDays(-rapid.IntRange(0, 25).Draw(rt, "noticed"))
	in := complete(e.kind, e.subject, fmt.Sprint(e.subject, "#", m.docs), noticed)
	if e.kind != model.ListSerious && e.kind != model.ListAbnormal || rapid.Bool().Draw(rt, "term") {
		in.ValidTo = m.today().AddDays(rapid.IntRange(0, 12).Draw(rt, "validTo"))
	}
	if e.whole = rapid.IntRange(0, 3).Draw(rt, "whole") > 0; !e.whole {
		in.Evidence = nil
	}
	e.validTo = in.ValidTo
	return in
}

func (m *machine) keep(rt *rapid.T, e *expected, v listing.View) {
	require.Equal(rt, model.ListDraft, v.State)
	e.id, e.rev, e.state, e.ends = v.ID, v.Rev, v.State, v.WindowEnds
	m.changes++
}

func (m *machine) draft(rt *rapid.T) {
	e := &expected{subject: rapid.SampledFrom(m.subjects).Draw(rt, "subject"),
		kind: rapid.SampledFrom([]model.ListKind{model.ListSerious, model.ListAbnormal, model.ListWatch}).Draw(rt, "kind")}
	v, err := m.Draft(m.house.T.Context(), officer, m.facts(rt, e), nil)
	require.NoError(rt, err)
	m.keep(rt, e, v)
	m.cases = append(m.cases, e)
}

func (m *machine) pick(rt *rapid.T) *expected {
	if len(m.cases) == 0 {
		rt.Skip("no case")
	}
	return rapid.SampledFrom(m.cases).Draw(rt, "case")
}

// reading draws whether the caller has read the current revision.
func (m *machine) reading(rt *rapid.T, e *expected) (match func(*listing.View) bool, current bool) {
	current = rapid.IntRange(0, 4).Draw(rt, "current") > 0
	read := e.rev
	if !current {
		read--
	}
	return func(v *listing.View) bool { return v.Rev == read }, current
}

func (m *machine) revise(rt *rapid.T) {
	e := m.pick(rt)
	changed := *e
	in := m.facts(rt, &changed)
	match, current := m.reading(rt, e)
	who := rapid.SampledFrom([]model.Principal{officer, stranger}).Draw(rt, "who")
	v, err := m.Revise(m.house.T.Context(), who, e.id, match, in)
	switch {
	case who.Unit != unit:
		require.True(rt, model.Is(err, model.CodeNotFound), "%v", err)
	case !current:
		require.True(rt, model.Is(err, model.CodePreconditionFailed), "%v", err)
	case e.state != model.ListDraft:
		require.True(rt, model.Is(err, model.CodeNotReady), "%v", err)
	default:
		require.NoError(rt, err)
		*e = changed
		m.keep(rt, e, v)
	}
}

func (m *machine) publish(rt *rapid.T) {
	e := m.pick(rt)
	match, current := m.reading(rt, e)
	author := officer // who later became a reviewer
	author.Role = model.RoleReviewer
	who := rapid.SampledFrom([]model.Principal{reviewer, reviewer, reviewer, outsider, author, officer, office}).Draw(rt, "who")
	v, err := m.Publish(m.house.T.Context(), who, e.id, match, nil)
	switch {
	case !current:
		require.True(rt, model.Is(err, model.CodePreconditionFailed), "%v", err)
	case who.Role != model.RoleReviewer:
		require.True(rt, model.Is(err, model.CodeForbidden), "%v", err)
	case e.state != model.ListDraft:
		require.True(rt, model.Is(err, model.CodeNotReady), "%v", err)
	case who.Unit != unit && e.kind != model.ListSerious:
		require.True(rt, model.Is(err, model.CodeForbidden), "%v", err)
	case who.ID == officer.ID:
		require.True(rt, model.Is(err, model.CodeSecondPerson), "%v", err)
	case !e.whole || m.today() <= e.ends || e.validTo != "" && e.validTo < m.today():
		require.True(rt, model.Is(err, model.CodeNotReady), "%v", err)
	default:
		require.NoError(rt, err)
		e.state, e.rev = model.ListPublished, v.Rev
		m.changes++
	}
}

func (m *machine) remove(rt *rapid.T) {
	e := m.pick(rt)
	match, current := m.reading(rt, e)
	who := rapid.SampledFrom([]model.Principal{officer, reviewer, stranger}).Draw(rt, "who")
	v, err := m.Remove(m.house.T.Context(), who, e.id, match, "理由。", nil)
	switch {
	case who.ID == stranger.ID:
		require.True(rt, model.Is(err, model.CodeNotFound), "%v", err)
	case !current:
		require.True(rt, model.Is(err, model.CodePreconditionFailed), "%v", err)
	case e.state == model.ListRemoved || e.state == model.ListWithdrawn:
		require.True(rt, model.Is(err, model.CodeNotReady), "%v", err)
	default:
		require.NoError(rt, err)
		e.rev = v.Rev
		e.state = map[model.ListState]model.ListState{model.ListDraft: model.ListWithdrawn, model.ListPublished: model.ListRemoved}[e.state]
		require.Equal(rt, e.state, v.State)
		m.changes++
	}
}

// wait lets days go by, within the year that has a calendar.
func (m *machine) wait(rt *rapid.T) {
	days := rapid.IntRange(1, 6).Draw(rt, "days")
	if m.today().AddDays(days) > "2026-12-10" {
		rt.Skip("the calendar ends")
	}
	m.house.Clock.Pass(time.Duration(days) * 24 * time.Hour)
}

// check compares what everybody sees with what should be.
func (m *machine) check(rt *rapid.T) {
	for _, kind := range []model.ListKind{model.ListSerious, model.ListAbnormal, model.ListWatch} {
		for _, id := range m.subjects {
			want := false
			for _, e := range m.cases {
				want = want || e.kind == kind && e.subject == id && e.state == model.ListPublished && (e.validTo == "" || m.today() <= e.validTo)
			}
			onList, inFile := m.shown(rt, kind, id)
			require.Equal(rt, want, onList, "%s on %s", kind, id)
			require.Equal(rt, want, inFile, "%s in the file of %s", kind, id)
		}
	}
	for _, e := range m.cases {
		v, err := m.Store.Case(m.house.T.Context(), e.id)
		require.NoError(rt, err)
		require.Equal(rt, e.state, v.State)
		require.Equal(rt, e.rev, v.Rev)
		require.Equal(rt, e.state == model.ListDraft, v.Queue != "")
	}
}
