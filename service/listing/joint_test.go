package listing_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/listing"
	"xinyi/service/servicetest"
	"xinyi/store"
)

// listed gives a published listing of kind.
func (d *desk) listed(t require.TestingT, kind model.ListKind, id model.SubjectID, docNo string) listing.View {
	v, err := d.Draft(d.house.T.Context(), officer, complete(kind, id, docNo, "2026-11-02"), nil)
	require.NoError(t, err)
	v, err = d.Publish(d.house.T.Context(), reviewer, v.ID, anyRevision, nil)
	require.NoError(t, err)
	return v
}

func asked(n int) model.Principal {
	return model.Principal{ID: fmt.Sprint("asked", n), Role: model.RoleDepartment, Unit: fmt.Sprintf("1141020300590%04dA", n), UnitName: fmt.Sprint("局", n)}
}

// TestJointStates: a unit's task goes pushed → accepted or declined → done → lifting →
// lifted and no other way, and waits for the unit exactly while the unit has to act.
func TestJointStates(t *testing.T) {
	d := open(t)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		d.house.Clock.Set(servicetest.Start)
		ctx := t.Context()
		v := d.listed(rt, model.ListSerious, d.org(fmt.Sprintf("J%05d00", runs)), fmt.Sprint("J", runs))
		states, units, over := map[string]model.JointState{}, []string{}, false
		for i := range rapid.IntRange(1, 3).Draw(rt, "units") {
			units = append(units, asked(i).Unit)
			states[asked(i).Unit] = model.JointPushed
		}
		a, err := d.Initiate(ctx, officer, listing.Initiation{Case: v.ID, Measures: []string{"HN34-1"}, Units: units}, nil)
		require.NoError(rt, err)
		step := func(rt *rapid.T, from []model.JointState, do func(model.Principal) error) (model.Principal, bool) {
			who := asked(rapid.IntRange(0, len(units)-1).Draw(rt, "who"))
			err := do(who)
			for _, s := range from {
				if states[who.Unit] == s {
					require.NoError(rt, err)
					return who, true
				}
			}
			require.Error(rt, err)
			return who, false
		}
		rt.Repeat(map[string]func(*rapid.T){
			"respond": func(rt *rapid.T) {
				in := listing.Response{Accept: rapid.Bool().Draw(rt, "accept"), Reason: "理由"}
				if who, ok := step(rt, []model.JointState{model.JointPushed}, func(p model.Principal) error { _, err := d.Respond(ctx, p, a.ID, in, nil); return err }); ok {
					states[who.Unit] = map[bool]model.JointState{true: model.JointAccepted, false: model.JointDeclined}[in.Accept]
				}
			},
			"report": func(rt *rapid.T) {
				in := listing.Report{Applied: []string{"HN34-1"}, Text: "已限制。"}
				if who, ok := step(rt, []model.JointState{model.JointAccepted}, func(p model.Principal) error { _, err := d.Report(ctx, p, a.ID, in, nil); return err }); ok {
					states[who.Unit] = model.JointDone
				}
			},
			"lift": func(rt *rapid.T) {
				in := listing.Report{Text: "已解除。"}
				if who, ok := step(rt, []model.JointState{model.JointLifting}, func(p model.Principal) error { _, err := d.Report(ctx, p, a.ID, in, nil); return err }); ok {
					states[who.Unit] = model.JointLifted
				}
			},
			"end": func(rt *rapid.T) {
				_, err := d.Remove(ctx, officer, v.ID, anyRevision, "理由。", nil)
				require.Equal(rt, over, err != nil)
				for u, s := range states {
					switch {
					case over:
					case s == model.JointPushed:
						states[u] = model.JointCancelled
					case s == model.JointAccepted, s == model.JointDone:
						states[u] = model.JointLifting
					}
				}
				over = true
			},
			"": func(rt *rapid.T) {
				tasks, err := d.Store.Action(ctx, a.ID)
				require.NoError(rt, err)
				require.Len(rt, tasks, len(units))
				for i, task := range tasks {
					require.Equal(rt, states[task.Unit], task.State)
					items, err := d.Waiting(ctx, asked(i), "", 1000)
					require.NoError(rt, err)
					waits := false
					for _, w := range items {
						waits = waits || w.ID == a.ID
					}
					require.Equal(rt, task.State == model.JointPushed || task.State == model.JointAccepted || task.State == model.JointLifting, waits)
				}
			},
		})
	})
}

