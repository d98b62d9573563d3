package submission_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"xinyi/model"
	"xinyi/service/servicetest"
)

func utf16LE(text string) string {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// What spreadsheets of all kinds save as text comes in.
func TestSubmit_asSpreadsheetsWriteText(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	gb := func(s string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		require.NoError(t, err)
		return out
	}
	tabs := func(s string) string { return strings.ReplaceAll(s, ",", "\t") }
	semicolons := func(s string) string { return strings.ReplaceAll(s, ",", ";") }
	for i, write := range []func(string) string{gb, tabs, semicolons, func(s string) string { return utf16LE(tabs(s)) }, func(s string) string { return gb(tabs(s)) },
		func(s string) string { return "行政许可报送表\t填报说明,见附件\n" + tabs(s) }} {
		st := d.hand(t, upload(model.RecordPermit, "csv", []byte(write(permitHead+permitRow(org, i+1, "销售食品")))))
		require.Equal(t, 1, st.Job.Accepted, "%d: %s", i, st.Reason)
	}
	// Bytes that are no text, far behind what decides on the encoding, are not kept as �.
	var text strings.Builder
	text.WriteString(permitHead)
	for n := range 2000 {
		text.WriteString(permitRow(org, 100+n, strings.Repeat("销售食品", 10)))
	}
	data := append([]byte(gb(text.String())), strings.Replace(gb(permitRow(org, 9999, "销售食品")), gb("食品"), "\xff\xff", 1)...)
	st := d.hand(t, upload(model.RecordPermit, "csv", data))
	require.Equal(t, 2000, st.Job.Accepted)
	require.Equal(t, "encoding", d.faults(t, st.No)[0][3])
}

// Numbers of a workbook are binary; what was typed is what counts.
func TestSubmit_numbersOfWorkbooks(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	head := strings.Split("行政相对人名称,统一社会信用代码,处罚决定书名称,行政处罚决定书文号,处罚类别,处罚依据,处罚内容,处罚机关,处罚机关统一社会信用代码,处罚决定日期,罚款金额(万元)", ",")
	var sheet strings.Builder
	sheet.WriteString(`<worksheet><sheetData><row>`)
	for _, name := range head {
		fmt.Fprintf(&sheet, `<c t="inlineStr"><is><t>%s</t></is></c>`, name)
	}
	fine := map[string]int64{"1.1000000000000001": 1_100_000, "0.56999999999999995": 570_000, "5E-2": 50_000, "12": 12_000_000}
	for number := range fine {
		sheet.WriteString(`</row><row>`)
		for _, text := range []string{org.Name, org.USCC, "未按规定明码标价", "顺市监罚〔2026〕" + number[len(number)-1:] + number[:1] + "号", "罚款", "价格法第四十二条", "罚款", servicetest.Authority, unitCode} {
			fmt.Fprintf(&sheet, `<c t="inlineStr"><is><t>%s</t></is></c>`, text)
		}
		fmt.Fprintf(&sheet, `<c><v>46153.000000000007</v></c><c><v>%s</v></c>`, number)
	}
	sheet.WriteString(`</row></sheetData></worksheet>`)
	st := d.hand(t, upload(model.RecordPenalty, "xlsx", zipped(t, map[string]string{"xl/workbook.xml": `<workbook><sheets><sheet r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`, "xl/worksheets/sheet1.xml": sheet.String()})))
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	got := map[int64]bool{}
	for _, r := range records {
		require.Equal(t, model.Date("2026-05-11"), r.DecisionDate)
		got[r.FineFen] = true
	}
	for number, fen := range fine {
		require.True(t, got[fen], "%s: %v %s", number, got, st.Reason)
	}
}

// A date written with dots in a text cell is that date, not a count of days.
func TestSubmit_dottedDates(t *testing.T) {
	d := open(t)
	org := d.Org("MA444444")
	d.Import(org)
	data, err := d.Template(model.RecordPermit)
	require.NoError(t, err)
	st := d.hand(t, upload(model.RecordPermit, "xlsx", fillIn(t, data, org, map[string]string{"许可决定日期": "2026.05.11", "有效期自": "2026.5.11", "有效期至": "2031.05.10"})))
	require.Equal(t, 1, st.Job.Accepted, st.Reason)
	records, err := d.Subjects.RecordsOf(t.Context(), d.IDOf(org))
	require.NoError(t, err)
	require.Equal(t, [3]model.Date{"2026-05-11", "2026-05-11", "2031-05-10"}, [3]model.Date{records[0].DecisionDate, records[0].ValidFrom, records[0].ValidTo})
}

func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}
