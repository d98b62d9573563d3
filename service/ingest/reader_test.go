package ingest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
)

// lines reads all rows as "line kind" or "line!column code".
func readAll(r Reader) (list []string, err error) {
	for {
		var row Row
		line, err := r.Next(&row)
		var bad *RowError
		switch {
		case errors.As(err, &bad):
			list = append(list, fmt.Sprintf("%d!%s %s", bad.Fault.Line, bad.Fault.Column, bad.Fault.Code))
		case err != nil:
			return list, err
		default:
			list = append(list, fmt.Sprintf("%d %s %s", line, row.Kind, row.DecisionDate))
		}
	}
}

func TestNewCSV(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"rows, blank lines, a mark":   {"\ufeffkind,decisionDate\npermit,2026-01-01\n\n,\n levy , \n", "2 permit 2026-01-01|5 levy "},
		"a cell over two lines":       {"kind,title\npermit,\"a\nb\"\nlevy,c\n", "2 permit |4 levy "},
		"more cells than the header":  {"kind\npermit,x\n", "2! columns"},
		"no number":                   {"kind,fineFen\npermit,1e3\nlevy,5\n", "2!fineFen format|3 levy "},
		"another charset":             {"kind,title\npermit,\xd0\xed\xbf\xc9\n", "2!title encoding"},
		"a quote inside a bare cell":  {"kind,title\npermit,a\"b\nlevy,c\n", "2! csv|3 levy "},
		"a quote without end":         {"kind,title\npermit,a\npermit,\"b\nlevy,c\n\nlevy,d\n", "2 permit |3! csv|4! csv|5! csv|6! csv"},
		"a quote that ends elsewhere": {"kind,title\npermit,\"b\nlevy,\"c\"\nlevy,d\n", "2! csv|3! csv|4 levy "},
		"a formula is text like any":  {"kind\n=1+1\n", "2 =1+1 "},
		"carriage returns and spaces": {"kind,decisionDate\r\npermit, 2026-01-01 \r\n", "2 permit 2026-01-01"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r, err := NewCSV(strings.NewReader(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			list, _ := readAll(r)
			if got := strings.Join(list, "|"); got != tc.want {
				t.Fatalf("got %q, want %q", got, tc.want)
			}
		})
	}
	for name, text := range map[string]string{"empty": "", "unknown column": "kind,colour\n", "repeated column": "kind,kind\n", "bad header": "\"kind\n"} {
		if _, err := NewCSV(strings.NewReader(text)); !model.Is(err, model.CodeInvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless is a quoted cell without an end.
type endless struct{ started bool }

func (e *endless) Read(p []byte) (int, error) {
	if !e.started {
		e.started = true
		return copy(p, "kind,title\npermit,\""), nil
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestNewCSV_quoteWithoutEnd(t *testing.T) {
	r, err := NewCSV(&endless{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = readAll(r); !model.Is(err, model.CodeInvalidRequest) {
		t.Fatalf("got %v", err)
	}
}

func TestNewNDJSON(t *testing.T) {
	text := "\ufeff{\"kind\":\"permit\"}\n\n  \r\n{\"kind\":\"" + strings.Repeat("x", maxLine) + "\"}\n{\"kind\":\"le\\u0076y\"}\n[]\n{\"kind\":\"honor\"}"
	list, _ := readAll(NewNDJSON(strings.NewReader(text)))
	if got, want := strings.Join(list, "|"), "1 permit |4! length|5 levy |6! json|7 honor "; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestCheckText(t *testing.T) {
	if err := CheckText([]byte("\xff\xfek\x00")); !model.Is(err, model.CodeInvalidRequest) {
		t.Fatalf("UTF-16: %v", err)
	}
	if err := CheckText([]byte("\ufeffkind")); err != nil {
		t.Fatal(err)
	}
}

func workbook(t *testing.T, cells map[string]any) string {
	t.Helper()
	f := excelize.NewFile()
	for cell, v := range cells {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// Days of a workbook are numbers; the faults name their cells and never start a formula.
func TestXLSX(t *testing.T) {
	path := workbook(t, map[string]any{"A1": "kind", "B1": "decisionDate", "C1": "fineFen", "A2": "permit", "B2": 46023, "A4": "levy", "B4": "2026-01-02", "A5": "x", "C5": "=1+1"})
	r, closer, err := NewXLSX(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	list, _ := readAll(r)
	if got, want := strings.Join(list, "|"), "2 permit 2026-01-01|4 levy 2026-01-02|5!fineFen format"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	report := filepath.Join(t.TempDir(), "r.xlsx")
	faults := []*Fault{{Line: 5, Column: "fineFen", Code: "format", Reason: "=HYPERLINK(1)"}, {Line: 6, Code: "csv", Reason: "好"}}
	if err := WriteFaults(report, faults, r.(*table).Cell); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(report)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v %v", rows, err)
	}
	if got := strings.Join(rows[1], "|"); got != "5|C5|fineFen|format|'=HYPERLINK(1)||拒收" {
		t.Fatalf("got %q", got)
	}
	if formula, _ := f.GetCellFormula("Sheet1", "E2"); formula != "" {
		t.Fatal("a formula")
	}
}

// Only a cell that holds a number can be a count of days; a date in words stays what it is,
// for the form to read or a check to refuse.
func TestXLSX_days(t *testing.T) {
	for name, c := range map[string]struct{ cell, want string }{
		"a date":                  {cell: `<c r="B2"><v>46153</v></c>`, want: "2 permit 2026-05-11"},
		"a date with its time":    {cell: `<c r="B2" t="n"><v>46153.75</v></c>`, want: "2 permit 2026-05-11"},
		"a text with dots":        {cell: inline("B2", "2026.05.11"), want: "2 permit 2026.05.11"},
		"a text with one dot":     {cell: inline("B2", "2026.5"), want: "2 permit 2026.5"},
		"a text like a count":     {cell: inline("B2", "46153"), want: "2 permit 46153"},
		"a date as text":          {cell: `<c r="B2" t="str"><v>2026-05-11</v></c>`, want: "2 permit 2026-05-11"},
		"a number that is a year": {cell: `<c r="B2"><v>2026</v></c>`, want: "2 permit 2026"},
		"a year and a month":      {cell: `<c r="B2"><v>2026.05</v></c>`, want: "2 permit 2026.05"},
		"a day in one number":     {cell: `<c r="B2"><v>20260511</v></c>`, want: "2 permit 20260511"},
		"the first day":           {cell: `<c r="B2"><v>18172</v></c>`, want: "2 permit 1949-10-01"},
	} {
		t.Run(name, func(t *testing.T) {
			rows := `<row r="1">` + inline("A1", "kind") + inline("B1", "decisionDate") + `</row><row r="2">` + inline("A2", "permit") + c.cell + `</row>`
			if got := readBook(t, archive(t, sheetOf(rows), nil), Layout{}); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
