package jobs_test

import (
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	"xinyi/policy/clock"
	"xinyi/policy/repair"
	"xinyi/policy/retention"
	"xinyi/service/ingest"
	"xinyi/service/jobs"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// desk is a house with the jobs of the calendar.
type desk struct {
	*servicetest.House
	ageing *jobs.Ageing
	runner *jobs.Runner
}

func openDesk(t *testing.T) *desk {
	t.Helper()
	h := servicetest.Open(t)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	table, err := retention.Load(retention.Seed())
	require.NoError(t, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	d := &desk{House: h, ageing: &jobs.Ageing{Store: store.NewAgeing(h.Subjects), Files: h.Credit, Judge: h.Judge, Display: display, Retention: table,
		ShortestArchive: table.ArchiveMonths(), Auditor: h.Log, Clock: h.Clock}}
	d.runner = &jobs.Runner{Store: store.NewJobs(h.Driver, h.Clock), Clock: h.Clock, Log: slog.New(slog.DiscardHandler), Holder: "test",
		Jobs: append(d.ageing.Jobs(), jobs.CalendarAlarm(calendar, h.Clock))}
	require.NoError(t, d.runner.RunDue(t.Context()))
	return d
}

// state of a job by name.
func (d *desk) state(name string) model.JobState {
	for _, s := range d.runner.States() {
		if s.Name == name {
			return s
		}
	}
	return model.JobState{}
}

// runs the jobs until none is due.
func (d *desk) runs() {
	d.T.Helper()
	for range 40 {
		require.NoError(d.T, d.runner.RunDue(d.T.Context()))
	}
	for _, s := range d.runner.States() {
		require.NotEqual(d.T, model.JobFailed, s.Last.Outcome, s.Name)
	}
}

// unitCode is that of the deciding authority.
var unitCode = func() string {
	code, err := model.ComposeUnifiedSocialCreditCode("11", "410203", "00590001")
	if err != nil {
		panic(err)
	}
	return code.Reveal()
}()

func penaltyOf(org *ingest.Row, no, severity string, on model.Date) *ingest.Row {
	p := servicetest.Record(org, model.RecordPenalty, "行政处罚决定书", on)
	p.DocNo, p.Severity, p.Finality = no, severity, "final"
	p.AuthorityUSCC, p.SourceUSCC = unitCode, unitCode
	return p
}

// what others see of an enterprise, in one comparable value.
type view struct {
	counts    map[model.Section]int
	negatives int
	lists     int
	records   []model.RecordID
	queried   int
	score     int
	record    bool // the department still reads the record
}

func (d *desk) look(uscc string, id model.RecordID) view {
	d.T.Helper()
	f, _, err := d.Credit.Enterprise(d.T.Context(), uscc)
	require.NoError(d.T, err)
	v := view{counts: f.Summary.Counts, negatives: len(f.Summary.Negatives), lists: len(f.Summary.Lists), score: f.Judgement.Score}
	records, _, err := d.Credit.EnterpriseRecords(d.T.Context(), uscc, "", "", 100)
	require.NoError(d.T, err)
	for _, r := range records {
		v.records = append(v.records, r.ID)
	}
	_, err = d.Credit.Record(d.T.Context(), model.Principal{ID: "staff_1", Role: model.RoleDepartment, Unit: unitCode}, id)
	require.True(d.T, err == nil || model.Is(err, model.CodeNotFound), err)
	v.record = err == nil
	return v
}

func (d *desk) only(uscc string, kind model.RecordKind) *model.Record {
	d.T.Helper()
	all, err := d.Subjects.RecordsOf(d.T.Context(), model.SubjectID(uscc))
	require.NoError(d.T, err)
	for _, r := range all {
		if r.Kind == kind {
			return r
		}
	}
	d.T.Fatalf("no %s", kind)
	return nil
}

// At 00:00:00 of the day a look-up is right before any job has run; the job changes what is
// stored, and no answer.
func TestDisplayEnds_beforeAndAfterTheJob(t *testing.T) {
	for _, c := range []struct {
		name, severity string
		on             model.Date // of the decision
		ends           model.Date
	}{
		{"O36 general", "general", "2026-05-10", "2027-05-10"},
		{"O36 month end", "general", "2026-11-20", "2027-11-20"},
		{"O36 serious", "serious", "2026-05-10", "2029-05-10"},
		{"O36 minor, where the need is stated", "minor", "2026-11-10", "2027-02-10"},
		{"O58 serious", "serious", "2024-01-15", "2027-01-15"},
		{"O58 general, which O36 lets go first", "general", "2026-03-01", "2027-03-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openDesk(t)
			org := d.Org("MA00D1P1")
			row := penaltyOf(org, "顺市监〔2026〕1号", c.severity, c.on)
			if c.severity == "minor" {
				row.Details = []model.Detail{{Key: "displayNeed", Value: "涉及公共安全"}}
			}
			d.Import(org, row)
			r := d.only(org.USCC, model.RecordPenalty)
			require.Equal(t, c.ends, r.DisplayEnds)

			d.Clock.Set(c.ends.Start().Add(-time.Millisecond))
			last := d.look(org.USCC, r.ID)
			require.Equal(t, []model.RecordID{r.ID}, last.records)
			require.Equal(t, 1, last.negatives)
			require.True(t, last.record)

			d.Clock.Set(c.ends.Start())
			before := d.look(org.USCC, r.ID)
			require.Empty(t, before.records)
			require.Zero(t, before.negatives)
			require.False(t, before.record, "in the archive only its subject reads it")
			require.Empty(t, d.only(org.USCC, model.RecordPenalty).ArchivedOn, "no job has run")

			d.Clock.Set(c.ends.Start().Add(time.Hour))
			d.runs()
			require.Equal(t, before, d.look(org.USCC, r.ID))
			require.NotEmpty(t, d.only(org.USCC, model.RecordPenalty).ArchivedOn)
			require.Len(t, d.Log.Seen("record.archive"), 1)
			require.Equal(t, []model.SubjectID{model.SubjectID(org.USCC)}, d.Log.Seen("record.archive")[0].Subjects)
		})
	}
}

// A minor penalty without a stated need is shown at no time, and counts for nobody.
func TestDisplayEnds_minor(t *testing.T) {
	d := openDesk(t)
	org := d.Org("MA00D1P1")
	d.Import(org, penaltyOf(org, "顺市监〔2026〕1号", "minor", "2026-11-10"))
	r := d.only(org.USCC, model.RecordPenalty)
	require.Equal(t, r.DecisionDate, r.DisplayEnds)
	seen := d.look(org.USCC, r.ID)
	require.Empty(t, seen.records)
	require.Zero(t, seen.negatives)
}

// The display job writes down what nobody has looked at, once.
func TestDisplay_renewsWhatNobodyLooksAt(t *testing.T) {
	d := openDesk(t)
	var orgs []*ingest.Row
	for _, body := range []string{"MA00D1P1", "MA00D1P2", "MA00D1P3"} {
		org := d.Org(body)
		orgs = append(orgs, org)
		d.Import(org, penaltyOf(org, "顺市监〔2026〕1号", "general", "2026-05-10"))
	}
	d.Clock.Set(model.Date("2027-05-10").Start())
	d.runs()
	for _, org := range orgs {
		f, err := d.Subjects.File(t.Context(), model.SubjectID(org.USCC))
		require.NoError(t, err)
		require.Empty(t, f.Summary.Negatives)
	}
	total := d.state("display").Total
	require.GreaterOrEqual(t, total, int64(3))
	d.Clock.Pass(10 * time.Minute)
	d.runs()
	require.Equal(t, total, d.state("display").Total, "nothing is left to do")
}

// Who is still listed because of the record is shown with it until the removal (HN 19),
// job or no job.
func TestDisplayEnds_heldByListing(t *testing.T) {
	d := openDesk(t)
	org := d.Org("MA00L1T1")
	entry := servicetest.Record(org, model.RecordListEntry, "严重失信主体名单", "2026-06-01")
	entry.List, entry.LegalBasis, entry.ValidTo = "serious", "河南省社会信用条例第二十八条", "2029-12-31"
	d.Import(org, penaltyOf(org, "顺市监〔2026〕1号", "serious", "2026-05-10"), entry)
	r := d.only(org.USCC, model.RecordPenalty)
	require.Equal(t, model.Date("2029-05-10"), r.DisplayEnds)

	d.Clock.Set(model.Date("2029-05-10").Start())
	before := d.look(org.USCC, r.ID)
	require.Contains(t, before.records, r.ID)
	require.Equal(t, 1, before.negatives)
	require.True(t, before.record)
	d.Clock.Pass(time.Hour)
	d.runs()
	require.Equal(t, before, d.look(org.USCC, r.ID))
	require.Empty(t, d.only(org.USCC, model.RecordPenalty).ArchivedOn, "it is on display")

	d.Clock.Set(model.Date("2030-01-01").Start())
	before = d.look(org.USCC, r.ID)
	require.Empty(t, before.records)
	require.False(t, before.record)
	d.Clock.Set(model.Date("2030-01-07").Start()) // a Sunday has passed
	d.runs()
	require.NotEmpty(t, d.only(org.USCC, model.RecordPenalty).ArchivedOn)
}

// Past its time in the archive a record is erased under an audit entry, and an old file
// does not bring it back.
func TestRetention(t *testing.T) {
	d := openDesk(t)
	org := d.Org("MA00E1R1")
	entry := servicetest.Record(org, model.RecordListEntry, "经营异常名录", "2026-01-10")
	entry.List, entry.LegalBasis, entry.ValidTo = "abnormal", "企业信息公示暂行条例第十七条", "2026-12-31"
	penalty := penaltyOf(org, "顺市监〔2026〕1号", "general", "2026-05-10")
	d.Import(org, penalty, entry)
	d.Clock.Set(model.Date("2027-05-17").Start())
	d.runs()
	d.Clock.Set(model.Date("2037-05-09").Start().Add(time.Hour))
	d.runs()
	require.NotEmpty(t, d.only(org.USCC, model.RecordPenalty).ArchivedOn)
	records, err := d.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.Len(t, records, 1, "the entry ended in 2026")
	d.Clock.Set(model.Date("2037-05-10").Start().Add(time.Hour))
	d.runs()
	records, err = d.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.Empty(t, records)
	require.Len(t, d.Log.Seen("record.erase"), 2)
	d.Import(penalty)
	records, err = d.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.Empty(t, records)
}

// A new version of the repair rules reaches what is stored before the day it is in force.
func TestDisplayRules(t *testing.T) {
	d := openDesk(t)
	org, other := d.Org("MA00N1W1"), d.Org("MA00N1W2")
	d.Import(org, other, penaltyOf(org, "顺市监〔2026〕1号", "serious", "2026-05-10"), penaltyOf(org, "顺市监〔2026〕2号", "serious", "2026-06-10"),
		penaltyOf(other, "顺市监〔2026〕3号", "general", "2026-05-10"))
	kinder, err := repair.Load(fstest.MapFS{"r.yaml": {Data: []byte(`name: repair
validFrom: 2026-04-01
transition: favourable
unstated: general
cap: {months: 60, legalBasis: b}
versions:
  - {key: O36, validFrom: 2026-04-01, legalBasis: b, classes: {general: {repairMonths: 3, displayMonths: 12}, serious: {repairMonths: 12, displayMonths: 36}}}
  - {key: NEXT, validFrom: 2027-01-01, legalBasis: b, classes: {general: {repairMonths: 3, displayMonths: 60}, serious: {repairMonths: 6, displayMonths: 12}}}
`)}})
	require.NoError(t, err)
	d.ageing.Display = kinder
	d.Clock.Pass(24 * time.Hour)
	d.runs()
	records, err := d.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.Equal(t, model.Date("2027-05-10"), records[0].DisplayEnds)
	require.Equal(t, model.Date("2027-06-10"), records[1].DisplayEnds)
	require.Equal(t, model.Date("2027-05-10"), d.only(other.USCC, model.RecordPenalty).DisplayEnds, "never longer")
	f, err := d.Subjects.File(t.Context(), model.SubjectID(org.USCC))
	require.NoError(t, err)
	require.False(t, f.ValidUntil.After(model.Date("2027-05-10").Start()))
	require.Equal(t, kinder.RuleVersion(), d.Log.Seen("record.redisplay")[0].RuleVersion)
	n := len(d.Log.Seen("record.redisplay"))
	d.Clock.Pass(24 * time.Hour)
	d.runs()
	require.Len(t, d.Log.Seen("record.redisplay"), n)
}

func TestCalendarAlarm(t *testing.T) {
	d := openDesk(t)
	require.Equal(t, model.JobOK, d.state("calendar").Last.Outcome)
	d.Clock.Set(model.Date("2026-11-30").Start())
	d.runs()
	require.Equal(t, model.JobOK, d.state("calendar").Last.Outcome)
	d.Clock.Set(model.Date("2026-12-01").Start())
	d.runs()
	s := d.state("calendar")
	require.Equal(t, model.JobAlarm, s.Last.Outcome)
	require.Contains(t, s.Last.Note, "2027")
}

// five keeps everything for five years from its decision, as a line of the catalogue may.
type five struct{}

func (five) KeptUntil(r *model.Record) model.Date { return r.DecisionDate.AddMonths(60) }

// What was never adverse goes on the first of the month after its time, and the file with it.
func TestRetention_ofWhatIsShown(t *testing.T) {
	d := openDesk(t)
	d.ageing.Retention = five{}
	org := d.Org("MA00E1R2")
	d.Import(org, servicetest.Record(org, model.RecordHonor, "荣誉", "2026-05-10"), servicetest.Record(org, model.RecordHonor, "另一荣誉", "2026-05-11"),
		servicetest.Record(org, model.RecordHonor, "新的荣誉", "2026-06-10"))
	honours := func() (kept, counted int) {
		records, err := d.Subjects.RecordsOf(t.Context(), model.SubjectID(org.USCC))
		require.NoError(t, err)
		f, err := d.Subjects.File(t.Context(), model.SubjectID(org.USCC))
		require.NoError(t, err)
		return len(records), f.Summary.Counts[model.SectionHonesty]
	}
	d.Clock.Set(model.Date("2031-05-31").Start().Add(time.Hour))
	d.runs()
	kept, counted := honours()
	require.Equal(t, []int{3, 3}, []int{kept, counted}, "not yet the first")
	d.Clock.Set(model.Date("2031-06-01").Start().Add(time.Hour))
	d.runs()
	kept, counted = honours()
	require.Equal(t, []int{1, 1}, []int{kept, counted})
}
