package ingest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"xinyi/model"
)

// bigBook writes a workbook of that many rows with a text of its own in each.
func bigBook(t testing.TB, rows int) string {
	return archive(t, func(w io.Writer) {
		io.WriteString(w, `<worksheet><sheetData>`+head)
		for i := 2; i <= rows; i++ {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="s"><v>0</v></c><c r="B%d" t="s"><v>%d</v></c></row>`, i, i, i, i-1)
		}
		io.WriteString(w, `</sheetData></worksheet>`)
	}, func(w io.Writer) {
		io.WriteString(w, `<sst><si><t>levy</t></si>`)
		for i := 2; i <= rows; i++ {
			fmt.Fprintf(w, `<si><t>行政许可决定书第%08d号，依申请准予经营，%x</t></si>`, i, i*2654435761)
		}
		io.WriteString(w, `</sst>`)
	})
}

// Reading takes memory that hardly grows with the file: the text table of this one alone
// is over 40 MiB.
func TestXLSX_memory(t *testing.T) {
	skipUnderRace(t)
	const rows, bound = 500_000, 48 << 20
	path := bigBook(t, rows)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapInuse, uint64(0)
	r, closer, err := NewXLSX(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	n := 0
	for {
		var row Row
		if _, err = r.Next(&row); err != nil {
			break
		}
		if n++; n%20_000 == 1 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
	if !errors.Is(err, io.EOF) || n != rows-1 {
		t.Fatalf("%d rows, then %v", n, err)
	}
	t.Logf("peak of the heap over the start: %d MiB", (int64(peak)-int64(before))>>20)
	if peak > before+bound {
		t.Errorf("the heap grew by %d MiB", (peak-before)>>20)
	}
}

// skipUnderRace leaves much data in one goroutine to a run without the race detector, which
// would find nothing in it and take thirty times as long (make race runs both).
func skipUnderRace(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("runs without the race detector")
	}
}

// FuzzSheet: a sheet of any XML is read or refused, and never read as more than it holds.
func FuzzSheet(f *testing.F) {
	f.Add(head + `<row r="2"><c r="A2" t="s"><v>0</v></c></row>`)
	f.Add(`<row><c t="inlineStr"><is><t>kind</t></is></c></row><row r="3"><c><f>1</f><v>&#x41;&amp;</v></c></row>`)
	f.Add(`<!-- x --><?y?><row r='1'><c r="A1" t="str"><v><![CDATA[kind]]]></v></c></row><row/>`)
	f.Add(`</c><c><row></row><t></t><x:row r="0">`)
	f.Fuzz(func(t *testing.T, rows string) {
		path := archive(t, sheetOf(rows), func(w io.Writer) { io.WriteString(w, `<sst><si><t>kind</t></si></sst>`) })
		r, closer, err := openXLSX(t, path, people)
		if err != nil {
			if code := model.CodeOf(err); code != model.CodeInvalidRequest {
				t.Fatalf("refused with %s: %v", code, err)
			}
			return
		}
		defer closer.Close()
		drain(t, r)
	})
}

// FuzzXML: what the scanner reads as text is what encoding/xml reads.
func FuzzXML(f *testing.F) {
	f.Add(`<a x="1&lt;2"><b:c>t&#20013;x</b:c><!-- - --><![CDATA[<]]]]></a>`)
	f.Add(`<a/><a b='"' ></a >`)
	f.Fuzz(func(t *testing.T, text string) {
		var want strings.Builder
		dec := xml.NewDecoder(strings.NewReader(text))
		for {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // we may be more generous: nesting is the caller's
			}
			switch v := token.(type) {
			case xml.CharData:
				want.Write(v)
			case xml.Directive:
				return
			}
		}
		if strings.ContainsAny(text, "\r\x00:") || strings.Contains(text, "]]>") && !strings.Contains(text, "<![CDATA[") {
			return // line ends are left as they are
		}
		var got strings.Builder
		x := newXMLScanner(strings.NewReader(text))
		for {
			kind, err := x.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				if len(text) > maxXMLName {
					return
				}
				t.Fatalf("refused: %v", err)
			}
			if kind == xmlText {
				got.Write(x.text)
			}
		}
		if got.String() != want.String() {
			t.Fatalf("got %q, want %q", got.String(), want.String())
		}
	})
}