// A listing that ends by its last day asks for the end of the measures without any job.
func TestJoint_endsByTime(t *testing.T) {
	d := open(t)
	v := d.listed(t, model.ListHonor, d.org("MA0J0N00"), "一号")
	a, err := d.Initiate(t.Context(), officer, listing.Initiation{Case: v.ID, Measures: []string{"HN30-4"}, Units: []string{asked(0).Unit}}, nil)
	require.NoError(t, err)
	_, err = d.Respond(t.Context(), asked(0), a.ID, listing.Response{Accept: true}, nil)
	require.NoError(t, err)
	_, err = d.Report(t.Context(), asked(0), a.ID, listing.Report{Applied: []string{"HN30-4"}, Text: "已减少。"}, nil)
	require.NoError(t, err)
	wait := func() []model.WorkItem {
		items, err := d.Waiting(t.Context(), asked(0), "", 10)
		require.NoError(t, err)
		return items
	}
	d.house.Clock.Set(time.Date(2026, 12, 20, 12, 0, 0, 0, model.Shanghai))
	require.Empty(t, wait())
	_, err = d.Report(t.Context(), asked(0), a.ID, listing.Report{Text: "已解除。"}, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	d.house.Clock.Pass(12 * time.Hour)
	require.Len(t, wait(), 1)
	require.Equal(t, listing.WorkLifting, wait()[0].Kind)
	_, err = d.Report(t.Context(), asked(0), a.ID, listing.Report{Text: "已解除。"}, nil)
	require.NoError(t, err)
	require.Empty(t, wait())
}

// After the last day of a listing nothing is begun any more: who was asked says no, who said yes
// need name no measure.
func TestJoint_endedUnbegun(t *testing.T) {
	d := open(t)
	v := d.listed(t, model.ListHonor, d.org("MA0J0N01"), "一号")
	a, err := d.Initiate(t.Context(), officer, listing.Initiation{Case: v.ID, Measures: []string{"HN30-4"}, Units: []string{asked(0).Unit, asked(1).Unit, asked(2).Unit}}, nil)
	require.NoError(t, err)
	for i := range 2 {
		_, err = d.Respond(t.Context(), asked(i), a.ID, listing.Response{Accept: true}, nil)
		require.NoError(t, err)
	}
	_, err = d.Report(t.Context(), asked(0), a.ID, listing.Report{Text: "没有实施。"}, nil)
	require.True(t, model.Is(err, model.CodeInvalidRequest), "while it lasts the measures are named: %v", err)
	d.house.Clock.Set(time.Date(2026, 12, 21, 0, 0, 0, 0, model.Shanghai))
	state := func(i int) model.JointState {
		tasks, err := d.Action(t.Context(), asked(i), a.ID)
		require.NoError(t, err)
		return tasks.Tasks[0].State
	}
	_, err = d.Report(t.Context(), asked(0), a.ID, listing.Report{Text: "没有实施。"}, nil)
	require.NoError(t, err)
	require.Equal(t, model.JointLifted, state(0))
	_, err = d.Report(t.Context(), asked(1), a.ID, listing.Report{Applied: []string{"HN30-4"}, Text: "已减少。"}, nil)
	require.NoError(t, err, "what was carried out is still told")
	require.Equal(t, model.JointDone, state(1))
	_, err = d.Respond(t.Context(), asked(2), a.ID, listing.Response{Accept: true}, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	require.Equal(t, model.JointPushed, state(2))
	_, err = d.Respond(t.Context(), asked(2), a.ID, listing.Response{Reason: "名单已经结束"}, nil)
	require.NoError(t, err)
	for i, left := range []int{0, 1, 0} {
		items, err := d.Waiting(t.Context(), asked(i), "", 10)
		require.NoError(t, err)
		require.Len(t, items, left, i)
	}
}

// A listing whose record was taken back asks nobody for anything, and its removal is no second
// notice.
func TestJoint_retracted(t *testing.T) {
	d := open(t)
	v := d.listed(t, model.ListSerious, d.org("MA0RETR0"), "一号")
	r, err := d.Store.Record(t.Context(), v.RecordID)
	require.NoError(t, err)
	r.WithdrawnOn, r.WithdrawnReason = "2026-11-22", "撤回" // as before the record was the desk's alone
	op, err := store.NewCollection(d.house.Driver, store.CollectionOptions[model.Record]{Name: "records", ID: func(r *model.Record) string { return string(r.ID) },
		Rev: func(r *model.Record) *int64 { return &r.Rev }}).ReplaceOp(r)
	require.NoError(t, err)
	require.NoError(t, d.house.Driver.Apply(t.Context(), []store.Op{op}))
	_, err = d.Initiate(t.Context(), officer, listing.Initiation{Case: v.ID, Measures: []string{"HN34-1"}, Units: []string{other}}, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	_, err = d.Remove(t.Context(), officer, v.ID, anyRevision, "移出", nil)
	require.NoError(t, err)
	notices, _, err := d.Notices(t.Context(), model.ListSerious, "", 10)
	require.NoError(t, err)
	require.Empty(t, notices)
	r, err = d.Store.Record(t.Context(), v.RecordID)
	require.NoError(t, err)
	require.Equal(t, "撤回", r.WithdrawnReason)
}

// Initiation and removal at once: no task outlives its listing.
func TestJoint_besideRemoval(t *testing.T) {
	d := open(t)
	for i := range 10 {
		v := d.listed(t, model.ListSerious, d.org(fmt.Sprintf("MA0R%04d", i)), fmt.Sprint(i))
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = d.Initiate(t.Context(), officer, listing.Initiation{Case: v.ID, Measures: []string{"HN34-1"}, Units: []string{asked(0).Unit}}, nil)
		})
		_, err := d.Remove(t.Context(), reviewer, v.ID, anyRevision, "理由。", nil)
		wg.Wait()
		require.NoError(t, err)
		tasks, err := d.Store.TasksOf(t.Context(), v.ID)
		require.NoError(t, err)
		for _, task := range tasks {
			require.Equal(t, model.JointCancelled, task.State)
		}
	}
}

// The pages of a worklist are whole and in order, whoever the items come from.
func TestWorklist_pages(t *testing.T) {
	d := open(t)
	want := map[string]bool{}
	for i := range 7 {
		id := d.org(fmt.Sprintf("MA0W%04d", i))
		noticed := model.Date("2026-10-20").AddDays(i % 3)
		for _, kind := range []model.ListKind{model.ListSerious, model.ListAbnormal} { // two queues
			v, err := d.Draft(t.Context(), officer, complete(kind, id, fmt.Sprint(kind, i), noticed), nil)
			require.NoError(t, err)
			want[v.ID] = true
		}
	}
	for limit := 1; limit < 16; limit++ {
		seen, last := map[string]bool{}, ""
		for after := ""; ; {
			items, next, err := d.work.Waiting(t.Context(), reviewer, after, limit)
			require.NoError(t, err)
			for _, w := range items {
				require.Less(t, last, w.Key())
				seen[w.ID], last = true, w.Key()
			}
			if after = next; after == "" {
				break
			}
			require.Len(t, items, limit)
		}
		require.Equal(t, want, seen, "pages of %d", limit)
	}
	items, _, err := d.work.Waiting(t.Context(), outsider, "", 100)
	require.NoError(t, err)
	require.Len(t, items, 7, "another unit's reviewer: serious listings only")
}

// The office hears of what others are late with, and of nothing before.
func TestWorklist_late(t *testing.T) {
	d := open(t)
	v := d.listed(t, model.ListSerious, d.org("MA01ATE0"), "一号")
	_, err := d.Draft(t.Context(), officer, complete(model.ListAbnormal, d.org("MA01ATE1"), "二号", "2026-11-16"), nil)
	require.NoError(t, err)
	a, err := d.Initiate(t.Context(), officer, listing.Initiation{Case: v.ID, Measures: []string{"HN34-1"}, Units: []string{asked(0).Unit}}, nil)
	require.NoError(t, err)
	kinds := func() (out []string) {
		items, _, err := d.work.Waiting(t.Context(), office, "", 10)
		require.NoError(t, err)
		for _, w := range items {
			out = append(out, w.Kind)
		}
		return out
	}
	require.Empty(t, kinds())
	d.house.Clock.Set(time.Date(2026, 11, 26, 23, 0, 0, 0, model.Shanghai)) // window to the 23rd, review to the 26th
	require.Empty(t, kinds())
	d.house.Clock.Pass(time.Hour)
	require.Equal(t, []string{listing.WorkLateReview}, kinds())
	d.house.Clock.Set(time.Date(2026, 11, 28, 0, 0, 0, 0, model.Shanghai)) // the response was due on the 27th
	require.Equal(t, []string{listing.WorkLateReview, listing.WorkLateTask}, kinds())
	_, err = d.Respond(t.Context(), asked(0), a.ID, listing.Response{Accept: true}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{listing.WorkLateReview}, kinds())
}
