package message_test

import (
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"xinyi/policy/message"
)

// FuzzLoad: of rules that load every wait is within its bound, and nothing goes out before it
// may.
func FuzzLoad(f *testing.F) {
	raw, err := os.ReadFile("rules/messages.yaml")
	require.NoError(f, err)
	f.Add(raw)
	f.Add([]byte("name: x\nsource: s\nvalidFrom: 2026-01-01\nkeepDays: 1\nretry: {first: 1m, most: 1h, attempts: 2}\nquietHours: {from: \"21:00\", to: \"08:00\"}\n"))
	f.Add([]byte("name: x\nsource: s\nvalidFrom: 2026-01-01\nkeepDays: 1\nretry: {first: 1ns, most: 2562047h, attempts: 100}\nquietHours: {from: \"00:00\", to: \"23:59\"}\n" +
		"templates: [{kind: a, title: t, text: \"{x}\", wechat: {template: w, data: {thing1: \"{y}\"}}, sms: {template: s}}]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := message.Load(fstest.MapFS{"a.yaml": {Data: raw}})
		if err != nil {
			return
		}
		e, err := b.On("9999-12-31")
		if err != nil {
			t.Fatal(err)
		}
		for tries := range e.Retry.Attempts + 1 {
			wait, ok := e.Wait(tries)
			if ok != (tries < e.Retry.Attempts) || wait < 0 || wait > e.Retry.Most || ok && wait == 0 {
				t.Fatalf("after %d tries: %s, %t", tries, wait, ok)
			}
		}
		for hour := range 24 {
			at := time.Date(2026, 11, 22, hour, 59, 59, 0, time.UTC)
			then := e.Allowed(at, false)
			if then.Before(at) || then.Sub(at) > 24*time.Hour || !e.Allowed(then, false).Equal(then) {
				t.Fatalf("%s goes out at %s", at, then)
			}
		}
		for _, template := range e.Templates {
			if m, err := e.Write(template.Kind, map[string]string{"x": "值", "y": "值"}); err == nil && m.Kind != template.Kind {
				t.Fatalf("%s: %+v", template.Kind, m)
			}
		}
	})
}
