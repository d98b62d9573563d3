// Package chart draws small charts as SVG that stand by themselves: no script, no style
// sheet, no foreign font, text for readers that show none.
package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"unicode/utf8"
)

// Bar is one bar.
type Bar struct {
	Label string
	Value float64
	// Text stands at its end.
	Text string
	// Tone colours the bar.
	Tone Tone
}

// Tone is the meaning of a bar's colour; the text says it too.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Good
	Fair
	Middling
	Bad
	Unknown
)

var fill = [...]string{Plain: "#2f6fb0", Good: "#2e7d4f", Fair: "#5a9e3c", Middling: "#b98a00", Bad: "#b23b3b", Unknown: "#8a8f98"}

const (
	width, labelWidth, barWidth = 720, 220, 380
	rowHeight, top              = 26, 56
	labelMost                   = 16 // characters
)

// Bars draws horizontal bars, the longest over the whole width. note stands under the
// title; "" = none.
func Bars(title, note string, bars []Bar) []byte {
	height := height(bars)
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" font-family="sans-serif" font-size="13">`,
		width, height, width, height)
	fmt.Fprintf(&out, `<title>%s</title><rect width="100%%" height="100%%" fill="#fff"/>`, text(title))
	fmt.Fprintf(&out, `<text x="12" y="24" font-size="16" font-weight="bold">%s</text><text x="12" y="44" fill="#555">%s</text>`, text(title), text(note))
	if len(bars) == 0 {
		fmt.Fprintf(&out, `<text x="12" y="%d" fill="#555">没有数据</text>`, top+17)
	}
	for i, b := range bars {
		y, long := top+i*rowHeight, length(&b, bars)
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+17, text(short(b.Label)))
		fmt.Fprintf(&out, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`, labelWidth, y+4, long, rowHeight-8, fill[b.tone()])
		fmt.Fprintf(&out, `<text x="%.1f" y="%d">%s</text>`, labelWidth+long+6, y+17, text(b.Text))
	}
	out.WriteString("</svg>\n")
	return out.Bytes()
}

func height(bars []Bar) int { return top + rowHeight*max(1, len(bars)) + 12 }

// length gives how long a bar is beside the others.
func length(b *Bar, bars []Bar) float64 {
	most := 0.0
	for i := range bars {
		most = max(most, bars[i].Value)
	}
	if most <= 0 || math.IsInf(most, 0) || !(b.Value > 0) {
		return 0
	}
	return b.Value / most * barWidth
}

func (b *Bar) tone() Tone {
	if b.Tone >= 0 && int(b.Tone) < len(fill) {
		return b.Tone
	}
	return Plain
}

func short(s string) string {
	if utf8.RuneCountInString(s) <= labelMost {
		return s
	}
	return string([]rune(s)[:labelMost-1]) + "…"
}

func text(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
