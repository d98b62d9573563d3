package ingest

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"xinyi/model"
)

const (
	bookXML = `<?xml version="1.0"?><workbook xmlns:r="r"><sheets><sheet name="数据" sheetId="1" r:id="rId1"/></sheets></workbook>`
	relsXML = `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`
)

// archive writes a workbook whose sheet and texts are written by the caller.
func archive(t testing.TB, sheet, texts func(w io.Writer)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	parts := map[string]func(io.Writer){
		"xl/workbook.xml":            func(w io.Writer) { io.WriteString(w, bookXML) },
		"xl/_rels/workbook.xml.rels": func(w io.Writer) { io.WriteString(w, relsXML) },
		"xl/worksheets/sheet1.xml":   sheet,
	}
	if texts != nil {
		parts["xl/sharedStrings.xml"] = texts
	}
	for name, write := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func sheetOf(rows string) func(io.Writer) {
	return func(w io.Writer) { fmt.Fprintf(w, `<worksheet><sheetData>%s</sheetData></worksheet>`, rows) }
}

func inline(ref, text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text))
	return fmt.Sprintf(`<c r="%s" t="inlineStr"><is><t>%s</t></is></c>`, ref, b.String())
}

func openXLSX(t *testing.T, path string, layout Layout) (Reader, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return Open(f, t.TempDir(), "xlsx", layout)
}

// readBook gives what comes of a workbook: its rows, or the code it is refused with.
func readBook(t *testing.T, path string, layout Layout) string {
	t.Helper()
	r, closer, err := openXLSX(t, path, layout)
	if err != nil {
		return "refused " + string(model.CodeOf(err))
	}
	defer closer.Close()
	list, err := readAll(r)
	if !errors.Is(err, io.EOF) {
		list = append(list, "refused "+string(model.CodeOf(err)))
	}
	return strings.Join(list, "|")
}

const head = `<row r="1"><c r="A1" t="inlineStr"><is><t>kind</t></is></c><c r="B1" t="inlineStr"><is><t>title</t></is></c></row>`

// Each hostile workbook is read right, or refused by row or as a whole.
func TestXLSX_hostile(t *testing.T) {
	wide := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(`<c><v>1</v></c>`)
		}
		return b.String()
	}
	bombs := strings.Repeat("0", 1<<20)
	cases := map[string]struct {
		rows, want string
	}{
		"a million columns of data":   {head + `<row r="2">` + wide(1_000_000) + `</row><row r="3">` + inline("A3", "levy") + `</row>`, "2! columns|3 levy "},
		"a million columns of header": {`<row r="1">` + wide(1_000_000) + `</row>`, "refused invalid_request"},
		"a cell out at the edge":      {head + `<row r="2">` + inline("A2", "levy") + inline("XFD2", "x") + `</row>`, "2! columns"},
		"a row that never ends":       {head + `<row r="2">` + inline("A2", bombs+bombs+bombs+bombs+bombs) + `</row><row r="3">` + inline("A3", "levy") + `</row>`, "2! length|3 levy "},
		"a formula with its result":   {head + `<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>`, "2 2 "},
		"a formula without result":    {head + `<row r="2"><c r="A2"><f>WEBSERVICE("http://x")</f></c></row>`, "2! formula"},
		"an error value":              {head + `<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>`, "2! formula"},
		"a text like a formula":       {head + `<row r="2">` + inline("A2", "=cmd|' /C calc'!A0") + `</row>`, "2 =cmd|' /C calc'!A0 "},
		"rows out of order":           {head + `<row r="9">` + inline("A9", "levy") + `</row><row r="2">` + inline("A2", "x") + `</row>`, "9 levy |refused invalid_request"},
		"cells out of order":          {head + `<row r="2">` + inline("B2", "x") + inline("A2", "levy") + `</row>`, "refused invalid_request"},
		"a row beyond the last":       {head + `<row r="1048577">` + inline("A1048577", "x") + `</row>`, "refused invalid_request"},
		"a text that is not there":    {head + `<row r="2"><c r="A2" t="s"><v>7</v></c></row>`, "2! format"},
		"entities of their own":       {`<!DOCTYPE x [<!ENTITY a "aaaa">]>` + head, "refused invalid_request"},
		"an unknown entity":           {head + `<row r="2"><c r="A2"><v>&a;</v></c></row>`, "refused invalid_request"},
		"rich text and phonetics":     {head + `<row r="2"><c r="A2" t="inlineStr"><is><r><t>le</t></r><r><t><![CDATA[v]]>y</t></r><rPh><t>x</t></rPh></is></c></row>`, "2 levy "},
		"a namespace prefix":          {`<x:row r="1"><x:c r="A1" t="str"><x:v>kind</x:v></x:c></x:row><x:row r="2"><x:c r="A2" t="str"><x:v>levy</x:v></x:c></x:row>`, "2 levy "},
		"rows without numbers":        {`<row><c t="str"><v>kind</v></c></row><row/><row><c t="str"><v>levy</v></c></row>`, "3 levy "},
		"no rows":                     {"", "refused invalid_request"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := readBook(t, archive(t, sheetOf(tc.rows), nil), Layout{}); got != tc.want {
				t.Errorf("got %.300q, want %q", got, tc.want)
			}
		})
	}
}

