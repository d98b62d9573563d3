package commitment_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/model"
	rules "xinyi/policy/message"
	"xinyi/service/message"
	"xinyi/store"
)

// Three working days before its last day the promisor is reminded, once; who kept the promise
// is not.
func TestReminders(t *testing.T) {
	d := open(t)
	book, err := rules.Load(rules.Seed())
	require.NoError(t, err)
	outbox := store.NewMessages(d.h.Driver, d.h.Clock)
	desk := &message.Service{Store: outbox, Rules: book, Clock: d.h.Clock}
	late, kept := d.person(1), d.person(2)
	c, err := d.sign(late, "proof-general")
	require.NoError(t, err)
	require.Equal(t, model.Date("2026-12-18"), c.ValidTo, "a Friday")
	other, err := d.sign(kept, "proof-general")
	require.NoError(t, err)
	require.NoError(t, d.find(other.Code, model.FulfilmentFull))
	remind := func(day model.Date) error {
		d.h.Clock.Set(day.Start().Add(9 * time.Hour))
		return d.Reminders(t.Context(), 1, desk.RemindOfPromises)
	}
	sent := func(p model.Principal) []*model.Message {
		found, _, err := outbox.MessagesOf(t.Context(), p.Subject, "", 10)
		require.NoError(t, err)
		return found
	}
	require.NoError(t, remind("2026-12-14"))
	require.Empty(t, sent(late))
	lost := errors.New("lost")
	d.h.Clock.Set(model.Date("2026-12-15").Start())
	require.ErrorIs(t, d.Reminders(t.Context(), 1, func(context.Context, []*model.Commitment) error { return lost }), lost)
	for _, day := range []model.Date{"2026-12-15", "2026-12-16", "2026-12-18"} {
		require.NoError(t, remind(day))
		require.Len(t, sent(late), 1, "%s", day)
	}
	require.Empty(t, sent(kept))
	m := sent(late)[0]
	require.Equal(t, []string{"promise_due", c.Code}, []string{m.Kind, m.Ref})
	require.Contains(t, m.Text, "2026-12-18")
	require.Equal(t, model.Date("2026-12-19").Start(), m.UselessAt.In(model.Shanghai), "no reminder after the last day")
	require.NoError(t, remind("2026-12-19"))
	require.Len(t, sent(late), 1)
}
