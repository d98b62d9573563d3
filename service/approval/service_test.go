package approval_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	items "xinyi/policy/approval"
	"xinyi/policy/catalogue"
	"xinyi/policy/clock"
	promises "xinyi/policy/commitment"
	"xinyi/policy/repair"
	"xinyi/service/approval"
	"xinyi/service/commitment"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
	"xinyi/store"
)

var clerk = model.Principal{ID: "staff", Role: model.RoleClerk, Unit: servicetest.AuthorityCode, UnitName: "政务服务大厅", RequestID: "req"}

func desk(t *testing.T) (*servicetest.House, *approval.Service) {
	t.Helper()
	h := servicetest.Open(t)
	book, err := items.Load(items.Seed())
	require.NoError(t, err)
	calendar, err := clock.Load(clock.Seed())
	require.NoError(t, err)
	rules, err := promises.Load(promises.Seed())
	require.NoError(t, err)
	display, err := repair.Load(repair.Seed())
	require.NoError(t, err)
	listed, err := catalogue.Load(catalogue.Seed())
	require.NoError(t, err)
	kept := store.NewCommitments(h.Subjects)
	return h, &approval.Service{Files: h.Credit, Items: book, Calendar: calendar, Auditor: h.Log, Clock: h.Clock, IDs: h.IDs,
		Store: store.NewApprovals(kept), RemindWorkdays: func() int { return 3 },
		Promises: &commitment.Service{Store: kept, Records: h.Subjects, Files: h.Credit, Rules: rules, Calendar: calendar, Display: display,
			Judge: h.Judge, Sealer: h.Vault, Auditor: h.Log, IDs: h.IDs, Clock: h.Clock, Key: ingest.BusinessKey, Catalogue: listed}}
}

func TestCheck_plans(t *testing.T) {
	h, s := desk(t)
	org, listed, person := h.Org("MA00A990"), h.Org("MA00A991"), h.Person(7, "王沐宸")
	org.FormerCodes = h.Org("MA00A992").USCC
	entry := servicetest.Record(listed, model.RecordListEntry, "严重失信主体名单", "2026-01-10")
	entry.List, entry.LegalBasis, entry.ValidTo = "serious", "河南省社会信用条例第三十四条", "2026-12-31"
	h.Import(org, listed, person, entry)
	for _, c := range []struct {
		name     string
		asked    approval.Case
		mode     model.ApprovalMode
		blockers []string
	}{
		{"all papers", approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001"}, model.ModeInstant, nil},
		{"one may follow", approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}, model.ModeDeferred, nil},
		{"by the former code", approval.Case{USCC: org.FormerCodes, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}, model.ModeDeferred, nil},
		{"a promise", approval.Case{USCC: org.USCC, ItemCode: "SP-VENUE-002", Missing: []string{"D01", "D02"}}, model.ModeCommitment, nil},
		{"too many", approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01", "D02", "D03"}}, model.ModeNormal, []string{items.BlockTooMany}},
		{"a main paper", approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"M01"}}, model.ModeNormal, []string{items.BlockMainMissing}},
		{"on a list", approval.Case{USCC: listed.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01"}}, model.ModeNormal, []string{items.BlockSerious, items.BlockGrade}},
		{"a person", approval.Case{Name: person.Name, IDNo: person.IDNo, ItemCode: "SP-VENUE-002", Missing: []string{"D01"}}, model.ModeCommitment, nil},
	} {
		before := len(h.Log.Seen("approval.check"))
		plan, err := s.Check(t.Context(), clerk, c.asked)
		require.NoError(t, err, c.name)
		require.Equal(t, c.mode, plan.Mode, c.name)
		var blockers []string
		for _, b := range plan.Blockers {
			blockers = append(blockers, b.Code)
			require.NotContains(t, b.Text+b.Remedy, person.Name)
		}
		require.ElementsMatch(t, c.blockers, blockers, c.name)
		require.Equal(t, plan.Mode == model.ModeDeferred || plan.Mode == model.ModeCommitment, plan.SupplyBy != "", c.name)
		seen := h.Log.Seen("approval.check")
		require.Len(t, seen, before+1, c.name)
		require.Equal(t, string(c.mode), seen[before].Outcome)
		require.Equal(t, c.asked.ItemCode, seen[before].Ref)
	}
	h.Clock.Set(model.Date("2027-01-01").Start())
	plan, err := s.Check(t.Context(), clerk, approval.Case{USCC: listed.USCC, ItemCode: "SP-REG-003"})
	require.NoError(t, err)
	require.Equal(t, model.ModeInstant, plan.Mode, "the list ended at midnight")
}

func TestCheck_refusals(t *testing.T) {
	h, s := desk(t)
	org, person := h.Org("MA00A99R"), h.Person(7, "王沐宸")
	h.Import(org, person)
	for _, c := range []struct {
		name  string
		asked approval.Case
		code  model.Code
	}{
		{"no such item", approval.Case{USCC: org.USCC, ItemCode: "SP-N0-000"}, model.CodeNotFound},
		{"no such enterprise", approval.Case{USCC: h.Org("MA00N0NE").USCC, ItemCode: "SP-FOOD-001"}, model.CodeNotFound},
		{"no such person", approval.Case{Name: person.Name, IDNo: h.Person(8, "").IDNo, ItemCode: "SP-FOOD-001"}, model.CodeNotFound},
		{"another name", approval.Case{Name: "李沐宸", IDNo: person.IDNo, ItemCode: "SP-FOOD-001"}, model.CodeNotFound},
		{"a paper it does not have", approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"X99"}}, model.CodeInvalidRequest},
		{"a paper twice", approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001", Missing: []string{"D01", "D01"}}, model.CodeInvalidRequest},
	} {
		plan, err := s.Check(t.Context(), clerk, c.asked)
		require.Equal(t, c.code, model.CodeOf(err), c.name)
		require.Zero(t, plan, c.name)
	}
	h.Log.Broken.Store(true)
	plan, err := s.Check(t.Context(), clerk, approval.Case{USCC: org.USCC, ItemCode: "SP-FOOD-001"})
	require.True(t, model.Is(err, model.CodeAuditUnavailable), err)
	require.Zero(t, plan, "what is not logged is not told")
}

// Trying names and numbers at the window leaves traces.
func TestCheck_unknownApplicantIsLogged(t *testing.T) {
	h, s := desk(t)
	person := h.Person(7, "王沐宸")
	h.Import(person)
	_, err := s.Check(t.Context(), clerk, approval.Case{Name: "李沐宸", IDNo: person.IDNo, ItemCode: "SP-FOOD-001"})
	require.True(t, model.Is(err, model.CodeNotFound), err)
	seen := h.Log.Seen("approval.check")
	require.Len(t, seen, 1)
	require.Empty(t, seen[0].Subjects)
	require.Equal(t, string(model.CodeNotFound), seen[0].Outcome)
}

// A wrong list of papers is refused before anybody is looked up: whether the applicant is
// known shows in nothing that is not logged.
func TestCheck_papersFirst(t *testing.T) {
	h, s := desk(t)
	person := h.Person(7, "王沐宸")
	h.Import(person)
	for _, c := range []approval.Case{{Name: person.Name, IDNo: person.IDNo}, {Name: person.Name, IDNo: h.Person(8, "").IDNo}} {
		c.ItemCode, c.Missing = "SP-FOOD-001", []string{"X99"}
		_, err := s.Check(t.Context(), clerk, c)
		require.True(t, model.Is(err, model.CodeInvalidRequest), err)
	}
	require.Empty(t, h.Log.Seen("approval.check"))
}
