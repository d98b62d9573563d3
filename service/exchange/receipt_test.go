package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"xinyi/model"
	"xinyi/service/exchange"
	"xinyi/service/ingest"
	"xinyi/service/servicetest"
)

func receiptText(no, manifest string, at time.Time, results ...string) string {
	return fmt.Sprintf(`{"format":"xinyi-receipt/1","packageNo":%q,"manifestSm3":%q,"issuedAt":%q,"results":[%s]}`, no, manifest, at.Format(time.RFC3339), strings.Join(results, ","))
}

func TestReceipt(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"), d.penalty(org, "顺市监罚〔2026〕1号"))
	d.export()
	p := d.write("00000001")
	text := receiptText("00000001", p.digest, d.Clock.Now(), `{"file":"XK.csv","row":1,"result":"accepted"}`,
		`{"file":"CF.csv","row":1,"result":"rejected","code":"E02","reason":"代码 410203190001019990 与名称\n不符"}`)
	for i := range 3 {
		taken, err := d.svc.Take(t.Context(), "office1", strings.NewReader(text))
		require.NoError(t, err)
		require.Equal(t, exchange.Taken{PackageNo: "00000001", Accepted: 1, Rejected: 1, Again: i > 0}, taken)
	}
	require.Len(t, d.Log.Seen("upstream.receipt"), 1)
	department := model.Principal{Role: model.RoleDepartment, Unit: d.unit}
	items, err := d.svc.Waiting(t.Context(), department, "", 10)
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, "上级平台退回 E02：代码 **** 与名称 不符", items[0].Ask)
	require.Equal(t, "未按规定明码标价", items[0].Title)
	for _, p := range []model.Principal{{Role: model.RoleOffice, Unit: "other"}, department} {
		items, err := d.svc.Waiting(t.Context(), p, items[0].Key(), 10)
		require.NoError(t, err)
		require.Empty(t, items, "after the last one")
	}
	for _, p := range []model.Principal{{Role: model.RoleDepartment, Unit: "91410203MA40AB1C3C"}, {Role: model.RoleReviewer, Unit: d.unit}, {Role: model.RoleDepartment}} {
		items, err := d.svc.Waiting(t.Context(), p, "", 10)
		require.NoError(t, err)
		require.Empty(t, items, "not theirs")
	}
	// Corrected and sent again, it waits no longer; a late word about the old line does not
	// bring it back.
	d.change(org, model.RecordPenalty, func(r *model.Record) { r.Content = "罚款2000元整" })
	require.Equal(t, 1, d.export().Rows)
	d.Clock.Pass(time.Hour)
	_, err = d.svc.Take(t.Context(), "office1", strings.NewReader(receiptText("00000001", p.digest, d.Clock.Now(), `{"file":"CF.csv","row":1,"result":"rejected","code":"E03"}`)))
	require.NoError(t, err)
	items, err = d.svc.Waiting(t.Context(), department, "", 10)
	require.NoError(t, err)
	require.Empty(t, items)
}

// Hostile receipts change nothing at all.
func TestReceipt_hostile(t *testing.T) {
	d := open(t)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"))
	d.export()
	digest, now := d.write("00000001").digest, d.Clock.Now()
	good := `{"file":"XK.csv","row":1,"result":"rejected","code":"E02"}`
	for name, text := range map[string]string{
		"empty":            "",
		"not JSON":         "PK\x03\x04",
		"not UTF-8":        "{\"format\":\"\xff\xfe\"}",
		"an array":         "[]",
		"deep":             strings.Repeat("[", 100_000),
		"more after it":    receiptText("00000001", digest, now, good) + "{}",
		"unknown field":    strings.Replace(receiptText("00000001", digest, now, good), `"results"`, `"admin":true,"results"`, 1),
		"another format":   strings.Replace(receiptText("00000001", digest, now, good), "receipt/1", "receipt/2", 1),
		"unknown package":  receiptText("00000009", digest, now, good),
		"a path":           receiptText("../state", digest, now, good),
		"another manifest": receiptText("00000001", strings.Repeat("0", 64), now, good),
		"from the future":  receiptText("00000001", digest, now.AddDate(1, 0, 0), good),
		"from the past":    receiptText("00000001", digest, now.AddDate(-1, 0, 0), good),
		"no such file":     receiptText("00000001", digest, now, `{"file":"held","row":1,"result":"accepted"}`),
		"line 0":           receiptText("00000001", digest, now, `{"file":"XK.csv","row":0,"result":"accepted"}`),
		"line 2 of 1":      receiptText("00000001", digest, now, good, `{"file":"XK.csv","row":2,"result":"accepted"}`),
		"line twice":       receiptText("00000001", digest, now, good, `{"file":"XK.csv","row":1,"result":"accepted"}`),
		"unknown result":   receiptText("00000001", digest, now, `{"file":"XK.csv","row":1,"result":"deleted"}`),
		"no reason":        receiptText("00000001", digest, now, `{"file":"XK.csv","row":1,"result":"rejected","reason":" \u200b"}`),
		"code with markup": receiptText("00000001", digest, now, `{"file":"XK.csv","row":1,"result":"rejected","code":"<script>"}`),
		"row as a word":    receiptText("00000001", digest, now, `{"file":"XK.csv","row":"1","result":"accepted"}`),
		"too large":        receiptText("00000001", digest, now, good) + strings.Repeat(" ", 33<<20),
	} {
		_, err := d.svc.Take(t.Context(), "office1", strings.NewReader(text))
		require.True(t, model.Is(err, model.CodeInvalidRequest), "%s: %v", name, err)
	}
	row := d.row("00000001/XK/000001")
	require.Equal(t, model.ExchangeSentOut, row.Status)
	require.Empty(t, d.Log.Seen("upstream.receipt"))

	long := strings.Repeat("很", 5000) + `\u0000\u202e=1+1`
	_, err := d.svc.Take(t.Context(), "office1", strings.NewReader(receiptText("00000001", digest, now, `{"file":"XK.csv","row":1,"result":"rejected","reason":"`+long+`"}`)))
	require.NoError(t, err)
	require.Len(t, []rune(d.row("00000001/XK/000001").Reason), 301)
}

