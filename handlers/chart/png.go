package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"xinyi/model"
)

const (
	mostRows = 100 // bounds a picture to about 30 MiB while it is drawn
	scale    = 2   // points of the picture for one of the SVG
)

// Font writes the texts of pictures. The nil Font has Latin letters and digits only: what
// it cannot write is left out, and a bar is called by its number in the SVG's order.
type Font struct{ face *sfnt.Font }

// OpenFont reads a TrueType or OpenType font or collection (its first font), and keeps the
// file open: Chinese fonts are tens of megabytes. Errors: CodeInvalidRequest.
func OpenFont(path string) (*Font, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, model.Wrap(err, model.CodeInvalidRequest, "读不了图表字体文件，请检查路径和权限。")
	}
	all, err := sfnt.ParseCollectionReaderAt(f)
	if err == nil {
		var first *sfnt.Font
		if first, err = all.Font(0); err == nil {
			return &Font{first}, nil
		}
	}
	_ = f.Close()
	return nil, model.Wrap(err, model.CodeInvalidRequest, "图表字体应为 TTF、OTF 或 TTC 文件，请另选。")
}

func (f *Font) font() (*sfnt.Font, error) {
	if f != nil {
		return f.face, nil
	}
	return opentype.Parse(goregular.TTF)
}

// canvas is a picture being drawn.
type canvas struct {
	*image.RGBA
	font *sfnt.Font
	buf  sfnt.Buffer
}

// can reports whether the font has every letter of s.
func (c *canvas) can(s string) bool {
	for _, r := range s {
		if i, err := c.font.GlyphIndex(&c.buf, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}

// write puts s with its foot at y: from x on, or up to x when right.
func (c *canvas) write(s string, x, y float64, size float64, grey uint8, right bool) error {
	if s == "" || !c.can(s) {
		return nil
	}
	face, err := opentype.NewFace(c.font, &opentype.FaceOptions{Size: size * scale, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return err
	}
	defer face.Close()
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(color.Gray{Y: grey}), Face: face}
	d.Dot = fixed.Point26_6{X: fixed.Int26_6(x * scale * 64), Y: fixed.Int26_6(y * scale * 64)}
	if right {
		d.Dot.X -= d.MeasureString(s)
	}
	d.DrawString(s)
	return nil
}

// PNG draws what Bars draws as a picture, at most mostRows bars of it.
func PNG(f *Font, title, note string, bars []Bar) ([]byte, error) {
	bars = bars[:min(len(bars), mostRows)]
	letters, err := f.font()
	if err != nil {
		return nil, err
	}
	c := &canvas{RGBA: image.NewRGBA(image.Rect(0, 0, width*scale, height(bars)*scale)), font: letters}
	draw.Draw(c.RGBA, c.Rect, image.White, image.Point{}, draw.Src)
	err = c.write(title, 12, 24, 16, 0, false)
	if err == nil {
		err = c.write(note, 12, 44, 13, 0x55, false)
	}
	for i, b := range bars {
		if err == nil {
			err = c.bar(i, &b, length(&b, bars))
		}
	}
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = png.Encode(&out, c.RGBA)
	return out.Bytes(), err
}

func (c *canvas) bar(i int, b *Bar, long float64) error {
	y := top + i*rowHeight
	label := short(b.Label)
	if !c.can(label) {
		label = strconv.Itoa(i + 1)
	}
	if err := c.write(label, labelWidth-8, float64(y+17), 13, 0, true); err != nil {
		return err
	}
	box := image.Rect(labelWidth*scale, (y+4)*scale, int((labelWidth+long)*scale), (y+rowHeight-4)*scale)
	draw.Draw(c.RGBA, box, image.NewUniform(colour(b.tone())), image.Point{}, draw.Src)
	return c.write(b.Text, labelWidth+long+6, float64(y+17), 13, 0, false)
}

// colour reads a fill.
func colour(t Tone) color.Color {
	n, _ := strconv.ParseUint(fill[t][1:], 16, 32)                               // the fills are ours
	return color.RGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 0xff} //nolint:gosec // the bytes of n
}
