package benefit

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
)

// settlementColumns are those of the uses; nothing in them is about a holder.
var settlementColumns = []string{"站点", "类别", "核销编号", "事项代码", "核销时间", "上传时间", "设备", "结果", "同行人", "应付百分比", "标准价_分", "应付_分", "少付_分", "已撤销", "撤销时间", "规则版本"}

// cells are one row: texts, and whole numbers as int64.
func (u settledUse) cells() []any {
	kind, no, result, percent := "核销", u.No, map[string]string{resultPass: "享受优惠", resultStandard: "标准办理"}[u.Result], any(int64(u.PayPercent))
	if u.duplicateOf != "" {
		kind, no, percent = "重复使用", u.duplicateOf, ""
	}
	due := u.PayFen
	if u.StandardFen == nil { // a deposit, or no price is known: in no sum
		due = nil
	}
	reversed := ""
	if u.Reversed {
		reversed = "是"
	}
	return []any{plain(u.SiteID), kind, no, plain(u.BenefitCode), clockText(u.At), clockText(u.RecordedAt), plain(u.DeviceID), result, int64(u.Companions), percent,
		fenCell(u.StandardFen), fenCell(due), u.DifferenceFen, reversed, clockText(u.ReversedAt), plain(u.Decision.RuleVersion)}
}

func fenCell(fen *int64) any {
	if fen == nil {
		return ""
	}
	return *fen
}

func clockText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(model.Shanghai).Format("2006-01-02 15:04:05.000")
}

// plain keeps a text from being read as a formula.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// csvBook writes UTF-8, commas, CRLF: the same bytes for the same uses.
type csvBook struct {
	w     *csv.Writer
	begun bool
}

func newCSVBook(w io.Writer) *csvBook {
	b := &csvBook{w: csv.NewWriter(w)}
	b.w.UseCRLF = true
	return b
}

func (b *csvBook) begin() error {
	if b.begun {
		return nil
	}
	b.begun = true
	return b.w.Write(settlementColumns)
}

func (b *csvBook) use(u settledUse) error {
	if err := b.begin(); err != nil {
		return err
	}
	row := make([]string, 0, len(settlementColumns))
	for _, cell := range u.cells() {
		switch v := cell.(type) {
		case string:
			row = append(row, v)
		case int64:
			row = append(row, strconv.FormatInt(v, 10))
		}
	}
	return b.w.Write(row)
}

func (b *csvBook) close(*Settlement) error {
	if err := b.begin(); err != nil {
		return err
	}
	b.w.Flush()
	return b.w.Error()
}

const usesSheet, sumsSheet, signedSheet = "明细", "汇总", "签名"

// workbook is a settlement as XLSX; the uses are streamed to their sheet.
type workbook struct {
	f    *excelize.File
	uses *excelize.StreamWriter
	to   io.Writer
	rows int
	err  error // the first one stays
}

func newWorkbook(w io.Writer) *workbook {
	b := &workbook{f: excelize.NewFile(), to: w}
	b.do(b.f.SetSheetName("Sheet1", sumsSheet))
	_, err := b.f.NewSheet(usesSheet)
	b.do(err)
	b.uses, err = b.f.NewStreamWriter(usesSheet)
	b.do(err)
	head := make([]any, len(settlementColumns))
	for i, name := range settlementColumns {
		head[i] = name
	}
	b.row(head)
	return b
}

func (b *workbook) do(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *workbook) row(cells []any) {
	if b.err != nil {
		return
	}
	b.rows++
	b.do(b.uses.SetRow("A"+strconv.Itoa(b.rows), cells))
}

func (b *workbook) use(u settledUse) error {
	b.row(u.cells())
	return b.err
}

// close writes sums and signature, then the file.
func (b *workbook) close(s *Settlement) error {
	if b.err == nil {
		b.do(b.uses.Flush())
	}
	state := "未定：截至生成时；" + clockText(s.FinalAt) + "之后不再变化"
	if s.Final {
		state = "已定：不再变化"
	}
	b.sheet(sumsSheet, [][]any{{"日终结算", string(s.Day)}, {"合作单位", plain(s.Partner)}, {"状态", state}, {"生成时间", clockText(s.AsOf)}, {},
		{"站点", "事项代码", "核销", "享受优惠", "已撤销", "重复使用", "无价格", "同行人", "标准价_分", "应付_分", "优惠_分", "少付_分"}})
	lines := s.Lines
	for i, l := range append(lines[:len(lines):len(lines)], SettlementLine{SiteID: "合计", Sums: s.Totals}) {
		b.line(i+7, l)
	}
	_, err := b.f.NewSheet(signedSheet)
	b.do(err)
	rows := [][]any{{"摘要算法", "SM3（对 CSV 文件）"}, {"摘要", s.Digest}, {"签名内容（base64url）", s.Signed.Payload}}
	for _, sig := range s.Signed.Signatures {
		rows = append(rows, []any{"签名头（base64url）", sig.Protected}, []any{"签名（base64url）", sig.Signature})
	}
	b.sheet(signedSheet, rows)
	if b.err == nil {
		_, b.err = b.f.WriteTo(b.to)
	}
	return errors.Join(b.err, b.f.Close())
}

func (b *workbook) line(n int, l SettlementLine) {
	cells := []any{plain(l.SiteID), plain(l.BenefitCode), l.Uses, l.Granted, l.Reversed, l.Duplicates, l.Unpriced, l.Companions, l.Standard, l.Due, l.Relief, l.Difference}
	b.do(b.f.SetSheetRow(sumsSheet, "A"+strconv.Itoa(n), &cells))
}

func (b *workbook) sheet(name string, rows [][]any) {
	for i, cells := range rows {
		b.do(b.f.SetSheetRow(name, "A"+strconv.Itoa(i+1), &cells))
	}
	b.do(b.f.SetColWidth(name, "A", "B", 26))
}
