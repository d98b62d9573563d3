package ingest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
)

// drain reads all rows: a reader never panics, ends, and rejects lines by their number.
func drain(t *testing.T, r Reader) (rows []Row) {
	t.Helper()
	last := 0
	for range 100_000 {
		var row Row
		line, err := r.Next(&row)
		var bad *RowError
		if errors.As(err, &bad) {
			if bad.Fault.Line <= 0 || bad.Fault.Code == "" || bad.Fault.Reason == "" {
				t.Fatalf("fault %+v", bad.Fault)
			}
			continue
		}
		if err != nil {
			return rows
		}
		if line <= last {
			t.Fatalf("line %d after %d", line, last)
		}
		last = line
		rows = append(rows, row)
	}
	t.Fatal("the reader does not end")
	return nil
}

// FuzzNDJSON: a line is read as encoding/json reads it.
func FuzzNDJSON(f *testing.F) {
	f.Add(`{"kind":"permit","uscc":"x","fineFen":12,"disputed":true}`)
	f.Add(`{"kind":"a\u0041","fineFen":-0}` + "\n\n" + `{"KIND":"b"} x`)
	f.Add(`{"kind":"a","kind":"b","disputed":null,"quantity":01}`)
	f.Add("\ufeff{\"kind\":\"\x01\"}\n{\"kind\":{\"a\":1}}")
	f.Fuzz(func(t *testing.T, text string) {
		got := drain(t, NewNDJSON(strings.NewReader(text)))
		var want []Row
		for i, line := range strings.Split(text, "\n") {
			if i == 0 {
				line = strings.TrimPrefix(line, "\ufeff")
			}
			var row Row
			dec := json.NewDecoder(strings.NewReader(line))
			dec.DisallowUnknownFields()
			if strings.TrimSpace(line) == "" || strings.ToValidUTF8(line, "") != line || dec.Decode(&row) != nil {
				continue
			}
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				want = append(want, row)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("kind,uscc,fineFen\npermit,x,12\n\"a\nb\",y,\n")
	f.Add("\ufeffkind,disputed\n\"unclosed,1\npenalty,TRUE,9")
	f.Add("kind\n\xd0\xed\xbf\xc9\n=cmd|' /C calc'!A0\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := NewCSV(strings.NewReader(text))
		if err == nil {
			drain(t, r)
		}
	})
}

func FuzzXLSX(f *testing.F) {
	seed := filepath.Join(f.TempDir(), "seed.xlsx")
	book := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "kind", "B1": "decisionDate", "C1": "fineFen", "A2": "permit", "B2": 46000, "C2": 5, "A3": "=1+1"} {
		if err := book.SetCellValue("Sheet1", cell, v); err != nil {
			f.Fatal(err)
		}
	}
	if err := book.SaveAs(seed); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(seed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f.xlsx")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, closer, err := NewXLSX(path)
		if err != nil {
			return
		}
		defer closer.Close()
		drain(t, r)
	})
}

// FuzzSetCell: what a cell is read as, is written as the same value.
func FuzzSetCell(f *testing.F) {
	f.Add("12")
	f.Add("TRUE")
	f.Add("9223372036854775808")
	f.Fuzz(func(t *testing.T, cell string) {
		var v struct {
			S string
			B bool
			N int64
			I int
		}
		fields := reflect.ValueOf(&v).Elem()
		if setCell(fields.Field(0), cell) != nil || v.S != cell {
			t.Fatal("a text is any text")
		}
		if b, err := strconv.ParseBool(cell); (setCell(fields.Field(1), cell) == nil) != (err == nil) || v.B != b {
			t.Fatalf("%q as a truth", cell)
		}
		n, err := strconv.ParseInt(cell, 10, 64)
		if (setCell(fields.Field(2), cell) == nil) != (err == nil) || err == nil && v.N != n {
			t.Fatalf("%q as a number", cell)
		}
		if setCell(fields.Field(3), cell) == nil && int64(v.I) != n {
			t.Fatalf("%q as an int", cell)
		}
	})
}

// FuzzPrepare: whatever stands in a row, it is taken or rejected by cell, without a panic.
func FuzzPrepare(f *testing.F) {
	f.Add([]byte(`{"kind":"enterprise","uscc":"91410203MA40AB1C3C","name":"甲","formerCodes":"；;x","regNo":"1"}`))
	f.Add([]byte(`{"kind":"rating_stat","sector":"a/b","distribution":"A=9999999999;=1"}`))
	f.Add([]byte(`{"kind":"penalty","name":" 王 ","idNo":"410203190001019990","decisionDate":"2026-02-30","docNo":"〔〕"}`))
	im, err := (&Importer{Sealer: noSealer{}, Display: noDisplay{}}).ruled()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var row Row
		if json.Unmarshal(text, &row) != nil {
			return
		}
		k := &clerk{im: im, today: "2026-11-22", people: map[string]person{}}
		it, faults := k.prepare(1, &row)
		if (it == nil) != refused(faults) {
			t.Fatalf("item %v, faults %v", it, faults)
		}
	})
}

type noSealer struct{ Sealer }

func (noSealer) Index(string, string) string      { return "i" }
func (noSealer) IndexAll(string, string) []string { return []string{"i"} }

type noDisplay struct{}

func (noDisplay) Ends(*model.Record) model.Date { return "" }
