package submission

import (
	"strings"

	"xinyi/model"
	"xinyi/policy/compliance"
	"xinyi/policy/form"
	"xinyi/service/ingest"
)

// exampleMark stands in the first column of rows that are no data.
const exampleMark = "示例"

// serial is the first column of every template; what stands there is not kept.
const serial = "序号"

// rowsAbove is how many rows of titles and notes may stand above the header.
const rowsAbove = 8

// layout reads a sheet by a form.
func layout(f *form.Form) ingest.Layout {
	fields := map[string]*form.Field{}
	for i := range f.Fields {
		fields[f.Fields[i].Column] = &f.Fields[i]
	}
	return ingest.Layout{
		Above: rowsAbove,
		Column: func(header string) (string, bool) {
			if strings.TrimSpace(header) == serial {
				return "", true
			}
			field, ok := f.Field(header)
			if !ok {
				return "", false
			}
			return field.Column, true
		},
		Cell: func(column, text string) (string, *ingest.Fault) {
			field := fields[column]
			if field == nil {
				return text, nil
			}
			value, rule := field.Read(text)
			if rule != "" {
				return "", &ingest.Fault{Code: rule, Reason: reasons[rule], Check: checks[rule]}
			}
			return value, nil
		},
		Passed: func(cells []string) bool {
			return len(cells) > 0 && strings.HasPrefix(strings.TrimSpace(cells[0]), exampleMark)
		},
	}
}

var reasons = map[string]string{
	"enum":   "该项不在允许的取值范围内，请按模板的下拉选项填写。",
	"amount": "金额应为数字，单位为万元，至多六位小数。",
	"number": "该项应为整数。",
	"length": "该项文字过长，请按模板的长度填写。",
}

// checks are the compliance checks of those that have one.
var checks = map[string]string{"enum": string(compliance.NotInEnum), "other_unit": string(compliance.OtherUnit)}

// ownRows are the rows of a unit's file: of its kind, from itself.
type ownRows struct {
	ingest.Reader
	sub  *model.Submission
	form *form.Form
}

// Next reads one row. The unit is the source; a row from another unit is that unit's to
// report (E15).
func (r ownRows) Next(row *ingest.Row) (int, error) {
	line, err := r.Reader.Next(row)
	if err != nil {
		return line, err
	}
	refuse := func(column, code, reason string) (int, error) {
		return line, &ingest.RowError{Fault: ingest.Fault{Line: line, Column: column, Code: code, Reason: reason, Check: checks[code]}}
	}
	if row.Kind != "" && row.Kind != string(r.sub.Kind) {
		return refuse("kind", "other_kind", "该行的种类与本次报送的种类不同，请分开报送。")
	}
	row.Kind = string(r.sub.Kind)
	if code := strings.TrimSpace(row.SourceUSCC); code != "" && !strings.EqualFold(code, r.sub.Unit) {
		return refuse("sourceUscc", "other_unit", "数据来源单位不是报送单位，请由来源单位报送。")
	}
	row.SourceUSCC = r.sub.Unit
	if name := strings.TrimSpace(row.Source); name != "" && r.sub.UnitName != "" && name != r.sub.UnitName {
		return refuse("source", "other_unit", "数据来源单位不是报送单位，请由来源单位报送；本单位的名称请与登录单位一致或留空。")
	}
	if row.Source == "" {
		row.Source = r.sub.UnitName
	}
	if r.sub.Format != FormatNDJSON { // cells were read by the form
		return line, nil
	}
	for i, d := range row.Details {
		column := model.DetailColumn + d.Key
		field, ok := r.form.Detail(d.Key)
		if !ok {
			return refuse("details", "details", "该项不在报送表单中，请按模板填写。")
		}
		value, rule := field.Again(strings.TrimSpace(d.Value))
		if d.Value != "" && rule != "" {
			return refuse(column, rule, reasons[rule])
		}
		row.Details[i].Value = value
	}
	return line, nil
}
