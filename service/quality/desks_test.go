package quality_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/catalogue"
	"xinyi/policy/clock"
	"xinyi/policy/measures"
	"xinyi/policy/quality"
	"xinyi/service/ingest"
	"xinyi/service/jobs"
	"xinyi/service/listing"
	"xinyi/service/servicetest"
	"xinyi/store"
)

var reviewer = model.Principal{ID: "staff_r", Role: model.RoleReviewer, Unit: officer.Unit, UnitName: officer.UnitName}

// shorter are display rules whose versions let go ever sooner.
type shorter struct{ version, days int }

func (s *shorter) Ends(r *model.Record) model.Date {
	if r.DisplayEnds == "" {
		return ""
	}
	return r.DecisionDate.AddDays(s.days)
}

func (s *shorter) RuleVersion() string { return fmt.Sprint("v", s.version) }

// days keeps everything for some days from its decision.
type days int

func (n days) KeptUntil(r *model.Record) model.Date { return r.DecisionDate.AddDays(int(n)) }

// listingDesk gives the desk of lists over the district.
func (d *district) listingDesk() *listing.Service {
	tables, err := measures.Load(measures.Seed())
	require.NoError(d.T, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(d.T, err)
	lines, err := catalogue.Load(catalogue.Seed())
	require.NoError(d.T, err)
	return &listing.Service{Store: store.NewListings(d.Subjects), Files: d.Credit, Tables: tables, Catalogue: lines, Calendar: calendar, Display: d.display,
		Judge: d.Judge, Sealer: d.Vault, Auditor: d.Log, IDs: d.IDs, Clock: d.Clock, Quality: d.today,
		Key: func(r *model.Record, s model.SubjectID) string { return string(s) + "/" + string(r.List) + r.DocNo }}
}

func (d *district) today() *quality.Rules { return d.rules }

// timeJobs gives a runner of the jobs that time drives.
func (d *district) timeJobs(display jobs.Display, kept jobs.Retention) *jobs.Runner {
	ageing := &jobs.Ageing{Store: store.NewAgeing(d.Subjects), Files: d.Credit, Judge: d.Judge, Display: display, Retention: kept, Auditor: d.Log,
		IDs: d.IDs, Clock: d.Clock, Quality: d.today}
	return &jobs.Runner{Store: store.NewJobs(d.Driver, d.Clock), Clock: d.Clock, Log: slog.New(slog.DiscardHandler), Holder: "test", Jobs: ageing.Jobs()}
}

// TestCounts_listingsAndTime: listings that are published and removed, displays that new
// rules cut short and records that are erased keep the counters at what counting everything
// anew gives.
func TestCounts_listingsAndTime(t *testing.T) {
	var erased, cut, published int
	rapid.Check(t, func(rt *rapid.T) {
		d := openDistrict(t)
		ctx := t.Context()
		d.Clock.Pass(5 * 24 * time.Hour)
		desk, display := d.listingDesk(), &shorter{days: 400}
		runner := d.timeJobs(display, days(rapid.IntRange(3, 15).Draw(rt, "kept")))
		require.NoError(rt, runner.RunDue(ctx))
		orgs := []*ingest.Row{d.Org("MA40AB1C"), d.Org("MA40AB1D")}
		d.submit(model.Principal{ID: "operator", Role: model.RoleOffice}, 3, orgs...)
		var cases []listing.View
		anyRevision := func(*listing.View) bool { return true }
		for step := range rapid.IntRange(4, 10).Draw(rt, "steps") {
			org := rapid.SampledFrom(orgs).Draw(rt, "about")
			switch rapid.IntRange(0, 3).Draw(rt, "step") {
			case 0:
				row := servicetest.Record(org, rapid.SampledFrom([]model.RecordKind{model.RecordPermit, model.RecordHonor}).Draw(rt, "kind"), "记录",
					model.DateOf(d.Clock.Now()).AddDays(-rapid.IntRange(0, 20).Draw(rt, "ago")))
				row.DocNo, row.LegalBasis = fmt.Sprintf("汴市监〔2026〕%d号", step), "法"
				require.Equal(rt, 1, d.submit(officer, 2, row).Accepted)
			case 1:
				v, err := desk.Draft(ctx, officer, listing.Draft{ListFacts: model.ListFacts{Kind: model.ListSerious, USCC: model.SubjectID(org.USCC), DocNo: fmt.Sprint("名单", step),
					Reason: "事由。", Basis: "HN", NoticedOn: "2026-11-02", NoticeHow: "直接送达", Evidence: []model.Evidence{{Title: "送达回证"}},
					Finality: model.FinalityFinal, Severity: model.SeveritySerious, ValidTo: "2027-12-31", ProvincialNo: "豫信审1号"},
					Responsible: []model.ResponsiblePerson{{Role: "legal_representative", Name: "欧阳明月"}}}, nil)
				require.NoError(rt, err)
				v, err = desk.Publish(ctx, reviewer, v.ID, anyRevision, nil)
				require.NoError(rt, err)
				cases, published = append(cases, v), published+1
			case 2:
				if len(cases) > 0 {
					_, err := desk.Remove(ctx, officer, cases[0].ID, anyRevision, "理由。", nil)
					require.True(rt, err == nil || model.Is(err, model.CodeNotFound), err) // its record may be erased
					cases = cases[1:]
				}
			case 3:
				display.version, display.days = display.version+1, max(10, display.days-rapid.IntRange(1, 200).Draw(rt, "sooner"))
			}
			if model.DateOf(d.Clock.Now()) < "2026-12-05" { // the calendar ends with the year
				d.Clock.Pass(time.Duration(rapid.IntRange(1, 3).Draw(rt, "days")) * 24 * time.Hour)
			}
			for range 4 {
				require.NoError(rt, runner.RunDue(ctx))
			}
			if rapid.Bool().Draw(rt, "fold") {
				_, err := d.counts.Fold(ctx)
				require.NoError(rt, err)
			}
			require.Equal(rt, d.fromScratch(), d.all())
		}
		erased, cut = erased+len(d.Log.Seen("record.erase")), cut+len(d.Log.Seen("record.redisplay"))
	})
	t.Logf("%d published, %d erased, %d cut short", published, erased, cut)
	require.NotZero(t, published)
	if published > 50 { // a few draws, as over FerretDB, may miss one
		require.NotZero(t, erased)
		require.NotZero(t, cut)
	}
}

// A bulletin is for people: numbers that nobody entered stand there by their names.
func TestBulletin_namesMissingNumbers(t *testing.T) {
	d := openDistrict(t)
	var file bytes.Buffer
	require.NoError(t, d.desk.Bulletin(t.Context(), office, "2026-11", &file))
	book, err := excelize.OpenReader(&file)
	require.NoError(t, err)
	defer book.Close()
	rows, err := book.GetRows("通报")
	require.NoError(t, err)
	var missing []string
	for _, row := range rows[2:] {
		if len(row) == len(rows[1]) {
			missing = append(missing, row[len(row)-1])
		}
	}
	require.Contains(t, missing, "常住人口")
	require.NotContains(t, missing, "population")
}
