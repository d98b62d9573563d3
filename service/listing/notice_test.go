package listing_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	rules "xinyi/policy/message"
	"xinyi/service/listing"
	"xinyi/service/message"
	"xinyi/store"
)

// told gives the kinds of messages that wait for an organisation, oldest first.
func (d *desk) told(t *testing.T, id model.SubjectID) (kinds []string, texts string) {
	t.Helper()
	found, _, err := store.NewMessages(d.house.Driver, d.house.Clock).MessagesOf(t.Context(), id, "", 100)
	require.NoError(t, err)
	for i := range found {
		m := found[len(found)-1-i]
		kinds, texts = append(kinds, m.Kind), texts+m.Text+"\n"
		require.Equal(t, model.MessageWaiting, m.State)
	}
	return kinds, texts
}

// An organisation hears of every step of its listing, with the step or not at all, and of none
// that did not happen.
func TestNotices(t *testing.T) {
	d := open(t)
	book, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	d.Messenger = &message.Service{Rules: book, Clock: d.house.Clock}
	id := d.org("MA0N0T1C")
	draft := complete(model.ListAbnormal, id, "一号", "")
	v, err := d.Draft(t.Context(), officer, draft, nil)
	require.NoError(t, err)
	kinds, _ := d.told(t, id)
	require.Empty(t, kinds, "a draft nobody was told of is the unit's own")
	draft.NoticedOn = "2026-11-20"
	for range 2 { // written again without another notice
		_, err = d.Revise(t.Context(), officer, v.ID, anyRevision, draft)
		require.NoError(t, err)
	}
	kinds, texts := d.told(t, id)
	require.Equal(t, []string{"list_notice"}, kinds)
	require.Contains(t, texts, "2026-11-27前")
	require.NotContains(t, texts, "事由", "what it is about stands in the letter")
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.True(t, model.Is(err, model.CodeNotReady), err)
	kinds, _ = d.told(t, id)
	require.Len(t, kinds, 1, "what was refused is not told")
	d.house.Clock.Set(time.Date(2026, 11, 30, 9, 0, 0, 0, model.Shanghai))
	_, err = d.Publish(t.Context(), reviewer, v.ID, anyRevision, nil)
	require.NoError(t, err)
	d.house.Clock.Pass(24 * time.Hour)
	_, err = d.Remove(t.Context(), officer, v.ID, anyRevision, "复核后移出", nil)
	require.NoError(t, err)
	kinds, _ = d.told(t, id)
	require.Equal(t, []string{"list_notice", "list_published", "list_removed"}, kinds)

	d.house.Clock.Pass(24 * time.Hour) // messages of one day are told in the order of their kinds
	again := complete(model.ListAbnormal, id, "二号", "2026-12-01")
	var dropped listing.View
	dropped, err = d.Draft(t.Context(), officer, again, nil)
	require.NoError(t, err)
	d.house.Clock.Pass(24 * time.Hour)
	_, err = d.Remove(t.Context(), officer, dropped.ID, anyRevision, "陈述意见成立", nil)
	require.NoError(t, err)
	kinds, _ = d.told(t, id)
	require.Equal(t, []string{"list_notice", "list_dropped"}, kinds[3:])
}
