package listing_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/clock"
	"xinyi/policy/measures"
	"xinyi/policy/repair"
	"xinyi/service/ingest"
	"xinyi/service/listing"
	"xinyi/service/servicetest"
	"xinyi/service/worklist"
	"xinyi/store"
)

const (
	unit  = "11410203005900016A"
	other = "11410203005900022B"
)

var (
	officer  = model.Principal{ID: "officer", Role: model.RoleDepartment, Unit: unit, UnitName: "市场监管局", RequestID: "req"}
	stranger = model.Principal{ID: "stranger", Role: model.RoleDepartment, Unit: other, UnitName: "另一局", RequestID: "req"}
	reviewer = model.Principal{ID: "reviewer", Role: model.RoleReviewer, Unit: unit, UnitName: "市场监管局", RequestID: "req"}
	outsider = model.Principal{ID: "outsider", Role: model.RoleReviewer, Unit: other, UnitName: "另一局", RequestID: "req"}
	office   = model.Principal{ID: "office", Role: model.RoleOffice, UnitName: "信用办", RequestID: "req"}
)

func anyRevision(*listing.View) bool { return true }

// desk is the desk of lists over an empty engine.
type desk struct {
	*listing.Service
	house *servicetest.House
	lists *store.Lists
	work  *worklist.Service
}

func open(t testing.TB) *desk {
	t.Helper()
	h := servicetest.Open(t)
	tables, err := measures.Load(measures.Seed())
	require.NoError(t, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	entries, err := catalogue.Load(catalogue.Seed())
	require.NoError(t, err)
	d := &desk{house: h, lists: store.NewLists(h.Driver, h.Clock)}
	d.Service = &listing.Service{Store: store.NewListings(h.Subjects), Files: h.Credit, Tables: tables, Catalogue: entries, Calendar: calendar, Display: display,
		Judge: h.Judge, Sealer: h.Vault, Auditor: h.Log, IDs: h.IDs, Clock: h.Clock, Key: ingest.BusinessKey}
	d.work = &worklist.Service{Sources: []worklist.Source{d.Service}, Auditor: h.Log, Clock: h.Clock}
	return d
}

// org makes an organisation; body is eight characters of its code.
func (d *desk) org(body string) model.SubjectID {
	row := d.house.Org(body)
	d.house.Import(row)
	return model.SubjectID(row.USCC)
}

// complete gives a draft that lacks nothing once its window has passed.
func complete(kind model.ListKind, id model.SubjectID, docNo string, noticed model.Date) listing.Draft {
	d := listing.Draft{ListFacts: model.ListFacts{Kind: kind, USCC: id, DocNo: docNo, Reason: "事由。", Basis: "HN", NoticedOn: noticed, NoticeHow: "直接送达",
		Evidence: []model.Evidence{{Title: "送达回证", Digest: strings.Repeat("0", 64)}}, Finality: model.FinalityFinal}}
	switch kind {
	case model.ListSerious:
		d.Measures = []string{"HN34-1"}
		d.Severity, d.ProvincialNo = model.SeveritySerious, "豫信审1号"
		d.Responsible = []model.ResponsiblePerson{{Role: "legal_representative", Name: "欧阳明月"}}
	case model.ListAbnormal:
		d.Basis = "EIP"
	default:
		d.ValidTo = "2026-12-20"
	}
	return d
}

func (d *desk) shown(t require.TestingT, kind model.ListKind, id model.SubjectID) (onList, inFile bool) {
	items, _, err := d.lists.Entries(d.house.T.Context(), kind, string(id), "", 10)
	require.NoError(t, err)
	f, _, err := d.house.Credit.Enterprise(d.house.T.Context(), string(id))
	require.NoError(t, err)
	for _, m := range f.Summary.Lists {
		inFile = inFile || m.Kind == kind
	}
	return len(items) > 0, inFile
}

// The window counts working days, and ends with its last day.
func TestPublish_window(t *testing.T) {
	d := open(t)
	id := d.org("MA0W1ND0")
	v, err := d.Draft(t.Context(), officer, complete(model.ListAbnormal, id, "一号", "2026-11-20"), nil)
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-11-27"), v.WindowEnds, "five working days after a Friday")
	last := time.Date(2026, 11, 27, 23, 59, 59, 0, model.Shanghai)
	d.house.Clock.Set(last)
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	items, _, err := d.work.Waiting(t.Context(), reviewer, "", 10)
	require.NoError(t, err)
	require.Empty(t, items)
	d.house.Clock.Pass(time.Second)
	items, _, err = d.work.Waiting(t.Context(), reviewer, "", 10)
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, model.Date("2026-12-02"), items[0].Due, "three working days to review")
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.NoError(t, err)
	onList, inFile := d.shown(t, model.ListAbnormal, id)
	require.True(t, onList && inFile)
}

