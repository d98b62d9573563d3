package chart_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"xinyi/handlers/chart"
)

func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
}

func TestBars(t *testing.T) {
	svg := chart.Bars("税务 <A&B>", "", []chart.Bar{{Label: "A", Value: 150, Text: "150", Tone: chart.Good}, {Label: strings.Repeat("长", 40), Value: 75, Text: "75"}, {Label: "零", Text: "0"}})
	wellFormed(t, svg)
	for _, want := range []string{`width="380.0"`, `width="190.0"`, `width="0.0"`, "&lt;A&amp;B&gt;", strings.Repeat("长", 15) + "…"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("%q is not in %s", want, svg)
		}
	}
	if empty := chart.Bars("空", "", nil); !strings.Contains(string(empty), "没有数据") {
		t.Error("an empty chart does not say so")
	}
}

func FuzzBars(f *testing.F) {
	f.Add("标题", "A", 1.0, "1", 2)
	f.Add("\x00]]>", "\xff", math.Inf(1), "<", -1)
	f.Fuzz(func(t *testing.T, title, label string, value float64, end string, tone int) {
		wellFormed(t, chart.Bars(title, end, []chart.Bar{{Label: label, Value: value, Text: end, Tone: chart.Tone(tone)}, {Label: label, Value: 1}}))
	})
}
