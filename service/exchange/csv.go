package exchange

import (
	"encoding/csv"
	"io"
	"strings"
)

// formula are the characters that make a spreadsheet take a cell for a formula, and the
// mark that keeps it from doing so.
const formula = "=+-@＝＋－＠'"

// guard gives a cell that no spreadsheet runs: it begins with an apostrophe where it would
// begin with a formula or an apostrophe. A reader takes one leading apostrophe off.
func guard(cell string) string {
	if r := []rune(cell); len(r) > 0 && strings.ContainsRune(formula, r[0]) {
		return "'" + cell
	}
	return cell
}

// table writes lines as CSV: UTF-8, comma, quotes where needed, CRLF.
type table struct{ w *csv.Writer }

func newTable(w io.Writer, file string) (*table, error) {
	t := &table{csv.NewWriter(w)}
	t.w.UseCRLF = true
	var head []string
	for _, c := range columns[file] {
		head = append(head, c.code)
	}
	return t, t.w.Write(head)
}

func (t *table) add(cells []string) error {
	guarded := make([]string, len(cells))
	for i, c := range cells {
		guarded[i] = guard(c)
	}
	return t.w.Write(guarded)
}

func (t *table) end() error {
	t.w.Flush()
	return t.w.Error()
}