// A membership with a last day is gone when that day is, whether or not a job ran.
func TestDisplayEnd(t *testing.T) {
	d := open(t)
	id := d.org("MA0D1P00")
	v, err := d.Draft(t.Context(), officer, complete(model.ListHonor, id, "一号", "2026-11-02"), nil)
	require.NoError(t, err)
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.NoError(t, err)
	d.house.Clock.Set(time.Date(2026, 12, 20, 23, 59, 59, 999e6, model.Shanghai))
	onList, inFile := d.shown(t, model.ListHonor, id)
	require.True(t, onList && inFile)
	d.house.Clock.Set(time.Date(2026, 12, 21, 0, 0, 0, 0, model.Shanghai))
	onList, inFile = d.shown(t, model.ListHonor, id)
	require.False(t, onList || inFile)
	_, err = d.Initiate(t.Context(), officer, listing.Initiation{Case: v.ID, Measures: []string{"HN30-1"}, Units: []string{other}}, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
}

// What each kind of list asks for beyond the notice.
func TestConditions(t *testing.T) {
	d := open(t)
	listed, n := d.org("MA0C0ND1"), 0
	v, err := d.Draft(t.Context(), officer, complete(model.ListSerious, listed, "零号", "2026-11-02"), nil)
	require.NoError(t, err)
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		kind   model.ListKind
		change func(*listing.Draft)
		want   string
	}{
		"nothing missing":           {model.ListSerious, func(*listing.Draft) {}, ""},
		"no evidence":               {model.ListSerious, func(d *listing.Draft) { d.Evidence = nil }, "evidence"},
		"no review by the province": {model.ListSerious, func(d *listing.Draft) { d.ProvincialNo = "" }, "provincial_review"},
		"nobody responsible named":  {model.ListSerious, func(d *listing.Draft) { d.Responsible = nil }, "responsible"},
		"the wrong one named":       {model.ListSerious, func(d *listing.Draft) { d.Responsible[0].Role = "controller" }, "responsible"},
		"act not final":             {model.ListSerious, func(d *listing.Draft) { d.Finality = model.FinalityLitigation }, "finality"},
		"act not serious":           {model.ListSerious, func(d *listing.Draft) { d.Severity = model.SeverityGeneral }, "severity"},
		"what may not be recorded":  {model.ListSerious, func(d *listing.Draft) { d.Title = "闯红灯单位名单" }, "catalogue"},
		"objection open":            {model.ListSerious, func(d *listing.Draft) { d.Objection = model.ObjectionPending }, "objection"},
		"objection not answered":    {model.ListSerious, func(d *listing.Draft) { d.Objection = model.ObjectionRejected }, "objection"},
		"objection answered":        {model.ListSerious, func(d *listing.Draft) { d.Objection, d.ObjectionNote = model.ObjectionRejected, "理由不成立。" }, ""},
		"objection accepted":        {model.ListSerious, func(d *listing.Draft) { d.Objection, d.ObjectionNote = model.ObjectionAccepted, "成立。" }, "objection"},
		"decided within the window": {model.ListSerious, func(d *listing.Draft) { d.DecisionDate = "2026-11-16" }, "decision_date"},
		"decided after the window":  {model.ListSerious, func(d *listing.Draft) { d.DecisionDate = "2026-11-17" }, ""},
		"decided tomorrow":          {model.ListSerious, func(d *listing.Draft) { d.DecisionDate = "2026-11-23" }, "decision_date"},
		"honour without end":        {model.ListHonor, func(d *listing.Draft) { d.ValidTo = "" }, "term"},
		"honour that has ended":     {model.ListHonor, func(d *listing.Draft) { d.ValidTo = "2026-11-21" }, "term"},
		"honour beside serious":     {model.ListHonor, func(d *listing.Draft) { d.USCC = listed }, "excluded"},
		"abnormal asks for less":    {model.ListAbnormal, func(*listing.Draft) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n++
			in := complete(c.kind, d.org(fmt.Sprintf("MA0C%04d", n)), name, "2026-11-02")
			c.change(&in)
			v, err := d.Draft(t.Context(), officer, in, nil)
			require.NoError(t, err)
			var missing []string
			for _, cond := range v.Conditions {
				if !cond.OK {
					missing = append(missing, cond.Code)
				}
			}
			require.Equal(t, strings.Fields(c.want), append([]string{}, missing...))
			_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
			require.Equal(t, c.want == "", err == nil, "%v", err)
		})
	}
}

