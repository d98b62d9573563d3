package ingest

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"xinyi/model"
	"xinyi/policy/compliance"
)

// check is one row being validated.
type check struct {
	rules  *compliance.Book
	row    *Row
	line   int
	today  model.Date
	faults []Fault // refusals and warnings
}

// fault refuses the row for what no compliance check is about.
func (c *check) fault(column, code, reason string) {
	c.faults = append(c.faults, Fault{Line: c.line, Column: column, Code: code, Reason: reason})
}

// essential cells must be right, whatever a check is set to: without them nobody knows
// whom and what the row is about.
var essential = []string{"uscc", "idNo", "name", "decisionDate", "list", "kind", "recipient", "purpose"}

// found notes what a compliance check finds, as severe as the rules have it.
func (c *check) found(by compliance.Check, column, code, reason string) {
	c.finding(compliance.Finding{Check: by, Column: column, Code: code, Reason: reason, Refuse: c.rules.Refuses(by) || slices.Contains(essential, column)})
}

func (c *check) finding(f compliance.Finding) {
	c.faults = append(c.faults, Fault{Line: c.line, Column: f.Column, Code: f.Code, Reason: f.Reason, Check: string(f.Check), Warning: !f.Refuse})
}

// notes reports whether something was found in the cell.
func (c *check) notes(column string) bool {
	return slices.ContainsFunc(c.faults, func(f Fault) bool { return f.Column == column })
}

// refused reports whether something found refuses the row.
func refused(faults []Fault) bool {
	return slices.ContainsFunc(faults, func(f Fault) bool { return !f.Warning })
}

// Longest texts, in characters. Those of columns that become part of an id are short;
// 4000 is the national length of long texts (C4000).
const usualCell = 512

var cellLimits = map[string]int{
	"content": 4000, "scope": 4000, "legalBasis": 2000, "distribution": 4000, "formerNames": 4000, "formerCodes": 4000,
	"sector": 60, "period": 60, "subjectLabel": 60, "kind": 60, "name": 200, "authority": 200, "source": 200,
}

type cell struct {
	index  int // field of Row
	column string
	limit  int
}

// textCells are the string columns of Row.
var textCells = sync.OnceValue(func() (cells []cell) {
	for name, index := range columns() {
		if reflect.TypeFor[Row]().Field(index).Type.Kind() != reflect.String {
			continue
		}
		limit, ok := cellLimits[name]
		if !ok {
			limit = usualCell
		}
		cells = append(cells, cell{index, name, limit})
	}
	slices.SortFunc(cells, func(a, b cell) int { return a.index - b.index })
	return cells
})

// tidy trims all texts and refuses those that are too long or hold control characters.
func (c *check) tidy() {
	row := reflect.ValueOf(c.row).Elem()
	for _, cell := range textCells() {
		v := row.Field(cell.index)
		s := v.String()
		if s == "" {
			continue
		}
		if t := strings.TrimSpace(s); len(t) != len(s) {
			v.SetString(t)
		}
		if len(s) > cell.limit && utf8.RuneCountInString(s) > cell.limit {
			c.fault(cell.column, "length", "该项文字过长，请按模板的长度填写。")
		}
		if hasControl(s) {
			c.fault(cell.column, "alphabet", "该项含有不可见的控制字符，请删除后重新填写。")
		}
		if garbled(s) {
			c.fault(cell.column, "encoding", garbledText)
		}
	}
}

// maxDetails bounds the details of a row.
const maxDetails = 64

// details takes the details of a row, in order of keys.
func (c *check) details() []model.Detail {
	list := slices.Clone(c.row.Details)
	slices.SortFunc(list, func(a, b model.Detail) int { return strings.Compare(a.Key, b.Key) })
	for i := range list {
		d := &list[i]
		column := model.DetailColumn + d.Key
		d.Value = strings.TrimSpace(d.Value)
		switch {
		case !detailKey.MatchString(d.Key), i > 0 && list[i-1].Key == d.Key, len(list) > maxDetails:
			c.fault("details", "details", "其他信息项的名称无法识别、重复或太多，请按模板填写。")
			return nil
		case utf8.RuneCountInString(d.Value) > cellLimits["content"]:
			c.fault(column, "length", "该项文字过长，请按模板的长度填写。")
		case hasControl(d.Value):
			c.fault(column, "alphabet", "该项含有不可见的控制字符，请删除后重新填写。")
		case garbled(d.Value):
			c.fault(column, "encoding", garbledText)
		}
	}
	return slices.DeleteFunc(list, func(d model.Detail) bool { return d.Value == "" })
}

// garbled reports a character that a decoder could not read: what stood there is lost.
func garbled(s string) bool { return strings.Contains(s, "\ufffd") }

const garbledText = "该项有无法识别的字符（乱码），请用正确的编码另存为 UTF-8 后重新填写。"

func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// need refuses an empty cell.
func (c *check) need(column, value string) string {
	if value == "" {
		c.finding(compliance.Finding{Check: compliance.Missing, Column: column, Code: "missing", Reason: "该项为必填项，请补充。", Refuse: true})
	}
	return value
}

// oneOf drops a value outside its enumeration; "" is allowed.
func oneOf[T ~string](c *check, column, value string, allowed ...T) T {
	if value != "" && !slices.Contains(allowed, T(value)) {
		c.found(compliance.NotInEnum, column, "enum", "该项不在允许的取值范围内，请按模板的下拉选项填写。")
		return ""
	}
	return T(value)
}

func (c *check) date(column, value string) model.Date {
	if value == "" {
		return ""
	}
	d, err := model.ParseDate(value)
	if err != nil {
		c.found(compliance.BadDate, column, "date", "日期应为真实存在的日期，格式为 YYYY-MM-DD。")
	}
	return d
}

// points reads the points of a rating; how many there may be is the scheme's affair.
func (c *check) points(value string) *int {
	if value == "" {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 1_000_000 {
		c.fault("points", "points", "得分应为不带小数的非负整数。")
		return nil
	}
	return &n
}

func (c *check) code(column, value string) string {
	if value == "" {
		return ""
	}
	code, err := model.ParseUnifiedSocialCreditCode(value)
	if err != nil {
		c.found(compliance.BadCode, column, ruleOf(err), "统一社会信用代码未通过校验，请核对。")
		return ""
	}
	return code.Reveal()
}

func (c *check) idNo(column, value string) (id model.CitizenID) {
	if value == "" {
		return id
	}
	id, err := model.ParseCitizenID(value, c.today)
	if err != nil {
		c.found(compliance.BadIDNo, column, ruleOf(err), "公民身份号码未通过校验，请核对。")
	}
	return id
}

// regNo takes an old registration number (工商注册号).
func (c *check) regNo(column, value string) string {
	if value == "" {
		return ""
	}
	n, err := model.ParseRegNo(value)
	if err != nil {
		c.fault(column, ruleOf(err), "工商注册号未通过校验，请核对；不确定时请留空。")
		return ""
	}
	return n.Reveal()
}

// ruleOf gives the broken rule of an identifier error.
func ruleOf(err error) string {
	var e *model.IdentifierError
	if errors.As(err, &e) {
		return e.Rule
	}
	return "format"
}
