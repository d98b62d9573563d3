package pass

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"
)

// patchTrials are run each time; XINYI_LONG asks for the 10,000 of the goal (issue 4).
const patchTrials, patchTrialsLong = 600, 10_000

// The code of a usual pass has version 12 at most, and with one contiguous patch of a tenth of
// its area blanked, outside the function patterns, another library reads it 99 times of 100.
func TestQRIsReadThroughAPatch(t *testing.T) {
	trials := patchTrials
	if os.Getenv("XINYI_LONG") != "" {
		trials = patchTrialsLong
	}
	random := rand.New(rand.NewPCG(4, 12)) //nolint:gosec // a test's patches
	failed := 0
	var texts []string
	var codes []*image.Paletted
	for _, alg := range algs() {
		c, _ := newCodec(t, alg, 0)
		for range 10 {
			claims := usual()
			claims.ID, claims.PayFen = NewID(), new(int64(random.Int64N(20_000)))
			texts = append(texts, mint(t, c, claims))
			codes = append(codes, drawn(t, texts[len(texts)-1]))
		}
	}
	for i := range trials {
		n := i % len(texts)
		modules := codes[n].Rect.Dx()/qrScale - 8
		require.LessOrEqual(t, (modules-17)/4, 12)
		img := image.NewPaletted(codes[n].Rect, codes[n].Palette)
		copy(img.Pix, codes[n].Pix)
		blank(img, patch(random, functionPatterns(modules)), uint8(random.IntN(2)))
		if decoded(img) != texts[n] {
			failed++
		}
	}
	t.Logf("%d of %d not read, version %d at first", failed, trials, ((codes[0].Rect.Dx()/qrScale-8)-17)/4)
	require.LessOrEqual(t, failed*100, trials)
}

func drawn(t *testing.T, text string) *image.Paletted {
	url, err := QR(text)
	require.NoError(t, err)
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(url, "data:image/png;base64,"))
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	paletted, ok := img.(*image.Paletted)
	require.True(t, ok)
	return paletted
}

func decoded(img image.Image) string {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return ""
	}
	result, err := zxing.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return ""
	}
	return result.GetText()
}

// patch is a rectangle of a tenth of the symbol's area or a little more, of any shape from
// 1:3 to 3:1, that covers no function pattern.
func patch(random *rand.Rand, function []image.Rectangle) image.Rectangle {
	modules := function[0].Max.X // the upper timing pattern spans the symbol
	area := (modules*modules + 9) / 10
	for {
		width := 12 + random.IntN(25)
		height := (area + width - 1) / width
		if width > modules || height > modules {
			continue
		}
		at := image.Pt(random.IntN(modules-width+1), random.IntN(modules-height+1))
		r := image.Rectangle{at, at.Add(image.Pt(width, height))}
		free := true
		for _, f := range function {
			free = free && !r.Overlaps(f)
		}
		if free {
			return r
		}
	}
}

func blank(img *image.Paletted, modules image.Rectangle, index uint8) {
	const quiet = 4
	r := image.Rect((modules.Min.X+quiet)*qrScale, (modules.Min.Y+quiet)*qrScale, (modules.Max.X+quiet)*qrScale, (modules.Max.Y+quiet)*qrScale)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetColorIndex(x, y, index)
		}
	}
}

// alignment are the centres of ISO/IEC 18004 Annex E.
var alignment = map[int][]int{7: {6, 22, 38}, 8: {6, 24, 42}, 9: {6, 26, 46}, 10: {6, 28, 50}, 11: {6, 30, 54}, 12: {6, 32, 58}}

// functionPatterns are those of a symbol: timing, finders with separators and format
// information, version information, alignment.
func functionPatterns(modules int) []image.Rectangle {
	m := modules
	out := []image.Rectangle{image.Rect(0, 6, m, 7), image.Rect(6, 0, 7, m), image.Rect(0, 0, 9, 9), image.Rect(m-8, 0, m, 9), image.Rect(0, m-8, 9, m)}
	version := (m - 17) / 4
	if version >= 7 {
		out = append(out, image.Rect(m-11, 0, m-8, 6), image.Rect(0, m-11, 6, m-8))
	}
	centres := alignment[version]
	for _, x := range centres {
		for _, y := range centres {
			if corner := (x == 6 && y > m-9) || (y == 6 && x > m-9) || (x == 6 && y == 6); !corner {
				out = append(out, image.Rect(x-2, y-2, x+3, y+3))
			}
		}
	}
	return out
}