// After the notice a draft restricts no more, and on no other ground, than it said; another notice
// starts another window.
func TestRevise_afterNotice(t *testing.T) {
	d := open(t)
	n := 0
	for name, c := range map[string]struct {
		kind    model.ListKind
		change  func(*listing.Draft)
		refused bool
	}{
		"as noticed":        {model.ListSerious, func(d *listing.Draft) { d.ProvincialNo = "豫信审2号" }, false},
		"fewer measures":    {model.ListSerious, func(d *listing.Draft) { d.Measures = d.Measures[:1] }, false},
		"another measure":   {model.ListSerious, func(d *listing.Draft) { d.Measures = append(d.Measures, "HN34-3") }, true},
		"another reason":    {model.ListSerious, func(d *listing.Draft) { d.Reason = "另一事由。" }, true},
		"another article":   {model.ListSerious, func(d *listing.Draft) { d.Article = "第一条" }, true},
		"an earlier day":    {model.ListSerious, func(d *listing.Draft) { d.Reason, d.NoticedOn = "另一事由。", "2026-11-01" }, true},
		"noticed again":     {model.ListSerious, func(d *listing.Draft) { d.Reason, d.NoticedOn = "另一事由。", "2026-11-20" }, false},
		"honour":            {model.ListHonor, func(d *listing.Draft) { d.Reason = "另一事由。" }, false},
		"notice taken away": {model.ListSerious, func(d *listing.Draft) { d.Reason, d.NoticedOn = "另一事由。", "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			n++
			in := complete(c.kind, d.org(fmt.Sprintf("MA0N%04d", n)), name, "2026-11-02")
			if c.kind == model.ListSerious {
				in.Measures = []string{"HN34-1", "HN34-2"}
			}
			v, err := d.Draft(t.Context(), officer, in, nil)
			require.NoError(t, err)
			changed := in
			changed.Measures = append([]string{}, in.Measures...)
			c.change(&changed)
			_, err = d.Revise(t.Context(), officer, v.ID, anyRevision, changed)
			require.Equal(t, c.refused, model.Is(err, model.CodeInvalidRequest), "%v", err)
			if !c.refused {
				require.NoError(t, err)
			}
			if changed.NoticedOn > in.NoticedOn { // the first notice is forgotten
				_, err = d.Revise(t.Context(), officer, v.ID, anyRevision, in)
				require.True(t, model.Is(err, model.CodeInvalidRequest), err)
				return
			}
			_, err = d.Revise(t.Context(), officer, v.ID, anyRevision, in)
			require.NoError(t, err, "what was noticed stays noticed")
			if changed.NoticedOn = in.NoticedOn; c.kind == model.ListSerious && changed.Reason != in.Reason {
				_, err = d.Revise(t.Context(), officer, v.ID, anyRevision, changed)
				require.True(t, model.Is(err, model.CodeInvalidRequest), "also by a detour: %v", err)
			}
		})
	}
}

