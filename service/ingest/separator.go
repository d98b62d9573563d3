package ingest

import (
	"bufio"
	"bytes"
)

// separators are what spreadsheets put between the cells of a text: "Unicode text" has tabs,
// and some regions use semicolons.
var separators = []byte{',', '\t', ';'}

// separator gives the one that stands most often in the first lines.
func separator(in *bufio.Reader, lines int) rune {
	start, _ := in.Peek(in.Size()) // an error comes again where it is read
	most, n := separators[0], 0
	end := 0
	for ; lines > 0 && end < len(start); lines-- {
		line := bytes.IndexByte(start[end:], '\n')
		if line < 0 {
			end = len(start)
			break
		}
		end += line + 1
	}
	for _, c := range separators {
		if found := bytes.Count(start[:end], []byte{c}); found > n {
			most, n = c, found
		}
	}
	return rune(most)
}
