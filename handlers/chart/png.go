package chart

import (
	"bytes"
	"image"
	"image/color"
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
	mostRows = 100 // bounds a picture to about 8 MiB while it is drawn
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

// greys is how many greys letters have at their edges.
const greys = 64

// palette is the greys from black to white, then the fills.
func palette() color.Palette {
	var p color.Palette
	for i := range greys {
		p = append(p, color.Gray{Y: uint8(i * 0xff / (greys - 1))}) //nolint:gosec // at most 0xff
	}
	for t := range fill {
		p = append(p, colour(Tone(t)))
	}
	return p
}

// canvas is a picture being drawn: a byte for each point.
type canvas struct {
	*image.Paletted
	font *sfnt.Font
	buf  sfnt.Buffer
}

// SetRGBA64 and Set take what letters leave, which are grey on white: the nearest colour need
// not be looked for.
func (c *canvas) SetRGBA64(x, y int, v color.RGBA64) {
	if (image.Point{X: x, Y: y}).In(c.Rect) {
		c.Pix[c.PixOffset(x, y)] = uint8((int(v.G>>8)*(greys-1) + 0x7f) / 0xff) //nolint:gosec // below greys
	}
}

// Set is SetRGBA64 of any colour.
func (c *canvas) Set(x, y int, v color.Color) {
	c.SetRGBA64(x, y, color.RGBA64Model.Convert(v).(color.RGBA64)) //nolint:forcetypeassert // the model's own
}

// fill paints a box with one colour of the palette.
func (c *canvas) fill(box image.Rectangle, index uint8) {
	box = box.Intersect(c.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := c.Pix[c.PixOffset(box.Min.X, y):][:box.Dx()]
		for x := range row {
			row[x] = index
		}
	}
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
	d := font.Drawer{Dst: c, Src: image.NewUniform(color.Gray{Y: grey}), Face: face}
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
	c := &canvas{Paletted: image.NewPaletted(image.Rect(0, 0, width*scale, height(bars)*scale), palette()), font: letters}
	c.fill(c.Rect, greys-1)
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
	err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, c.Paletted)
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
	c.fill(box, uint8(greys+int(b.tone()))) //nolint:gosec // a few
	return c.write(b.Text, labelWidth+long+6, float64(y+17), 13, 0, false)
}

// colour reads a fill.
func colour(t Tone) color.Color {
	n, _ := strconv.ParseUint(fill[t][1:], 16, 32)                               // the fills are ours
	return color.RGBA{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n), A: 0xff} //nolint:gosec // the bytes of n
}
