package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gobold"

	"xinyi/handlers/chart"
	"xinyi/model"
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

func TestPNG(t *testing.T) {
	bars := []chart.Bar{{Label: "A", Value: 150, Text: "150", Tone: chart.Good}, {Label: "良", Value: 75, Text: "75"}, {Label: "零", Text: "0"}}
	raw, err := chart.PNG(nil, "税务", "2021", bars)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Size(); got != image.Pt(1440, 2*(56+3*26+12)) {
		t.Errorf("size %v", got)
	}
	for x, want := range map[int]uint32{2*220 + 2: 0x2e, 2*(220+380) - 2: 0x2e, 2*(220+380) + 2: 0xff} { // the longest bar
		if r, _, _, _ := picture.At(x, 2*(56+13)).RGBA(); r>>8 != want {
			t.Errorf("red at %d is %#x", x, r>>8)
		}
	}
	dark := func(i, from, to int) (n int) { // dots of letters in row i
		for y := 2 * (56 + i*26); y < 2*(56+i*26+26); y++ {
			for x := 2 * from; x < 2*to; x++ {
				if r, _, _, _ := picture.At(x, y).RGBA(); r>>8 < 0x80 {
					n++
				}
			}
		}
		return n
	}
	for i := range bars {
		if dark(i, 190, 212) == 0 {
			t.Errorf("row %d has neither label nor number", i)
		}
	}
	many, err := chart.PNG(nil, "", "", make([]chart.Bar, 5000))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(many)); err != nil || c.Height != 2*(56+100*26+12) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestOpenFont(t *testing.T) {
	path := filepath.Join(t.TempDir(), "font")
	if _, err := chart.OpenFont(path); !model.Is(err, model.CodeInvalidRequest) {
		t.Errorf("none: %v", err)
	}
	for name, body := range map[string][]byte{"good": gobold.TTF, "cut": gobold.TTF[:1000], "other": []byte("no font")} {
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := chart.OpenFont(path)
		if (err == nil) != (name == "good") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			bold, err := chart.PNG(f, "Title", "", nil)
			plain, _ := chart.PNG(nil, "Title", "", nil)
			if err != nil || bytes.Equal(bold, plain) {
				t.Errorf("the font is not used: %v", err)
			}
		}
	}
}
