package submission

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"xinyi/model"
	"xinyi/policy/form"
)

const (
	dataSheet = "数据"
	noteSheet = "填报说明"
	listSheet = "选项"
	// templateRows is how far the drop-downs of a template reach.
	templateRows = 5001
	columnWidth  = 22
)

var needTexts = map[string]string{"M": "必填", "C": "按条件必填", "O": "选填"}

// Template gives the workbook that a department fills in for a kind: CodeNotFound for a
// kind without a form.
func (s *Service) Template(kind model.RecordKind) ([]byte, error) {
	f, err := s.Forms.Of(kind)
	if err != nil {
		return nil, err
	}
	book := excelize.NewFile()
	defer book.Close()
	t := &template{book: book, form: f}
	for _, step := range []func() error{t.sheets, t.styles, t.columns, t.header, t.example, t.options, t.notes} {
		if err := step(); err != nil {
			return nil, model.Wrap(err, model.CodeInternal, "模板无法生成，请联系管理员。")
		}
	}
	t.note(s.Forms.Version())
	var out bytes.Buffer
	if _, err := book.WriteTo(&out); err != nil {
		return nil, model.Wrap(err, model.CodeInternal, "模板无法生成，请联系管理员。")
	}
	return out.Bytes(), nil
}

// template is a workbook in the making.
type template struct {
	book *excelize.File
	form *form.Form
	// Styles.
	must, may, text, pale int
}

// cell names a cell: column 0 is the serial number, then the fields.
func cell(column, row int) string {
	name, _ := excelize.CoordinatesToCellName(column+1, row) // both are small and positive
	return name
}

func (t *template) sheets() error {
	if err := t.book.SetSheetName("Sheet1", dataSheet); err != nil {
		return err
	}
	for _, name := range []string{noteSheet, listSheet} {
		if _, err := t.book.NewSheet(name); err != nil {
			return err
		}
	}
	return t.book.SetSheetVisible(listSheet, false)
}

func (t *template) styles() error {
	asText := "@"
	for _, style := range []struct {
		into *int
		with excelize.Style
	}{
		{&t.must, excelize.Style{Font: &excelize.Font{Bold: true, Color: "C00000"}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FCE4D6"}}, CustomNumFmt: &asText}},
		{&t.may, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}, CustomNumFmt: &asText}},
		{&t.text, excelize.Style{CustomNumFmt: &asText}},
		{&t.pale, excelize.Style{Font: &excelize.Font{Italic: true, Color: "808080"}, CustomNumFmt: &asText}},
	} {
		var err error
		if *style.into, err = t.book.NewStyle(&style.with); err != nil {
			return err
		}
	}
	return nil
}

// header writes the labels, the mandatory ones marked, each with its rule as a comment.
func (t *template) header() error {
	if err := t.put(dataSheet, cell(0, 1), serial, t.may); err != nil {
		return err
	}
	for i, field := range t.form.Fields {
		label, style := field.Label, t.may
		if field.Need == "M" {
			label, style = label+"*", t.must
		}
		at := cell(i+1, 1)
		if err := t.put(dataSheet, at, label, style); err != nil {
			return err
		}
		text := needTexts[field.Need] + "。" + field.Rule
		if len(field.Codes) > 0 {
			text += "\n国家数据项：" + strings.Join(field.Codes, "、")
		}
		if err := t.book.AddComment(dataSheet, excelize.Comment{Cell: at, Author: "信易+", Text: text, Width: 260, Height: 120}); err != nil {
			return err
		}
	}
	return t.book.SetPanes(dataSheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

func (t *template) put(sheet, at, text string, style int) error {
	if err := t.book.SetCellStr(sheet, at, text); err != nil {
		return err
	}
	return t.book.SetCellStyle(sheet, at, at, style)
}

// example writes a row that shows how; it is passed over when it comes back.
func (t *template) example() error {
	if err := t.put(dataSheet, cell(0, 2), exampleMark, t.pale); err != nil {
		return err
	}
	for i, field := range t.form.Fields {
		if err := t.put(dataSheet, cell(i+1, 2), field.Example, t.pale); err != nil {
			return err
		}
	}
	return nil
}

// columns are text, so that no program turns a code into a number or a text into a formula.
func (t *template) columns() error {
	last, err := excelize.ColumnNumberToName(len(t.form.Fields) + 1)
	if err != nil {
		return err
	}
	if err := t.book.SetColStyle(dataSheet, "A:"+last, t.text); err != nil {
		return err
	}
	return t.book.SetColWidth(dataSheet, "B", last, columnWidth)
}

// options make drop-downs; their texts stand in a hidden sheet, since a list in the rule
// itself must be short.
func (t *template) options() error {
	lists := 0
	for i, field := range t.form.Fields {
		if field.Type != form.Enum {
			continue
		}
		for n, v := range field.Values {
			if err := t.book.SetCellStr(listSheet, cell(lists, n+1), v.Label); err != nil {
				return err
			}
		}
		column, err := excelize.ColumnNumberToName(lists + 1)
		if err != nil {
			return err
		}
		lists++
		rule := excelize.NewDataValidation(true)
		rule.Sqref = cell(i+1, 2) + ":" + cell(i+1, templateRows)
		rule.SetSqrefDropList(fmt.Sprintf("%s!$%s$1:$%s$%d", listSheet, column, column, len(field.Values)))
		rule.SetError(excelize.DataValidationErrorStyleStop, field.Label, "请从下拉列表中选择。")
		if err := t.book.AddDataValidation(dataSheet, rule); err != nil {
			return err
		}
	}
	return nil
}

// notes explain every field.
func (t *template) notes() error {
	rows := [][]string{{t.form.Name + "报送表填报说明"}, {"依据：" + t.form.Source},
		{"带*的列必填。首列写“" + exampleMark + "”的行不会读入。请勿合并单元格；日期写作 YYYY-MM-DD；代码列保持文本格式。"},
		{"错误的行会逐个单元格列出，其余行照常入库；更正后可整表重新报送，已入库的行不会重复。"}, nil,
		{"列名", "填写要求", "国家数据项", "类型", "最多字数", "规则", "可选值", "示例", "列键"}}
	for _, field := range t.form.Fields {
		var values []string
		for _, v := range field.Values {
			values = append(values, v.Label)
		}
		length := ""
		if field.Length > 0 {
			length = fmt.Sprint(field.Length)
		}
		rows = append(rows, []string{field.Label, needTexts[field.Need], strings.Join(field.Codes, "、"), typeTexts[field.Type], length, field.Rule,
			strings.Join(values, "；"), field.Example, field.Column})
	}
	for i, row := range rows {
		for column, text := range row {
			if err := t.put(noteSheet, cell(column, i+1), text, t.text); err != nil {
				return err
			}
		}
	}
	return t.book.SetColWidth(noteSheet, "A", "I", columnWidth)
}

var typeTexts = map[form.Type]string{form.Text: "文字", form.Number: "整数", form.Date: "日期", form.Wan: "金额（万元）", form.Enum: "单选", form.Enums: "多选，分号隔开"}

// note names the version of the form in the properties of the workbook.
func (t *template) note(version string) {
	// A workbook without these reads as well.
	_ = t.book.SetDocProps(&excelize.DocProperties{Title: t.form.Name + "报送表", Creator: "信易+", Identifier: version})
}
