package pass

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/skip2/go-qrcode"
)

// qrScale is the width of a QR module in pixels; a pass is about 70 modules wide with
// its quiet zone.
const qrScale = 4

// QR draws text as a QR code at error-correction level Q (25 %) and gives it as a data
// URL of a PNG with two colours.
func QR(text string) (string, error) {
	code, err := qrcode.New(text, qrcode.High) // the library's High is the standard's Q
	if err != nil {
		return "", fmt.Errorf("pass: draw code: %w", err)
	}
	modules := code.Bitmap()
	size := len(modules) * qrScale
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	for y, row := range modules {
		line := img.Pix[y*qrScale*img.Stride:][:size]
		for x, dark := range row {
			if dark {
				for i := range qrScale {
					line[x*qrScale+i] = 1
				}
			}
		}
		for i := 1; i < qrScale; i++ {
			copy(img.Pix[(y*qrScale+i)*img.Stride:], line)
		}
	}
	var b bytes.Buffer
	b.WriteString("data:image/png;base64,")
	w := base64.NewEncoder(base64.StdEncoding, &b)
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, img); err != nil {
		return "", fmt.Errorf("pass: draw code: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("pass: draw code: %w", err)
	}
	return b.String(), nil
}