// A bomb is refused after its bound, in little memory and little time.
func TestXLSX_bombs(t *testing.T) {
	skipUnderRace(t)
	zeros := bytes.Repeat([]byte{' '}, 1<<20)
	texts := archive(t, sheetOf(head), func(w io.Writer) {
		io.WriteString(w, "<sst>")
		for range maxStringTable>>20 + 1 {
			w.Write(zeros)
		}
	})
	one := archive(t, sheetOf(head), func(w io.Writer) {
		io.WriteString(w, "<sst><si><t>")
		for range 64 {
			w.Write(zeros)
		}
		io.WriteString(w, "</t></si></sst>")
	})
	for name, path := range map[string]string{"a text table of nothing": texts, "one text": one} {
		if got := readBook(t, path, Layout{}); got != "refused invalid_request" {
			t.Errorf("%s: %q", name, got)
		}
	}
	crowd := filepath.Join(t.TempDir(), "crowd.xlsx")
	f, err := os.Create(crowd)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for i := range 60_000 {
		_, _ = z.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%020d", i)})
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got := readBook(t, crowd, Layout{}); got != "refused invalid_request" {
		t.Errorf("an archive of many parts: %q", got)
	}
}

// A text that many cells point to comes to no more than a row and a sheet may hold.
func TestXLSX_amplified(t *testing.T) {
	cells := func(n int) string { return strings.Repeat(`<c t="s"><v>2</v></c>`, n) }
	texts := func(length int) func(io.Writer) {
		return func(w io.Writer) {
			fmt.Fprintf(w, `<sst><si><t>kind</t></si><si><t>title</t></si><si><t>%s</t></si></sst>`, strings.Repeat("x", length))
		}
	}
	const header = `<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>`
	if got := readBook(t, archive(t, sheetOf(header+`<row>`+cells(4)+`</row><row>`+cells(1)+`</row>`), texts(maxString)), Layout{}); !strings.HasPrefix(got, "2! length|3 xx") {
		t.Errorf("a row of long texts: %.80q", got)
	}
	if got := readBook(t, archive(t, sheetOf(header), texts(maxString+1)), Layout{}); got != "refused invalid_request" {
		t.Errorf("a text that no spreadsheet holds: %.80q", got)
	}
	r, closer, err := openXLSX(t, archive(t, sheetOf(header+strings.Repeat(`<row>`+cells(1)+`</row>`, 3)), texts(1000)), Layout{})
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	closer.(*book).texts.told = maxTold - 2000
	if list, err := readAll(r); len(list) != 2 || !errors.Is(err, errTold) {
		t.Errorf("%d rows, %v", len(list), err)
	}
}

// Whatever is cut off, and wherever, is refused as a whole.
func TestXLSX_truncated(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(head)
	for i := 2; i < 2000; i++ {
		fmt.Fprintf(&rows, `<row r="%d">%s</row>`, i, inline(fmt.Sprintf("A%d", i), fmt.Sprint("levy", i*7919)))
	}
	whole, err := os.ReadFile(archive(t, sheetOf(rows.String()), nil))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cut.xlsx")
	for _, n := range []int{0, 3, 30, len(whole) / 2, len(whole) - 30, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readBook(t, path, Layout{}); !strings.HasSuffix(got, "refused invalid_request") {
			t.Errorf("cut to %d bytes: %.100q", n, got)
		}
	}
	flipped := bytes.Clone(whole)
	at := bytes.Index(flipped, []byte("xl/worksheets/sheet1.xml")) + 400
	flipped[at] ^= 0xff
	if err := os.WriteFile(path, flipped, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := readBook(t, path, Layout{}); !strings.HasSuffix(got, "refused invalid_request") {
		t.Errorf("with a changed byte: %.100q", got)
	}
	unclosed := archive(t, func(w io.Writer) { io.WriteString(w, "<worksheet><sheetData>"+head) }, nil)
	if got := readBook(t, unclosed, Layout{}); got != "refused invalid_request" {
		t.Errorf("without an end: %q", got)
	}
	if err := os.WriteFile(path, append([]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, make([]byte, 600)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := readBook(t, path, Layout{}); got != "refused invalid_request" {
		t.Errorf("an encrypted one: %q", got)
	}
}

// people is how a department lays its sheet out.
var people = Layout{Above: 5,
	Column: func(h string) (string, bool) {
		switch h {
		case "序号":
			return "", true
		case "种类":
			return "kind", true
		case "名称":
			return "title", true
		}
		return h, false
	},
	Passed: func(cells []string) bool { return cells[0] == "示例" }}

func TestXLSX_mergedHeaders(t *testing.T) {
	cells := func(row int, texts ...string) string {
		var b strings.Builder
		fmt.Fprintf(&b, `<row r="%d">`, row)
		for i, text := range texts {
			if text != "" {
				b.WriteString(inline(fmt.Sprintf("%c%d", 'A'+i, row), text))
			}
		}
		return b.String() + `</row>`
	}
	const title = "顺河回族区行政许可信息报送表"
	cases := map[string]struct{ rows, want string }{
		"a title over all columns":   {cells(1, title) + cells(2) + cells(3, "序号", "种类", "名称") + cells(4, "示例", "x") + cells(5, "1", "levy"), "5 levy "},
		"a header over two columns":  {cells(1, "序号", "种类", "", "名称") + cells(2, "1", "levy", "", "a") + cells(3, "2", "levy", "b", "a"), "2 levy |3! columns"},
		"groups over the header":     {cells(1, "", "主体", "", "决定") + cells(2, "序号", "种类", "名称") + cells(3, "1", "levy"), "3 levy "},
		"two rows of header":         {cells(1, "序号", "种类", "决定") + cells(2, "", "", "名称") + cells(3, "1", "levy", "a"), "refused invalid_request"},
		"a name twice":               {cells(1, "种类", "种类"), "refused invalid_request"},
		"no header in reach":         {cells(1, title) + cells(2, "1", "levy") + cells(3, "2", "levy"), "refused invalid_request"},
		"a name that is not known":   {cells(1, "种类", "名称", "颜色"), "refused invalid_request"},
		"the column to be passed by": {cells(1, "序号", "种类") + cells(2, "不是数", "levy"), "2 levy "},
	}
	for name, tc := range cases {
		if got := readBook(t, archive(t, sheetOf(tc.rows), nil), people); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestOpen_charsets(t *testing.T) {
	const text = "序号,种类,名称\n1,levy,汴住建文〔2020〕327号㐂\n"
	encode := func(b []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	long := text + strings.Repeat("2,levy,许可决定书\n", sniffed/16)
	gb := simplifiedchinese.GB18030.NewEncoder()
	cases := map[string]string{
		"UTF-8": text, "UTF-8 with its mark": "\ufeff" + text, "long UTF-8": long,
		"GB18030": encode(gb.Bytes([]byte(text))), "long GB18030": encode(gb.Bytes([]byte(long))), "long, shifted by one": encode(gb.Bytes([]byte("序号,种类,名称\n" + "1,levy,x\n" + long[len("序号,种类,名称\n"):]))),
		"UTF-16 LE": encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(text))),
		"UTF-16 BE": encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(text))),
	}
	for name, data := range cases {
		r, err := newText(strings.NewReader(data), "csv", people)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for first := true; ; first = false {
			var row Row
			if _, err = r.Next(&row); err != nil {
				break
			}
			if row.Kind != "levy" || first && name != "long, shifted by one" && row.Title != "汴住建文〔2020〕327号㐂" {
				t.Fatalf("%s: read as %+v", name, row)
			}
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
	for name, data := range map[string]string{"UTF-16 without its mark": "k\x00i\x00", "a workbook": "PK\x03\x04", "nothing": ""} {
		if _, err := newText(strings.NewReader(data), "csv", people); !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := newText(strings.NewReader("种类,名称\nlevy,\xff\xff\xff\nlevy,a\n"), "csv", people)
	if err != nil {
		t.Fatal(err)
	}
	if list, _ := readAll(r); strings.Join(list, "|") != "2!title encoding|3 levy " {
		t.Errorf("no known charset: %q", list)
	}
}
