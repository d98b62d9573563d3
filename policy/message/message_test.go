package message_test

import (
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/policy/message"
)

func edition(t testing.TB) *message.Edition {
	book, err := message.Load(message.Seed())
	require.NoError(t, err)
	e, err := book.On("2026-11-22")
	require.NoError(t, err)
	return e
}

func TestBook_days(t *testing.T) {
	book, err := message.Load(message.Seed())
	require.NoError(t, err)
	_, err = book.On("2025-12-31")
	require.True(t, model.Is(err, model.CodeNotReady))
}

func TestLoad_faults(t *testing.T) {
	for name, body := range map[string]string{
		"unknown key": "nmae: x\n",
		"empty":       "name: x\nvalidFrom: 2026-01-01\n",
		"hours":       "name: x\nsource: s\nvalidFrom: 2026-01-01\nkeepDays: 1\nretry: {first: 1m, most: 1h, attempts: 2}\nquietHours: {from: \"25:00\", to: \"08:00\"}\n",
		"no wechat":   "name: x\nsource: s\nvalidFrom: 2026-01-01\nkeepDays: 1\nretry: {first: 1m, most: 1h, attempts: 2}\nquietHours: {from: \"21:00\", to: \"08:00\"}\ntemplates: [{kind: a, title: t, text: x}]\n",
	} {
		_, err := message.Load(fstest.MapFS{"a.yaml": {Data: []byte(body)}})
		require.True(t, model.Is(err, model.CodeInvalidRequest), name)
	}
}

func TestWrite(t *testing.T) {
	e := edition(t)
	values := map[string]string{"unit": "顺河回族区市场监督管理局", "item": "一个名称很长很长很长很长很长很长很长的事项", "owed": "2", "day": "2026-12-01"}
	m, err := e.Write("approval_due", values)
	require.NoError(t, err)
	require.Contains(t, m.Text, "还有2份材料")
	require.NotContains(t, m.Text, "{")
	for key, v := range m.WeChat.Data {
		require.LessOrEqual(t, utf8.RuneCountInString(v), 20, key)
	}
	delete(values, "day")
	_, err = e.Write("approval_due", values)
	require.True(t, model.Is(err, model.CodeInternal))
	_, err = e.Write("nothing", values)
	require.True(t, model.Is(err, model.CodeInternal))
}

func TestAllowed(t *testing.T) {
	e := edition(t)
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", text, model.Shanghai)
		require.NoError(t, err)
		return v
	}
	for from, want := range map[string]string{"2026-11-22 07:59": "2026-11-22 08:00", "2026-11-22 08:00": "2026-11-22 08:00",
		"2026-11-22 20:59": "2026-11-22 20:59", "2026-11-22 21:00": "2026-11-23 08:00", "2026-12-31 23:30": "2027-01-01 08:00"} {
		require.True(t, at(want).Equal(e.Allowed(at(from), false)), from)
		require.True(t, at(from).Equal(e.Allowed(at(from), true)), from)
	}
}

// What is allowed is allowed at once, never earlier than asked, and less than a day later.
func TestAllowed_laws(t *testing.T) {
	e := edition(t)
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0)
		first := e.Allowed(at, false)
		if first.Before(at) || first.Sub(at) > 24*time.Hour || !e.Allowed(first, false).Equal(first) {
			t.Fatalf("%v gives %v", at, first)
		}
	})
}

func TestWait_grows(t *testing.T) {
	e := edition(t)
	last := time.Duration(0)
	for tries := 1; tries < e.Retry.Attempts; tries++ {
		wait, ok := e.Wait(tries)
		require.True(t, ok)
		require.GreaterOrEqual(t, wait, last)
		require.LessOrEqual(t, wait, e.Retry.Most)
		last = wait
	}
	_, ok := e.Wait(e.Retry.Attempts)
	require.False(t, ok)
}
