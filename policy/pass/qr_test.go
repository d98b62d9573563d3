package pass

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"
)

// Another library reads the code, at level Q and version 12 at most.
func TestQRIsReadByAnotherLibrary(t *testing.T) {
	for _, alg := range algs() {
		c, _ := newCodec(t, alg, 0)
		long := usual()
		long.Benefit, long.Site, long.HolderMasked = strings.Repeat("B", 16), strings.Repeat("9", 12), "阿卜杜拉"
		long.PayFen = new(int64(1<<32 - 1))
		for _, claims := range []Claims{usual(), long} {
			for range 8 {
				claims.ID = NewID()
				claims.IssuedAt = claims.IssuedAt.Add(time.Second)
				text := mint(t, c, claims)
				got, version := readQR(t, text)
				require.Equal(t, text, got)
				require.LessOrEqual(t, version, 12, "%d characters", len(text))
			}
		}
	}
}

func readQR(t *testing.T, text string) (string, int) {
	url, err := QR(text)
	require.NoError(t, err)
	body, ok := strings.CutPrefix(url, "data:image/png;base64,")
	require.True(t, ok)
	b, err := base64.StdEncoding.DecodeString(body)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(b))
	require.NoError(t, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	// The whole image is the code. Left to look for it, this library takes data for a
	// finder pattern in about one image of a hundred, and a camera would look again.
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	result, err := zxing.NewQRCodeReader().Decode(bitmap, hints)
	require.NoError(t, err)
	require.Equal(t, "Q", result.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL])
	// Width = 17 + 4 × version modules, with 4 modules of quiet zone on each side.
	return result.GetText(), (img.Bounds().Dx()/qrScale - 8 - 17) / 4
}

func TestQRRefusesWhatDoesNotFit(t *testing.T) {
	_, err := QR(strings.Repeat("A", 5000))
	require.Error(t, err)
}