// Of many who publish at once one does, and the fact is written once.
func TestPublish_race(t *testing.T) {
	d := open(t)
	id := d.org("MA0RACE0")
	v, err := d.Draft(t.Context(), officer, complete(model.ListSerious, id, "一号", "2026-11-02"), nil)
	require.NoError(t, err)
	var done atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := d.Publish(t.Context(), reviewer, v.ID, func(now *listing.View) bool { return now.Rev == v.Rev }, nil)
			if err == nil {
				done.Add(1)
			} else if !model.Is(err, model.CodePreconditionFailed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, done.Load())
	records, err := d.house.Subjects.RecordsOf(t.Context(), id)
	require.NoError(t, err)
	require.Len(t, records, 1)
	require.Len(t, d.house.Log.Seen("listing.publish"), 1)
}

// The same fact is not listed twice, whatever its case.
func TestPublish_knownFact(t *testing.T) {
	d := open(t)
	id := d.org("MA0KN0W0")
	one, err := d.Draft(t.Context(), officer, complete(model.ListSerious, id, "同号", "2026-11-02"), nil)
	require.NoError(t, err)
	two, err := d.Draft(t.Context(), officer, complete(model.ListSerious, id, "同号", "2026-11-02"), nil)
	require.NoError(t, err)
	_, err = d.Publish(t.Context(), reviewer, one.ID, anyRevision, nil)
	require.NoError(t, err)
	_, err = d.Publish(t.Context(), reviewer, two.ID, anyRevision, nil)
	require.True(t, model.Is(err, model.CodeExists), err)
	_, err = d.Draft(t.Context(), officer, complete(model.ListSerious, id, "同号", "2026-11-02"), nil)
	require.True(t, model.Is(err, model.CodeExists), err)
}

// Without the log nothing is shown and nothing changes.
func TestAuditBroken(t *testing.T) {
	d := open(t)
	id := d.org("MA0AUD10")
	v, err := d.Draft(t.Context(), officer, complete(model.ListSerious, id, "一号", "2026-11-02"), nil)
	require.NoError(t, err)
	d.house.Log.Broken.Store(true)
	_, err = d.Case(t.Context(), reviewer, v.ID)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	_, _, err = d.Cases(t.Context(), office, "", "", 10)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	_, _, err = d.work.Waiting(t.Context(), reviewer, "", 10)
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	d.house.Log.Broken.Store(false)
	onList, inFile := d.shown(t, model.ListSerious, id)
	require.False(t, onList || inFile)
	_, err = d.Publish(t.Context(), reviewer, v.ID, func(now *listing.View) bool { return now.Rev == v.Rev }, nil)
	require.NoError(t, err)
}

// A listing meets an import of other facts about the same subject without losing either.
func TestPublish_besideImport(t *testing.T) {
	d := open(t)
	row := d.house.Org("MA01MP00")
	d.house.Import(row)
	v, err := d.Draft(t.Context(), officer, complete(model.ListSerious, model.SubjectID(row.USCC), "一号", "2026-11-02"), nil)
	require.NoError(t, err)
	permit := servicetest.Record(row, model.RecordPermit, "许可", "2026-05-10")
	var wg sync.WaitGroup
	wg.Go(func() { d.house.Import([]*ingest.Row{permit}...) })
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	wg.Wait()
	require.NoError(t, err)
	f, _, err := d.house.Credit.Enterprise(t.Context(), row.USCC)
	require.NoError(t, err)
	require.Equal(t, 2, f.Summary.Total)
	require.Len(t, f.Summary.Lists, 1)
}
