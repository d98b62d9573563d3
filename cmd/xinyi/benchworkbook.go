package main

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
)

// workbook is a synthetic workbook of permits, as a spreadsheet program writes it: texts
// stand once in a table of their own, and cells point to them.
type workbook struct {
	county *county
	rows   int
	proof  int // bytes of chance in the content of each permit
}

var permitHeader = []string{"行政相对人名称", "统一社会信用代码", "行政许可决定文书名称", "行政许可决定文书号", "许可类别", "许可内容",
	"许可决定日期", "有效期自", "有效期至", "许可机关", "许可机关统一社会信用代码"}

// Texts that many rows share, behind the header.
var permitShared = []string{"准予行政许可决定书", "普通", "2026-05-11", "2031-05-10"}

const maxWorkbookRows = 1_000_000 // a sheet has 1,048,576

// writeWorkbook writes a workbook of nearly size bytes, never more, and gives its rows.
func writeWorkbook(path string, c *county, size int64) (rows int, err error) {
	b := &workbook{county: c, rows: min(max(int(size/perRow), 1), maxWorkbookRows)}
	for {
		written, err := writeRows(path, b)
		if err != nil {
			return 0, err
		}
		if written <= size && written > size*95/100 {
			return b.rows, nil
		}
		grow := float64(size) / float64(written) * 0.985
		if b.rows == maxWorkbookRows && grow > 1 { // a full sheet: its permits say more
			b.proof += 1 + int(float64(size)*0.985-float64(written))/b.rows
			continue
		}
		b.rows = min(max(int(float64(b.rows)*grow), 1), maxWorkbookRows)
	}
}

// perRow is about what a row takes, compressed.
const perRow = 250

func writeRows(path string, b *workbook) (size int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	err = errors.Join(b.write(out), out.Flush())
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	return size, errors.Join(err, f.Close())
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// write writes the package part by part.
func (b *workbook) write(to io.Writer) error {
	z := zip.NewWriter(to)
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	for _, part := range []struct {
		name string
		body func(*bufio.Writer)
	}{
		{"[Content_Types].xml", static(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
			`<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>`)},
		{"_rels/.rels", static(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`)},
		{"xl/workbook.xml", static(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="数据" sheetId="1" r:id="rId1"/></sheets></workbook>`)},
		{"xl/_rels/workbook.xml.rels", static(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>`)},
		{"xl/worksheets/sheet1.xml", b.sheet},
		{"xl/sharedStrings.xml", b.texts},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(w, 256<<10)
		part.body(out)
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return z.Close()
}

func static(s string) func(*bufio.Writer) {
	return func(w *bufio.Writer) { w.WriteString(xmlHead + s) }
}

// Where the texts of a row stand: behind the header and what all share come name and code
// of every organisation, then two texts of each row.
func (b *workbook) shared(n int) int { return len(permitHeader) + n }
func (b *workbook) org(i int) int    { return len(permitHeader) + len(permitShared) + 2 + 2*i }
func (b *workbook) own(row int) int  { return b.org(len(b.county.orgs)) + 2*row }

// orgOf scatters the rows over the organisations.
func (b *workbook) orgOf(row int) int {
	return int(uint64(row) * 2_654_435_761 % uint64(len(b.county.orgs)))
}

func (b *workbook) sheet(w *bufio.Writer) {
	fmt.Fprintf(w, `%s<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:K%d"/><sheetData>`, xmlHead, b.rows+1)
	line := func(n int, cells [11]int) {
		fmt.Fprintf(w, `<row r="%d">`, n)
		for i, at := range cells {
			fmt.Fprintf(w, `<c r="%c%d" t="s"><v>%d</v></c>`, 'A'+i, n, at)
		}
		w.WriteString(`</row>`)
	}
	line(1, [11]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	unit := b.shared(len(permitShared))
	for row := range b.rows {
		org := b.org(b.orgOf(row))
		line(row+2, [11]int{org, org + 1, b.shared(0), b.own(row), b.shared(1), b.own(row) + 1, b.shared(2), b.shared(2), b.shared(3), unit, unit + 1})
	}
	w.WriteString(`</sheetData></worksheet>`)
}

func (b *workbook) texts(w *bufio.Writer) {
	fmt.Fprintf(w, `%s<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="%d" uniqueCount="%d">`, xmlHead, 11*(b.rows+1), b.own(b.rows))
	put := func(s string) { w.WriteString("<si><t>" + s + "</t></si>") } // no text here needs escaping
	for _, s := range permitHeader {
		put(s)
	}
	for _, s := range permitShared {
		put(s)
	}
	put(b.county.unitName)
	put(b.county.unit)
	for _, org := range b.county.orgs {
		put(org.name)
		put(org.uscc)
	}
	r := dice(5)
	for row := range b.rows {
		put(fmt.Sprintf("顺市监许〔2026〕%d号", row+1))
		put(permitContent(r, b.proof))
	}
	w.WriteString(`</sst>`)
}

var permitGoods = strings.Split("预包装食品 散装食品 特殊食品 热食类 冷食类 生食类 糕点类 自制饮品 保健食品 婴幼儿配方乳粉 粮油 调味品 水产品 蔬菜 水果 肉制品 乳制品 豆制品 茶叶 酒类", " ")

// permitContent is what a permit allows: of no two the same.
func permitContent(r *rand.Rand, proof int) string {
	var b strings.Builder
	b.WriteString("准予从事")
	for range 10 {
		fmt.Fprintf(&b, "%s销售（场所%d.%02d平方米）、", permitGoods[r.IntN(len(permitGoods))], r.IntN(400), r.IntN(100))
	}
	b.WriteString("不含现场制售。")
	for range proof { // letters: among digits of chance are telephone numbers
		v := r.IntN(256)
		b.WriteByte('a' + byte(v>>4))
		b.WriteByte('a' + byte(v&15))
	}
	return b.String()
}
