package ingest

import (
	"bytes"
	"math"
	"strconv"
)

// plainNumber writes a number of a workbook as people typed it: files hold the binary value, so
// that 1.1 stands as 1.1000000000000001 and 0.05 may stand as 5E-2. A spreadsheet knows 15
// digits; a longer one, such as a code that lost its end, stays as it is and is refused.
func plainNumber(text []byte) []byte {
	if !bytes.ContainsAny(text, ".eE") {
		return text
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if size := math.Abs(v); err != nil || size >= 1e15 || size < 1e-9 && size != 0 {
		return text
	}
	v, err = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		return text
	}
	return strconv.AppendFloat(text[:0], v, 'f', -1, 64)
}