func (d *desk) row(id string) *model.ExchangeRow {
	d.T.Helper()
	rows, err := d.repo.Rows(d.T.Context(), []string{id})
	require.NoError(d.T, err)
	return rows[id]
}

// Receipts come to the same in whatever order, and however often.
func TestReceipt_order(t *testing.T) {
	d := open(t)
	var rows []*ingest.Row
	for i := range 3 {
		org := d.org(fmt.Sprintf("MA00E%03d", i), "")
		rows = append(rows, org, d.permit(org, fmt.Sprintf("顺市监许〔2026〕%d号", i)))
	}
	d.Import(rows...)
	d.export()
	digest := d.write("00000001").digest
	at, spaces := d.Clock.Now(), 0
	rapid.Check(t, func(rt *rapid.T) {
		at = at.Add(time.Minute) // later than all before
		d.Clock.Set(at)
		one := rapid.Custom(func(rt *rapid.T) string {
			var results []string
			for line := 1; line <= 3; line++ {
				switch rapid.IntRange(0, 2).Draw(rt, "says") {
				case 1:
					results = append(results, fmt.Sprintf(`{"file":"XK.csv","row":%d,"result":"accepted"}`, line))
				case 2:
					results = append(results, fmt.Sprintf(`{"file":"XK.csv","row":%d,"result":"rejected","code":"E%02d"}`, line, rapid.IntRange(1, 3).Draw(rt, "code")))
				}
			}
			return receiptText("00000001", digest, at.Add(time.Duration(rapid.IntRange(0, 3).Draw(rt, "seconds"))*time.Second), results...)
		})
		all := rapid.SliceOfN(one, 1, 4).Draw(rt, "receipts")
		final := func(order []string) (out []string) {
			for _, id := range []string{"00000001/XK/000001", "00000001/XK/000002", "00000001/XK/000003"} {
				r := *d.row(id) // as it was sent
				r.Status, r.Code, r.Reason, r.SettledAt = model.ExchangeSentOut, "", "", time.Time{}
				r.Await()
				require.NoError(rt, d.repo.Commit(rt.Context(), &model.ExchangeBatch{Rows: []*model.ExchangeRow{&r}}))
			}
			for _, text := range order {
				spaces++ // a file of its own: what was taken in before would say nothing
				_, err := d.svc.Take(rt.Context(), "office1", strings.NewReader(text+strings.Repeat(" ", spaces)))
				require.NoError(rt, err)
			}
			for _, id := range []string{"00000001/XK/000001", "00000001/XK/000002", "00000001/XK/000003"} {
				r := d.row(id)
				out = append(out, string(r.Status)+r.Code+r.SettledAt.UTC().String()+r.Queue)
			}
			return out
		}
		require.Equal(rt, final(all), final(rapid.Permutation(all).Draw(rt, "order")))
	})
}

func FuzzReceipt(f *testing.F) {
	d := open(f)
	org := d.org("MA00E1X1", "")
	d.Import(org, d.permit(org, "顺市监许〔2026〕1号"))
	_, err := d.svc.Export(f.Context(), "office1")
	require.NoError(f, err)
	f.Add(receiptText("00000001", strings.Repeat("0", 64), servicetest.Start, `{"file":"XK.csv","row":1,"result":"accepted"}`))
	f.Add(`{"format":"xinyi-receipt/1","packageNo":"00000001","results":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := d.svc.Take(t.Context(), "office1", strings.NewReader(text)); err != nil && !model.Is(err, model.CodeInvalidRequest) {
			t.Fatal(err)
		}
	})
}
